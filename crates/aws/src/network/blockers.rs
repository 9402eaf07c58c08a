//! What blocks the removal of a network: as long as it is there, AWS does not delete the VPC.

use std::collections::BTreeMap;

use baseline::{
    Component, Desired,
    network::{Interface, Network, Observation, RegionInventory, Vpc, dropped_regions, is_mine},
};
use futures::future::join_all;
use tenancy::{Failure, Region};

use super::NetworkPort;

/// What blocks the removal of the VPCs of a Region: network interfaces, and everything else in words.
pub(super) struct Blockers {
    region: Region,
    vpcs: Vec<String>,
    found: Result<(Vec<Interface>, Vec<String>), Failure>,
}

impl NetworkPort {
    /// On the way out, what blocks the removal of the VPCs that earlier passes recorded: read beside all else, since it is read of no other where
    /// nothing was changed by hand.
    pub(super) async fn expected_blockers(&self, desired: &Desired) -> Vec<Blockers> {
        let regions = desired.spec.regions.iter().filter(|_| desired.leaving());
        let reads = regions.filter_map(|region| {
            let vpc = desired
                .recorded
                .id(Network::NAME, &format!("{region}.vpc"))?;
            Some(self.blockers_of(desired, region, vec![vpc.to_owned()]))
        });
        join_all(reads).await
    }

    async fn blockers_of(&self, desired: &Desired, region: &Region, vpcs: Vec<String>) -> Blockers {
        let found = self.blockers(desired, region, vpcs.clone()).await;
        Blockers {
            region: region.clone(),
            vpcs,
            found,
        }
    }

    /// Reads what blocks the removal of networks that are to go. `early` is what was read already.
    pub(super) async fn find_blockers(
        &self,
        desired: &Desired,
        early: Vec<Blockers>,
        seen: &mut Observation,
    ) {
        let regions: Vec<Region> = dropped_regions(desired, seen).cloned().collect();
        let mut early: BTreeMap<Region, Blockers> = early
            .into_iter()
            .map(|blockers| (blockers.region.clone(), blockers))
            .collect();
        let (mut held, mut reads) = (Vec::new(), Vec::new());
        for region in &regions {
            let Some(inventory) = seen.regions.get(region) else {
                continue;
            };
            let mine = inventory
                .vpcs
                .iter()
                .filter(|vpc| is_mine(desired, region, *vpc));
            let vpcs: Vec<String> = mine.map(|vpc| vpc.id.clone()).collect();
            match early.remove(region) {
                Some(blockers) if blockers.vpcs == vpcs => held.push(blockers),
                _ if vpcs.is_empty() => {}
                _ => reads.push(self.blockers_of(desired, region, vpcs)),
            }
        }
        held.extend(join_all(reads).await);
        for Blockers {
            region,
            vpcs,
            found,
        } in held
        {
            match found {
                Ok((interfaces, others)) => {
                    let inventory = seen.regions.entry(region).or_default();
                    let acls = own_acls(inventory, &vpcs).chain(others).collect();
                    (inventory.interfaces, inventory.in_the_way) = (interfaces, acls);
                }
                Err(failure) => seen.blind([(region, Err(failure))]),
            }
        }
    }

    /// Reads which security groups are associated with other VPCs, where a network is to go and there is another VPC: without one, nothing
    /// in the account can be. A group that another account has put into a VPC shared with it alone would be found by the deletion itself.
    pub(super) async fn find_associations(&self, desired: &Desired, seen: &mut Observation) {
        let beside = |region: &&Region| {
            let inventory = seen.regions.get(*region);
            inventory.is_some_and(|inventory| is_beside_others(desired, region, inventory))
        };
        let regions = dropped_regions(desired, seen).filter(beside);
        let regions: Vec<Region> = regions.cloned().collect();
        let reads = regions
            .iter()
            .map(|region| self.associations(desired, region));
        for (region, read) in regions.iter().zip(join_all(reads).await) {
            match read {
                Ok(found) => {
                    let inventory = seen.regions.entry(region.clone()).or_default();
                    inventory.associations = found;
                }
                Err(failure) => seen.blind([(region.clone(), Err(failure))]),
            }
        }
    }
}

/// Whether there is a VPC of ours in a Region, and one of others, beside the default one, which cannot be associated with a group.
fn is_beside_others(desired: &Desired, region: &Region, inventory: &RegionInventory) -> bool {
    let is_mine = |vpc: &Vpc| is_mine(desired, region, vpc);
    inventory.vpcs.iter().any(is_mine) && !inventory.vpcs.iter().all(is_mine)
}

/// Network ACLs that the tenant made in these VPCs.
fn own_acls(inventory: &RegionInventory, vpcs: &[String]) -> impl Iterator<Item = String> {
    let own = inventory.acls.iter().filter(|acl| !acl.default);
    let own = own.filter(|acl| vpcs.contains(&acl.vpc));
    let words: Vec<String> = own.map(|acl| format!("network ACL `{}`", acl.id)).collect();
    words.into_iter()
}
