//! Named, versioned tiers: what a tenant of a kind gets, and what its spec may choose.

mod reference;
mod resolve;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::reference::{BlueprintRef, Version};
use crate::spec::{Budget, Egress};

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

/// What a tenant of this blueprint gets unless its spec chooses otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Whether there is a VPC at all.
    pub network: bool,
    /// Availability Zones in each Region, 1 to 3.
    #[schemars(range(min = 1, max = 3))]
    pub availability_zones: u8,
    /// The way out.
    pub egress: Egress,
    /// Prefix length of each VPC, 16 to 24.
    #[schemars(range(min = 16, max = 24))]
    pub cidr_prefix: u8,
    /// Days flow logs are kept; one of the periods CloudWatch Logs allows.
    pub flow_log_retention_days: i32,
    /// Whose trail records the account.
    pub trail: TrailKind,
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
    pub vpc_block_public_access: Option<VpcBlock>,
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
    pub trail_log_retention_days: Option<i32>,
    /// Whether alarms tell the contacts for operations and security, by e-mail: those of chapter 4 of the CIS AWS Foundations Benchmark
    /// on the copy of the trail, and those of NAT gateways. 0.10 dollars a month for each alarm.
    #[serde(default)]
    pub alerting: bool,
    /// Whether IAM Access Analyzer finds in each Region what is shared outside the account.
    #[serde(default)]
    pub access_analyzer: bool,
    /// After how many days, 1 to 365, IAM Access Analyzer counts a role, a key or a permission as unused: 0.20 dollars a month for
    /// each role and user. Left out, it does not look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 365))]
    pub unused_access_days: Option<i32>,
    /// What a tenant may cost in a month before somebody is told, where its spec does not say. Left out, there is no budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Whether a resource group in each Region shows in the AWS console everything that carries the tenant's tag.
    #[serde(default)]
    pub resource_group: bool,
    /// Whether there is a role for cases with AWS Support.
    #[serde(default)]
    pub support_role: bool,
    /// By which key trail, its bucket, log groups and secrets of ours are encrypted. `tenant-key` needs `keys`.
    #[serde(default)]
    pub encryption: Encryption,
    /// Whether the tenant has an EC2 key pair in each of its Regions, its private half in a secret: 0.40 dollars a month each.
    #[serde(default)]
    pub key_pair: bool,
}

const fn on() -> bool {
    true
}

/// What a spec may choose. What is absent is fixed by the settings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Open {
    /// How many Regions at most.
    #[schemars(range(min = 1, max = 17))]
    pub max_regions: Option<usize>,
    /// Fewest and most Availability Zones.
    pub availability_zones: Option<(u8, u8)>,
    /// Ways out to choose from.
    pub egress: Option<Vec<Egress>>,
    /// Shortest (largest network) and longest prefix.
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

/// All blueprints of this build.
#[derive(Debug, Clone)]
pub struct Catalog(Vec<Blueprint>);

const FILES: &[&str] = &[
    include_str!("../../blueprints/regulated-1.0.0.json"),
    include_str!("../../blueprints/regulated-1.1.0.json"),
    include_str!("../../blueprints/sandbox-1.0.0.json"),
    include_str!("../../blueprints/standard-1.0.0.json"),
];

impl Catalog {
    /// The blueprints that are built in.
    ///
    /// # Errors
    /// The first file that is not a blueprint; a test proves that there is none.
    pub fn built_in() -> Result<Self, serde_json::Error> {
        let mut all = FILES
            .iter()
            .map(|text| serde_json::from_str(text))
            .collect::<Result<Vec<Blueprint>, _>>()?;
        all.sort_by(|a, b| (&a.name, a.version).cmp(&(&b.name, b.version)));
        Ok(Self(all))
    }

    /// All of them, by name and version.
    pub fn all(&self) -> &[Blueprint] {
        &self.0
    }

    /// The blueprint a reference means: the newest version where it names none.
    pub fn find(&self, reference: &BlueprintRef) -> Option<&Blueprint> {
        self.0
            .iter()
            .filter(|b| {
                b.name == reference.name && reference.version.is_none_or(|v| v == b.version)
            })
            .max_by_key(|b| b.version)
    }
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_built_in_blueprints_parse_and_are_found_by_name_or_version() {
        let catalog = Catalog::built_in().unwrap();
        let newest = catalog.find(&"standard".parse().unwrap()).unwrap();
        assert_eq!(catalog.find(&newest.reference()), Some(newest));
        assert!(catalog.find(&"standard@9.9.9".parse().unwrap()).is_none());
        assert!(catalog.find(&"platinum".parse().unwrap()).is_none());
    }

    /// Whether all of `part` is in `whole`.
    fn is_in(part: &Value, whole: &Value) -> bool {
        match (part, whole) {
            (Value::Object(part), Value::Object(whole)) => part
                .iter()
                .all(|(name, value)| whole.get(name).is_some_and(|other| is_in(value, other))),
            _ => part == whole,
        }
    }

    #[test]
    fn only_a_blueprint_with_keys_encrypts_with_them() {
        for blueprint in Catalog::built_in().unwrap().all() {
            let Settings {
                keys, encryption, ..
            } = blueprint.settings;
            assert!(
                keys || encryption == Encryption::AwsKey,
                "{}",
                blueprint.name
            );
        }
    }

    #[test]
    fn nothing_in_a_built_in_blueprint_is_passed_over() {
        for file in FILES {
            let written: Value = serde_json::from_str(file).unwrap();
            let read: Blueprint = serde_json::from_str(file).unwrap();
            let read = serde_json::to_value(read).unwrap();
            assert!(is_in(&written, &read), "{written} is read as {read}");
        }
    }
}
