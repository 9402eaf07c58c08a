"""The key of a log group, which MiniStack takes at creation only: set and taken off later. A key that cannot be used is refused.

(CloudWatch Logs API Reference, "AssociateKmsKey", "CreateLogGroup" and "DisassociateKmsKey"; User Guide, "Encrypt log data in
CloudWatch Logs using AWS KMS".)
"""

import json

from ministack.core.responses import error_response_json, get_region, json_response
from ministack.services import cloudwatch_logs as logs
from ministack.services import kms

from cloudtrail_rules import lets_in

_handle_request = logs.handle_request


def refused_key(named):
    """AWS: the key must be there and enabled, and its policy must let Logs of this Region encrypt."""
    key = kms._resolve_key(named)
    if key is None or key["KeyState"] != "Enabled":
        return error_response_json("InvalidParameterException", f"The specified KMS key {named} does not exist or is disabled.", 400)
    if not lets_in(key, f"logs.{get_region()}.amazonaws.com"):
        message = f"The specified KMS key {named} does not exist or is not allowed to be used with this log group."
        return error_response_json("AccessDeniedException", message, 400)
    return None


async def handle_request(method, path, headers, body, query_params):
    action = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
    named = json.loads(body or b"{}").get("kmsKeyId") if action in ("AssociateKmsKey", "CreateLogGroup") else None
    if named and (error := refused_key(named)):
        return error
    if action not in ("AssociateKmsKey", "DisassociateKmsKey"):
        return await _handle_request(method, path, headers, body, query_params)
    request = json.loads(body or b"{}")
    group = logs._log_groups.get(request.get("logGroupName"))
    if group is None:
        return error_response_json("ResourceNotFoundException", "The specified log group does not exist.", 400)
    group["kmsKeyId"] = request.get("kmsKeyId") if action == "AssociateKmsKey" else None
    return json_response({})


logs.handle_request = handle_request
