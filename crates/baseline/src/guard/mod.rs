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
mod watched;

use tenancy::{ComponentName, EffectiveSpec};

use self::switch::SwitchRow;
pub use self::{
    allowed_images::AllowedImages,
    ebs_encryption::EbsEncryption,
    image_block::ImageBlock,
    instance_metadata::InstanceMetadata,
    public_access::PublicAccess,
    serial_console::SerialConsole,
    snapshot_block::SnapshotBlock,
    switch::{DECLARATIVE_POLICY, Reach, Switch},
    vpc_block::VpcBlock,
    watched::WATCHED,
};
use crate::{
    component::{Departure, Wait},
    declared::{Declared, Resources},
    desired::Desired,
    policy::{Grant, Grants, Scope},
};

/// The account-wide switches.
pub struct Guard;

/// Every switch.
const SWITCHES: &[SwitchRow] = &[
    SwitchRow::of::<PublicAccess>(),
    SwitchRow::of::<EbsEncryption>(),
    SwitchRow::of::<InstanceMetadata>(),
    SwitchRow::of::<SnapshotBlock>(),
    SwitchRow::of::<ImageBlock>(),
    SwitchRow::of::<SerialConsole>(),
    SwitchRow::of::<VpcBlock>(),
    SwitchRow::of::<AllowedImages>(),
];

impl Declared for Guard {
    const NAME: ComponentName = ComponentName::new("guard");
    const DEPARTURE: Departure = Departure::WithAccount;

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
}
