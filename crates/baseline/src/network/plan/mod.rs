//! What would have to change now, topic by topic.

mod access;
mod egress;
mod exposed;
mod frame;
mod leave;
mod logs;
mod taken;

use std::collections::BTreeSet;

use ipnet::Ipv4Net;
use tenancy::{ComponentName, Failure, Region};

pub use self::logs::{group_key, role_key};
use super::{
    addresses::LETTERS,
    change::NetworkChange,
    default_vpc::DefaultVpc,
    effect::{Effect, Kind, NewPart},
    observation::*,
    ours::{Ours, Zone, ours, part_tags},
};
use crate::{
    component::{Change, Plan},
    declared::{self, Resource as _},
    desired::Desired,
    resources::{LogGroup, Role},
};

/// One Region of the spec, on the way to being planned.
struct Site<'a> {
    desired: &'a Desired,
    region: &'a Region,
    cidr: Ipv4Net,
    inventory: &'a RegionInventory,
    ours: Ours<'a>,
    /// How many zones the network spans: never fewer than it has.
    zones: usize,
}

type NetworkPlan = Plan<NetworkChange>;

impl Site<'_> {
    fn change(&self, plan: &mut NetworkPlan, part: &str, found: impl Into<String>, effect: Effect) {
        let change = NetworkChange::part(self.region, part, found, effect);
        plan.changes.push(change);
    }

    fn absent(&self, plan: &mut NetworkPlan, part: &str, new: NewPart) {
        self.change(plan, part, "absent", Effect::Create(new));
    }

    fn delete(&self, plan: &mut NetworkPlan, part: &str, kind: Kind, id: &str) {
        let id = id.to_owned();
        self.change(plan, part, "present", Effect::Delete { kind, id });
    }

    /// The internet gateway, if it is attached.
    fn attached(&self) -> Option<&Gateway> {
        self.ours.gateway.filter(|gateway| gateway.vpc.is_some())
    }

    fn doing(&self) -> String {
        format!("building the network in `{}`", self.region)
    }
}

/// The plan: wanted Regions are built, others emptied, and default VPCs removed. Nothing is done where nothing could be read.
pub(super) fn plan(desired: &Desired, seen: &Observation) -> NetworkPlan {
    let mut plan = NetworkPlan::default();
    plan.obstacles.extend(seen.unreadable.values().cloned());
    plan.unreadable = !seen.unreadable.is_empty();
    let mut kept = BTreeSet::new();
    for (region, inventory) in &seen.regions {
        if !is_wanted(desired, region) {
            kept.extend(leave::empty(desired, region, inventory, seen, &mut plan));
        }
    }
    let nothing = RegionInventory::default();
    let to_build =
        |region: &&Region| is_wanted(desired, region) && !seen.unreadable.contains_key(region);
    for region in desired.spec.regions.iter().filter(to_build) {
        let inventory = seen.regions.get(region).unwrap_or(&nothing);
        build(desired, region, inventory, seen, &mut plan);
    }
    resources(desired, seen, &kept, &mut plan);
    plan
}

/// The role, the log groups and the default VPCs. What cannot go yet is not shown to the adapter.
fn resources(
    desired: &Desired,
    seen: &Observation,
    kept: &BTreeSet<declared::Key>,
    plan: &mut NetworkPlan,
) {
    const KINDS: [&declared::Kind; 3] = [&Role::KIND, &LogGroup::KIND, &DefaultVpc::KIND];
    let readable = |key: &declared::Key| {
        let region = key.region();
        region.is_none_or(|region| !seen.unreadable.contains_key(region))
    };
    let mut wanted = logs::wanted(desired);
    wanted.retain(|key, _| readable(key));
    let building = !desired.leaving() && desired.spec.network;
    let mut shown = seen.resources.clone();
    shown.1.extend(KINDS.map(|kind| (kind.name, kind)));
    shown.0.retain(|key, _| readable(key));
    // Whoever leaves now leaves its default VPCs where AWS put them.
    let stays = |key: &declared::Key| building && wanted.contains_key(key);
    shown
        .0
        .retain(|key, _| match key.kind == DefaultVpc::KIND.name {
            true => building,
            false => stays(key) || logs::may_go(desired, seen, kept, key),
        });
    let resources = declared::plan(ComponentName::NETWORK, desired, &wanted, &shown);
    plan.add(resources, NetworkChange::Resource);
}

fn is_wanted(desired: &Desired, region: &Region) -> bool {
    !desired.leaving() && desired.spec.network && desired.spec.regions.contains(region)
}

/// Keys of the changes that a network begins with, where nothing of it is there, and that are noted before they are requested.
pub fn first_notes(desired: &Desired) -> Vec<String> {
    let changes = plan(desired, &Observation::default()).changes;
    let noted = changes.iter().filter(|change| change.needs_note());
    noted.map(Change::key).collect()
}

/// Regions in which something was found though the spec does not ask for a network there.
pub fn dropped_regions<'a>(
    desired: &'a Desired,
    seen: &'a Observation,
) -> impl Iterator<Item = &'a Region> {
    seen.regions
        .keys()
        .filter(|region| !is_wanted(desired, region))
}

/// Whether a Region of the spec lacks a subnet, so that it matters which zones there are.
pub fn lacks_subnets(desired: &Desired, region: &Region, inventory: &RegionInventory) -> bool {
    let wanted = usize::from(desired.spec.availability_zones);
    let Some(cidr) = desired.cidrs.get(region) else {
        return false;
    };
    let zones = ours(desired, *cidr, region, inventory).zones;
    let mut wanted = zones.iter().take(wanted);
    is_wanted(desired, region) && wanted.any(|zone| zone.public.is_none() || zone.private.is_none())
}

fn build(
    desired: &Desired,
    region: &Region,
    inventory: &RegionInventory,
    seen: &Observation,
    plan: &mut NetworkPlan,
) {
    let Some(cidr) = desired.cidrs.get(region) else {
        let waits = || {
            let doing = format!("building the network in `{region}`");
            Failure::wait(doing, "its addresses to be allocated from the pool", 30)
        };
        let known = desired.without_network.clone();
        plan.obstacles.push(known.unwrap_or_else(waits));
        return;
    };
    let ours = ours(desired, *cidr, region, inventory);
    let is_there = |zone: &Zone<'_>| zone.private.is_some() || zone.public.is_some();
    let spanned = ours.zones.iter().rposition(is_there);
    let wanted = usize::from(desired.spec.availability_zones).min(LETTERS.len());
    let zones = spanned.map_or(0, |last| last + 1).max(wanted);
    let site = Site {
        desired,
        region,
        cidr: *cidr,
        inventory,
        ours,
        zones,
    };
    frame::vpc(&site, plan);
    frame::gateway(&site, plan);
    frame::subnets(&site, plan);
    frame::tables(&site, plan);
    egress::plan(&site, plan);
    access::endpoints(&site, plan);
    access::default_group(&site, plan);
    access::groups(&site, plan);
    logs::flow_log(&site, seen, plan);
    exposed::plan(&site, plan);
    tags(&site, plan);
    extras(&site, plan);
}

/// Tags that a resource lacks are put on, and those that the spec has no more are taken off: one change each. The changes of a round run side
/// by side, and EC2 refuses two that are about the tags of one resource (`ConcurrentTagAccess`): what comes off comes off in the next round.
fn tags(site: &Site<'_>, plan: &mut NetworkPlan) {
    for (part, item) in site.ours.parts() {
        let wanted = part_tags(site.desired, &part);
        let keys = site.desired.retired(item.tags(), &wanted);
        if let Some((effect, found)) = tag(site.desired, wanted, item) {
            site.change(plan, &part, found, effect);
        } else if !keys.is_empty() {
            let found = Desired::tags_found(item.tags(), &keys);
            let id = item.id().to_owned();
            site.change(plan, &part, found, Effect::Untag { id, keys });
        }
    }
}

/// The tags of a part put back, and what is there instead.
fn tag(desired: &Desired, wanted: Tags, item: &dyn Resource) -> Option<(Effect, String)> {
    let tags = Desired::missing(item.tags(), wanted);
    let found = Desired::tags_found(item.tags(), tags.keys());
    let effect = Effect::Tag {
        id: item.id().to_owned(),
        relabelled: desired.is_anothers(item.tags()),
        tags: tags.clone(),
    };
    (!tags.is_empty()).then_some((effect, found))
}

/// Second ones of a part, made when an answer was lost; they are empty and carry our tags.
fn extras(site: &Site<'_>, plan: &mut NetworkPlan) {
    for (kind, part, id) in &site.ours.extras {
        let (kind, id) = (*kind, id.clone());
        let found = format!("a second one, `{id}`");
        site.change(plan, part, found, Effect::Delete { kind, id });
    }
}
