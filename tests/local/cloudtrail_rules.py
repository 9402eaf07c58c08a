"""What CloudTrail keeps of a trail and MiniStack drops: the tags it is made with, until it is deleted. And what it tries of a log
group before it delivers to it.

(CloudTrail API Reference, "CreateTrail": `TagsList`; "UpdateTrail": `CloudWatchLogsLogGroupArn`, `CloudWatchLogsRoleArn`, and the
errors `InvalidCloudWatchLogsLogGroupArnException` and `InvalidCloudWatchLogsRoleArnException`.)
"""

import json

from ministack.services import cloudtrail, cloudwatch_logs, iam

_create_trail = cloudtrail._create_trail
_delete_trail = cloudtrail._delete_trail
_update_trail = cloudtrail._update_trail


def create_trail(body):
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
