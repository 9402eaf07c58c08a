//! Named, versioned tiers: what a tenant of a kind gets, and what its spec may choose.

pub mod author;
mod catalog;
mod difference;
mod published;
mod reference;
mod resolve;
mod unknown;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

pub use self::{
    catalog::{Catalog, is_built_in},
    difference::{FieldDifference, differences},
    published::{PublishedBlueprint, Retirement},
    reference::{BlueprintRef, Version},
};
use crate::{
    access::{Approval, SelfService},
    spec::{Budget, Egress},
    stored::OrWord,
    usd::Usd,
};

/// Whose CloudTrail records the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TrailKind {
    /// The tenant's own, into its own bucket: a second, paid copy if the organization has a trail too.
    Tenant,
    /// The organization's trail: verified, never created.
    Organization,
}

/// What the internet gateways of a Region let through (VPC block public access).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VpcBlock {
    /// Everything that routes and groups allow.
    Off,
    /// Nothing from the internet in; out through NAT gateways and egress-only gateways.
    BlockIngress,
    /// Nothing, neither in nor out.
    BlockBidirectional,
}

/// By which key the records that tenantry makes in the account are encrypted: trail, its bucket, log groups, secrets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encryption {
    /// By keys of AWS's own, for nothing.
    #[default]
    AwsKey,
    /// By the tenant's KMS key of the Region: only with `keys`.
    TenantKey,
}

/// Password policy of the account's IAM users. Source: IAM API reference, `UpdateAccountPasswordPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasswordPolicy {
    /// Minimum number of characters, 6 to 128. CIS recommends 14.
    #[schemars(range(min = 6, max = 128))]
    pub minimum_length: i32,
    /// How many earlier passwords may not be used again, 1 to 24. CIS recommends 24.
    #[schemars(range(min = 1, max = 24))]
    pub reuse_prevention: i32,
}

/// What of unusual costs somebody is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Anomalies {
    /// By how many US dollars the costs have to be above what is usual before the billing contact is told: 0.01 to 10,000,000, with at
    /// most two decimals.
    pub threshold_usd: Usd,
}

/// The periods for which CloudWatch Logs keeps events, in days. Source: CloudWatch Logs API reference, `PutRetentionPolicy`.
pub const LOG_RETENTION_DAYS: &[i32] = &[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// What a tenant of this blueprint gets unless its spec chooses otherwise.
// A value may be one that only another release knows; what somebody writes is held against the values of this one, as the schema has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Whether there is a VPC at all.
    pub network: bool,
    /// Availability Zones in each Region, 1 to 3.
    #[schemars(range(min = 1, max = 3))]
    pub availability_zones: u8,
    /// The way out.
    #[schemars(with = "Egress")]
    pub egress: OrWord<Egress>,
    /// Prefix length of each VPC, 16 to 24.
    #[schemars(range(min = 16, max = 24))]
    pub cidr_prefix: u8,
    /// Days flow logs are kept; one of the periods CloudWatch Logs allows.
    #[schemars(extend("enum" = LOG_RETENTION_DAYS))]
    pub flow_log_retention_days: i32,
    /// Whose trail records the account.
    #[schemars(with = "TrailKind")]
    pub trail: OrWord<TrailKind>,
    /// Days the tenant's own trail is kept, at least 90.
    #[schemars(range(min = 90, max = 3653))]
    pub trail_retention_days: i32,
    /// Password policy.
    pub password_policy: PasswordPolicy,
    /// Whether the account-wide switches are set: no public buckets, snapshots or images, encrypted volumes, IMDSv2.
    #[serde(default = "on")]
    pub guard: bool,
    /// What the internet gateways of a Region let through, as one of the account-wide switches; left out, the tenant decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<VpcBlock>")]
    pub vpc_block_public_access: Option<OrWord<VpcBlock>>,
    /// Whose machine images instances are started from, beside the account's own: `amazon`, `aws-marketplace`, `aws-backup-vault`
    /// or account ids. One of the account-wide switches; left out, the tenant decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub allowed_images: Option<Vec<String>>,
    /// Whether the tenant has a KMS key in each of its Regions, for its own data and for AWS services: 1 dollar a month each.
    #[serde(default)]
    pub keys: bool,
    /// Days a copy of the tenant's own trail is kept in a log group; one of the periods CloudWatch Logs allows. Without it there is
    /// none. Logs bills what comes in, 0.50 dollars a GB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = LOG_RETENTION_DAYS))]
    pub trail_log_retention_days: Option<i32>,
    /// Whether alarms tell the contacts for operations and security, by e-mail: those of chapter 4 of the CIS AWS Foundations Benchmark
    /// on the copy of the trail, and those of NAT gateways. 0.10 dollars a month for each alarm.
    #[serde(default)]
    pub alerting: bool,
    /// Whether what happens in the account is forwarded to the installation's event bus: alarms, health of services, findings of security
    /// services, backups and changes of budgets. An event costs a millionth of a dollar.
    #[serde(default)]
    pub event_forwarding: bool,
    /// Whether a CloudWatch dashboard shows what the tenant has: its alarms, NAT gateways and trail. 3 dollars a month, beyond the first
    /// three of whoever pays the bill.
    #[serde(default)]
    pub dashboard: bool,
    /// Whether IAM Access Analyzer finds in each Region what is shared outside the account.
    #[serde(default)]
    pub access_analyzer: bool,
    /// After how many days, 1 to 365, IAM Access Analyzer counts a role, a key or a permission as unused: 0.20 dollars a month for
    /// each role and user. Left out, it counts none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 365))]
    pub unused_access_days: Option<i32>,
    /// What a tenant may cost in a month before somebody is told, where its spec does not say. Left out, there is no budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Whether nobody is expected to use tenants of this blueprint, where their spec does not say: it is a finding when an account costs
    /// more in a month than its tenant does by itself. Needs `budget`.
    #[serde(default)]
    pub expect_idle: bool,
    /// From which amount on AWS Cost Anomaly Detection tells the billing contact of unusual costs, by an e-mail a day. Left out, there is
    /// no monitor of ours. It costs nothing, and needs Cost Explorer to be on in the management account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anomalies: Option<Anomalies>,
    /// Whether a resource group in each Region shows in the AWS console everything that carries the tenant's tag.
    #[serde(default)]
    pub resource_group: bool,
    /// Whether there is a role for cases with AWS Support.
    #[serde(default)]
    pub support_role: bool,
    /// By which key trail, its bucket, log groups and secrets of ours are encrypted. `tenant-key` needs `keys`.
    #[serde(default)]
    #[schemars(with = "Encryption")]
    pub encryption: OrWord<Encryption>,
    /// Whether the tenant has an EC2 key pair in each of its Regions, its private half in a secret: 0.40 dollars a month each.
    #[serde(default)]
    pub key_pair: bool,
    /// What the administrators of a tenant may do by themselves: `projects`, `grants`, `identity-provider`, `key-pair`,
    /// `budget-alerts`. What is left out, operators do for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<SelfService>")]
    pub self_service: Vec<OrWord<SelfService>>,
    /// Who has to approve what a tenant's people ask for, for a time: `nobody`, `one` or `two` of those who may give it. Left out, it is as
    /// the parameter `AccessApproval` of the installation says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Approval>")]
    pub access_approval: Option<OrWord<Approval>>,
}

const fn on() -> bool {
    true
}

fn zones_range(_: &mut SchemaGenerator) -> Schema {
    range_of(1, 3)
}

fn prefix_range(_: &mut SchemaGenerator) -> Schema {
    range_of(16, 24)
}

/// A pair: the least and the most.
fn range_of(least: u8, most: u8) -> Schema {
    let bound = json_schema!({ "type": "integer", "minimum": least, "maximum": most });
    json_schema!({ "type": ["array", "null"], "prefixItems": [bound, bound], "minItems": 2, "maxItems": 2 })
}

/// What a spec may choose. What is absent is fixed by the settings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Open {
    /// How many Regions at most.
    #[schemars(range(min = 1, max = 17))]
    pub max_regions: Option<usize>,
    /// Fewest and most Availability Zones.
    #[schemars(schema_with = "zones_range")]
    pub availability_zones: Option<(u8, u8)>,
    /// Ways out to choose from.
    #[schemars(with = "Option<Vec<Egress>>")]
    pub egress: Option<Vec<OrWord<Egress>>>,
    /// Shortest (largest network) and longest prefix.
    #[schemars(schema_with = "prefix_range")]
    pub cidr_prefix: Option<(u8, u8)>,
}

/// A named, versioned tier.
// Fields of another release are passed over: a command line may show the blueprints of a later one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Blueprint {
    /// Its name.
    pub name: String,
    /// Its version. A published version never changes.
    pub version: Version,
    /// For whom it is, in a sentence.
    pub description: String,
    /// What it gives.
    pub settings: Settings,
    /// What a spec may choose.
    pub open: Open,
}

impl Blueprint {
    /// The reference that pins this version.
    pub fn reference(&self) -> BlueprintRef {
        BlueprintRef {
            name: self.name.clone(),
            version: Some(self.version),
        }
    }
}
