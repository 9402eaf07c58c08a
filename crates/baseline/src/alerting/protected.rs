//! What of the alerts only we write to.

use tenancy::names;

use crate::{desired::Deployment, protected::Protected};

/// Alarms, and the dashboard of them.
pub(crate) const ALARMS: Protected = Protected::of(
    "OurAlarms",
    &[
        "cloudwatch:Describe*",
        "cloudwatch:Get*",
        "cloudwatch:List*",
    ],
    alarms,
);

/// Alarms, and dashboards, which are in no Region.
fn alarms(account: &str, _: &Deployment) -> Vec<String> {
    let (alarm, dashboard) = (names::ALARM_PREFIX, names::DASHBOARD);
    vec![
        format!("arn:aws:cloudwatch:*:{account}:alarm:{alarm}*"),
        format!("arn:aws:cloudwatch::{account}:dashboard/{dashboard}*"),
    ]
}

/// Topics.
pub(crate) const TOPICS: Protected = Protected::of("OurTopics", &["sns:Get*", "sns:List*"], topics);

/// With their subscriptions, whose ARNs begin with the topic's.
fn topics(account: &str, _: &Deployment) -> Vec<String> {
    vec![format!("arn:aws:sns:*:{account}:{}*", names::ALERTS_TOPIC)]
}
