//! What each of our roles needs for budgets and for what tells of unusual costs.

use tenancy::names;

use crate::policy::{Grant, Grants, Scope};

pub(super) fn grants(scope: &Scope) -> Grants {
    let mut grants = of_budget(scope);
    if scope.extras.anomalies {
        let more = of_anomalies(scope);
        grants.reads.extend(more.reads);
        grants.writes.extend(more.writes);
        grants.removals.extend(more.removals);
    }
    grants
}

fn of_budget(scope: &Scope) -> Grants {
    let account = &scope.account;
    let budget = || {
        vec![format!(
            "arn:aws:budgets::{account}:budget/{}",
            names::BUDGET
        )]
    };
    Grants {
        reads: vec![Grant::on("ReadBudget", READS, budget())],
        writes: vec![Grant::on("KeepBudget", WRITES, budget())],
        removals: vec![Grant::on("RemoveBudget", REMOVALS, budget())],
    }
}

const READS: &[&str] = &["budgets:ListTagsForResource", "budgets:ViewBudget"];

/// A budget that the spec no longer asks for is removed by the provisioner, with the same action.
const WRITES: &[&str] = &[
    "budgets:ModifyBudget",
    "budgets:TagResource",
    "budgets:UntagResource",
];

const REMOVALS: &[&str] = &["budgets:ModifyBudget"];

/// AWS chooses the ids of monitors and subscriptions: what is ours is told by its tag. Creating knows no resource, and neither does
/// listing all. Source: Service Authorization Reference, "AWS Cost Explorer Service".
fn of_anomalies(scope: &Scope) -> Grants {
    let account = &scope.account;
    let of = |kind: &str| format!("arn:aws:ce::{account}:{kind}/*");
    let both = || vec![of("anomalymonitor"), of("anomalysubscription")];
    Grants {
        reads: vec![
            Grant::on_all("ListAnomalyAlerts", LISTS),
            Grant::on("ReadAnomalyAlerts", &["ce:ListTagsForResource"], both()),
        ],
        writes: vec![
            Grant::on_all("MakeAnomalyAlerts", CREATIONS).when(scope.made_ours()),
            Grant::on("TagAnomalyAlerts", TAGS, both()),
            Grant::on("KeepAnomalyAlerts", CHANGES, both()).when(scope.ours()),
        ],
        removals: vec![Grant::on("RemoveAnomalyAlerts", DELETIONS, both()).when(scope.ours())],
    }
}

const LISTS: &[&str] = &["ce:GetAnomalyMonitors", "ce:GetAnomalySubscriptions"];

const CREATIONS: &[&str] = &["ce:CreateAnomalyMonitor", "ce:CreateAnomalySubscription"];

const TAGS: &[&str] = &["ce:TagResource", "ce:UntagResource"];

/// Those that the blueprint no longer asks for are removed by the provisioner.
const CHANGES: &[&str] = &[
    "ce:DeleteAnomalyMonitor",
    "ce:DeleteAnomalySubscription",
    "ce:UpdateAnomalyMonitor",
    "ce:UpdateAnomalySubscription",
];

const DELETIONS: &[&str] = &["ce:DeleteAnomalyMonitor", "ce:DeleteAnomalySubscription"];
