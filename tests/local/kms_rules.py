"""What KMS refuses, and what its calls are authorized on, where MiniStack differs.

(KMS API Reference; KMS Developer Guide, "Key states of AWS KMS keys" and "Controlling access to aliases".)
"""

import json

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import error_response_json, json_response
from ministack.services import kms

_extract_resource_arn = iam_actions.extract_resource_arn
_enforce = iam_evaluator.enforce
_get_key_rotation_status = kms._get_key_rotation_status

ALIAS_ACTIONS = ("kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias")


def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    """AWS: a call that names an alias is about its key; a call about an alias names the alias, and the keys it named and is to name."""
    arn = _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)
    if service != "kms":
        return arn
    request = json.loads(body or b"{}")
    if alias := request.get("AliasName"):
        keys = [kms._resolve_key(request.get("TargetKeyId")), kms._resolve_key(alias)]
        return "|".join([f"arn:aws:kms:{region}:{account_id}:{alias}"] + [key["Arn"] for key in keys if key])
    named = kms._resolve_key(request.get("KeyId")) if ":alias/" in arn else None
    return named["Arn"] if named else arn


def enforce(access_key, action, service, region, resource_arn="*", service_context=None):
    """AWS: a call about an alias needs the permission for the alias and for the key."""
    if action not in ALIAS_ACTIONS:
        return _enforce(access_key, action, service, region, resource_arn=resource_arn, service_context=service_context)
    for one in resource_arn.split("|"):
        denied = _enforce(access_key, action, service, region, resource_arn=one, service_context=service_context)
        if denied is not None:
            return denied
    return None


def is_policy(text):
    """A document of statements; that it lets the caller change it again is not checked."""
    try:
        document = json.loads(text)
    except ValueError:
        return False
    return isinstance(document, dict) and bool(document.get("Statement"))


def with_policy(work):
    """AWS: a policy that is none is refused (`MalformedPolicyDocumentException`)."""

    def action(data):
        if "Policy" in data and not is_policy(data["Policy"]):
            return error_response_json("MalformedPolicyDocumentException", "The new key policy is not valid JSON.", 400)
        return work(data)

    return action


def in_state(work, *states):
    """AWS: most changes need a key in one of these states."""

    def action(data):
        key = kms._resolve_key(data.get("KeyId") or data.get("TargetKeyId") or "")
        if key and key["KeyState"] not in states:
            code = "DisabledException" if key["KeyState"] == "Disabled" else "KMSInvalidStateException"
            return error_response_json(code, f"{key['Arn']} is {key['KeyState']}.", 400)
        return work(data)

    return action


def get_key_rotation_status(data):
    """AWS: a key that waits for its deletion shows no rotation (KMS API Reference, "GetKeyRotationStatus")."""
    key = kms._resolve_key(data.get("KeyId") or "")
    if key and key["KeyState"] == "PendingDeletion":
        return json_response({"KeyRotationEnabled": False})
    return _get_key_rotation_status(data)


USABLE, ENABLED, GOING = ("Enabled", "Disabled"), ("Enabled",), ("PendingDeletion",)
kms._get_key_rotation_status = get_key_rotation_status
kms._create_key = with_policy(kms._create_key)
kms._put_key_policy = with_policy(kms._put_key_policy)
for name, states in {
    "_cancel_key_deletion": GOING,
    "_create_alias": USABLE,
    "_disable_key": USABLE,
    "_enable_key": USABLE,
    "_enable_key_rotation": ENABLED,
    "_disable_key_rotation": ENABLED,
    "_schedule_key_deletion": USABLE,
    "_tag_resource": USABLE,
    "_untag_resource": USABLE,
    "_update_alias": USABLE,
}.items():
    setattr(kms, name, in_state(getattr(kms, name), *states))
iam_actions.extract_resource_arn = extract_resource_arn
iam_evaluator.enforce = enforce
