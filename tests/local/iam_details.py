"""What IAM tells of roles and asks of policies, where MiniStack leaves it out."""

import re

from ministack.services import iam

_get_account_authorization_details = iam._get_account_authorization_details
_delete_policy = iam._delete_policy
_create_policy = iam._create_policy
_update_account_password_policy = iam._update_account_password_policy


def get_account_authorization_details(params):
    """AWS: a `RoleDetail` has its `PermissionsBoundary` (IAM API Reference, "RoleDetail")."""
    status, headers, body = _get_account_authorization_details(params)
    text = body.decode()
    for role in iam._roles.values():
        if boundary := role.get("PermissionsBoundary"):
            told = (
                "<PermissionsBoundary><PermissionsBoundaryType>PermissionsBoundaryPolicy</PermissionsBoundaryType>"
                f"<PermissionsBoundaryArn>{boundary}</PermissionsBoundaryArn></PermissionsBoundary>"
            )
            start = f"<RoleId>{role['RoleId']}</RoleId><Arn>{role['Arn']}</Arn><Path>{role['Path']}</Path>"
            detail = re.escape(start) + r"(<CreateDate>[^<]*</CreateDate><AssumeRolePolicyDocument>[^<]*</AssumeRolePolicyDocument><RolePolicyList>)"
            text = re.sub(detail, lambda found: start + told + found[1], text)
    return status, headers, text.encode()


def delete_policy(params):
    """AWS: versions that are not in force are deleted before the policy (IAM API Reference, "DeletePolicy")."""
    policy = iam._policies.get(iam._p(params, "PolicyArn"))
    if policy and len(policy["Versions"]) > 1:
        return iam._error(409, "DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete its other versions.")
    return _delete_policy(params)


def create_policy(params):
    """AWS: names of customer managed policies are unique in the account, whatever their path (IAM User Guide, "IAM identifiers")."""
    name = iam._p(params, "PolicyName")
    if any(known["PolicyName"].lower() == name.lower() for known in iam._policies.values()):
        return iam._error(409, "EntityAlreadyExists", f"A policy called {name} already exists. Duplicate names are not allowed.")
    return _create_policy(params)


def update_account_password_policy(params):
    """AWS: what a request leaves out goes back to its default (IAM API Reference, "UpdateAccountPasswordPolicy")."""
    # Emptied in place: to remove it first would seem as if another one were made.
    if policy := iam._account_password_policy.get("policy"):
        policy.clear()
    return _update_account_password_policy(params)


iam._IAM_HANDLERS["GetAccountAuthorizationDetails"] = get_account_authorization_details
iam._IAM_HANDLERS["DeletePolicy"] = delete_policy
iam._IAM_HANDLERS["CreatePolicy"] = create_policy
iam._IAM_HANDLERS["UpdateAccountPasswordPolicy"] = update_account_password_policy
