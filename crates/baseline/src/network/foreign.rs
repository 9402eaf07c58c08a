//! Ways to the Internet that others made: reported, and never touched.

use tenancy::{Severity, control::RepairedBy};

use super::{Observation, observation::Vpc, ours::ours, pick::is_mine};
use crate::{
    control::{Control, Verdict, listing},
    covers::Covers,
    desired::Desired,
};

pub(super) const CONTROLS: &[Control<Observation>] = &[Control {
    id: "TNT.NETWORK.1",
    title: "VPCs of others with an internet gateway",
    resource: "VPCs",
    wanted: "none in the tenant's Regions",
    severity: Severity::Medium,
    reads: "ec2 DescribeVpcs, DescribeInternetGateways",
    remedy: "Have the tenant move what is in the VPC into its own network, whose traffic is recorded, or detach the \
             internet gateway; or accept it.",
    repaired_by: RepairedBy::Tenant,
    covers: Covers::NONE,
    evaluate: |desired, seen| {
        listing(foreign(desired, seen)).map_or(Verdict::Passed, Verdict::Failed)
    },
}];

/// Of default VPCs nothing is said here: they are removed. A VPC with our addresses is not ours by that: AWS lets several have them.
fn foreign(desired: &Desired, seen: &Observation) -> Vec<String> {
    let mut found = Vec::new();
    for region in &desired.spec.regions {
        let Some(inventory) = seen.regions.get(region) else {
            continue;
        };
        let cidr = desired.cidrs.get(region);
        let picked = cidr.and_then(|cidr| ours(desired, *cidr, region, inventory).vpc);
        let is_ours = |vpc: &Vpc| {
            is_mine(desired, region, vpc) || picked.is_some_and(|ours| ours.id == vpc.id)
        };
        for gateway in &inventory.gateways {
            let attached = gateway.vpc.as_deref();
            let vpc = inventory.vpcs.iter().find(|vpc| attached == Some(&vpc.id));
            if let Some(vpc) = vpc.filter(|vpc| !is_ours(vpc)) {
                found.push(format!("`{}` in {region} with `{}`", vpc.id, gateway.id));
            }
        }
    }
    found
}
