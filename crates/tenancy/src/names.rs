//! Every name tenantry gives in AWS, made in one place, so that code, policies and guardrails cannot disagree.

use std::collections::BTreeMap;

use crate::{
    component::ComponentName,
    id::{AccountId, Region, TenantId},
    spec::EffectiveSpec,
};

/// IAM path of the roles by which we enter; the guardrail protects everything under it.
pub const MANAGEMENT_PATH: &str = "/tenantry/";
/// IAM path of the tenant's own roles and policies.
pub const TENANT_PATH: &str = "/tenant/";
/// Role that builds and repairs.
pub const PROVISIONER: &str = "tenantry-provisioner";
/// Role that only reads.
pub const AUDITOR: &str = "tenantry-auditor";
/// Role that deletes.
pub const REMOVER: &str = "tenantry-remover";
/// Role that reads the private keys of the tenant's key pairs, to hand them out.
pub const KEY_READER: &str = "tenantry-key-reader";
/// The inline policy of the role of flow logs, and in earlier releases of each of the three.
pub const MANAGEMENT_POLICY: &str = "tenantry";
/// The tenant's administrators.
pub const ADMINISTRATOR: &str = "tenant-administrator";
/// The tenant's developers.
pub const DEVELOPER: &str = "tenant-developer";
/// The tenant's readers.
pub const READ_ONLY: &str = "tenant-read-only";
/// The tenant's role for cases with AWS Support.
pub const SUPPORT: &str = "tenant-support";
/// The role and instance profile of the tenant's machines.
pub const INSTANCE: &str = "tenant-instance";
/// The inline policy of the tenant's roles by which sessions are refused that were opened before.
pub const REFUSED_SESSIONS: &str = "tenantry-refused-sessions";
/// The permissions boundary of every role of the tenant.
pub const BOUNDARY: &str = "tenant-boundary";
/// The role by which VPC flow logs are delivered.
pub const FLOW_LOGS_ROLE: &str = "tenantry-flow-logs";
/// The role by which CloudTrail delivers to the trail's log group.
pub const TRAIL_LOGS_ROLE: &str = "tenantry-trail-logs";
/// The role by which EventBridge forwards what happens in the account to the installation.
pub const FORWARDER: &str = "tenantry-event-forwarder";
/// The rule that says what is forwarded, in each Region.
pub const FORWARDING_RULE: &str = "tenantry-forward-events";
/// The id of its target, the installation's event bus. It is data in tenants' accounts: another id would be another target.
pub const FORWARDING_TARGET: &str = "tenantry";
/// The tenant's trail.
pub const TRAIL: &str = "tenantry-trail";
/// The alias of a tenant's KMS key in each of its Regions.
pub const KEY_ALIAS: &str = "alias/tenantry";
/// The topic for alerts in each Region that needs one.
pub const ALERTS_TOPIC: &str = "tenantry-alerts";
/// What the names of our alarms, and of the filters and metrics they watch, begin with.
pub const ALARM_PREFIX: &str = "tenantry-";
/// The tenant's EC2 key pair in each of its Regions.
pub const KEY_PAIR: &str = "tenantry";
/// The secret with the private half of that key pair.
pub const KEY_PAIR_SECRET: &str = "tenantry/key-pair";
/// The guardrail on the tenants' organizational unit.
pub const GUARDRAIL: &str = "tenantry-guardrail";
/// The policy that locks the quarantine and suspended units.
pub const LOCKDOWN: &str = "tenantry-lockdown";
/// Organizational unit of living tenants.
pub const TENANTS_OU: &str = "tenants";
/// Organizational unit of tenants that are leaving.
pub const QUARANTINE_OU: &str = "quarantine";
/// Organizational unit of accounts about to be closed.
pub const SUSPENDED_OU: &str = "suspended";

/// The analyzer for what others have access to.
pub const EXTERNAL_ACCESS: &str = "tenantry-external-access";
/// The analyzer for what nobody uses.
pub const UNUSED_ACCESS: &str = "tenantry-unused-access";
/// The budget of the account.
pub const BUDGET: &str = "tenantry";
/// The monitor of unusual costs.
pub const ANOMALY_MONITOR: &str = "tenantry";
/// The subscription that tells of unusual costs.
pub const ANOMALY_SUBSCRIPTION: &str = "tenantry";
/// What the names of resource groups begin with; the tenant's slug follows.
pub const RESOURCE_GROUP: &str = "tenantry-";

/// What the names of dashboards begin with; the tenant's slug follows.
pub const DASHBOARD: &str = "tenantry-";

/// Tag: the tenant's id. What lacks it is not ours.
pub const TAG_TENANT: &str = "tenantry:tenant";
/// Tag: the component that made the resource.
pub const TAG_COMPONENT: &str = "tenantry:component";
/// Tag: blueprint and version, `standard@1.0.0`.
pub const TAG_BLUEPRINT: &str = "tenantry:blueprint";
/// Tag: cost centre.
pub const TAG_COST_CENTER: &str = "tenantry:cost-center";
/// Tag: the group of tenants that share a parent, where the spec names one.
pub const TAG_GROUP: &str = "tenantry:group";
/// Tags of ours by which costs are told apart: those that whoever pays the bill activates.
pub const COST_ALLOCATION_TAGS: [&str; 5] = [
    TAG_TENANT,
    TAG_COMPONENT,
    TAG_BLUEPRINT,
    TAG_COST_CENTER,
    TAG_GROUP,
];
/// Tag: which installation made what all its tenants share, so that two of them in one organization leave each other's alone.
pub const TAG_INSTALLATION: &str = "tenantry:installation";
/// Tag: which of a component's resources this is, such as `private-a`; what lets one of several be found again.
pub const TAG_PART: &str = "tenantry:part";

/// Tag of a session in a tenant's account: its id.
pub const TAG_SESSION: &str = "tenantry:session";
/// Tag of a session in a tenant's account: the grant that it rests on.
pub const TAG_GRANT: &str = "tenantry:grant";

/// The bucket of a tenant's trail. Bucket names are unique among all AWS customers; the account number makes it so.
pub fn trail_bucket(account: &AccountId, region: &Region) -> String {
    format!("tenantry-trail-{account}-{region}")
}

/// Whether a bucket is that of the trail of this account, in whatever Region.
pub fn is_trail_bucket(account: &AccountId, bucket: &str) -> bool {
    bucket.starts_with(&format!("tenantry-trail-{account}-"))
}

/// The log group of a VPC's flow logs.
pub fn flow_log_group() -> &'static str {
    "/tenantry/flow-logs"
}

/// The log group that a tenant's trail delivers to, beside its bucket.
pub fn trail_log_group() -> &'static str {
    "/tenantry/trail"
}

/// The ARN of the topic for alerts in a Region.
pub fn alerts_topic_arn(account: &AccountId, region: &Region) -> String {
    format!("arn:aws:sns:{region}:{account}:{ALERTS_TOPIC}")
}

/// The ARN of a rule of ours on the default bus of a Region.
pub fn rule_arn(account: &AccountId, region: &Region, rule: &str) -> String {
    format!("arn:aws:events:{region}:{account}:rule/{rule}")
}

/// The ARN of a role of ours in a tenant's account.
pub fn management_role_arn(account: &AccountId, role: &str) -> String {
    format!("arn:aws:iam::{account}:role{MANAGEMENT_PATH}{role}")
}

/// The ARN of a policy of ours in a tenant's account: those of our own roles are at our path, the tenant's boundary at the tenant's.
pub fn policy_arn(account: &AccountId, policy: &str) -> String {
    let path = match policy {
        BOUNDARY => TENANT_PATH,
        _ => MANAGEMENT_PATH,
    };
    format!("arn:aws:iam::{account}:policy{path}{policy}")
}

/// The ARN of one of the tenant's own roles.
pub fn tenant_role_arn(account: &AccountId, role: &str) -> String {
    format!("arn:aws:iam::{account}:role{TENANT_PATH}{role}")
}

/// The tags everything we make carries: the spec's own, and ours, which win.
pub fn tags(
    tenant: &TenantId,
    component: ComponentName,
    spec: &EffectiveSpec,
) -> BTreeMap<String, String> {
    let mut tags = spec.tags.clone();
    tags.insert(TAG_TENANT.into(), tenant.to_string());
    tags.insert(TAG_COMPONENT.into(), component.to_string());
    tags.insert(TAG_BLUEPRINT.into(), spec.blueprint.to_string());
    tags.insert(TAG_COST_CENTER.into(), spec.cost_center.clone());
    if let Some(group) = &spec.group {
        tags.insert(TAG_GROUP.into(), group.to_string());
    }
    tags
}
