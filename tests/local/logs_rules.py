"""The key of a log group, which MiniStack takes at creation only: set and taken off later. A key that cannot be used is refused. A group
that is protected from deletion is not deleted.

(CloudWatch Logs API Reference, "AssociateKmsKey", "CreateLogGroup", "DisassociateKmsKey" and "PutLogGroupDeletionProtection"; User Guide,
"Encrypt log data in CloudWatch Logs using AWS KMS" and "Protecting log groups from deletion".)
"""

import json

from ministack.core import iam_actions
from ministack.core.responses import error_response_json, get_region, json_response
from ministack.services import cloudwatch_logs as logs
from ministack.services import kms

from cloudtrail_rules import lets_in

_handle_request = logs.handle_request
_extract_resource_arn = iam_actions.extract_resource_arn


def refused_key(named):
    """AWS: the key must be there and enabled, and its policy must let Logs of this Region encrypt."""
    key = kms._resolve_key(named)
    if key is None or key["KeyState"] != "Enabled":
        return error_response_json("InvalidParameterException", f"The specified KMS key {named} does not exist or is disabled.", 400)
    if not lets_in(key, f"logs.{get_region()}.amazonaws.com"):
        message = f"The specified KMS key {named} does not exist or is not allowed to be used with this log group."
        return error_response_json("AccessDeniedException", message, 400)
    return None


def named_group(request):
    """A group by its name, or by its ARN."""
    return logs._log_groups.get(request.get("logGroupIdentifier", request.get("logGroupName", "")).rsplit(":log-group:", 1)[-1])


def protect(request):
    group = named_group(request)
    if group is None:
        return error_response_json("ResourceNotFoundException", "The specified log group does not exist.", 400)
    group["deletionProtectionEnabled"] = request["deletionProtectionEnabled"]
    return json_response({})


def is_protected(request):
    return (named_group(request) or {}).get("deletionProtectionEnabled", False)


def with_protection(answer):
    status, headers, body = answer
    if status != 200:
        return answer
    listed = json.loads(body)
    for group in listed.get("logGroups", []):
        group["deletionProtectionEnabled"] = is_protected(group)
    return json_response(listed)


def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    """AWS: `logGroupIdentifier` names a group too."""
    if service == "logs" and headers.get("x-amz-target", "").endswith(".PutLogGroupDeletionProtection"):
        name = json.loads(body or b"{}").get("logGroupIdentifier", "").rsplit(":log-group:", 1)[-1]
        return f"arn:aws:logs:{region}:{account_id}:log-group:{name}"
    return _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)


async def handle_request(method, path, headers, body, query_params):
    action = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
    named = json.loads(body or b"{}").get("kmsKeyId") if action in ("AssociateKmsKey", "CreateLogGroup") else None
    if named and (error := refused_key(named)):
        return error
    if action == "PutLogGroupDeletionProtection":
        return protect(json.loads(body or b"{}"))
    if action == "DeleteLogGroup" and is_protected(json.loads(body or b"{}")):
        message = "The log group is protected from deletion. Turn the deletion protection off first."
        return error_response_json("ValidationException", message, 400)
    if action == "DescribeLogGroups":
        return with_protection(await _handle_request(method, path, headers, body, query_params))
    if action not in ("AssociateKmsKey", "DisassociateKmsKey"):
        return await _handle_request(method, path, headers, body, query_params)
    request = json.loads(body or b"{}")
    group = logs._log_groups.get(request.get("logGroupName"))
    if group is None:
        return error_response_json("ResourceNotFoundException", "The specified log group does not exist.", 400)
    group["kmsKeyId"] = request.get("kmsKeyId") if action == "AssociateKmsKey" else None
    return json_response({})


logs.handle_request = handle_request
iam_actions.extract_resource_arn = extract_resource_arn
