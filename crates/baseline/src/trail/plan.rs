//! What to do about trail and bucket, from what was found.

use tenancy::{ComponentName, Failure, FailureKind, blueprint::TrailKind, names};

use super::{Bucket, Own, Seen, Setting, TrailChange, arn, bucket_name, bucket_policy, lifecycle};
use crate::{component::Plan, desired::Desired, policy};

pub(super) fn plan(desired: &Desired, seen: &Seen) -> Plan<TrailChange> {
    if desired.leaving() {
        return departure(seen);
    }
    match desired.spec.trail {
        TrailKind::Tenant => own(desired, seen),
        TrailKind::Organization => shared(desired, seen),
    }
}

fn departure(seen: &Seen) -> Plan<TrailChange> {
    let ours = seen.trail.iter().filter(|trail| trail.ours);
    Plan::of(
        ours.map(|trail| TrailChange::DeleteTrail {
            arn: trail.arn.clone(),
            home: trail.home.clone(),
        })
        .collect(),
    )
}

fn own(desired: &Desired, seen: &Seen) -> Plan<TrailChange> {
    let mut plan = Plan::default();
    let (Some(account), Some(bucket), Some(arn)) =
        (&desired.account, bucket_name(desired), arn(desired, seen))
    else {
        plan.wait("the account to be known", 30);
        return plan;
    };
    if seen.trail.as_ref().is_some_and(|trail| !trail.ours) {
        plan.obstacles.push(name_taken(desired));
        return plan;
    }
    let Some(found) = &seen.bucket else {
        plan.changes.push(TrailChange::CreateBucket { bucket });
        // Logging goes on meanwhile if it can.
        plan.changes.extend(seen.trail.iter().flat_map(running));
        return plan;
    };
    let document = bucket_policy(account, &bucket, &arn);
    let delivers = found
        .policy
        .as_ref()
        .is_some_and(|policy| policy::same(policy, &document));
    plan.changes.extend(settings(desired, found, &bucket));
    if !delivers {
        plan.changes.push(TrailChange::Set {
            bucket: bucket.clone(),
            setting: Setting::Policy(document),
        });
    }
    match &seen.trail {
        Some(trail) => {
            plan.changes.extend(running(trail));
            if delivers {
                plan.changes.extend(properties(trail, &bucket));
            }
        }
        // CloudTrail tries the bucket's policy before it makes a trail.
        None if delivers => plan.changes.push(TrailChange::CreateTrail { bucket }),
        None => {}
    }
    plan
}

fn settings(desired: &Desired, found: &Bucket, bucket: &str) -> Vec<TrailChange> {
    let wanted = lifecycle(&desired.spec);
    let mut tags = found.tags.clone();
    tags.extend(desired.tags(ComponentName::TRAIL));
    let checks = [
        (found.tags == tags, Setting::Tags(tags)),
        (found.versioned, Setting::Versioning),
        (found.encrypted, Setting::Encryption),
        (found.blocked, Setting::PublicAccess),
        (found.owner_enforced, Setting::Ownership),
        (found.lifecycle == Some(wanted), Setting::Lifecycle(wanted)),
    ];
    let wrong = checks.into_iter().filter(|(right, _)| !right);
    wrong
        .map(|(_, setting)| TrailChange::Set {
            bucket: bucket.to_owned(),
            setting,
        })
        .collect()
}

/// What can be put right whatever the bucket is like.
fn running(trail: &Own) -> Vec<TrailChange> {
    let (arn, home) = (trail.arn.clone(), trail.home.clone());
    let mut changes = Vec::new();
    if !trail.logging {
        changes.push(TrailChange::StartLogging {
            arn: arn.clone(),
            home: home.clone(),
            gap: trail.gap.clone(),
        });
    }
    if !trail.all_management {
        changes.push(TrailChange::SelectEvents { arn, home });
    }
    changes
}

fn properties(trail: &Own, bucket: &str) -> Option<TrailChange> {
    let checks = [
        (trail.multi_region, "one Region only".to_owned()),
        (trail.global_events, "no global events".to_owned()),
        (trail.validation, "log files not validated".to_owned()),
        (trail.bucket == bucket, format!("into `{}`", trail.bucket)),
    ];
    let wrong: Vec<String> = checks
        .into_iter()
        .filter(|(right, _)| !right)
        .map(|(_, words)| words)
        .collect();
    (!wrong.is_empty()).then(|| TrailChange::UpdateTrail {
        arn: trail.arn.clone(),
        home: trail.home.clone(),
        bucket: bucket.to_owned(),
        found: wrong.join(", "),
    })
}

/// The organization's trail is looked at and never changed: a member account cannot.
fn shared(desired: &Desired, seen: &Seen) -> Plan<TrailChange> {
    let mut plan = Plan::default();
    let wrong = match &seen.organization {
        None => Some("no trail of the organization covers the account".to_owned()),
        Some(trail) => {
            let checks = [
                (trail.multi_region, "records one Region only".to_owned()),
                (trail.validation, "has log file validation off".to_owned()),
                (trail.logging, "is not logging".to_owned()),
                (
                    trail.delivery_error.is_none(),
                    format!(
                        "cannot deliver ({})",
                        trail.delivery_error.as_deref().unwrap_or_default()
                    ),
                ),
            ];
            let wrong: Vec<String> = checks
                .into_iter()
                .filter(|(right, _)| !right)
                .map(|(_, words)| words)
                .collect();
            (!wrong.is_empty()).then(|| format!("trail `{}` {}", trail.arn, wrong.join(", ")))
        }
    };
    plan.obstacles.extend(wrong.map(|detail| {
        Failure::park(
            FailureKind::Invalid,
            format!("looking at the trail over tenant `{}`", desired.tenant),
            detail,
            "organization-trail",
            "In the management account, make or repair the organization trail (all Regions, log file validation, logging on, a bucket it can deliver to), then retry the tenant; or choose a blueprint with a trail of the tenant's own.",
        )
    }));
    plan
}

fn name_taken(desired: &Desired) -> Failure {
    Failure::park(
        FailureKind::Conflict,
        format!("looking at the trail of tenant `{}`", desired.tenant),
        format!("a trail named `{}` is there that is not ours", names::TRAIL),
        "name-taken",
        "Delete or rename the trail in the tenant's account, then retry the tenant.",
    )
}
