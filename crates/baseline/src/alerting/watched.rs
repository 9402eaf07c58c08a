//! What is watched of topics, subscriptions, metric filters and alarms, by the models of SNS, Logs and CloudWatch.

use tenancy::Severity;

use crate::{
    drift_control::DriftControl,
    watched::{Properties, reported, restored},
};

/// The tables of their answers.
pub(super) const WATCHED: &[Properties] = &[
    Properties {
        resource: "Topic for alerts: its policy and its key, for no e-mail depends on its other attributes",
        kind: "topic",
        shape: "sns GetTopicAttributesOutput",
        watched: &[restored("attributes", "policy, key")],
        identity: &[],
        unwatched: &[],
    },
    Properties {
        resource: "Data protection policy of the topic",
        kind: "topic",
        shape: "sns GetDataProtectionPolicyOutput",
        watched: &[],
        identity: &[],
        unwatched: &[
            "data_protection_policy: a read of each topic more; the guardrail closes it to the tenant",
        ],
    },
    Properties {
        resource: "Tags of the topic",
        kind: "topic",
        shape: "sns ListTagsForResourceOutput",
        watched: &[restored("tags", "tags")],
        identity: &[],
        unwatched: &[],
    },
    Properties {
        resource: "Subscription to the topic",
        kind: "subscription",
        shape: "sns Subscription",
        watched: &[reported("subscription_arn", "confirmation")],
        identity: &["endpoint", "owner", "protocol", "topic_arn"],
        unwatched: &[],
    },
    Properties {
        resource: "Subscription that is confirmed: its filter policy, for the other attributes mean nothing for e-mails",
        kind: "subscription",
        shape: "sns GetSubscriptionAttributesOutput",
        watched: &[restored("attributes", "filter")],
        identity: &[],
        unwatched: &[],
    },
    Properties {
        resource: "Metric filter on the trail's log group",
        kind: "metric-filter",
        shape: "cloudwatchlogs MetricFilter",
        watched: &[
            restored("filter_pattern", "pattern"),
            restored("metric_transformations", "metric"),
            restored("field_selection_criteria", "selection"),
        ],
        identity: &["filter_name", "log_group_name"],
        unwatched: &[
            "creation_time: it is history",
            "apply_on_transformed_logs: a transformer of the group would have to be made first, which the guardrail denies",
            "emit_system_field_dimensions: it adds dimensions of metrics to those without",
        ],
    },
    Properties {
        resource: "Metric of the filter",
        kind: "metric-filter",
        shape: "cloudwatchlogs MetricTransformation",
        watched: &[
            restored("metric_name", "metric"),
            restored("metric_namespace", "namespace"),
            restored("metric_value", "value"),
            restored("default_value", "default"),
            restored("dimensions", "dimensions"),
        ],
        identity: &[],
        unwatched: &["unit: the alarm counts whatever the unit is"],
    },
    Properties {
        resource: "Alarm",
        kind: "alarm",
        shape: "cloudwatch MetricAlarm",
        watched: &[
            restored("alarm_description", "description"),
            restored("actions_enabled", "acts"),
            restored("alarm_actions", "actions"),
            restored("ok_actions", "okActions"),
            restored("insufficient_data_actions", "noDataActions"),
            restored("metric_name", "metric"),
            restored("namespace", "namespace"),
            restored("statistic", "statistic"),
            restored("extended_statistic", "statistic"),
            restored("dimensions", "dimensions"),
            restored("period", "period"),
            restored("unit", "unit"),
            restored("evaluation_periods", "evaluations"),
            restored("datapoints_to_alarm", "datapoints"),
            restored("threshold", "threshold"),
            restored("comparison_operator", "comparison"),
            restored("treat_missing_data", "missingData"),
            restored("metrics", "metric"),
        ],
        identity: &["alarm_name", "alarm_arn"],
        unwatched: &[
            "alarm_configuration_updated_timestamp: it is history",
            "state_value, state_reason, state_reason_data, state_updated_timestamp, state_transitioned_timestamp: what the alarm says, which goes to the topic",
            "evaluation_state, evaluate_low_sample_count_percentile, threshold_metric_id: it has no meaning for a sum with a fixed threshold",
            "evaluation_window, warm_up_configuration, evaluation_criteria, evaluation_interval, action_configuration: it cannot be set for an alarm on one metric without replacing that, which is watched",
        ],
    },
    Properties {
        resource: "Tags of the alarm",
        kind: "alarm",
        shape: "cloudwatch ListTagsForResourceOutput",
        watched: &[restored("tags", "tags")],
        identity: &[],
        unwatched: &[],
    },
    Properties {
        resource: "Mute rule of alarms",
        kind: "alarm",
        shape: "cloudwatch AlarmMuteRuleSummary",
        watched: &[],
        identity: &["alarm_mute_rule_arn"],
        unwatched: &[
            "expire_date, status, mute_type, last_updated_timestamp: a read of each Region more; a rule for an alarm of ours is closed to the tenant by the guardrail",
        ],
    },
];

/// Of which kind of resource a finding is.
pub(super) const DRIFT: &[DriftControl] = &[
    DriftControl::of(
        101,
        &["topic"],
        "topics for alerts",
        "sns GetTopicAttributes",
    ),
    DriftControl::of(
        102,
        &["subscription"],
        "subscriptions to alerts",
        "sns ListSubscriptionsByTopic",
    )
    .severity(Severity::Medium),
    DriftControl::of(
        103,
        &["metric-filter"],
        "metric filters",
        "logs DescribeMetricFilters",
    ),
    DriftControl::of(
        104,
        &["alarm"],
        "alarms",
        "cloudwatch DescribeAlarms, ListTagsForResource",
    ),
];
