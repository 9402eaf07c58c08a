"""The effective policy of an account, of those types by which an organization sets something in its accounts.

(Organizations User Guide, "EC2 policies", "S3 policies", "Understanding management policy inheritance".)
MiniStack stores policies of these types without any effect. The effect is in the modules of the services that obey them.
"""

import json

from ministack.core.responses import get_account_id
from ministack.services import organizations

EC2 = "DECLARATIVE_POLICY_EC2"
S3 = "S3_POLICY"

# AWS: the error message where the policy has no `exception_message`.
DEFAULT_MESSAGE = "This action is denied due to an organizational policy in effect"


def effective(kind):
    """The calling account's effective policy of a type: an empty one where nothing is attached.

    AWS: policies are inherited from the root down to the account, and what is assigned nearer to the account wins. Of the
    inheritance operators there is only `@@assign` here.
    """
    account = get_account_id()
    policy = {}
    management = management_of(account)
    if management is not None:
        for target in reversed(list(ancestry(management, account))):
            for document in attached(management, kind, target):
                assign(policy, document)
    return policy


def management_of(account):
    """The management account of an account's organization, if it has one. MiniStack makes one for whoever asks for it."""
    known = organizations._accounts._data
    found = [scope[0] for scope, keys in known.scopes.items() if (*scope, account) in keys]
    return next((one for one in found if one != account), next(iter(found), None))


def ancestry(management, account):
    """The account, its units from the innermost, and the root: what a policy can be attached to."""
    yield account
    known = organizations._accounts.get_scoped(management, None, account)
    while known is not None:
        parent = known.get("_ParentId")
        if parent is None:
            return
        yield parent
        known = organizations._ous.get_scoped(management, None, parent)


def attached(management, kind, target):
    """The documents of the policies of a type that are attached to a target, if the type is enabled."""
    if not any(is_enabled(root, kind) for scope, root in organizations._roots._data.items() if scope[0] == management):
        return
    for (owner, identifier), targets in list(organizations._attachments._data.items()):
        policy = organizations._policies.get_scoped(owner, None, identifier)
        if owner == management and target in targets and policy and policy["Type"] == kind:
            yield json.loads(policy["_Content"])


def is_enabled(root, kind):
    return any((one["Type"], one["Status"]) == (kind, "ENABLED") for one in root.get("PolicyTypes", []))


def assign(policy, document):
    """Takes over what a document assigns."""
    for key, value in document.items():
        if not isinstance(value, dict):
            continue
        if "@@assign" in value:
            policy[key] = value["@@assign"]
        else:
            assign(policy.setdefault(key, {}), value)
