//! Network ACLs: the default one comes with its VPC and serves our subnets.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::observation::Tags;

/// A network ACL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acl {
    /// `acl-…`.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Whether it is the one made with its VPC.
    pub default: bool,
    /// Its entries, but for the last one, which nobody can change and which denies the rest.
    pub entries: BTreeSet<AclEntry>,
    /// Subnets by association id.
    pub subnets: BTreeMap<String, String>,
    /// Tags.
    pub tags: Tags,
}

/// One entry of a network ACL. The entry with the lowest number that fits decides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AclEntry {
    /// Its number.
    pub number: i32,
    /// Whether it is about what goes out.
    pub egress: bool,
    /// Whether it lets through.
    pub allow: bool,
    /// Protocol by number, `-1` for all.
    pub protocol: String,
    /// The other side's addresses.
    pub cidr: String,
    /// The ports, where it is about some only.
    pub ports: Option<(i32, i32)>,
}

impl AclEntry {
    /// The entry a default network ACL has in each direction: everything is let through.
    /// Source: VPC User Guide, "Default network ACL".
    pub fn everything(egress: bool) -> Self {
        Self {
            number: 100,
            egress,
            allow: true,
            protocol: "-1".into(),
            cidr: "0.0.0.0/0".into(),
            ports: None,
        }
    }
}

impl fmt::Display for AclEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.allow { "allow" } else { "deny" };
        let protocol = match self.protocol.as_str() {
            "-1" => "everything",
            other => other,
        };
        write!(f, "{} {verdict} {protocol}", self.number)?;
        if let Some((from, to)) = self.ports {
            write!(f, " {from}-{to}")?;
        }
        write!(f, " with `{}`", self.cidr)
    }
}

/// What is repaired of a network ACL, in one direction.
#[derive(Debug, Clone, PartialEq)]
pub enum AclChange {
    /// Take entries away that deny.
    Open {
        /// The ACL.
        acl: String,
        /// Whether they are about what goes out.
        egress: bool,
        /// Their numbers.
        numbers: BTreeSet<i32>,
    },
    /// Let everything through again by [`AclEntry::everything`].
    Allow {
        /// The ACL.
        acl: String,
        /// Whether it is about what goes out.
        egress: bool,
        /// Whether an entry of its number is in its place.
        replace: bool,
    },
}

impl AclChange {
    /// The ACL.
    pub fn acl(&self) -> &str {
        let (Self::Open { acl, .. } | Self::Allow { acl, .. }) = self;
        acl
    }

    /// Whether it is about what goes out.
    pub const fn egress(&self) -> bool {
        let (Self::Open { egress, .. } | Self::Allow { egress, .. }) = self;
        *egress
    }

    /// Carries it out on an ACL as it was seen.
    pub(super) fn learn(&self, acl: &mut Acl) {
        match self {
            Self::Open {
                egress, numbers, ..
            } => {
                let opened =
                    |entry: &AclEntry| entry.egress == *egress && numbers.contains(&entry.number);
                acl.entries.retain(|entry| !opened(entry));
            }
            Self::Allow { egress, .. } => {
                let wanted = AclEntry::everything(*egress);
                let same = |entry: &AclEntry| {
                    entry.egress == wanted.egress && entry.number == wanted.number
                };
                acl.entries.retain(|entry| !same(entry));
                acl.entries.insert(wanted);
            }
        }
    }
}
