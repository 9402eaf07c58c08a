"""The key of a log group, which MiniStack takes at creation only: set and taken off later.

(CloudWatch Logs API Reference, "AssociateKmsKey" and "DisassociateKmsKey".)
"""

import json

from ministack.core.responses import error_response_json, json_response
from ministack.services import cloudwatch_logs as logs

_handle_request = logs.handle_request


async def handle_request(method, path, headers, body, query_params):
    action = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
    if action not in ("AssociateKmsKey", "DisassociateKmsKey"):
        return await _handle_request(method, path, headers, body, query_params)
    request = json.loads(body or b"{}")
    group = logs._log_groups.get(request.get("logGroupName"))
    if group is None:
        return error_response_json("ResourceNotFoundException", "The specified log group does not exist.", 400)
    group["kmsKeyId"] = request.get("kmsKeyId") if action == "AssociateKmsKey" else None
    return json_response({})


logs.handle_request = handle_request
