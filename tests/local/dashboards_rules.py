"""Dashboards of CloudWatch: one place for the account, tags, and bodies that are refused, where MiniStack differs.

(CloudWatch API Reference, "PutDashboard", "GetDashboard", "TagResource"; "Dashboard body structure and syntax"; Service Authorization
Reference, "Amazon CloudWatch".)
"""

import json

from alerting_rules import sent
from ministack.core import iam_actions
from ministack.core.responses import AccountScopedDict, get_account_id
from ministack.services import cloudwatch

_extract_resource_arn = iam_actions.extract_resource_arn
_put_dashboard = cloudwatch._put_dashboard
_validate_alarm_tag_arn = cloudwatch._validate_alarm_tag_arn

KINDS = ("alarm", "custom", "explorer", "log", "metric", "text", "trace")


def arn_of(name, account):
    return f"arn:aws:cloudwatch::{account}:dashboard/{name}"


def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    """AWS: a call about a dashboard is authorized on it."""
    if service == "monitoring":
        request = sent(headers, body)
        names = request.get("DashboardNames") or [request.get("DashboardName")]
        if names[0]:
            return arn_of(names[0], account_id)
    return _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)


def wrong(text):
    """What is wrong with a body, as far as it is looked at here."""
    try:
        widgets = json.loads(text)["widgets"]
    except (ValueError, KeyError, TypeError):
        return "The body is no JSON object with widgets"
    for widget in widgets:
        if widget.get("type") not in KINDS or not isinstance(widget.get("properties"), dict):
            return f"Widget without a type or properties: {widget}"
        if not (1 <= widget.get("width", 6) <= 24 and 0 <= widget.get("x", 0) <= 23):
            return f"Widget outside the grid: {widget}"
    return None


def put_dashboard(params, data, is_cbor, is_json=False):
    """AWS: a body that is none is refused; tags are put on a new dashboard only."""
    problem = wrong(data.get("DashboardBody") or "")
    if problem:
        return cloudwatch._error("InvalidParameterInput", problem, 400, use_json=is_json, use_cbor=is_cbor)
    name = data.get("DashboardName", "")
    new = name not in cloudwatch._dashboards
    answer = _put_dashboard(params, data, is_cbor, is_json)
    if new and data.get("Tags"):
        tags = {tag["Key"]: tag.get("Value", "") for tag in data["Tags"]}
        cloudwatch._resource_tags[arn_of(name, get_account_id())] = tags
    return answer


def validate_tag_arn(arn, is_json=False, is_cbor=False):
    """AWS: dashboards have tags, too."""
    prefix = arn_of("", get_account_id())
    if not str(arn).startswith(prefix):
        return _validate_alarm_tag_arn(arn, is_json=is_json, is_cbor=is_cbor)
    if arn[len(prefix):] in cloudwatch._dashboards:
        return None
    return cloudwatch._error("ResourceNotFoundException", f"Unknown {arn}", 404, use_json=is_json, use_cbor=is_cbor)


cloudwatch._dashboards = AccountScopedDict()
cloudwatch._put_dashboard = put_dashboard
cloudwatch._validate_alarm_tag_arn = validate_tag_arn
iam_actions.extract_resource_arn = extract_resource_arn
