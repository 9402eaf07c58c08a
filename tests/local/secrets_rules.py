"""What Secrets Manager refuses, and what its calls need of KMS, where MiniStack differs.

(Secrets Manager API Reference, "CreateSecret", "DeleteSecret", "PutSecretValue", "RemoveRegionsFromReplication" and
"UpdateSecret"; User Guide, "Secret encryption and decryption".)
"""

import contextvars
import json

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.services import kms, secretsmanager

_create_secret = secretsmanager._create_secret
_put_secret_value = secretsmanager._put_secret_value
_get_secret_value = secretsmanager._get_secret_value
_update_secret = secretsmanager._update_secret
_get_resource_policy = secretsmanager._get_resource_policy
_delete_secret = secretsmanager._delete_secret
_handle_request = secretsmanager.handle_request
_extract_resource_arn = iam_actions.extract_resource_arn
_enforce = iam_evaluator.enforce

_request = contextvars.ContextVar("secret_request", default=None)

# What a caller may need to do with the key of a secret, beside the call itself.
USES = {
    "secretsmanager:CreateSecret": ("kms:GenerateDataKey", "kms:Decrypt"),
    "secretsmanager:GetSecretValue": ("kms:Decrypt",),
    "secretsmanager:PutSecretValue": ("kms:GenerateDataKey", "kms:Decrypt"),
    "secretsmanager:UpdateSecret": ("kms:GenerateDataKey", "kms:Encrypt", "kms:Decrypt"),
}


def refused(code, message):
    return error_response_json(code, message, 400)


def same(version, data):
    return (version.get("SecretString"), version.get("SecretBinary")) == (data.get("SecretString"), data.get("SecretBinary"))


def wrong_token(data):
    """AWS: a token has 32 to 64 characters."""
    token = data.get("ClientRequestToken")
    if token is not None and not 32 <= len(token) <= 64:
        return refused("InvalidParameterException", "ClientRequestToken must have 32 to 64 characters.")
    return None


def unusable(key_id):
    """AWS: a key that is not there, disabled or on its way out encrypts nothing."""
    if not key_id or key_id.startswith("alias/aws/"):
        return None
    key = kms._resolve_key(key_id)
    if key is None:
        return refused("InvalidParameterException", f"Key {key_id} is not found.")
    if key["KeyState"] != "Enabled":
        return refused("EncryptionFailure", f"Secrets Manager can't encrypt the protected secret text: {key['Arn']} is {key['KeyState']}.")
    return None


def create_secret(data):
    """AWS: the token names the first version; the same request again is answered as before; a name is free once a deletion is over."""
    if error := wrong_token(data) or unusable(data.get("KmsKeyId")):
        return error
    known, token = secretsmanager._secrets.get(data.get("Name")), data.get("ClientRequestToken")
    if known is not None and known.get("DeletedDate"):
        message = "You can't create this secret because a secret with this name is already scheduled for deletion."
        return refused("InvalidRequestException", message)
    if known is not None and token in known["Versions"] and same(known["Versions"][token], data):
        return json_response({"ARN": known["ARN"], "Name": known["Name"], "VersionId": token})
    answer = _create_secret(data)
    if answer[0] == 200 and token:
        made = secretsmanager._secrets[data["Name"]]
        made["Versions"] = {token: version for version in made["Versions"].values()}
        return json_response({"ARN": made["ARN"], "Name": made["Name"], "VersionId": token})
    return answer


def put_secret_value(data):
    """AWS: the token names the version; another value under the name of a version that is there is refused."""
    if error := wrong_token(data):
        return error
    _, secret = secretsmanager._resolve(data.get("SecretId"))
    version = (secret or {}).get("Versions", {}).get(data.get("ClientRequestToken"))
    if version and not same(version, data):
        return refused("ResourceExistsException", "A resource with the ID you requested already exists.")
    if version:
        # The same request again changes nothing, the labels least of all.
        answer = {"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": data["ClientRequestToken"]}
        return json_response({**answer, "VersionStages": version.get("Stages", [])})
    if secret and (error := unusable(secret.get("KmsKeyId"))):
        return error
    return _put_secret_value(data)


def get_secret_value(data):
    """AWS: what was encrypted by a key that cannot be used cannot be read."""
    _, secret = secretsmanager._resolve(data.get("SecretId"))
    if secret and not secret.get("DeletedDate") and unusable(secret.get("KmsKeyId")):
        return refused("DecryptionFailure", "Secrets Manager can't decrypt the protected secret text using the provided KMS key.")
    return _get_secret_value(data)


def get_resource_policy(data):
    """AWS: a secret that waits for its deletion shows no policy (API Reference, "GetResourcePolicy", `InvalidRequestException`)."""
    _, secret = secretsmanager._resolve(data.get("SecretId"))
    if secret and secret.get("DeletedDate"):
        message = "You can't perform this operation on the secret because it was marked for deletion."
        return refused("InvalidRequestException", message)
    return _get_resource_policy(data)


def update_secret(data):
    """AWS: another key encrypts everything anew, so the present one must be usable too; AWS's own is not shown."""
    _, secret = secretsmanager._resolve(data.get("SecretId"))
    if "KmsKeyId" in data and secret:
        if error := unusable(data["KmsKeyId"]) or unusable(secret.get("KmsKeyId")):
            return error
    answer = _update_secret(data)
    if answer[0] == 200 and secret and str(secret.get("KmsKeyId")).endswith("alias/aws/secretsmanager"):
        secret["KmsKeyId"] = None
    return answer


def delete_secret(data):
    """AWS: a secret that is copied to other Regions is deleted only after its copies."""
    _, secret = secretsmanager._resolve(data.get("SecretId"))
    if secret and secret.get("ReplicationStatus"):
        message = "You can't delete a primary secret that is replicated to other Regions."
        return refused("InvalidRequestException", message)
    return _delete_secret(data)


def remove_regions(data):
    """AWS: deletes the copies in these Regions."""
    _, secret = secretsmanager._resolve(data.get("SecretId"))
    if secret is None:
        return refused("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    removed, all_copies = data.get("RemoveReplicaRegions", []), secret.get("ReplicationStatus", [])
    secret["ReplicationStatus"] = [copy for copy in all_copies if copy["Region"] in removed]
    secretsmanager._delete_replicas(secret)
    secret["ReplicationStatus"] = [copy for copy in all_copies if copy["Region"] not in removed]
    return json_response({"ARN": secret["ARN"], "ReplicationStatus": secret["ReplicationStatus"]})


async def handle_request(method, path, headers, body, query_params):
    if headers.get("x-amz-target", "").endswith(".RemoveRegionsFromReplication"):
        return remove_regions(json.loads(body or b"{}"))
    return await _handle_request(method, path, headers, body, query_params)


def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    """Keeps the request, for the check that follows if the call itself is allowed."""
    _request.set(json.loads(body or b"{}") if service == "secretsmanager" else None)
    return _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)


def keys(action, request):
    """The ARNs of the keys that a call uses: that of the secret, and the one that is to be."""
    _, secret = secretsmanager._resolve(request.get("SecretId"))
    for named in {(secret or {}).get("KmsKeyId"), request.get("KmsKeyId")} - {None}:
        key = kms._resolve_key(named) if not named.startswith("alias/aws/") else None
        if key:
            yield key["Arn"]


def enforce(access_key, action, service, region, resource_arn="*", service_context=None):
    """AWS: who reads or writes a secret under a key of KMS needs the rights to use that key, through Secrets Manager."""
    denied = _enforce(access_key, action, service, region, resource_arn=resource_arn, service_context=service_context)
    request = _request.get()
    if denied is not None or request is None or action not in USES:
        return denied
    _request.set(None)
    by = {"kms:ViaService": f"secretsmanager.{get_region()}.amazonaws.com", "kms:CallerAccount": get_account_id()}
    for key in keys(action, request):
        for use in USES[action]:
            denied = _enforce(access_key, use, "kms", region, resource_arn=key, service_context=by)
            if denied is not None:
                return denied
    return None


secretsmanager._create_secret = create_secret
secretsmanager._put_secret_value = put_secret_value
secretsmanager._get_secret_value = get_secret_value
secretsmanager._update_secret = update_secret
secretsmanager._get_resource_policy = get_resource_policy
secretsmanager._delete_secret = delete_secret
secretsmanager.handle_request = handle_request
iam_actions.extract_resource_arn = extract_resource_arn
iam_evaluator.enforce = enforce
