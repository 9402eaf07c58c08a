//! Where a declared resource is, and what it is called.

use std::fmt::{self, Display, Formatter};

use tenancy::Region;

/// Where a resource is in the tenant's account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Location {
    /// One for the whole account.
    Account,
    /// One in this Region.
    Region(Region),
}

/// What identifies a resource of a component: where it is, its kind, and its name. Stable over releases, for findings carry it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Where it is.
    pub location: Location,
    /// The name of its kind.
    pub kind: &'static str,
    /// Its name in AWS; empty where there can be only one of the kind.
    pub name: String,
}

impl Key {
    /// The account's only one of this kind.
    pub const fn only(kind: &'static str) -> Self {
        Self::in_account(kind, String::new())
    }

    /// One of the account, by name.
    pub const fn in_account(kind: &'static str, name: String) -> Self {
        Self {
            location: Location::Account,
            kind,
            name,
        }
    }

    /// One of a Region, by name; an empty name is the Region's only one.
    pub const fn in_region(kind: &'static str, region: Region, name: String) -> Self {
        Self {
            location: Location::Region(region),
            kind,
            name,
        }
    }

    /// Its Region, if it is in one.
    pub fn region(&self) -> Option<&Region> {
        match &self.location {
            Location::Account => None,
            Location::Region(region) => Some(region),
        }
    }

    /// How people call it: its name, and its Region.
    pub fn resource(&self) -> String {
        let name = if self.name.is_empty() {
            self.kind
        } else {
            &self.name
        };
        match self.region() {
            Some(region) => format!("{name} in {region}"),
            None => name.to_owned(),
        }
    }
}

/// `eu-central-1.log-group./tenantry/flow-logs`, `role.tenant-developer`, `password-policy`.
impl Display for Key {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(region) = self.region() {
            write!(f, "{region}.")?;
        }
        f.write_str(self.kind)?;
        if !self.name.is_empty() {
            write!(f, ".{}", self.name)?;
        }
        Ok(())
    }
}

/// The role under which the id of a resource is recorded.
pub(crate) fn id_role(key: &Key) -> String {
    format!("{key}.id")
}
