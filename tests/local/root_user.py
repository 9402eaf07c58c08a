"""What IAM says about an account's root user. MiniStack never has a password or a key for it, and counts any user's MFA device as the root's.

(IAM API Reference, "GetAccountSummary"; IAM User Guide, "Generate credential reports for your AWS account".)
A root user gets credentials by the control endpoint `PUT /_tenantry/root-user?account=A&access_keys=N&password=true&mfa=true`; what is
left out is removed. The time a credential report takes is in the proxy (`credential_report_secs`), which has the clock.
"""

import re

import stores
import world
from ministack.core.responses import AccountScopedDict
from ministack.services import iam

# AWS (IAM User Guide, "AWS account root user"): new accounts of an organization have no root user credentials.
NONE = {"access_keys": 0, "password": False, "mfa": False}

_credentials = stores.add(iam, "_root_credentials", AccountScopedDict())

_get_account_summary = iam._get_account_summary
_build_credential_report = iam._build_credential_report


def credentials():
    """Those of the calling account's root user."""
    return _credentials.get("root", NONE)


def set_credentials(query):
    """Gives an account's root user exactly these."""
    given = {name: values[-1] for name, values in query.items()}
    wanted = {
        "access_keys": int(given.get("access_keys", 0)),
        "password": given.get("password") == "true",
        "mfa": given.get("mfa") == "true",
    }
    if wanted == NONE:
        _credentials.pop_scoped(given["account"], None, "root", None)
    else:
        _credentials.set_scoped(given["account"], None, "root", wanted)
    return wanted


def get_account_summary(params):
    """AWS: `AccountMFAEnabled` and the two `Account…Present` are about the root user alone."""
    status, headers, body = _get_account_summary(params)
    root = credentials()
    summary = {
        "AccountMFAEnabled": root["mfa"],
        "AccountAccessKeysPresent": root["access_keys"] > 0,
        "AccountPasswordPresent": root["password"],
    }
    text = body.decode()
    for key, value in summary.items():
        text = re.sub(f"<entry><key>{key}</key>.*?</entry>", "", text)
        text = text.replace("</SummaryMap>", f"<entry><key>{key}</key><value>{int(value)}</value></entry></SummaryMap>")
    return status, headers, text.encode()


def build_credential_report():
    """AWS: the first line is the root user's."""
    header, root, *users = _build_credential_report().split("\n")
    names, values, own = header.split(","), root.split(","), credentials()
    columns = {
        "password_enabled": own["password"],
        "mfa_active": own["mfa"],
        "access_key_1_active": own["access_keys"] > 0,
        "access_key_2_active": own["access_keys"] > 1,
    }
    for name, value in columns.items():
        values[names.index(name)] = str(value).lower()
    return "\n".join([header, ",".join(values), *users])


iam._build_credential_report = build_credential_report
iam._IAM_HANDLERS["GetAccountSummary"] = get_account_summary
world.CONTROLS["PUT", "root-user"] = set_credentials
