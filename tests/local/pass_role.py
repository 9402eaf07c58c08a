"""A caller that passes a role to a service needs `iam:PassRole` for that role. MiniStack never checks it.

(IAM User Guide, "Grant a user permissions to pass a role to an AWS service"; the actions are those that the Service Authorization
Reference lists with `iam:PassRole` as a dependent action.)
"""

import contextvars
import json

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import iam

# Where a request has the role, and whose principal it is passed to.
ROLES = {
    "backup:CreateBackupSelection": ("BackupSelection.IamRoleArn", "backup.amazonaws.com"),
    "cloudtrail:CreateTrail": ("CloudWatchLogsRoleArn", "cloudtrail.amazonaws.com"),
    "cloudtrail:UpdateTrail": ("CloudWatchLogsRoleArn", "cloudtrail.amazonaws.com"),
    "config:PutConfigurationRecorder": ("ConfigurationRecorder.roleARN", "config.amazonaws.com"),
    "ec2:AssociateIamInstanceProfile": ("IamInstanceProfile", "ec2.amazonaws.com"),
    "ec2:CreateFlowLogs": ("DeliverLogsPermissionArn", "vpc-flow-logs.amazonaws.com"),
    "ec2:RunInstances": ("IamInstanceProfile", "ec2.amazonaws.com"),
    "eks:CreateCluster": ("roleArn", "eks.amazonaws.com"),
    "events:PutTargets": ("Targets.RoleArn", "events.amazonaws.com"),
    "iam:AddRoleToInstanceProfile": ("RoleName", "ec2.amazonaws.com"),
    "lambda:CreateFunction": ("Role", "lambda.amazonaws.com"),
    "lambda:UpdateFunctionConfiguration": ("Role", "lambda.amazonaws.com"),
    "logs:PutSubscriptionFilter": ("roleArn", "logs.amazonaws.com"),
    "scheduler:CreateSchedule": ("Target.RoleArn", "scheduler.amazonaws.com"),
    "scheduler:UpdateSchedule": ("Target.RoleArn", "scheduler.amazonaws.com"),
}

_request = contextvars.ContextVar("passing_request", default=None)
_refused = contextvars.ContextVar("refused_pass", default=None)

_extract_resource_arn = iam_actions.extract_resource_arn
_access_denied_response = iam_actions.access_denied_response
_enforce = iam_evaluator.enforce


def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    """Keeps the request, for the check that follows if the call itself is allowed."""
    _request.set((body, query_params))
    return _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)


def enforce(access_key, action, service, region, resource_arn="*", service_context=None):
    """AWS: the call needs its own permission, and the permission to pass each role it names."""
    denied = _enforce(access_key, action, service, region, resource_arn=resource_arn, service_context=service_context)
    request = _request.get()
    if denied is not None or action not in ROLES or request is None:
        return denied
    _request.set(None)
    where, principal = ROLES[action]
    for role in passed(where, *request):
        denied = _enforce(access_key, "iam:PassRole", "iam", region, resource_arn=role, service_context={"iam:PassedToService": principal})
        if denied is not None:
            _refused.set(role)
            return denied
    return None


def access_denied_response(service, action, principal_arn, request_id, **more):
    """AWS: the error says that passing the role was denied, and names the role."""
    role = _refused.get()
    _refused.set(None)
    if role is not None:
        action = "iam:PassRole"
        message = iam_actions.identity_denial_message(action, principal_arn, role, more.get("explicit_deny", False))
        more = {**more, "message": message}
    return _access_denied_response(service, action, principal_arn, request_id, **more)


def passed(where, body, form):
    """The ARNs of the roles that a request names."""
    if where == "IamInstanceProfile":
        return in_profile(one(form, "IamInstanceProfile.Name") or one(form, "IamInstanceProfile.Arn").rsplit("/", 1)[-1])
    if where == "RoleName":
        return [arn_of(one(form, "RoleName"))]
    if one(form, "Action"):
        return [role for role in [one(form, where)] if role]
    try:
        return list(found(json.loads(body or b"{}"), where.split(".")))
    except ValueError:
        return []


def found(value, path):
    """What a JSON body has at a path, in each of the members of a list on the way."""
    if isinstance(value, list):
        for member in value:
            yield from found(member, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and value.get(path[0]):
        yield from found(value[path[0]], path[1:])


def one(form, name):
    value = form.get(name, "")
    return value[0] if isinstance(value, list) else value


def in_profile(name):
    profile = iam._instance_profiles.get(name) if name else None
    return [arn_of(role) for role in (profile or {}).get("Roles", [])]


def arn_of(role):
    known = iam._roles.get(role)
    return known["Arn"] if known else f"arn:aws:iam::{get_account_id()}:role/{role}"


iam_actions.extract_resource_arn = extract_resource_arn
iam_actions.access_denied_response = access_denied_response
iam_evaluator.enforce = enforce
