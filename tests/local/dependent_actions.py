"""Calls that need further permissions beside their own, which MiniStack never checks: for tags at creation, for a service-linked role.

(Service Authorization Reference, "Dependent actions"; the services' own lists of "API operations" and the actions they authorize.)
Modules of services register theirs in DEPENDENT. Passing a role is in pass_role.
"""

import contextvars
import json

from ministack.core import iam_actions, iam_evaluator

# By the action of a call: what else it needs, as (action, ARN, keys of the service), told by its body and by the ARN it is authorized on.
DEPENDENT = {}

_request = contextvars.ContextVar("dependent_request", default=None)
_refused = contextvars.ContextVar("refused_dependent", default=None)

_extract_resource_arn = iam_actions.extract_resource_arn
_access_denied_response = iam_actions.access_denied_response
_enforce = iam_evaluator.enforce


def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    """Keeps the request, for the check that follows if the call itself is allowed."""
    _request.set((body, region, account_id))
    return _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)


def enforce(access_key, action, service, region, resource_arn="*", service_context=None):
    denied = _enforce(access_key, action, service, region, resource_arn=resource_arn, service_context=service_context)
    request = _request.get()
    if denied is not None or action not in DEPENDENT or request is None:
        return denied
    _request.set(None)
    body, region_name, account = request
    for needed, arn, keys in DEPENDENT[action](json.loads(body or b"{}"), region_name, account):
        denied = _enforce(access_key, needed, needed.split(":")[0], region, resource_arn=arn, service_context=keys)
        if denied is not None:
            _refused.set((needed, arn))
            return denied
    return None


def access_denied_response(service, action, principal_arn, request_id, **more):
    """AWS: the error names the action that was denied."""
    refused = _refused.get()
    _refused.set(None)
    if refused is not None:
        action, arn = refused
        message = iam_actions.identity_denial_message(action, principal_arn, arn, more.get("explicit_deny", False))
        more = {**more, "message": message}
    return _access_denied_response(service, action, principal_arn, request_id, **more)


def service_linked_role(service, name):
    """What a call needs that makes the service-linked role of a service where it is absent. AWS asks for it on every such call."""

    def needs(_request, _region, account):
        arn = f"arn:aws:iam::{account}:role/aws-service-role/{service}/{name}"
        yield "iam:CreateServiceLinkedRole", arn, {"iam:AWSServiceName": service}

    return needs


iam_actions.extract_resource_arn = extract_resource_arn
iam_actions.access_denied_response = access_denied_response
iam_evaluator.enforce = enforce
