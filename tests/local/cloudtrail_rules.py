"""What CloudTrail keeps of a trail and MiniStack drops: the tags it is made with, until it is deleted. And what it tries before it
takes it: the keys of KMS, and a log group and its role.

(CloudTrail API Reference, "CreateTrail" and "UpdateTrail": `TagsList`, `CloudWatchLogsLogGroupArn`, `CloudWatchLogsRoleArn`, and their
errors; User Guide, "Configure AWS KMS key policies for CloudTrail".)
"""

import json

from ministack.services import cloudtrail, cloudwatch_logs, iam, kms

_create_trail = cloudtrail._create_trail
_delete_trail = cloudtrail._delete_trail
_update_trail = cloudtrail._update_trail


def refused_key(body):
    """AWS: the key must be there, in the trail's Region, usable, and its policy must let CloudTrail encrypt."""
    named = body.get("KmsKeyId")
    if not named:
        return None
    key = kms._resolve_key(named)
    if key is None:
        return cloudtrail._err("KmsKeyNotFoundException", f"KMS key {named} is not found in this Region.")
    if key["KeyState"] != "Enabled":
        return cloudtrail._err("KmsException", f"KMS key {named} is {key['KeyState']}.")
    if not lets_in(key, "cloudtrail.amazonaws.com"):
        return cloudtrail._err("InsufficientEncryptionPolicyException", f"Insufficient permissions to access KMS key {named}.")
    return None


def lets_in(key, service):
    """Whether a key's policy has a statement for a service that lets it encrypt."""
    policy = key.get("Policy") or "{}"
    statements = json.loads(policy).get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        named = statement.get("Principal")
        named = named.get("Service", []) if isinstance(named, dict) else []
        actions = statement.get("Action", [])
        actions = actions if isinstance(actions, list) else [actions]
        if service in (named if isinstance(named, list) else [named]) and any(
            one in ("kms:*", "kms:GenerateDataKey", "kms:GenerateDataKey*") for one in actions
        ):
            return statement.get("Effect") == "Allow"
    return False


def create_trail(body):
    if error := refused_key(body):
        return error
    answer = _create_trail(body)
    if answer[0] == 200 and body.get("TagsList"):
        arn = json.loads(answer[2])["TrailARN"]
        cloudtrail._add_tags({"ResourceId": arn, "TagsList": body["TagsList"]})
    return answer


def delete_trail(body):
    _, _, trail = cloudtrail._find_visible_trail(body.get("Name", ""))
    answer = _delete_trail(body)
    if answer[0] == 200 and trail:
        cloudtrail._trail_tags.pop(trail["TrailARN"], None)
    return answer


def update_trail(body):
    """AWS: the group must be there, and a role that CloudTrail may assume; one is given with the other."""
    refused = refused_key(body)
    if refused:
        return refused
    group, role = body.get("CloudWatchLogsLogGroupArn"), body.get("CloudWatchLogsRoleArn")
    if group and not (role and is_group(group)):
        return cloudtrail._err("InvalidCloudWatchLogsLogGroupArnException", "CloudTrail cannot validate the specified log group ARN.")
    if role and not (group and is_assumable(role)):
        return cloudtrail._err("InvalidCloudWatchLogsRoleArnException", "CloudTrail cannot assume the specified role.")
    return _update_trail(body)


def is_group(arn):
    return arn.endswith(":*") and arn.split(":")[6] in cloudwatch_logs._log_groups


def is_assumable(arn):
    role = iam._roles.get(arn.rsplit("/", 1)[-1])
    trust = role["AssumeRolePolicyDocument"] if role and role["Arn"] == arn else ""
    return "cloudtrail.amazonaws.com" in (trust if isinstance(trust, str) else json.dumps(trust))


cloudtrail._DISPATCH.update(CreateTrail=create_trail, DeleteTrail=delete_trail, UpdateTrail=update_trail)
