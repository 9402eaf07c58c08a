//! What a customer wants of a tenant, and the effective spec that results under its blueprint.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    blueprint::{Anomalies, BlueprintRef, Encryption, PasswordPolicy, TrailKind, VpcBlock},
    id::{GroupName, Region, Slug},
    names,
    stored::{OrWord, OtherFields},
    text,
};

mod contacts;
mod notes;
mod stored;

pub use contacts::{Budget, Contact, Contacts};
pub use notes::{notes, notes_of_move};

/// How a tenant's private subnets reach the Internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Egress {
    /// Not at all: gateway endpoints only. Costs nothing while idle.
    None,
    /// Through one NAT gateway.
    SingleNat,
    /// Through one NAT gateway in each Availability Zone.
    NatPerAz,
}

/// What an audit does about drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Drift is reported and repaired.
    #[default]
    Repair,
    /// Drift is reported and not repaired, such as while people work on an incident.
    ObserveOnly,
}

/// What is wanted of a tenant. What is left out takes the blueprint's value.
// Read leniently, for a ledger may hold what another release wrote; what callers send is checked by `crate::validate`.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Spec {
    /// Short unique name; cannot be changed later.
    pub slug: Slug,
    /// Name for people, in any writing, 1 to 100 characters without a space at either end. The AWS account has it too, where AWS
    /// takes it (at most 50 printable ASCII characters); otherwise the account is named by the slug.
    #[schemars(
        length(min = 1, max = 100),
        regex(pattern = text::pattern_of_name())
    )]
    pub name: String,
    /// Blueprint by name (`standard`) or name and version (`standard@1.0.0`). A bare name means the newest version at the
    /// time of the request and is then pinned.
    pub blueprint: BlueprintRef,
    /// Regions the tenant works in. The first is home to its trail. Default: the deployment's own Region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub regions: Option<Vec<Region>>,
    /// Availability Zones the network spans in each Region, 1 to 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 3))]
    pub availability_zones: Option<u8>,
    /// The way out to the Internet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<OrWord<Egress>>")]
    pub egress: Option<Egress>,
    /// Size of the VPC in each Region as a prefix length, 16 (largest) to 24.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 16, max = 24))]
    pub cidr_prefix: Option<u8>,
    /// What the tenant may cost in a month before its billing contact is told, at 80 and 100 % and when AWS forecasts 100 %. Nothing
    /// is stopped. Default: the blueprint's, which may be no budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Whether nobody is expected to use the tenant for now: then it is a finding when its account costs more in a month than the tenant
    /// does by itself. Needs a budget, whose figure says what it costs. Default: the blueprint's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_idle: Option<bool>,
    /// The group of tenants that share a parent, such as a client or a department. It is a tag (`tenantry:group`) on everything we make;
    /// tenants are listed, and changed together, by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupName>,
    /// Who to reach: the alternate contacts of the AWS account, where they have a telephone number.
    #[serde(default, skip_serializing_if = "is_default")]
    pub contacts: Contacts,
    /// Tags put on everything we make, at most 20. Keys of 1 to 64, values of 0 to 128 letters, digits, spaces and `_.:/=+-@`;
    /// keys hold no `=` and must not start with `aws:` or `tenantry:`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend(
        "maxProperties" = 20,
        "propertyNames" = { "pattern": "^[A-Za-z0-9 _.:/+@-]{1,64}$" },
        "additionalProperties" = { "type": "string", "pattern": "^[A-Za-z0-9 _.:/=+@-]{0,128}$" }
    ))]
    pub tags: BTreeMap<String, String>,
    /// Cost centre, 1 to 64 letters, digits, spaces and `_.:/=+-@`. Default: the slug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[A-Za-z0-9 _.:/=+@-]{1,64}$"))]
    pub cost_center: Option<String>,
    /// What an audit does about drift.
    #[serde(default)]
    #[schemars(with = "OrWord<Mode>")]
    pub mode: Mode,
    /// What another release wrote beside: fields that this one does not know, and values of known fields that it cannot read.
    #[schemars(skip)]
    pub other: OtherFields,
}

impl Spec {
    /// The name of the AWS account: the tenant's name where AWS takes it, otherwise the slug. Source: Account Management API
    /// reference, `PutAccountName`, parameter `AccountName` (1 to 50 printable ASCII characters without `<` and `>`, which
    /// `CreateAccount` takes).
    pub fn account_name(&self) -> &str {
        let name = self.name.as_str();
        let fits = (1..=50).contains(&name.len())
            && name
                .bytes()
                .all(|byte| (0x20..=0x7e).contains(&byte) && !b"<>".contains(&byte));
        if fits { name } else { self.slug.as_str() }
    }
}

impl Spec {
    /// The keys of the tags that it puts on what we make, and that another spec may not have.
    pub fn tag_keys(&self) -> impl Iterator<Item = &str> {
        let group = self.group.as_ref().map(|_| names::TAG_GROUP);
        self.tags.keys().map(String::as_str).chain(group)
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A change to a spec: what is given replaces the value (JSON merge patch, RFC 7396; `null` returns to the blueprint's value).
/// The slug is fixed; a tenant may move to another blueprint or another version of its own.
pub const PATCHABLE: &[&str] = &[
    "name",
    "blueprint",
    "regions",
    "availabilityZones",
    "egress",
    "cidrPrefix",
    "budget",
    "expectIdle",
    "group",
    "contacts",
    "tags",
    "costCenter",
    "mode",
];

/// A spec with everything the blueprint decides filled in: what the engine works from, and what `show` prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveSpec {
    /// Blueprint and version.
    pub blueprint: BlueprintRef,
    /// Regions, home first.
    pub regions: Vec<Region>,
    /// Whether the tenant gets a VPC.
    pub network: bool,
    /// Availability Zones in each Region.
    pub availability_zones: u8,
    /// The way out.
    pub egress: Egress,
    /// Prefix length of each VPC.
    pub cidr_prefix: u8,
    /// Days flow logs are kept.
    pub flow_log_retention_days: i32,
    /// Whose trail records the account.
    pub trail: TrailKind,
    /// Days the tenant's own trail is kept.
    pub trail_retention_days: i32,
    /// Days a copy of the tenant's own trail is kept in a log group; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trail_log_retention_days: Option<i32>,
    /// The account's password policy.
    pub password_policy: PasswordPolicy,
    /// Whether the account-wide switches are set.
    #[serde(default)]
    pub guard: bool,
    /// What the internet gateways of a Region let through; where there is nothing, the tenant decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc_block_public_access: Option<VpcBlock>,
    /// Whose machine images instances are started from; where there is nothing, the tenant decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_images: Option<Vec<String>>,
    /// Tags put on everything tenantry makes, besides its own.
    pub tags: BTreeMap<String, String>,
    /// Cost centre.
    pub cost_center: String,
    /// Whether there is a KMS key in each Region.
    #[serde(default)]
    pub keys: bool,
    /// Whether alarms tell the contacts for operations and security.
    #[serde(default)]
    pub alerting: bool,
    /// Whether what happens in the account is forwarded to the installation.
    #[serde(default)]
    pub event_forwarding: bool,
    /// Whether a dashboard shows what the tenant has.
    #[serde(default)]
    pub dashboard: bool,
    /// Whether IAM Access Analyzer finds in each Region what is shared outside the account.
    #[serde(default)]
    pub access_analyzer: bool,
    /// After how many days IAM Access Analyzer counts access as unused; it is off where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unused_access_days: Option<i32>,
    /// What the tenant may cost in a month before somebody is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Whether it is a finding when the account costs more in a month than the tenant does by itself.
    #[serde(default)]
    pub expect_idle: bool,
    /// What of unusual costs the billing contact is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anomalies: Option<Anomalies>,
    /// The group of tenants that share a parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupName>,
    /// Whether a resource group in each Region shows everything that carries the tenant's tag.
    #[serde(default)]
    pub resource_group: bool,
    /// Whether there is a role for cases with AWS Support.
    #[serde(default)]
    pub support_role: bool,
    /// By which key trail, its bucket, log groups and secrets are encrypted.
    #[serde(default)]
    pub encryption: Encryption,
    /// Whether there is an EC2 key pair in each Region.
    #[serde(default)]
    pub key_pair: bool,
    /// Contacts.
    pub contacts: Contacts,
    /// What an audit does about drift.
    pub mode: Mode,
}

impl EffectiveSpec {
    /// Whether the tenant's own keys encrypt what is recorded in its account.
    pub fn encrypts_with_keys(&self) -> bool {
        self.keys && self.encryption == Encryption::TenantKey
    }
}

/// One thing wrong with a request, by field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldError {
    /// Path of the field, such as `regions[0]` or `contacts.billing.email`.
    pub field: String,
    /// What is wrong.
    pub detail: String,
    /// What is allowed.
    pub allowed: String,
}

impl FieldError {
    /// A complaint about `field`.
    pub fn new(
        field: impl Into<String>,
        detail: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            detail: detail.into(),
            allowed: allowed.into(),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}`: {}; allowed: {}",
            self.field, self.detail, self.allowed
        )
    }
}
