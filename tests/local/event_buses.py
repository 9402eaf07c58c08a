"""Buses of other accounts, events of alarms, and what EventBridge refuses, where MiniStack differs.

(EventBridge User Guide, "Sending and receiving events between AWS accounts", "Permissions for event buses", "Using identity-based
policies"; EventBridge API Reference, "PutRule", "PutTargets", "DeleteRule"; CloudWatch User Guide, "Alarm events and EventBridge";
Service Authorization Reference, "Amazon EventBridge".)
"""

import datetime
import json

import dependent_actions
from ministack.core import iam_actions, iam_evaluator, responses
from ministack.core.responses import error_response_json, get_account_id, get_region, set_request_account_id, set_request_region
from ministack.core.arn import ArnParseError, parse_arn
from ministack.services import cloudwatch, cloudwatch_logs as logs, eventbridge as events, iam, organizations
from ministack.services.cloudformation import provisioners

SERVICE = "events.amazonaws.com"

_extract_resource_arn = iam_actions.extract_resource_arn
_principal_org_id = iam_evaluator._principal_org_id
_put_rule = events._put_rule
_delete_rule = events._delete_rule
_put_targets = events._put_targets
_remove_targets = events._remove_targets
_list_targets_by_rule = events._list_targets_by_rule
_invoke_target = events._invoke_target
_dispatch_to_event_bus = events._dispatch_to_event_bus
_dispatch_alarm_actions = cloudwatch._dispatch_alarm_actions


def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    """AWS: a call about a rule is authorized on the rule, which on the default bus has no bus in its ARN; tags on what they are of."""
    if service != "events":
        return _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)
    request = json.loads(body or b"{}")
    if arn := request.get("ResourceARN"):
        return arn
    action = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
    if action.endswith(("Rule", "Targets")) and (rule := request.get("Rule") or request.get("Name")):
        return rule_arn(rule, bus_of(request), region, account_id)
    return _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)


def bus_of(request):
    return (request.get("EventBusName") or "default").rsplit("event-bus/", 1)[-1]


def rule_arn(rule, bus, region, account):
    name = rule if bus == "default" else f"{bus}/{rule}"
    return f"arn:aws:events:{region}:{account}:rule/{name}"


def tags_at_creation(request, region, account):
    """AWS: a rule that is made with tags needs the right to tag it."""
    if request.get("Tags"):
        yield "events:TagResource", rule_arn(request.get("Name") or "", bus_of(request), region, account), None


def known(data, name="Rule"):
    return events._rules.get(events._rule_key(data.get(name), bus_of(data)))


def no_rule(data, name="Rule"):
    return error_response_json("ResourceNotFoundException", f"Rule {data.get(name)} does not exist on EventBus {bus_of(data)}.", 400)


def put_rule(data):
    """AWS: a rule is replaced; what is left out is taken off, and tags are put on a new one only."""
    whole = {"State": "ENABLED", "Description": "", "RoleArn": "", **data}
    if known(data, "Name"):
        whole.pop("Tags", None)
    return _put_rule(whole)


def delete_rule(data):
    """AWS: what has targets is not deleted."""
    if events._targets.get(events._rule_key(data.get("Name"), bus_of(data))):
        return error_response_json("ValidationException", "Rule can't be deleted since it has targets.", 400)
    return _delete_rule(data)


def of_a_rule(work):
    """AWS: the targets of a rule that is not there are not there."""

    def action(data):
        return work(data) if known(data) else no_rule(data)

    return action


def put_targets(data):
    """AWS: the role of a target must let EventBridge in, for this rule."""
    rule = known(data)
    if not rule:
        return no_rule(data)
    for target in data.get("Targets", []):
        role = target.get("RoleArn")
        if role and not assumable(role, rule):
            message = f"Provided role '{role}' cannot be assumed by principal '{SERVICE}'."
            return error_response_json("ValidationException", message, 400)
    return _put_targets(data)


def role_of(arn):
    account, name = arn.split(":")[4], arn.rsplit("/", 1)[-1]
    found = iam._roles.get_scoped(account, None, name)
    return found if found and found.get("Arn") == arn else None


def context(action, resource, principal="*", **keys):
    account = principal.split(":")[4] if principal.startswith("arn:") else ""
    return iam_evaluator.EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole" if account else "Service",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        service_context=keys.get("keys", {}),
    )


def assumable(role, rule):
    found = role_of(role)
    if not found:
        return False
    trust = found.get("AssumeRolePolicyDocument")
    keys = {"aws:sourceaccount": get_account_id(), "aws:sourcearn": rule["Arn"]}
    asked = context("sts:AssumeRole", role, keys=keys)
    trust = trust if isinstance(trust, str) else json.dumps(trust)
    return iam_evaluator.evaluate_resource_policy(trust, asked, service=SERVICE).decision == "Allow"


def may_put(role, bus, event):
    """Both sides let the role put the event on a bus of another account: its own policies, and the policy of the bus."""
    keys = {"events:source": event.get("Source", ""), "events:detail-type": event.get("DetailType", "")}
    asked = context("events:PutEvents", str(bus), principal=role, keys=keys)
    own = iam_evaluator._gather_role_policies(role.rsplit("/", 1)[-1], asked.principal_account)
    if iam_evaluator.evaluate(asked, own).decision != "Allow":
        return False
    policy = events._event_bus_policies.get_scoped(bus.account_id, bus.region, bus.resource.split("/", 1)[1])
    return iam_evaluator.evaluate_resource_policy(policy, asked).decision == "Allow"


def dispatch_to_event_bus(spec, event, rule, event_path, target_input_payload=None):
    """AWS: a bus of another account or Region gets the event, with the account and the Region that it is from, if both sides let it in."""
    if (spec.account_id, spec.region) == (get_account_id(), get_region()):
        return _dispatch_to_event_bus(spec, event, rule, event_path, target_input_payload)
    if not spec.resource.startswith("event-bus/"):
        return None
    key = events._rule_key(rule.get("Name"), rule.get("EventBusName", "default"))
    targets = events._targets.get(key) or []
    roles = [target.get("RoleArn") for target in targets if target.get("Arn") == str(spec)]
    role = next((role for role in roles if role), None)
    if not role or not assumable(role, rule) or not may_put(role, spec, event):
        return None
    here = get_account_id(), get_region()
    name = spec.resource.split("/", 1)[1]
    sent = {**event, "EventBusName": name, "_DispatchPath": []}
    if target_input_payload is not None:
        sent["Detail"] = target_input_payload
    set_request_account_id(spec.account_id)
    set_request_region(spec.region)
    try:
        if name in events._event_buses:
            events._dispatch_event(sent)
    finally:
        set_request_account_id(here[0])
        set_request_region(here[1])
    return None


def invoke_target(target, event, rule, view=None):
    """AWS: a log group gets the event as a line, if its policy lets EventBridge write for the rule (User Guide, "Using resource-based
    policies for Amazon EventBridge")."""
    try:
        spec = parse_arn(target.get("Arn", ""))
    except ArnParseError:
        return None
    if spec.service != "logs":
        return _invoke_target(target, event, rule, view)
    group = spec.resource.removeprefix("log-group:").removesuffix(":*")
    if group not in logs._log_groups or not may_log(f"{spec}:log-stream:events", rule):
        return None
    logs._create_log_stream({"logGroupName": group, "logStreamName": "events"})
    view = view or events._pattern_event_view(event)
    line = {"message": json.dumps(view.event_with_detail())}
    logs._put_log_events({"logGroupName": group, "logStreamName": "events", "logEvents": [line]})
    return None


def may_log(stream, rule):
    asked = context("logs:PutLogEvents", stream, keys={"aws:sourcearn": rule["Arn"]})
    policies = [policy.get("policyDocument") for policy in logs._resource_policies.values()]
    decided = [iam_evaluator.evaluate_resource_policy(policy, asked, service=SERVICE).decision for policy in policies]
    return "Allow" in decided and "Deny" not in decided


def principal_org_id(account):
    """AWS: a member account is in the organization that has it."""
    for (master, *_), members in list(organizations._accounts._data.items()):
        if members.get("Id") == account:
            return _principal_org_id(master)
    return _principal_org_id(account)


def with_policy(work):
    """AWS: the policy of a bus is a property of it in a template."""

    def provision(first, *others):
        answer = work(first, *others)
        properties = others[-2]
        policy = properties.get("Policy")
        if policy:
            events._event_bus_policies[answer[0]] = json.loads(policy) if isinstance(policy, str) else policy
        else:
            events._event_bus_policies.pop(answer[0], None)
        return answer

    return provision


def dispatch_alarm_actions(alarm, old_state, new_state, reason):
    """AWS: a change of an alarm's state is an event on the default bus, whatever the alarm does."""
    _dispatch_alarm_actions(alarm, old_state, new_state, reason)
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "+0000")
    detail = {
        "alarmName": alarm.get("AlarmName"),
        "state": {"value": new_state, "reason": reason, "timestamp": now},
        "previousState": {"value": old_state},
        "configuration": {"description": alarm.get("AlarmDescription") or ""},
    }
    entry = {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Resources": [alarm.get("AlarmArn")],
        "Detail": json.dumps(detail),
    }
    events._put_events({"Entries": [entry]}, allow_aws_source=True)


dependent_actions.DEPENDENT["events:PutRule"] = tags_at_creation
iam_actions.extract_resource_arn = extract_resource_arn
iam_evaluator._principal_org_id = principal_org_id
events._put_rule = put_rule
events._delete_rule = delete_rule
events._put_targets = put_targets
events._remove_targets = of_a_rule(_remove_targets)
events._list_targets_by_rule = of_a_rule(_list_targets_by_rule)
events._invoke_target = invoke_target
events._dispatch_to_event_bus = dispatch_to_event_bus
cloudwatch._dispatch_alarm_actions = dispatch_alarm_actions
_bus = provisioners._RESOURCE_HANDLERS["AWS::Events::EventBus"]
_bus["create"] = with_policy(_bus["create"])
_bus["update"] = with_policy(_bus["update"])
