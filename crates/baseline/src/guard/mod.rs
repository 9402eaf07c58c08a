//! Account-wide switches that keep what the tenant builds from being public or unencrypted by mistake.
//!
//! # Guarantees
//! Each switch is evaluated by itself, in each Region of the spec: a Region that cannot be read does not affect the others. A
//! switch that a declarative policy of the organization sets to the wanted value counts as good; another value is a finding.
//! # Caveats
//! Switches are not set back on the way out: they go with the account. In a Region that was dropped from the spec they stay.
//! `VPC block public access` and `allowed images` change what a tenant may build: they are set only where the blueprint says how, and
//! left as they are where it no longer does. With `block-ingress` nothing from the internet gets in through our internet gateway, and
//! what goes out through NAT gateways still does; with `block-bidirectional` nothing gets out either, so that a spec with NAT gateways is
//! refused. A tenant may except a VPC or a subnet of its own from the block; that is not watched.

mod allowed_images;
mod ebs_encryption;
mod image_block;
mod instance_metadata;
mod public_access;
mod serial_console;
mod snapshot_block;
mod switch;
#[cfg(test)]
mod tests;
mod vpc_block;

use std::sync::LazyLock;

use tenancy::{ComponentName, EffectiveSpec};

use self::switch::SwitchRow;
pub use self::switch::{DECLARATIVE_POLICY, Reach, Switch};
// The files of the switches take what they are described by from here.
use crate::{
    component::{Departure, Wait},
    covers::Covers,
    declared::{Declared, Field, Resources},
    desired::Desired,
    drift_control::DriftControl,
    policy::{Grant, Grants, Scope},
    watched::{Properties, reported, restored},
};

/// The account-wide switches.
pub struct Guard;

/// Lists the switches, by the file that each is in.
macro_rules! switches {
    ($($file:ident::$switch:ident,)*) => {
        pub use self::{$($file::$switch),*};

        /// Every switch.
        const SWITCHES: &[SwitchRow] = &[$(SwitchRow::of::<$switch>()),*];

        /// What is watched of each.
        const WATCHED: &[&[Properties]] = &[$(&[$switch::WATCHED]),*];
    };
}

switches! {
    public_access::PublicAccess,
    ebs_encryption::EbsEncryption,
    instance_metadata::InstanceMetadata,
    snapshot_block::SnapshotBlock,
    image_block::ImageBlock,
    serial_console::SerialConsole,
    vpc_block::VpcBlock,
    allowed_images::AllowedImages,
}

/// Their controls, as each switch describes its own.
static DRIFT: LazyLock<Vec<DriftControl>> =
    LazyLock::new(|| SWITCHES.iter().map(SwitchRow::control).collect());

/// The names of the switches' kinds.
#[cfg(test)]
pub(crate) fn kinds() -> impl Iterator<Item = &'static str> {
    SWITCHES.iter().map(|switch| switch.kind.name)
}

impl Declared for Guard {
    const NAME: ComponentName = ComponentName::new("guard");
    const DEPARTURE: Departure = Departure::WithAccount;
    const WATCHED: &'static [&'static [Properties]] = WATCHED;

    fn enabled(spec: &EffectiveSpec) -> bool {
        spec.guard
    }

    fn wanted(desired: &Desired) -> Result<Resources, Wait> {
        let rows = SWITCHES.iter().flat_map(|switch| switch.wanted(desired));
        Ok(rows.collect())
    }

    fn grants(scope: &Scope) -> Grants {
        let switches = || {
            SWITCHES
                .iter()
                .filter(|switch| scope.extras.switches || !switch.by_blueprint)
        };
        let reads: Vec<&str> = switches().map(|switch| switch.read).collect();
        let writes = switches().flat_map(|switch| switch.writes).copied();
        let writes: Vec<&str> = writes.collect();
        Grants {
            reads: vec![Grant::on_all("ReadGuard", &reads)],
            writes: vec![Grant::on_all("SetGuard", &writes)],
            removals: Vec::new(),
        }
    }

    fn drift_controls() -> &'static [DriftControl] {
        &DRIFT
    }
}
