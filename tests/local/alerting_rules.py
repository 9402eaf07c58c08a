"""What SNS and CloudWatch refuse, whom SNS waits for, and what their calls are authorized on, where MiniStack differs.

(SNS API Reference, "CreateTopic", "Subscribe", "ListSubscriptionsByTopic"; SNS Developer Guide, "Key management"; Service
Authorization Reference, "Amazon SNS" and "Amazon CloudWatch".) Mail is not sent: the token in it is the address it goes to.
"""

import json

from ministack.core import iam_actions
from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch, kms, sns

_extract_resource_arn = iam_actions.extract_resource_arn
_create_topic = sns._create_topic
_set_topic_attributes = sns._set_topic_attributes
_subscribe = sns._subscribe
_unsubscribe = sns._unsubscribe
_list_subscriptions_by_topic = sns._list_subscriptions_by_topic
_dispatch_alarm_actions = cloudwatch._dispatch_alarm_actions

_error = sns._error

PENDING = "pending confirmation"
# What its errors are called on the wire, which is not what their shapes are called.
CODES = {"InvalidParameterException": "InvalidParameter", "ResourceNotFoundException": "ResourceNotFound"}


def error(code, *more):
    """AWS: the codes of errors (SNS API Reference, "Errors" of each action)."""
    return _error(CODES.get(code, code), *more)



def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    """AWS: tags of a topic or alarm are authorized on it, deletions of alarms on what they delete."""
    arn = _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)
    if service == "sns" and arn == "*":
        return one(query_params, "ResourceArn") or arn
    if service == "monitoring" and arn == "*":
        request = sent(headers, body)
        if names := request.get("AlarmNames") if not is_read(headers, path) else None:
            return f"arn:aws:cloudwatch:{region}:{account_id}:alarm:{names[0]}"
        if name := request.get("AlarmName"):
            return f"arn:aws:cloudwatch:{region}:{account_id}:alarm:{name}"
        return request.get("ResourceARN") or arn
    return arn


def is_read(headers, path):
    return "Describe" in headers.get("x-amz-target", "") or "/operation/Describe" in path


def sent(headers, body):
    """The body of a request to CloudWatch, in either of its protocols."""
    try:
        if "cbor" in headers.get("content-type", ""):
            import cbor2

            return cbor2.loads(body) or {}
        return json.loads(body or b"{}")
    except ValueError:
        return {}


def one(params, name):
    value = params.get(name, "")
    return value[0] if isinstance(value, list) else value


def is_policy(text):
    try:
        document = json.loads(text)
    except ValueError:
        return False
    return isinstance(document, dict) and bool(document.get("Statement"))


def attributes_of(params):
    given, number = {}, 1
    while key := sns._p(params, f"Attributes.entry.{number}.key"):
        given[key] = sns._p(params, f"Attributes.entry.{number}.value")
        number += 1
    return given


def alike(name, given, kept):
    return json.loads(given) == json.loads(kept or "null") if name == "Policy" else given == (kept or "")


def refused(reason):
    return sns._error("InvalidParameter", f"Invalid parameter: {reason}", 400)


def create_topic(params):
    """AWS: a topic is made once; asked for again with other attributes or tags, it is refused."""
    given = attributes_of(params)
    if "Policy" in given and not is_policy(given["Policy"]):
        return refused("Policy Error: null")
    arn = f"arn:aws:sns:{get_region()}:{get_account_id()}:{sns._p(params, 'Name')}"
    if known := sns._topics.get(arn):
        if any(not alike(name, value, known["attributes"].get(name)) for name, value in given.items()):
            return refused("Attributes Reason: Topic already exists with different attributes")
        if (tags := dict(sns._param_tags(params))) and tags != known["tags"]:
            return refused("Tags Reason: Topic already exists with different tags")
    return _create_topic(params)


def set_topic_attributes(params):
    """AWS: a policy that is none is refused; a key is taken off by an empty value."""
    if sns._p(params, "AttributeName") == "Policy" and not is_policy(sns._p(params, "AttributeValue")):
        return refused("Policy Error: null")
    return _set_topic_attributes(params)


def subscribe(params):
    """AWS: an e-mail address is subscribed once its owner confirms it."""
    if sns._p(params, "Protocol") not in ("email", "email-json"):
        return _subscribe(params)
    topic, endpoint = sns._topics.get(sns._p(params, "TopicArn")), sns._p(params, "Endpoint")
    known = {one["arn"] for one in topic["subscriptions"]} if topic else set()
    answer = _subscribe(params)
    for one in topic["subscriptions"] if topic else []:
        if one["endpoint"] == endpoint and one["arn"] not in known:
            one.update(confirmed=False, token=endpoint)
            one["attributes"].update(PendingConfirmation="true", ConfirmationWasAuthenticated="false")
            sns._refresh_subscription_counts(topic)
    return hidden(answer, topic, PENDING)


def hidden(answer, topic, word):
    """AWS: what is not confirmed has no ARN."""
    status, headers, body = answer
    text = body.decode() if isinstance(body, bytes) else body
    for one in topic["subscriptions"] if topic and status == 200 else []:
        if not one["confirmed"]:
            text = text.replace(f"<SubscriptionArn>{one['arn']}<", f"<SubscriptionArn>{word}<")
    return status, headers, text.encode() if isinstance(body, bytes) else text


def list_subscriptions_by_topic(params):
    topic = sns._topics.get(sns._p(params, "TopicArn"))
    return hidden(_list_subscriptions_by_topic(params), topic, "PendingConfirmation")


def unsubscribe(params):
    """AWS: what has no ARN cannot be named."""
    if not sns._p(params, "SubscriptionArn").startswith("arn:"):
        return refused("SubscriptionArn Reason: An ARN must have at least 6 elements")
    return _unsubscribe(params)


def may_publish(topic_arn, alarm):
    """AWS: the policy of the topic, and that of the key it is encrypted with, must let CloudWatch publish for this alarm."""
    if not sns.topic_policy_allows(topic_arn, "cloudwatch.amazonaws.com", alarm["AlarmArn"], get_account_id()):
        return False
    topic = sns._topics.get(topic_arn)
    name = topic["attributes"].get("KmsMasterKeyId") if topic else None
    return not name or all(may_use(name, topic_arn, action) for action in ("kms:Decrypt", "kms:GenerateDataKey"))


def may_use(name, topic_arn, action):
    key = kms._resolve_key(name)
    if not key or key["KeyState"] != "Enabled":
        return False
    context = EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=key["Arn"],
        region=get_region(),
        service_context={"kms:encryptioncontext:aws:sns:topicarn": topic_arn},
    )
    return evaluate_resource_policy(policy_of(key), context, service="cloudwatch.amazonaws.com").decision == "Allow"


def policy_of(key):
    policy = key.get("Policy") or ""
    return policy if isinstance(policy, str) else json.dumps(policy)


def dispatch_alarm_actions(alarm, old_state, new_state, reason):
    """AWS: what may not publish does not."""
    lists = ("AlarmActions", "OKActions", "InsufficientDataActions")
    may = {name: [arn for arn in alarm.get(name) or [] if ":sns:" not in arn or may_publish(arn, alarm)] for name in lists}
    return _dispatch_alarm_actions({**alarm, **may}, old_state, new_state, reason)


sns._create_topic = create_topic
sns._error = error
sns._set_topic_attributes = set_topic_attributes
sns._subscribe = subscribe
sns._unsubscribe = unsubscribe
sns._list_subscriptions_by_topic = list_subscriptions_by_topic
cloudwatch._dispatch_alarm_actions = dispatch_alarm_actions
iam_actions.extract_resource_arn = extract_resource_arn
