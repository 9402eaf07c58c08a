"""Resource Groups: on what its calls are authorized, names and queries that it refuses, and what a group of a tag holds.

(Resource Groups API Reference, "CreateGroup", "ResourceQuery", "ListGroupResources"; Service Authorization Reference, "AWS Resource Groups".)
"""

import json
from urllib.parse import unquote

import dependent_actions
from ministack.core import iam_actions
from ministack.services import resource_groups as groups, tagging

_extract_resource_arn = iam_actions.extract_resource_arn
_create_group = groups._create_group
_update_group_query = groups._update_group_query
_list_group_resources = groups._list_group_resources


def group_arn(name, region, account):
    return name if name.startswith("arn:") else f"arn:aws:resource-groups:{region}:{account}:group/{name}"


def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    """AWS: a call about a group is authorized on the group; making one knows no resource."""
    if service != "resource-groups":
        return _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)
    if path.startswith("/resources/") and path.endswith("/tags"):
        return unquote(path.removeprefix("/resources/").removesuffix("/tags"))
    request = json.loads(body or b"{}")
    name = request.get("Group") or request.get("GroupName")
    return group_arn(name, region, account_id) if name else "*"


def tags_at_creation(request, region, account):
    """AWS: a group that is made with tags needs the right to tag it."""
    if request.get("Tags"):
        yield "resource-groups:Tag", group_arn(request.get("Name") or "", region, account), None


def is_query(query):
    """A text of JSON that has what a query of its type must have."""
    needed = {"TAG_FILTERS_1_0": "TagFilters", "CLOUDFORMATION_STACK_1_0": "StackIdentifier"}
    try:
        document = json.loads(query.get("Query") or "")
    except ValueError:
        return False
    return isinstance(document, dict) and needed.get(query.get("Type")) in document


def with_query(work):
    """AWS: a query that cannot be read is refused, and so is a name that begins with `aws`."""

    def action(data):
        query = data.get("ResourceQuery")
        if query is not None and not is_query(query):
            return groups._bad_request("The resource query is not valid.")
        if (data.get("Name") or "").lower().startswith("aws"):
            return groups._bad_request("A group's name cannot begin with AWS.")
        return work(data)

    return action


def has_tags(tags, filters):
    """Whether a resource has each of these tags with one of its values."""
    found = {tag["Key"]: tag["Value"] for tag in tags}
    return all(one["Key"] in found and (not one.get("Values") or found[one["Key"]] in one["Values"]) for one in filters)


def list_group_resources(data):
    """AWS: a group of tags holds whatever in its Region has them. Types of resources are not told apart here."""
    name = groups._resolve_name(data.get("GroupName"), data.get("Group"))
    query = groups._group_queries.get(name)
    if not query or query["Type"] != "TAG_FILTERS_1_0":
        return _list_group_resources(data)
    filters = json.loads(query["Query"])["TagFilters"]
    collectors = {**tagging._COLLECTORS, **tagging._RESOURCE_TAG_COLLECTORS}
    found = {arn for collect in collectors.values() for arn, tags in collect() if has_tags(tags, filters)}
    groups._group_members[name] = sorted(found)
    answer = _list_group_resources(data)
    groups._group_members.pop(name, None)
    return answer


dependent_actions.DEPENDENT["resource-groups:CreateGroup"] = tags_at_creation
iam_actions.extract_resource_arn = extract_resource_arn
groups._POST_ROUTES["/groups"] = with_query(_create_group)
groups._POST_ROUTES["/update-group-query"] = with_query(_update_group_query)
groups._POST_ROUTES["/list-group-resources"] = list_group_resources
