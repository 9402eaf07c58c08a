//! What would have to change now, topic by topic.

mod access;
mod egress;
mod frame;
mod leave;
mod logs;

use ipnet::Ipv4Net;
use tenancy::{Failure, FailureKind, Region, names};

pub use self::{
    leave::is_ours_to_remove,
    logs::{flow_log_policy, flow_log_trust},
};
use super::{
    addresses::LETTERS,
    change::{Effect, NetworkChange, listed},
    ours::{Ours, ours, part_tags},
    seen::*,
};
use crate::{component::Plan, desired::Desired};

/// One Region of the spec, on the way to being planned.
struct Site<'a> {
    desired: &'a Desired,
    region: &'a Region,
    cidr: Ipv4Net,
    place: &'a Place,
    ours: Ours<'a>,
    /// How many zones the network spans: never fewer than it has.
    zones: usize,
}

type NetworkPlan = Plan<NetworkChange>;

impl Site<'_> {
    fn change(&self, plan: &mut NetworkPlan, part: &str, found: impl Into<String>, effect: Effect) {
        plan.changes.push(NetworkChange {
            region: Some(self.region.clone()),
            part: part.into(),
            found: found.into(),
            effect,
        });
    }

    fn absent(&self, plan: &mut NetworkPlan, part: &str, effect: Effect) {
        self.change(plan, part, "absent", effect);
    }

    fn doing(&self) -> String {
        format!("building the network in `{}`", self.region)
    }
}

/// The plan: wanted Regions are built, others emptied, and default VPCs removed.
pub(super) fn plan(desired: &Desired, seen: &Seen) -> NetworkPlan {
    let mut plan = NetworkPlan::default();
    for (region, place) in &seen.places {
        if !is_wanted(desired, region) {
            leave::empty(desired, region, place, &mut plan);
        }
    }
    if desired.leaving() || !desired.spec.network {
        leave::role(desired, seen, &mut plan);
        return plan;
    }
    let nothing = Place::default();
    for region in &desired.spec.regions {
        let place = seen.places.get(region).unwrap_or(&nothing);
        build(desired, region, place, seen, &mut plan);
    }
    logs::role(desired, seen, &mut plan);
    for (region, default) in &seen.defaults {
        plan.changes.push(remove_default(region, default));
    }
    plan
}

fn is_wanted(desired: &Desired, region: &Region) -> bool {
    !desired.leaving() && desired.spec.network && desired.spec.regions.contains(region)
}

/// Regions in which something was found though the spec does not ask for a network there.
pub fn dropped_regions<'a>(
    desired: &'a Desired,
    seen: &'a Seen,
) -> impl Iterator<Item = &'a Region> {
    seen.places
        .keys()
        .filter(|region| !is_wanted(desired, region))
}

fn remove_default(region: &Region, default: &DefaultVpc) -> NetworkChange {
    let (vpc, found) = match default {
        DefaultVpc::NotLookedFor => (None, "not looked for yet".to_owned()),
        DefaultVpc::There(id) => (Some(id.clone()), format!("default VPC `{id}`")),
    };
    NetworkChange {
        region: Some(region.clone()),
        part: "default-vpc".into(),
        found,
        effect: Effect::RemoveDefaultVpc { vpc },
    }
}

fn build(desired: &Desired, region: &Region, place: &Place, seen: &Seen, plan: &mut NetworkPlan) {
    let Some(cidr) = desired.cidrs.get(region) else {
        plan.obstacles.push(Failure::wait(
            format!("building the network in `{region}`"),
            "its addresses to be allocated from the pool",
            30,
        ));
        return;
    };
    let ours = ours(desired, *cidr, region, place);
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
        place,
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
    logs::group(&site, plan);
    logs::flow_log(&site, seen, plan);
    tags(&site, plan);
    extras(&site, plan);
}

/// One change for each resource that lacks tags.
fn tags(site: &Site<'_>, plan: &mut NetworkPlan) {
    for (kind, part, item) in site.ours.parts() {
        let wanted = part_tags(site.desired, &part);
        let id = item.id().to_owned();
        if let Some((tags, found)) = missing(wanted, item.tags()) {
            site.change(plan, &part, found, Effect::Tag { kind, id, tags });
        }
    }
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

/// Something that is not ours is in the way.
fn taken(doing: String, detail: String) -> Failure {
    Failure::park(
        FailureKind::Conflict,
        doing,
        detail,
        "name-taken",
        "Rename or delete the resource if it is not needed, then retry the tenant.",
    )
}

/// Whether a named resource carries somebody else's tag.
fn is_foreign(desired: &Desired, tags: &Tags) -> bool {
    tags.contains_key(names::TAG_TENANT) && !desired.owns(tags)
}
