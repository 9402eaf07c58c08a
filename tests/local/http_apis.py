"""HTTP APIs, where MiniStack differs: the address that an API is given, and where a function finds the cookies of a request."""

import os

from ministack.services import apigateway, lambda_svc
from ministack.services.cloudformation import provisioners

HANDLERS = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
_create = HANDLERS["create"]
_execute = lambda_svc._execute_function_with_config_scope


def create(logical_id, props, stack_name):
    """AWS: `ApiEndpoint` is an address at which the API answers, from everywhere (CloudFormation, `AWS::ApiGatewayV2::Api`). Names
    under `localhost` are resolved by some systems only; the path form of the same server works on all of them."""
    api_id, attributes = _create(logical_id, props, stack_name)
    address = f"{os.environ['AWS_ENDPOINT_URL']}/_aws/execute-api/{api_id}/$default"
    apigateway._apis[api_id]["apiEndpoint"] = address
    return api_id, {**attributes, "ApiEndpoint": address}


def execute(record, event, *rest, **more):
    """AWS: "All cookie headers in the request are combined with commas and added to the cookies field" (API Gateway Developer
    Guide, "Create AWS Lambda proxy integrations for HTTP APIs", payload format 2.0)."""
    if isinstance(event, dict) and event.get("version") == "2.0" and "routeKey" in event and "cookies" not in event:
        headers = event.get("headers") or {}
        sent = [headers.pop(name) for name in list(headers) if name.lower() == "cookie"]
        cookies = [pair.strip() for header in sent for pair in header.split(";") if pair.strip()]
        if cookies:
            event["cookies"] = cookies
    return _execute(record, event, *rest, **more)


HANDLERS["create"] = create
lambda_svc._execute_function_with_config_scope = execute
