"""The name of an account, which MiniStack gives to every account alike, and its alternate contacts, which it does not have.

(Account Management Reference, "GetAccountInformation", "PutAccountName", "GetAlternateContact" and its like.)
AWS: where the caller names no account, the call is about its own. A new name can take four hours to be seen everywhere; here
Organizations shows it at once.
"""

import datetime
import json
import re

import stores
from ministack.core import iam_actions
from ministack.core.responses import AccountScopedDict, error_response_json, get_account_id
from ministack.services import account, organizations
from organization_policies import management_of

# Names of accounts that belong to no organization here.
_names = stores.add(account, "_names", AccountScopedDict())

_get_account_information = account._get_account_information


def record():
    """The calling account as its organization knows it."""
    caller = get_account_id()
    management = management_of(caller)
    return management and organizations._accounts.get_scoped(management, None, caller)


def get_account_information(payload):
    status, headers, body = _get_account_information(payload)
    known = record()
    name = known["Name"] if known else _names.get("name", "")
    told = json.loads(body)
    # AWS: a time is text here (response syntax of "GetAccountInformation"), not a number.
    created = datetime.datetime.fromtimestamp(told["AccountCreatedDate"], datetime.UTC)
    told |= {"AccountName": name, "AccountCreatedDate": created.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return status, headers, json.dumps(told).encode()


def put_account_name(payload):
    name = payload.get("AccountName") or ""
    if "AccountId" in payload:
        return error_response_json("AccessDeniedException", "Only the management account may name another account.", 403)
    if not 1 <= len(name) <= 50 or not all(" " <= one <= "~" for one in name):
        return error_response_json("ValidationException", "AccountName must be 1 to 50 printable ASCII characters.", 400)
    known = record()
    if known:
        known["Name"] = name
    else:
        _names["name"] = name
    return 200, {}, b""


# Contacts by what they are for.
_contacts = stores.add(account, "_contacts", AccountScopedDict())

CONTACT = {"Name": r"[\s\S]{1,64}", "Title": r"[\s\S]{1,50}", "EmailAddress": r"\s*[\w+=.#!&-]+@[\w.-]+\.\w+\s*", "PhoneNumber": r"[\s0-9()+-]{1,25}"}
KINDS = ("BILLING", "OPERATIONS", "SECURITY")


def about_a_contact(work):
    """An action about the contact of one kind, in the calling account."""

    def action(payload):
        kind = payload.get("AlternateContactType")
        if "AccountId" in payload:
            return error_response_json("AccessDeniedException", "Only the management account may work on another account.", 403)
        if kind not in KINDS:
            return error_response_json("ValidationException", f"AlternateContactType must be one of {KINDS}.", 400)
        return work(kind, payload)

    return action


@about_a_contact
def get_alternate_contact(kind, _payload):
    contact = _contacts.get(kind)
    if contact is None:
        return error_response_json("ResourceNotFoundException", "No contact of the inputted alternate contact type found.", 404)
    return account._json(200, {"AlternateContact": contact})


@about_a_contact
def put_alternate_contact(kind, payload):
    for name, form in CONTACT.items():
        if not re.fullmatch(form, payload.get(name) or ""):
            return error_response_json("ValidationException", f"{name} failed to satisfy constraint: {form}", 400)
    _contacts[kind] = {"AlternateContactType": kind} | {name: payload[name] for name in CONTACT}
    return 200, {}, b""


@about_a_contact
def delete_alternate_contact(kind, _payload):
    if kind not in _contacts:
        return error_response_json("ResourceNotFoundException", "No contact of the inputted alternate contact type found.", 404)
    del _contacts[kind]
    return 200, {}, b""


# MiniStack does not ask IAM about this service.
iam_actions._BOTOCORE_SERVICE_MAP["account"] = ["account"]
account._DISPATCH["/getAccountInformation"] = get_account_information
account._DISPATCH["/putAccountName"] = put_account_name
account._DISPATCH["/getAlternateContact"] = get_alternate_contact
account._DISPATCH["/putAlternateContact"] = put_alternate_contact
account._DISPATCH["/deleteAlternateContact"] = delete_alternate_contact
