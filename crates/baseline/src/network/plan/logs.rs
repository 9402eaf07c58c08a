//! Flow logs: the role, the log group, and the flow log of the VPC.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tenancy::{AccountId, ComponentName, Region, Severity, finding::Difference, names};

use super::{NetworkPlan, Site, exposed::reported};
use crate::{
    declared::{self, Key, Resources, Wanted, owned},
    desired::Desired,
    keys::Keys,
    network::{
        effect::{Effect, Kind, NewPart},
        observation::{FlowLog, Observation},
        words::listed,
    },
    resources::{LogGroup, Role},
};

/// The role, and in each Region of the spec the log group.
pub(super) fn wanted(desired: &Desired) -> Resources {
    if !desired.spec.network {
        return Resources::new();
    }
    // The account is unknown only in a preview of a new tenant.
    let account = desired
        .account
        .as_ref()
        .map_or("account", AccountId::as_str);
    let tags = || desired.tags(ComponentName::NETWORK);
    let role = Role {
        path: names::MANAGEMENT_PATH.into(),
        description: "Delivers the flow logs of the tenant's VPCs".into(),
        trust: trust(account),
        inline: BTreeMap::from([(names::MANAGEMENT_POLICY.to_owned(), policy(account))]),
        tags: tags(),
        ..Role::default()
    };
    let group = |region: &Region| {
        let (key, unknown) = Keys::encrypting(desired, region);
        let group = LogGroup {
            retention: Some(desired.spec.flow_log_retention_days),
            tags: tags(),
            key,
            ..LogGroup::default()
        };
        let called = format!("{region}.flow-log-group");
        let wanted = Wanted::of(&group).called(called).unknown(unknown);
        (group_key(region), wanted)
    };
    let mut wanted: Resources = desired.spec.regions.iter().map(group).collect();
    wanted.insert(role_key(), Wanted::of(&role).called("flow-logs-role"));
    wanted
}

/// The key of the role.
pub fn role_key() -> Key {
    Role::key(names::FLOW_LOGS_ROLE)
}

/// The key of a Region's log group.
pub fn group_key(region: &Region) -> Key {
    LogGroup::key(region, names::flow_log_group())
}

/// Whom the role trusts: the flow logs service, for flow logs of this account only (VPC User Guide, "IAM role for publishing
/// flow logs to CloudWatch Logs", confused deputy).
fn trust(account: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "vpc-flow-logs.amazonaws.com" },
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": { "aws:SourceAccount": account },
                "ArnLike": { "aws:SourceArn": format!("arn:aws:ec2:*:{account}:vpc-flow-log/*") }
            }
        }]
    })
}

/// What the role may do: write to our log group, in any Region.
fn policy(account: &str) -> Value {
    let group = format!(
        "arn:aws:logs:*:{account}:log-group:{}",
        names::flow_log_group()
    );
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                "Resource": [group.clone(), format!("{group}:*")]
            },
            {
                "Effect": "Allow",
                "Action": ["logs:DescribeLogGroups"],
                "Resource": [format!("arn:aws:logs:*:{account}:log-group:*")]
            }
        ]
    })
}

/// A flow log cannot be changed: one of ours that is not as wanted is deleted, and another made.
pub(super) fn flow_log(site: &Site<'_>, seen: &Observation, plan: &mut NetworkPlan) {
    let Some(vpc) = site.ours.vpc else { return };
    match site.ours.flow_log {
        Some(log) => {
            let wrong = wrong(log);
            if !wrong.is_empty() {
                let (kind, id) = (Kind::FlowLog, log.id.clone());
                let delete = Effect::Delete { kind, id };
                site.change(plan, "flow-log", listed(wrong), delete);
            }
            plan.findings.extend(delivery(site, log));
        }
        None => {
            if let Some(other) = site.flow_log_in_place() {
                return site.taken(plan, "flow-log", format!("flow log `{}`", other.id));
            }
            let key = group_key(site.region);
            let seen = &seen.resources;
            let group = owned::<LogGroup>(ComponentName::NETWORK, site.desired, seen, &key);
            if may_write(site.desired, seen) && group.is_some() {
                let vpc = vpc.id.clone();
                site.absent(plan, "flow-log", NewPart::FlowLog { vpc });
            }
        }
    }
}

/// What is wrong with a flow log of ours, in words.
fn wrong(log: &FlowLog) -> Vec<String> {
    let mut wrong = Vec::new();
    if !log.active {
        wrong.push("inactive".into());
    }
    if !log.all_traffic {
        wrong.push("not all traffic".into());
    }
    if let Some(role) = log.role.as_ref().filter(|role| !is_our_role(role)) {
        wrong.push(format!("written by `{role}`"));
    }
    let other = |format: &&String| format.as_str() != STANDARD_FORMAT;
    if let Some(format) = log.format.as_ref().filter(other) {
        wrong.push(format!("records `{format}`"));
    }
    wrong
}

/// The fields of a record by default. Source: VPC User Guide, "Flow log records".
const STANDARD_FORMAT: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} \
    ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

/// AWS could not deliver. What we set is repaired by itself; for other causes read the error.
fn delivery(site: &Site<'_>, log: &FlowLog) -> Option<Difference> {
    let error = log.delivery_error.clone()?;
    Some(Difference {
        wanted: "delivers".into(),
        found: error,
        severity: Severity::High,
        remedy: "Correct the cause that the error names: meanwhile no traffic is recorded.".into(),
        ..reported(site, "flow-log", "delivery", &log.id)
    })
}

/// Whether the role is there, with its policy.
fn may_write(desired: &Desired, seen: &declared::Observation) -> bool {
    let role = owned::<Role>(ComponentName::NETWORK, desired, seen, &role_key());
    role.is_some_and(|role| role.inline.contains_key(names::MANAGEMENT_POLICY))
}

fn is_our_role(arn: &str) -> bool {
    let ours = format!("{}{}", names::MANAGEMENT_PATH, names::FLOW_LOGS_ROLE);
    arn.ends_with(&ours)
}

/// Whether a resource may go now, if it is not wanted: no log group and no role goes while something delivers to or by it, or
/// may, in a Region that could not be read. The role stays until the tenant leaves: only the remover may delete roles.
pub(super) fn may_go(
    desired: &Desired,
    seen: &Observation,
    kept: &BTreeSet<Key>,
    key: &Key,
) -> bool {
    let logs = seen
        .regions
        .values()
        .flat_map(|inventory| &inventory.flow_logs);
    let owned = logs.filter(|log| desired.owns(&log.tags));
    let delivers = || !seen.unreadable.is_empty() || owned.count() > 0;
    let role_goes = || desired.leaving() && !delivers();
    !kept.contains(key) && (*key != role_key() || role_goes())
}
