//! Every kind of what only we write to, in the order of the statements of guardrail and boundary.

use tenancy::names;

use crate::{desired::Deployment, protected::Protected};

/// The roles by which AWS delivers records to our log groups.
pub(super) const DELIVERING: &[&str] = &[names::FLOW_LOGS_ROLE, names::TRAIL_LOGS_ROLE];

/// Every kind.
pub(super) const KINDS: &[Protected] = &[
    OUR_ROLES,
    crate::identity::protected::TENANT_ROLES,
    crate::trail::protected::TRAIL,
    crate::trail::protected::BUCKET,
    OUR_LOGS,
    crate::alerting::protected::ALARMS,
    crate::event_forwarding::protected::RULES,
    crate::alerting::protected::TOPICS,
    crate::key_pair::protected::SECRETS,
    crate::billing::protected::BUDGETS,
    crate::access_analyzer::protected::ANALYZERS,
    crate::resource_group::protected::GROUPS,
    crate::key_pair::protected::KEY_PAIRS,
];

/// The roles of several components, and what they may do.
const OUR_ROLES: Protected = Protected::of(
    "OurRoles",
    &["iam:Generate*", "iam:Get*", "iam:List*", "iam:Simulate*"],
    identities,
);

fn identities(account: &str, deployment: &Deployment) -> Vec<String> {
    let iam = |rest: String| format!("arn:aws:iam::{account}:{rest}");
    vec![
        iam(format!("role{}*", names::MANAGEMENT_PATH)),
        iam(format!("policy{}*", names::MANAGEMENT_PATH)),
        iam(format!("role/{}", deployment.bootstrap_role)),
        iam(format!("policy{}{}", names::TENANT_PATH, names::BOUNDARY)),
    ]
}

/// The log groups of several components.
const OUR_LOGS: Protected = Protected::of(
    "OurLogs",
    &[
        "logs:Describe*",
        "logs:Filter*",
        "logs:Get*",
        "logs:List*",
        "logs:StartLiveTail",
        "logs:StartQuery",
        "logs:StopQuery",
        "logs:Unmask",
    ],
    log_groups,
)
.delivered_by(DELIVERING);

fn log_groups(account: &str, _: &Deployment) -> Vec<String> {
    vec![format!("arn:aws:logs:*:{account}:log-group:/tenantry/*")]
}

/// What services write to for whoever asks them, in any account.
pub(super) fn written_by_services(deployment: &Deployment) -> Vec<String> {
    let topics = crate::alerting::protected::TOPICS;
    [OUR_LOGS.anywhere(deployment), topics.anywhere(deployment)].concat()
}

#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tests;
