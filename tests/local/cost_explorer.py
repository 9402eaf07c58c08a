"""Cost Explorer, which MiniStack lacks: monitors of unusual costs, subscriptions to what they find, cost allocation tags. No cost is ever
unusual.

(AWS Billing and Cost Management API Reference, Cost Explorer; AWS Cost Management User Guide, "Getting started with AWS Cost Anomaly
Detection"; AWS Billing User Guide, "Using user-defined cost allocation tags"; Service Authorization Reference, "AWS Cost Explorer
Service".) What the bill has seen of tags is told by the control endpoint `PUT /_tenantry/cost-tags?key=K…`: in AWS that takes up to a day.
"""

import json
import uuid

import added_services
import dependent_actions
import stores
import world
from added_services import answer
from ministack.core import iam_actions
from ministack.core.responses import AccountScopedDict, error_response_json, get_account_id
from ministack.services import budgets, tagging
from organization_policies import management_of

SERVICE = "ce"
MOST_ADDRESSES = 10
MOST_TAGS_AT_ONCE = 20
# What a call is authorized on, by the name of its parameter. Other calls know no resource.
NAMED_BY = {
    "UpdateAnomalyMonitor": "MonitorArn",
    "DeleteAnomalyMonitor": "MonitorArn",
    "UpdateAnomalySubscription": "SubscriptionArn",
    "DeleteAnomalySubscription": "SubscriptionArn",
    "ListTagsForResource": "ResourceArn",
    "TagResource": "ResourceArn",
    "UntagResource": "ResourceArn",
}

_monitors = stores.add(budgets, "_anomaly_monitors", AccountScopedDict())
_subscriptions = stores.add(budgets, "_anomaly_subscriptions", AccountScopedDict())
_cost_tags = stores.add(budgets, "_cost_allocation_tags", AccountScopedDict())
_extract_resource_arn = iam_actions.extract_resource_arn
_request_tag_context = iam_actions.request_tag_context


def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    """AWS: a change is authorized on the monitor or subscription that it names."""
    if service != SERVICE:
        return _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)
    return json.loads(body or b"{}").get(NAMED_BY.get(operation(headers), ""), "*")


def request_tag_context(service, action, body, params):
    """AWS: the tags of a request are in its conditions; MiniStack reads none that are called `ResourceTags`."""
    if service != SERVICE:
        return _request_tag_context(service, action, body, params)
    request = json.loads(body or b"{}")
    tags = tags_of(request)
    keys = [*tags, *(request.get("ResourceTagKeys") or [])]
    context = {f"aws:requesttag/{key}".lower(): value for key, value in tags.items()}
    return context | ({"aws:TagKeys": keys} if keys else {})


def tags_at_creation(kind):
    """AWS: what is made with tags needs the right to tag it."""

    def needs(request, _region, account):
        if request.get("ResourceTags"):
            yield f"{SERVICE}:TagResource", f"arn:aws:ce::{account}:{kind}/new", None

    return needs


def operation(headers):
    return headers.get("x-amz-target", "").rsplit(".", 1)[-1]


def tags_of(request):
    return {tag["Key"]: tag["Value"] for tag in request.get("ResourceTags") or []}


def refused(code, message):
    return error_response_json(code, message, 400)


def new_arn(kind):
    return f"arn:aws:ce::{get_account_id()}:{kind}/{uuid.uuid4()}"


def shown(thing):
    return {name: value for name, value in thing.items() if name != "tags"}


def create_monitor(request):
    given = request.get("AnomalyMonitor") or {}
    kind, dimension = given.get("MonitorType"), given.get("MonitorDimension")
    if not given.get("MonitorName") or (kind == "DIMENSIONAL") != bool(dimension):
        return refused("ValidationException", "The monitor's name, type or dimension is not valid.")
    # AWS: an account has room for one monitor of its services.
    if dimension and any(known.get("MonitorDimension") == dimension for known in _monitors.values()):
        return refused("ValidationException", "Limit exceeded on dimensional spend monitor creation")
    arn = new_arn("anomalymonitor")
    _monitors[arn] = {**given, "MonitorArn": arn, "tags": tags_of(request)}
    return answer({"MonitorArn": arn})


def update_monitor(request):
    known = _monitors.get(request.get("MonitorArn"))
    if known is None:
        return refused("UnknownMonitorException", "Unknown monitor")
    if name := request.get("MonitorName"):
        known["MonitorName"] = name
    return answer({"MonitorArn": known["MonitorArn"]})


def delete_monitor(request):
    if _monitors.pop(request.get("MonitorArn"), None) is None:
        return refused("UnknownMonitorException", "Unknown monitor")
    return answer({})


def wrong_subscription(subscription):
    """What AWS says is wrong with one, or nothing."""
    subscribers = subscription.get("Subscribers") or []
    if any(arn not in _monitors for arn in subscription.get("MonitorArnList") or []):
        return refused("UnknownMonitorException", "Unknown monitor")
    # AWS: e-mails are sent once a day or once a week, to so many addresses.
    mail = [one for one in subscribers if one.get("Type") == "EMAIL"]
    if mail and subscription.get("Frequency") == "IMMEDIATE":
        return refused("ValidationException", "Email subscribers are not supported with frequency IMMEDIATE")
    if not subscription.get("SubscriptionName") or not subscribers or len(mail) > MOST_ADDRESSES:
        return refused("ValidationException", "The subscription's name or subscribers are not valid.")
    return None


def with_expression(subscription):
    """AWS: a threshold is shorthand for an expression."""
    if "Threshold" not in subscription or "ThresholdExpression" in subscription:
        return subscription
    impact = {"Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE", "MatchOptions": ["GREATER_THAN_OR_EQUAL"], "Values": [str(subscription["Threshold"])]}
    return {**subscription, "ThresholdExpression": {"Dimensions": impact}}


def confirmed(subscribers):
    return [{"Status": "CONFIRMED", **one} for one in subscribers]


def create_subscription(request):
    given = request.get("AnomalySubscription") or {}
    if (wrong := wrong_subscription(given)) is not None:
        return wrong
    arn = new_arn("anomalysubscription")
    _subscriptions[arn] = {
        **with_expression(given),
        "Subscribers": confirmed(given["Subscribers"]),
        "SubscriptionArn": arn,
        "AccountId": get_account_id(),
        "tags": tags_of(request),
    }
    return answer({"SubscriptionArn": arn})


def update_subscription(request):
    arn = request.get("SubscriptionArn")
    known = _subscriptions.get(arn)
    if known is None:
        return refused("UnknownSubscriptionException", "Unknown subscription")
    given = {name: value for name, value in request.items() if name != "SubscriptionArn"}
    thresholds = ("Threshold", "ThresholdExpression")
    kept = {name: value for name, value in known.items() if name not in thresholds or not given.keys() & set(thresholds)}
    changed = {**kept, **given}
    if (wrong := wrong_subscription(changed)) is not None:
        return wrong
    _subscriptions[arn] = {**with_expression(changed), "Subscribers": confirmed(changed["Subscribers"])}
    return answer({"SubscriptionArn": arn})


def delete_subscription(request):
    if _subscriptions.pop(request.get("SubscriptionArn"), None) is None:
        return refused("UnknownSubscriptionException", "Unknown subscription")
    return answer({})


def of_tags(work):
    """A call about the tags of a monitor or a subscription."""

    def action(request):
        arn = request.get("ResourceArn")
        known = _monitors.get(arn) or _subscriptions.get(arn)
        if known is None:
            return refused("ResourceNotFoundException", f"{arn} could not be found.")
        return answer(work(known, request) or {})

    return action


def list_tags(known, _request):
    return {"ResourceTags": [{"Key": key, "Value": value} for key, value in known["tags"].items()]}


def tag(known, request):
    known["tags"] = known["tags"] | tags_of(request)


def untag(known, request):
    known["tags"] = {key: value for key, value in known["tags"].items() if key not in request.get("ResourceTagKeys", [])}


def of_the_payer(work):
    """AWS: only the account that pays the bill decides which tags it has."""

    def action(request):
        if management_of(get_account_id()) not in (None, get_account_id()):
            return refused("AccessDeniedException", "Linked account doesn't have access to cost allocation tags.")
        return work(request)

    return action


def list_cost_tags(request):
    wanted = request.get("TagKeys") or list(_cost_tags)
    tags = [
        {"TagKey": key, "Type": "UserDefined", "Status": _cost_tags[key]}
        for key in wanted
        if key in _cost_tags and request.get("Status") in (None, _cost_tags[key]) and request.get("Type") in (None, "UserDefined")
    ]
    return answer({"CostAllocationTags": tags})


def update_cost_tags(request):
    """AWS: what the bill has not seen cannot be activated, and does not keep the others from it."""
    entries = request.get("CostAllocationTagsStatus") or []
    if not 1 <= len(entries) <= MOST_TAGS_AT_ONCE:
        return refused("ValidationException", "1 to 20 tags at once.")
    errors = []
    for entry in entries:
        if entry["TagKey"] in _cost_tags:
            _cost_tags[entry["TagKey"]] = entry["Status"]
        else:
            errors.append({"TagKey": entry["TagKey"], "Code": "TagKeysNotFound", "Message": "Tag keys not found"})
    return answer({"Errors": errors})


def know_cost_tags(query):
    """The bill of an account's organization has seen these tags."""
    payer = management_of(query["account"][-1]) or query["account"][-1]
    for key in query.get("key", []):
        if _cost_tags.get_scoped(payer, None, key) is None:
            _cost_tags.set_scoped(payer, None, key, "Inactive")
    return {}


def collect():
    """AWS: aws:ResourceTag also reads the tags of monitors and subscriptions."""
    for arn, known in [*_monitors.items(), *_subscriptions.items()]:
        yield arn, [{"Key": key, "Value": value} for key, value in known["tags"].items()]


CALLS = {
    "CreateAnomalyMonitor": create_monitor,
    "UpdateAnomalyMonitor": update_monitor,
    "DeleteAnomalyMonitor": delete_monitor,
    "GetAnomalyMonitors": lambda _: answer({"AnomalyMonitors": [shown(one) for one in _monitors.values()]}),
    "CreateAnomalySubscription": create_subscription,
    "UpdateAnomalySubscription": update_subscription,
    "DeleteAnomalySubscription": delete_subscription,
    "GetAnomalySubscriptions": lambda _: answer({"AnomalySubscriptions": [shown(one) for one in _subscriptions.values()]}),
    "ListTagsForResource": of_tags(list_tags),
    "TagResource": of_tags(tag),
    "UntagResource": of_tags(untag),
    "ListCostAllocationTags": of_the_payer(list_cost_tags),
    "UpdateCostAllocationTagsStatus": of_the_payer(update_cost_tags),
}


async def handle(_method, _path, headers, body, _query):
    call = CALLS.get(operation(headers))
    if call is None:
        return refused("UnknownOperationException", operation(headers))
    return call(json.loads(body or b"{}"))


iam_actions.extract_resource_arn = extract_resource_arn
iam_actions.request_tag_context = request_tag_context
tagging._RESOURCE_TAG_COLLECTORS[SERVICE] = collect
dependent_actions.DEPENDENT["ce:CreateAnomalyMonitor"] = tags_at_creation("anomalymonitor")
dependent_actions.DEPENDENT["ce:CreateAnomalySubscription"] = tags_at_creation("anomalysubscription")
world.CONTROLS["PUT", "cost-tags"] = know_cost_tags
added_services.add(SERVICE, handle)
