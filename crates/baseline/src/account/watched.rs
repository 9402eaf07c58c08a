//! What is watched of the account, by the model of Organizations, and what of it only a person can repair.

use tenancy::{Severity, control::RepairedBy};

use super::Observation;
use crate::{
    control::{Control, Verdict},
    covers::Covers,
    desired::Desired,
    drift_control::DriftControl,
    watched::{Properties, reported, restored},
};

/// The tables of what Organizations answers about an account.
pub(super) const WATCHED: &[Properties] = &[
    Properties {
        resource: "Account",
        kind: "",
        shape: "organizations Account",
        watched: &[
            reported("email", "TNT.ACCOUNT.1"),
            restored("paths", "parent"),
        ],
        identity: &["id", "arn"],
        unwatched: &[
            "name: if it is not the wanted one, the account itself is read (`account-name`)",
            "status: an older name for the state",
            "state: an account that is suspended or closed parks the tenant",
            "joined_method, joined_timestamp: it cannot be changed",
        ],
    },
    Properties {
        resource: "Tags of the account",
        kind: "",
        shape: "organizations ListTagsForResourceOutput",
        watched: &[restored("tags", "account.tags")],
        identity: &[],
        unwatched: &["next_token: it is not a property: all pages are read"],
    },
];

/// Of which kind of resource a finding is.
pub(super) const DRIFT: &[DriftControl] = &[
    DriftControl::of(
        101,
        &["tags"],
        "tags of the account",
        "organizations ListTagsForResource",
    )
    .severity(Severity::Medium),
    DriftControl::of(
        102,
        &["account-name"],
        "name of the account",
        "organizations DescribeAccount, account GetAccountInformation",
    )
    .severity(Severity::Low),
];

/// What an audit checks of the account and nobody repairs.
pub(super) const CONTROLS: &[Control<Observation>] = &[Control {
    id: "TNT.ACCOUNT.1",
    title: "address of the root user",
    resource: "account",
    wanted: "the address the account was requested with",
    severity: Severity::Critical,
    reads: "organizations DescribeAccount",
    remedy: "Who has the address can reset the root user's password. Find out in CloudTrail who changed it, and change it back in the \
             Organizations console of the management account (the account's page, \"Update email address\"): AWS sends a code to the \
             original address, so somebody must read its mailbox (that of the parameter EmailTemplate).",
    repaired_by: RepairedBy::Organization,
    covers: Covers::NONE,
    evaluate: address,
}];

fn address(desired: &Desired, seen: &Observation) -> Verdict {
    let found = match &seen.account {
        None => return Verdict::NotApplicable("there is no account yet"),
        Some(account) if account.email.is_empty() => {
            return Verdict::NotVerifiable("Organizations did not return the address".into());
        }
        Some(account) => &account.email,
    };
    match found.eq_ignore_ascii_case(desired.email.as_str()) {
        true => Verdict::Passed,
        false => Verdict::Failed(found.clone()),
    }
}
