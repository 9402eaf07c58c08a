//! What would have to change now, topic by topic.

mod access;
mod egress;
mod exposed;
mod frame;
mod leave;
mod logs;
mod retired;
mod taken;

use std::collections::BTreeSet;

use ipnet::Ipv4Net;
use tenancy::{ComponentName, Failure, Region};

pub use self::logs::{group_key, role_key};
use super::{
    addresses::LETTERS,
    change::NetworkChange,
    default_vpc::DefaultVpc,
    effect::{Effect, NewPart},
    observation::*,
    ours::{Ours, ours, part_tags},
    words::listed,
};
use crate::{
    component::Plan,
    declared::{self, Kind, Resource as _},
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
    for region in desired
        .spec
        .regions
        .iter()
        .filter(|region| is_wanted(desired, region) && !seen.unreadable.contains_key(region))
    {
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
    const KINDS: [&Kind; 3] = [&Role::KIND, &LogGroup::KIND, &DefaultVpc::KIND];
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
    shown
        .0
        .retain(|key, _| match key.kind == DefaultVpc::KIND.name {
            true => building,
            false => {
                (building && wanted.contains_key(key)) || logs::may_go(desired, seen, kept, key)
            }
        });
    let resources = declared::plan(ComponentName::NETWORK, desired, &wanted, &shown);
    plan.add(resources, NetworkChange::Resource);
}

fn is_wanted(desired: &Desired, region: &Region) -> bool {
    !desired.leaving() && desired.spec.network && desired.spec.regions.contains(region)
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
        plan.obstacles.push(Failure::wait(
            format!("building the network in `{region}`"),
            "its addresses to be allocated from the pool",
            30,
        ));
        return;
    };
    let ours = ours(desired, *cidr, region, inventory);
    let spanned = ours
        .zones
        .iter()
        .rposition(|zone| zone.private.is_some() || zone.public.is_some());
    let zones = spanned
        .map_or(0, |last| last + 1)
        .max(usize::from(desired.spec.availability_zones).min(LETTERS.len()));
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
    retired::tags(&site, plan);
    extras(&site, plan);
}

/// One change for each resource that lacks tags.
fn tags(site: &Site<'_>, plan: &mut NetworkPlan) {
    for (part, item) in site.ours.parts() {
        let wanted = part_tags(site.desired, &part);
        if let Some((effect, found)) = tag(site.desired, wanted, item) {
            site.change(plan, &part, found, effect);
        }
    }
}

/// The tags of a part put back, and what is there instead.
fn tag(desired: &Desired, wanted: Tags, item: &dyn Resource) -> Option<(Effect, String)> {
    let (tags, found) = missing(wanted, item.tags())?;
    let effect = Effect::Tag {
        id: item.id().to_owned(),
        tags,
        relabelled: desired.is_anothers(item.tags()),
    };
    Some((effect, found))
}

/// The tags that are missing or differ, and what is there instead.
fn missing(wanted: Tags, found: &Tags) -> Option<(Tags, String)> {
    let tags: Tags = wanted
        .into_iter()
        .filter(|(key, value)| found.get(key) != Some(value))
        .collect();
    let instead = tags.keys().map(|key| match found.get(key) {
        Some(value) => format!("{key}={value}"),
        None => format!("no {key}"),
    });
    let words = listed(instead);
    (!tags.is_empty()).then_some((tags, words))
}

/// Second ones of a part, made when an answer was lost; they are empty and carry our tags.
fn extras(site: &Site<'_>, plan: &mut NetworkPlan) {
    for (kind, part, id) in &site.ours.extras {
        let (kind, id) = (*kind, id.clone());
        let found = format!("a second one, `{id}`");
        site.change(plan, part, found, Effect::Delete { kind, id });
    }
}
