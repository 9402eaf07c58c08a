//! What each of our roles needs for topics, subscriptions, metric filters and alarms.

use tenancy::names;

use crate::policy::{Grant, Grants, Scope};

pub(super) fn grants(scope: &Scope) -> Grants {
    let account = &scope.account;
    let topics = || vec![format!("arn:aws:sns:*:{account}:{}", names::ALERTS_TOPIC)];
    let alarms = || {
        let prefix = names::ALARM_PREFIX;
        vec![format!("arn:aws:cloudwatch:*:{account}:alarm:{prefix}*")]
    };
    let groups = || scope.trail_log_groups();
    Grants {
        reads: vec![Grant::on_all("ReadAlerting", READS)],
        writes: vec![
            Grant::on("BuildTopics", TOPICS, topics()),
            // They name no resource (Service Authorization Reference).
            Grant::on_all("KeepSubscriptions", SUBSCRIPTIONS),
            Grant::on("BuildMetricFilters", FILTERS, groups()),
            Grant::on("BuildAlarms", ALARMS, alarms()),
        ],
        removals: vec![
            Grant::on("RemoveTopics", &["sns:DeleteTopic"], topics()),
            Grant::on_all("RemoveSubscriptions", &["sns:Unsubscribe"]),
            Grant::on(
                "RemoveMetricFilters",
                &["logs:DeleteMetricFilter"],
                groups(),
            ),
            Grant::on("RemoveAlarms", &["cloudwatch:DeleteAlarms"], alarms()),
        ],
    }
}

const READS: &[&str] = &[
    "cloudwatch:DescribeAlarms",
    "cloudwatch:ListTagsForResource",
    "logs:DescribeMetricFilters",
    "sns:GetSubscriptionAttributes",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sns:ListTagsForResource",
];

/// What a blueprint no longer asks for, or is in a Region that was dropped, is removed by the provisioner.
const TOPICS: &[&str] = &[
    "sns:CreateTopic",
    "sns:DeleteTopic",
    "sns:SetTopicAttributes",
    "sns:Subscribe",
    "sns:TagResource",
    "sns:UntagResource",
];

const SUBSCRIPTIONS: &[&str] = &["sns:SetSubscriptionAttributes", "sns:Unsubscribe"];

const FILTERS: &[&str] = &["logs:DeleteMetricFilter", "logs:PutMetricFilter"];

const ALARMS: &[&str] = &[
    "cloudwatch:DeleteAlarms",
    "cloudwatch:PutMetricAlarm",
    "cloudwatch:TagResource",
    "cloudwatch:UntagResource",
];
