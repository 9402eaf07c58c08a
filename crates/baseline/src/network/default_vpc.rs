//! The default VPC of a Region, as a declared resource that nobody wants.

use serde::{Deserialize, Serialize};
use tenancy::{Region, Severity};

use crate::{
    declared::{Key, Kind, Resource},
    desired::Desired,
};

/// The VPC that AWS makes in each Region of a new account. It carries no tag, yet is nobody's own: it is removed wherever it is,
/// if nothing of others is in it. What is in it is read by the removal: reading it in each Region would double the calls of an
/// audit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultVpc {
    /// `vpc-…`; absent where it is not known: in a new account finding it is left to the removal, so that building need not wait.
    pub id: Option<String>,
}

impl DefaultVpc {
    /// The key of a Region's only one.
    pub fn key(region: &Region) -> Key {
        Key::in_region(Self::KIND.name, region.clone(), String::new())
    }
}

impl Resource for DefaultVpc {
    const KIND: Kind = Kind::of::<Self>("default-vpc", "default VPC", &[]).extra(Severity::Medium);
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::default_vpc;

    /// Nobody but AWS made it.
    fn ours(&self, _desired: &Desired) -> bool {
        true
    }
}
