"""Metric filters, which MiniStack keeps and never applies: they are checked, and emit what they count.

(CloudWatch Logs API Reference, "PutMetricFilter"; CloudWatch Logs User Guide, "Creating metrics from log events using filters".)
"""

import filter_patterns
from ministack.core.responses import error_response_json
from ministack.services import cloudwatch
from ministack.services import cloudwatch_logs as logs

_put_metric_filter = logs._put_metric_filter
_put_log_events = logs._put_log_events


def selects(pattern):
    """Which events a pattern selects; one that is not for JSON is matched by its words, as MiniStack does."""
    if not pattern.strip().startswith("{"):
        return logs._compile_filter_pattern(pattern)
    return filter_patterns.compiled(pattern)


def put_metric_filter(data):
    """AWS: a pattern that is none is refused, and so is a filter without its one metric."""
    if len(data.get("metricTransformations", [])) != 1:
        return error_response_json("InvalidParameterException", "A metric filter has exactly one metric transformation.", 400)
    try:
        selects(data.get("filterPattern", ""))
    except filter_patterns.BadPattern as wrong:
        return error_response_json("InvalidParameterException", f"Invalid metric filter pattern: {wrong}", 400)
    return _put_metric_filter(data)


def put_log_events(data):
    """AWS: each event that a filter selects counts in its metric."""
    answer = _put_log_events(data)
    if answer[0] == 200:
        for (group, _), metric_filter in list(logs._metric_filters.items()):
            if group == data["logGroupName"]:
                emit(metric_filter, data.get("logEvents", []))
        cloudwatch._evaluate_all_alarms()
    return answer


def emit(metric_filter, events):
    selected = selects(metric_filter["filterPattern"])
    count = sum(1 for event in events if selected(event.get("message", "")))
    for metric in metric_filter["metricTransformations"]:
        for _ in range(count):
            cloudwatch.record_metric(metric["metricNamespace"], metric["metricName"], float(metric["metricValue"]))


logs._put_metric_filter = put_metric_filter
logs._put_log_events = put_log_events
