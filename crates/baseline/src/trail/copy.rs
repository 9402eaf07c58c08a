//! The copy of the trail in CloudWatch Logs: a log group in the trail's home Region, and the role by which CloudTrail writes to it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenancy::{AccountId, ComponentName, Region, blueprint::TrailKind, names};

use super::{Trail, home};
use crate::{
    declared::{Key, Observation, Resources, Wanted, owned},
    desired::Desired,
    keys::Keys,
    resources::{LogGroup, Role},
};

/// Where the trail copies its events to, and by which role.
pub(super) struct Copy {
    pub group_arn: String,
    pub role_arn: String,
}

/// Whether the blueprint asks for the copy.
pub(crate) fn is_wanted(desired: &Desired) -> bool {
    let spec = &desired.spec;
    spec.trail == TrailKind::Tenant && spec.trail_log_retention_days.is_some()
}

/// Whether our roles need rights for the copy: it is wanted, or an earlier blueprint had one.
pub(crate) fn needs_rights(desired: &Desired) -> bool {
    let had = || {
        let group = home(desired).map(|home| group_key(&home));
        let left = [group, Some(role_key())].into_iter().flatten();
        left.into_iter().any(|key| desired.recorded.has(&key))
    };
    is_wanted(desired) || had()
}

/// The copy as it is wanted.
pub(super) fn copy(desired: &Desired, account: &AccountId) -> Option<Copy> {
    let home = home(desired).filter(|_| is_wanted(desired))?;
    let group = names::trail_log_group();
    Some(Copy {
        group_arn: format!("arn:aws:logs:{home}:{account}:log-group:{group}:*"),
        role_arn: names::management_role_arn(account, names::TRAIL_LOGS_ROLE),
    })
}

/// The key of the log group.
pub(crate) fn group_key(home: &Region) -> Key {
    LogGroup::key(home, names::trail_log_group())
}

fn role_key() -> Key {
    Role::key(names::TRAIL_LOGS_ROLE)
}

/// The log group and the role. What was made for a blueprint that asked for it goes with the tenant.
pub(super) fn wanted(desired: &Desired, account: &AccountId) -> Resources {
    let Some(home) = home(desired) else {
        return Resources::new();
    };
    let (group, role) = (group_key(&home), role_key());
    let goes = |key: &Key| desired.leaving() && desired.recorded.has(key);
    if !is_wanted(desired) && !goes(&group) && !goes(&role) {
        return Resources::new();
    }
    let tags = || desired.tags(ComponentName::TRAIL);
    let (encrypts, unknown) = Keys::encrypting(desired, &home);
    let log_group = LogGroup {
        retention: desired.spec.trail_log_retention_days,
        tags: tags(),
        key: encrypts,
        ..LogGroup::default()
    };
    let delivers = Role {
        path: names::MANAGEMENT_PATH.into(),
        description: "Delivers the events of the tenant's trail to its log group".into(),
        trust: trust(account, &home),
        inline: BTreeMap::from([(names::MANAGEMENT_POLICY.to_owned(), policy(account, &home))]),
        tags: tags(),
        ..Role::default()
    };
    Resources::from([
        (
            group,
            Wanted::of(&log_group).called("log-group").unknown(unknown),
        ),
        (role, Wanted::of(&delivers).called("log-group-role")),
    ])
}

/// The trail names both: it does so once they are there, and they go after it.
pub(super) fn named_by(desired: &Desired, trail: Wanted) -> Wanted {
    let home = home(desired).filter(|_| is_wanted(desired) || desired.leaving());
    let Some(home) = home else {
        return trail;
    };
    let fields = ["copiesTo", "copiesBy"].into_iter();
    fields.fold(trail, |trail, field| {
        let trail = trail.refers(field, None, group_key(&home));
        trail.refers(field, None, role_key())
    })
}

/// What is there of both, by key: what was made for an earlier blueprint is found again by it.
pub(super) fn recorded(
    desired: &Desired,
    seen: &Observation,
) -> impl Iterator<Item = (String, String)> {
    let group = home(desired).map(|home| group_key(&home));
    let group = group.filter(|key| {
        let owned = owned::<LogGroup>(ComponentName::TRAIL, desired, seen, key);
        owned.is_some()
    });
    let role = owned::<Role>(ComponentName::TRAIL, desired, seen, &role_key());
    let keys = group.into_iter().chain(role.map(|_| role_key()));
    keys.map(|key| (key.to_string(), key.name))
}

/// Tells alarms that the log group is there.
pub(super) fn teach(seen: &Observation, desired: &mut Desired) {
    let Some(home) = home(desired) else { return };
    let group = owned::<LogGroup>(ComponentName::TRAIL, desired, seen, &group_key(&home));
    if group.is_some() {
        let name = names::trail_log_group();
        desired
            .outputs
            .set(ComponentName::TRAIL, Trail::LOG_GROUP, Some(&home), name);
    }
}

/// Whom the role trusts: CloudTrail, on behalf of our trail only (CloudTrail User Guide, "Sending events to CloudWatch Logs", and
/// "Cross-service confused deputy prevention").
fn trust(account: &AccountId, home: &Region) -> Value {
    let trail = format!("arn:aws:cloudtrail:{home}:{account}:trail/{}", names::TRAIL);
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "cloudtrail.amazonaws.com" },
            "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": { "aws:SourceAccount": account, "aws:SourceArn": trail } }
        }]
    })
}

/// What the role may do: write to its own streams of our log group (CloudTrail User Guide, "Role policy document for CloudTrail to use
/// CloudWatch Logs for monitoring").
fn policy(account: &AccountId, home: &Region) -> Value {
    let group = names::trail_log_group();
    let stream = format!("{account}_CloudTrail_{home}*");
    let streams = format!("arn:aws:logs:{home}:{account}:log-group:{group}:log-stream:{stream}");
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": streams
        }]
    })
}
