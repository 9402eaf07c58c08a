//! What AWS does not take away because something holds it: tried again, and in the end a person is told, with what AWS said of the holder.

use std::collections::BTreeSet;

use baseline::Outcome;
use tenancy::{ComponentName, ComponentState, Timestamp};

use super::{call::CALLS, *};
use crate::{pass::status, stalls::stall};

const HOUR: i64 = 3600;

/// Calls that take something away which may be held, and the codes by which AWS says so.
///
/// Sources: the services' API references, "Errors" of each action; EC2 User Guide, "Error codes for the Amazon EC2 API".
const HELD: &[(&str, &[&str])] = &[
    (
        "aws_sdk_ec2 delete_internet_gateway",
        &["DependencyViolation"],
    ),
    ("aws_sdk_ec2 delete_route_table", &["DependencyViolation"]),
    (
        "aws_sdk_ec2 delete_security_group",
        &["DependencyViolation", "InvalidGroup.InUse"],
    ),
    ("aws_sdk_ec2 delete_subnet", &["DependencyViolation"]),
    ("aws_sdk_ec2 delete_vpc", &["DependencyViolation"]),
    (
        "aws_sdk_ec2 detach_internet_gateway",
        &["DependencyViolation"],
    ),
    (
        "aws_sdk_ec2 release_address",
        &["InvalidIPAddress.InUse", "InvalidAddress.InUse"],
    ),
    ("aws_sdk_iam delete_instance_profile", &["DeleteConflict"]),
    ("aws_sdk_iam delete_policy", &["DeleteConflict"]),
    ("aws_sdk_iam delete_policy_version", &["DeleteConflict"]),
    ("aws_sdk_iam delete_role", &["DeleteConflict"]),
    (
        "aws_sdk_kms schedule_key_deletion",
        &["KMSInvalidStateException"],
    ),
    (
        "aws_sdk_secretsmanager delete_secret",
        &["InvalidRequestException"],
    ),
    ("aws_sdk_cloudtrail delete_trail", &["ConflictException"]),
    (
        "aws_sdk_cloudwatchlogs delete_log_group",
        &["OperationAbortedException"],
    ),
    (
        "aws_sdk_cloudwatchlogs delete_metric_filter",
        &["OperationAbortedException"],
    ),
    (
        "aws_sdk_eventbridge delete_rule",
        &["ConcurrentModificationException"],
    ),
    (
        "aws_sdk_eventbridge remove_targets",
        &["ConcurrentModificationException"],
    ),
    (
        "aws_sdk_sns delete_topic",
        &["ConcurrentAccess", "StaleTag"],
    ),
    (
        "aws_sdk_budgets delete_budget",
        &["ResourceLockedException"],
    ),
    (
        "aws_sdk_budgets delete_subscriber",
        &["ResourceLockedException"],
    ),
    (
        "aws_sdk_iam delete_account_alias",
        &["ConcurrentModification"],
    ),
    ("aws_sdk_iam delete_role_policy", &["UnmodifiableEntity"]),
    ("aws_sdk_iam detach_role_policy", &["UnmodifiableEntity"]),
    (
        "aws_sdk_iam remove_role_from_instance_profile",
        &["EntityTemporarilyUnmodifiable"],
    ),
];

/// Calls that take something away which nothing holds, as the services' API references have it.
const FREE: &[&str] = &[
    "aws_sdk_accessanalyzer delete_analyzer",
    "aws_sdk_account delete_alternate_contact",
    "aws_sdk_cloudwatch delete_alarms",
    "aws_sdk_cloudwatch delete_dashboards",
    "aws_sdk_costexplorer delete_anomaly_monitor",
    "aws_sdk_costexplorer delete_anomaly_subscription",
    "aws_sdk_ec2 delete_flow_logs",
    "aws_sdk_ec2 delete_key_pair",
    "aws_sdk_ec2 delete_nat_gateway",
    "aws_sdk_ec2 delete_network_acl_entry",
    "aws_sdk_ec2 delete_route",
    "aws_sdk_ec2 delete_tags",
    "aws_sdk_ec2 delete_vpc_endpoints",
    "aws_sdk_ec2 revoke_security_group_egress",
    "aws_sdk_ec2 revoke_security_group_ingress",
    "aws_sdk_iam delete_role_permissions_boundary",
    "aws_sdk_resourcegroups delete_group",
    "aws_sdk_secretsmanager remove_regions_from_replication",
    "aws_sdk_sns unsubscribe",
];

fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + secs).unwrap()
}

/// Passes that all come to the same, a quarter of an hour apart, until a person is told: after how many seconds, and what.
fn told(failure: &Failure) -> Option<(i64, Failure)> {
    let outcome = Outcome {
        failures: vec![failure.clone()],
        ..Outcome::new(ComponentName::IDENTITY, ComponentState::Failed)
    };
    let mut before = None;
    (0..=24 * HOUR).step_by(900).find_map(|secs| {
        let left = stall(outcome.clone(), before.as_ref(), at(secs));
        before = Some(status(&left, before.as_ref(), at(secs)));
        let stalled = left.state == ComponentState::Stalled;
        stalled.then(|| (secs, left.failures[0].clone()))
    })
}

#[test]
fn a_deletion_that_is_refused_because_of_a_holder_ends_with_a_person_who_is_told_of_it() {
    for (call, codes) in HELD {
        for code in codes.iter().copied() {
            let said = format!("{code} (409): it is held by `theirs`");
            let doing = format!("{call} of `ours`");
            let failure = by_code(doing.clone(), said.clone(), Some(code), 409);
            // What is refused for good parks at once; all else is tried again soon, for it may be over in a moment.
            let (lasted, last) = match failure.retry_after_secs() {
                None => (0, failure),
                Some(secs) => {
                    assert!(secs <= 30, "{call} {code}: {failure:?}");
                    told(&failure).unwrap_or_else(|| panic!("{call} {code} is tried without end"))
                }
            };
            assert!(lasted <= 2 * HOUR, "{call} {code}: {lasted}");
            let (reason, remedy) = last.for_a_person().unwrap();
            assert!(!reason.is_empty() && remedy.len() > 60, "{call} {code}");
            assert_eq!((&last.doing, &last.detail), (&doing, &said));
        }
    }
}

#[test]
fn every_removing_call_says_how_it_is_refused_for_a_holder_or_that_nothing_holds_what_it_removes() {
    let removing = [
        "delete",
        "detach",
        "release",
        "remove",
        "revoke",
        "schedule",
        "unsubscribe",
    ];
    let is_removing = |call: &str| removing.iter().any(|verb| call.starts_with(verb));
    let calls = CALLS.iter().filter(|(_, call, _)| is_removing(call));
    let calls: BTreeSet<String> = calls
        .map(|(service, call, _)| format!("{service} {call}"))
        .collect();
    let held = HELD.iter().map(|(call, _)| *call);
    let listed: Vec<&str> = held.chain(FREE.iter().copied()).collect();
    let once: BTreeSet<String> = listed.iter().map(|call| (*call).to_owned()).collect();
    assert_eq!(once.len(), listed.len());
    assert_eq!(once, calls);
    // Where a port asks AWS who the holder is, it does so by one of these codes.
    for (service, call, [_, _, in_use]) in CALLS {
        let name = format!("{service} {call}");
        let row = HELD.iter().find(|(listed, _)| *listed == name);
        let codes = row.map_or(&[][..], |(_, codes)| *codes);
        assert!(in_use.iter().all(|code| codes.contains(code)), "{name}");
    }
}
