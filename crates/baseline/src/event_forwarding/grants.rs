//! What each of our roles needs for the rules and the role that forwards.

use tenancy::names;

use crate::policy::{Grant, Grants, Scope};

pub(super) fn grants(scope: &Scope) -> Grants {
    let account = &scope.account;
    let rules = || {
        vec![format!(
            "arn:aws:events:*:{account}:rule/{}",
            names::FORWARDING_RULE
        )]
    };
    let role = || scope.management_role(names::FORWARDER);
    Grants {
        reads: vec![Grant::on("ReadForwarding", READS, rules())],
        writes: vec![
            Grant::on("KeepForwarding", WRITES, rules()),
            Grant::pass("PassForwarder", role(), "events.amazonaws.com"),
            Grant::on("DropForwarder", DROP_ROLE, vec![role()]),
        ],
        removals: vec![
            Grant::on("RemoveForwarding", REMOVALS, rules()),
            Grant::on("RemoveForwarder", REMOVE_ROLE, vec![role()]),
        ],
    }
}

const READS: &[&str] = &[
    "events:DescribeRule",
    "events:ListTagsForResource",
    "events:ListTargetsByRule",
];

/// What a blueprint no longer asks for, or is in a Region that was dropped, is removed by the provisioner.
const WRITES: &[&str] = &[
    "events:DeleteRule",
    "events:PutRule",
    "events:PutTargets",
    "events:RemoveTargets",
    "events:TagResource",
    "events:UntagResource",
];

const REMOVALS: &[&str] = &["events:DeleteRule", "events:RemoveTargets"];

/// Everything else that is done to the role, `access` has the right to.
const DROP_ROLE: &[&str] = &["iam:DeleteRole"];

const REMOVE_ROLE: &[&str] = &[
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
];
