"""What CloudTrail keeps of a trail and MiniStack drops: the tags it is made with, until it is deleted.

(CloudTrail API Reference, "CreateTrail": `TagsList`.)
"""

import json

from ministack.services import cloudtrail

_create_trail = cloudtrail._create_trail
_delete_trail = cloudtrail._delete_trail


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


cloudtrail._DISPATCH.update(CreateTrail=create_trail, DeleteTrail=delete_trail)
