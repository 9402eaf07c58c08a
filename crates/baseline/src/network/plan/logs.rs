//! Flow logs: the role, the log group, and the flow log of the VPC.

use serde_json::{Value, json};
use tenancy::{AccountId, ComponentName, names};

use super::{NetworkPlan, Site, is_foreign, missing, taken};
use crate::{
    desired::Desired,
    network::{
        change::{Effect, Kind, NetworkChange},
        seen::Seen,
    },
};

/// The part of the role.
pub(super) const ROLE: &str = "flow-logs-role";
/// The part of the log group.
pub(super) const GROUP: &str = "flow-log-group";

/// Whom the role trusts: the flow logs service, for flow logs of this account only (VPC User Guide, "IAM role for publishing
/// flow logs to CloudWatch Logs", confused deputy).
pub fn flow_log_trust(account: &str) -> Value {
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
pub fn flow_log_policy(account: &str) -> Value {
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

pub(super) fn role(desired: &Desired, seen: &Seen, plan: &mut NetworkPlan) {
    // The account is unknown only in a preview of a new tenant.
    let account = desired
        .account
        .as_ref()
        .map_or("account", AccountId::as_str);
    let change = |found: &str, effect| NetworkChange {
        region: None,
        part: ROLE.into(),
        found: found.into(),
        effect,
    };
    let trust = flow_log_trust(account);
    let Some(role) = &seen.role else {
        plan.changes
            .push(change("absent", Effect::CreateRole { trust }));
        return;
    };
    if role.path != names::MANAGEMENT_PATH || is_foreign(desired, &role.tags) {
        plan.obstacles.push(taken(
            "building the role for flow logs".into(),
            format!(
                "a role `{}` that is not ours is there",
                names::FLOW_LOGS_ROLE
            ),
        ));
        return;
    }
    if role.trust != trust {
        plan.changes
            .push(change("another trust policy", Effect::SetTrust { trust }));
    }
    let policy = flow_log_policy(account);
    if role.policy.as_ref() != Some(&policy) {
        let found = role
            .policy
            .as_ref()
            .map_or("no inline policy", |_| "another inline policy");
        plan.changes
            .push(change(found, Effect::SetPolicy { policy }));
    }
    if let Some((tags, found)) = missing(desired.tags(ComponentName::NETWORK), &role.tags) {
        let (kind, id) = (Kind::Role, names::FLOW_LOGS_ROLE.to_owned());
        plan.changes
            .push(change(&found, Effect::Tag { kind, id, tags }));
    }
}

pub(super) fn group(site: &Site<'_>, plan: &mut NetworkPlan) {
    let Some(group) = &site.place.log_group else {
        return site.absent(plan, GROUP, Effect::CreateLogGroup);
    };
    if is_foreign(site.desired, &group.tags) {
        let detail = format!("log group `{}` carries another tenant's tag", group.name);
        plan.obstacles.push(taken(site.doing(), detail));
        return;
    }
    let days = site.desired.spec.flow_log_retention_days;
    if group.retention_days != Some(days) {
        let found = group
            .retention_days
            .map_or("for ever".into(), |days| format!("{days} days"));
        site.change(plan, GROUP, found, Effect::SetRetention { days });
    }
    if let Some((tags, found)) = missing(site.desired.tags(ComponentName::NETWORK), &group.tags) {
        let (kind, id) = (Kind::LogGroup, group.name.clone());
        site.change(plan, GROUP, found, Effect::Tag { kind, id, tags });
    }
}

/// A flow log cannot be changed: one of ours that is not as wanted is taken away, and another made.
pub(super) fn flow_log(site: &Site<'_>, seen: &Seen, plan: &mut NetworkPlan) {
    let Some(vpc) = site.ours.vpc else { return };
    match site.ours.flow_log {
        Some(log) if log.active && log.all_traffic && writes_by_our_role(log.role.as_deref()) => {}
        Some(log) => {
            let found = "inactive, not all traffic, or by another role";
            let (kind, id) = (Kind::FlowLog, log.id.clone());
            site.change(plan, "flow-log", found, Effect::Delete { kind, id });
        }
        None => {
            let may_write = seen.role.as_ref().is_some_and(|role| role.policy.is_some());
            if may_write && site.place.log_group.is_some() {
                let vpc = vpc.id.clone();
                site.absent(plan, "flow-log", Effect::CreateFlowLog { vpc });
            }
        }
    }
}

fn writes_by_our_role(role: Option<&str>) -> bool {
    role.is_none_or(|arn| {
        arn.ends_with(&format!(
            "{}{}",
            names::MANAGEMENT_PATH,
            names::FLOW_LOGS_ROLE
        ))
    })
}
