//! Named, versioned tiers: what a tenant of a kind gets, and what its spec may choose.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    id::{Malformed, Region},
    spec::{EffectiveSpec, Egress, FieldError, Spec},
    validate::digits,
};

/// A blueprint by name, with or without a version: `standard` or `standard@1.0.0`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(
    with = "String",
    extend("pattern" = r"^[a-z0-9-]{1,40}(@(0|[1-9][0-9]{0,4})(\.(0|[1-9][0-9]{0,4})){2})?$")
)]
pub struct BlueprintRef {
    /// Its name.
    pub name: String,
    /// Its version, `major.minor.patch`; the newest where absent.
    pub version: Option<Version>,
}

/// `major.minor.patch`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(
    with = "String",
    extend("pattern" = r"^(0|[1-9][0-9]{0,4})(\.(0|[1-9][0-9]{0,4})){2}$")
)]
pub struct Version(pub u16, pub u16, pub u16);

impl FromStr for Version {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed = || Malformed {
            what: "version",
            found: text.into(),
            allowed: "major.minor.patch, such as `1.0.0`",
        };
        let number = |part| u16::try_from(digits(part)?).ok();
        let mut numbers = text.split('.').map(number);
        match (
            numbers.next(),
            numbers.next(),
            numbers.next(),
            numbers.next(),
        ) {
            (Some(Some(major)), Some(Some(minor)), Some(Some(patch)), None) => {
                Ok(Self(major, minor, patch))
            }
            _ => Err(malformed()),
        }
    }
}

impl TryFrom<String> for Version {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> String {
        version.to_string()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl FromStr for BlueprintRef {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version.parse()?)),
            None => (text, None),
        };
        let well_formed = (1..=40).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !well_formed {
            return Err(Malformed {
                what: "blueprint",
                found: text.into(),
                allowed: "a name such as `standard`, or name and version such as `standard@1.0.0`",
            });
        }
        Ok(Self {
            name: name.to_owned(),
            version,
        })
    }
}

impl TryFrom<String> for BlueprintRef {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        text.parse()
    }
}

impl From<BlueprintRef> for String {
    fn from(reference: BlueprintRef) -> String {
        reference.to_string()
    }
}

impl fmt::Display for BlueprintRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            Some(version) => write!(f, "{}@{version}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Whose CloudTrail records the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TrailKind {
    /// The tenant's own, into its own bucket: a second, paid copy if the organization has a trail too.
    Tenant,
    /// The organization's: verified, never made.
    Organization,
}

/// Password policy of the account's IAM users. Source: IAM API reference, `UpdateAccountPasswordPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordPolicy {
    /// Characters at least, 6 to 128. CIS asks for 14.
    #[schemars(range(min = 6, max = 128))]
    pub minimum_length: i32,
    /// How many earlier passwords may not be used again, 1 to 24. CIS asks for 24.
    #[schemars(range(min = 1, max = 24))]
    pub reuse_prevention: i32,
}

/// What a tenant of this blueprint gets unless its spec chooses otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
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
    /// Whose trail.
    pub trail: TrailKind,
    /// Days the tenant's own trail is kept, at least 90.
    #[schemars(range(min = 90, max = 3653))]
    pub trail_retention_days: i32,
    /// Password policy.
    pub password_policy: PasswordPolicy,
    /// Whether the account-wide switches are set: no public buckets, snapshots or images, encrypted volumes, IMDSv2.
    #[serde(default = "on")]
    pub guard: bool,
}

const fn on() -> bool {
    true
}

/// What a spec may choose for itself. What is absent is fixed by the settings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
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
    include_str!("../blueprints/sandbox-1.0.0.json"),
    include_str!("../blueprints/standard-1.0.0.json"),
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

    /// What a spec comes to under this blueprint, or everything wrong with its choices. `allowed` are the Regions of this
    /// deployment, `home` is taken where the spec names none.
    ///
    /// # Errors
    /// Every choice that the blueprint does not leave open or that cannot be read, by field.
    pub fn resolve(
        &self,
        spec: &Spec,
        allowed: &[Region],
        home: &Region,
    ) -> Result<EffectiveSpec, Vec<FieldError>> {
        let mut errors = Vec::new();
        errors.extend(spec.unreadable().map(|field| {
            let detail = "was written by another release, and this one cannot read it";
            FieldError::new(field, detail, "a value of this release")
        }));
        let regions = spec.regions.clone().unwrap_or_else(|| vec![home.clone()]);
        self.check_regions(&regions, allowed, &mut errors);
        self.check_choices(spec, &mut errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        let settings = &self.settings;
        Ok(EffectiveSpec {
            blueprint: self.reference(),
            regions,
            network: settings.network,
            availability_zones: spec
                .availability_zones
                .unwrap_or(settings.availability_zones),
            egress: spec.egress.unwrap_or(settings.egress),
            cidr_prefix: spec.cidr_prefix.unwrap_or(settings.cidr_prefix),
            flow_log_retention_days: settings.flow_log_retention_days,
            trail: settings.trail,
            trail_retention_days: settings.trail_retention_days,
            password_policy: settings.password_policy,
            guard: settings.guard,
            tags: spec.tags.clone(),
            cost_center: spec
                .cost_center
                .clone()
                .unwrap_or_else(|| spec.slug.to_string()),
            contacts: spec.contacts.clone(),
            mode: spec.mode,
        })
    }

    fn check_regions(&self, regions: &[Region], allowed: &[Region], errors: &mut Vec<FieldError>) {
        let names = || {
            allowed
                .iter()
                .map(Region::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let most = self.open.max_regions.unwrap_or(1);
        if regions.is_empty() || regions.len() > most {
            errors.push(FieldError::new(
                "regions",
                format!("{} Regions", regions.len()),
                format!("1 to {most} with blueprint `{}`", self.name),
            ));
        }
        for (index, region) in regions.iter().enumerate() {
            let field = format!("regions[{index}]");
            if !allowed.contains(region) {
                errors.push(FieldError::new(
                    field,
                    format!("`{region}` is not open in this deployment"),
                    names(),
                ));
            } else if regions.iter().take(index).any(|earlier| earlier == region) {
                errors.push(FieldError::new(
                    field,
                    format!("`{region}` stands twice"),
                    "each Region once",
                ));
            }
        }
    }

    fn check_choices(&self, spec: &Spec, errors: &mut Vec<FieldError>) {
        let fixed = |value: String| format!("only {value} with blueprint `{}`", self.name);
        let settings = &self.settings;
        if let Some(zones) = spec.availability_zones {
            let (least, most) = self
                .open
                .availability_zones
                .unwrap_or((settings.availability_zones, settings.availability_zones));
            if !(least..=most).contains(&zones) {
                errors.push(FieldError::new(
                    "availabilityZones",
                    format!("`{zones}` is outside"),
                    fixed(format!("{least} to {most}")),
                ));
            }
        }
        if let Some(prefix) = spec.cidr_prefix {
            let (least, most) = self
                .open
                .cidr_prefix
                .unwrap_or((settings.cidr_prefix, settings.cidr_prefix));
            if !(least..=most).contains(&prefix) {
                errors.push(FieldError::new(
                    "cidrPrefix",
                    format!("`{prefix}` is outside"),
                    fixed(format!("{least} to {most}")),
                ));
            }
        }
        if let Some(egress) = spec.egress {
            let open = self
                .open
                .egress
                .clone()
                .unwrap_or_else(|| vec![settings.egress]);
            if !open.contains(&egress) {
                let words: Vec<String> = open
                    .iter()
                    .filter_map(|e| serde_json::to_value(e).ok())
                    .filter_map(|v| v.as_str().map(str::to_owned))
                    .collect();
                errors.push(FieldError::new(
                    "egress",
                    "not open",
                    fixed(words.join(", ")),
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_one_form() {
        assert_eq!("1.0.10".parse(), Ok(Version(1, 0, 10)));
        for text in [
            "1.0",
            "01.0.0",
            "+1.0.0",
            "1.-0.0",
            "1.0.0.0",
            "1.0.x",
            "",
            "1..0",
            "70000.0.0",
        ] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_built_in_blueprints_parse_and_are_found_by_name_or_version() {
        let catalog = Catalog::built_in().unwrap();
        let newest = catalog.find(&"standard".parse().unwrap()).unwrap();
        assert_eq!(catalog.find(&newest.reference()), Some(newest));
        assert!(catalog.find(&"standard@9.9.9".parse().unwrap()).is_none());
        assert!(catalog.find(&"platinum".parse().unwrap()).is_none());
    }
}
