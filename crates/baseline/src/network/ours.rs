//! Which of what was found is ours, part by part.
//!
//! A part is known by its tags, and by the id that the ledger recorded while it carried them: a removed or changed tag is a finding
//! and not a second network. What carries our tag and not which part it is, is known by its place: a subnet by its addresses, a
//! group by its name. A place alone makes nothing ours: everything we make carries our tags from its first moment, so what stands
//! there without them is somebody else's.

use ipnet::Ipv4Net;
use tenancy::{Region, names};

pub use super::parts::{
    ENDPOINTS, INTERFACES, Ours, PUBLIC_TABLE, WORKLOAD, Zone, part_tags, private_table,
};
use super::{
    addresses::{LETTERS, private_cidr, private_part, public_cidr, public_part},
    effect::Kind,
    observation::*,
    pick::{Picker, is_mine},
};
use crate::desired::Desired;

/// Whether `vpc` could be ours, so that its attributes are worth reading.
pub fn may_be_ours(desired: &Desired, region: &Region, vpc: &Vpc) -> bool {
    is_mine(desired, region, vpc) || desired.cidrs.get(region) == Some(&vpc.cidr)
}

/// Which of what was found in a Region is ours.
pub fn ours<'a>(
    desired: &'a Desired,
    cidr: Ipv4Net,
    region: &Region,
    inventory: &'a RegionInventory,
) -> Ours<'a> {
    let mut picker = Picker::new(desired, region);
    let mut ours = Ours {
        vpc: vpc(&mut picker, cidr, inventory),
        ..Ours::default()
    };
    let here = ours.vpc.map_or("", |vpc| vpc.id.as_str());
    let gateways = inventory.gateways.iter();
    let gateways = gateways.filter(|g| g.vpc.as_deref().is_none_or(|vpc| vpc == here));
    let attached = |gateway: &Gateway| gateway.vpc.is_some();
    let part = (Kind::Gateway, "igw");
    ours.gateway = picker.pick(part, gateways, attached, attached, |g| !attached(g));
    if ours.vpc.is_some() {
        subnets(&mut picker, &mut ours, cidr, here, inventory);
        endpoints_and_tables(&mut picker, &mut ours, here, inventory);
        groups(&mut picker, &mut ours, here, inventory);
        let logs = inventory.flow_logs.iter().filter(|log| {
            log.resource == here && log.group.as_deref() == Some(names::flow_log_group())
        });
        let part = (Kind::FlowLog, "flow-log");
        ours.flow_log = picker.pick(part, logs, |_| true, |log| log.active, |_| true);
    }
    nats(&mut picker, &mut ours, here, inventory);
    ours.extras = picker.extras;
    ours
}

/// Ours is the VPC with our tags, or the one that was recorded; of two the one with more subnets of ours in it, so that a late
/// read of an earlier creation never moves a network that has been built. One that lost its tags and holds subnets of ours is
/// the built one.
fn vpc<'a>(
    picker: &mut Picker<'_>,
    cidr: Ipv4Net,
    inventory: &'a RegionInventory,
) -> Option<&'a Vpc> {
    let hint = Picker::new(picker.desired, picker.region);
    let in_it = |vpc: &Vpc| {
        let subnets = inventory.subnets.iter();
        let mine = subnets.filter(|s| s.vpc == vpc.id && hint.is_mine(*s));
        mine.count()
    };
    let is_spare = |vpc: &Vpc| {
        let inside = |item: &dyn Resource| item.vpc() == Some(&vpc.id) && !item.comes_with_vpc();
        !inventory.all().any(inside)
    };
    let here = || inventory.vpcs.iter().filter(|vpc| vpc.cidr == cidr);
    let is_built = |vpc: &&'a Vpc| {
        hint.is_recorded(*vpc) || (in_it(vpc) > 0 && !hint.desired.is_anothers(&vpc.tags))
    };
    let built: Vec<&Vpc> = here().filter(is_built).collect();
    let seconds = here().filter(|vpc| !built.is_empty() && !is_built(vpc));
    let seconds = seconds.filter(|vpc| hint.is_part(*vpc, "vpc") && is_spare(vpc));
    picker
        .extras
        .extend(seconds.map(|vpc| (Kind::Vpc, "vpc".to_owned(), vpc.id.clone())));
    let most = built.iter().copied().max_by_key(|vpc| in_it(vpc));
    let candidates = if built.is_empty() {
        here().collect()
    } else {
        built
    };
    let picked = picker.pick((Kind::Vpc, "vpc"), candidates, |_| true, in_it, is_spare);
    picked.or(most)
}

fn subnets<'a>(
    picker: &mut Picker<'_>,
    ours: &mut Ours<'a>,
    cidr: Ipv4Net,
    here: &str,
    inventory: &'a RegionInventory,
) {
    for (index, (zone, letter)) in ours.zones.iter_mut().zip(LETTERS).enumerate() {
        // Two subnets of a VPC cannot overlap, so its addresses alone say which it is.
        let mut find = |part: String, wanted: Option<Ipv4Net>| {
            let subnets = inventory.subnets.iter();
            let there = subnets.filter(|s| s.vpc == here && Some(s.cidr) == wanted);
            picker.only((Kind::Subnet, &part), there)
        };
        zone.public = find(public_part(letter), public_cidr(cidr, index));
        zone.private = find(private_part(letter), private_cidr(cidr, index));
    }
}

fn endpoints_and_tables<'a>(
    picker: &mut Picker<'_>,
    ours: &mut Ours<'a>,
    here: &str,
    inventory: &'a RegionInventory,
) {
    let region = picker.region;
    let tables = || inventory.tables.iter().filter(|table| table.vpc == here);
    for (found, (part, word)) in ours.endpoints.iter_mut().zip(ENDPOINTS) {
        let service = format!("com.amazonaws.{region}.{word}");
        let endpoints = inventory.endpoints.iter();
        let endpoints = endpoints.filter(|e| e.vpc == here && e.gateway && e.service == service);
        // A table has one endpoint for a service: a second one of ours either served second tables, which are deleted, or keeps
        // the first off some of its tables.
        let part = (Kind::Endpoint, part);
        *found = picker.pick(part, endpoints, |_| true, |e| e.tables.len(), |_| true);
    }
    let mut find = |part: String, subnets: Vec<&str>| {
        let serves = |table: &Table| {
            let mut served = table.subnets.values();
            served.any(|s| subnets.contains(&s.as_str()))
        };
        // A VPC's main table is AWS's, unless the tenant made one of ours the main one.
        let spare = |table: &Table| table.subnets.is_empty() && !table.main;
        picker.pick((Kind::Table, &part), tables(), serves, serves, spare)
    };
    let public = ours.zones.iter().filter_map(|zone| zone.public);
    let public = public.map(|subnet| subnet.id.as_str());
    ours.public_table = find(PUBLIC_TABLE.into(), public.collect());
    for (zone, letter) in ours.zones.iter_mut().zip(LETTERS) {
        let private = zone.private.iter().map(|s| s.id.as_str());
        zone.table = find(private_table(letter), private.collect());
    }
}

fn groups<'a>(
    picker: &mut Picker<'_>,
    ours: &mut Ours<'a>,
    here: &str,
    inventory: &'a RegionInventory,
) {
    let named = |name: &'static str| {
        let groups = inventory.groups.iter();
        groups.filter(move |group| group.vpc == here && group.name == name)
    };
    ours.default_group = named("default").next();
    // A VPC has one group of a name.
    let mut find = |(part, name)| picker.only((Kind::Group, part), named(name));
    ours.workload = find(WORKLOAD);
    ours.interfaces = find(INTERFACES);
}

fn nats<'a>(
    picker: &mut Picker<'_>,
    ours: &mut Ours<'a>,
    here: &str,
    inventory: &'a RegionInventory,
) {
    for (zone, letter) in ours.zones.iter_mut().zip(LETTERS) {
        let home = zone.public.map(|subnet| subnet.id.as_str());
        let in_zone = |nat: &Nat| home == Some(nat.subnet.as_str());
        let holds = |nat: &Nat, id: &String| nat.holds() && nat.allocations.contains(id);
        let nats = || inventory.nats.iter();
        let held = |address: &Address| nats().any(|nat| holds(nat, &address.id));
        let held_here =
            |address: &Address| nats().any(|nat| in_zone(nat) && holds(nat, &address.id));
        let spare = |address: &Address| address.association.is_none() && !held(address);
        let eip = format!("eip-{letter}");
        let part = (Kind::Address, eip.as_str());
        zone.address = picker.pick(part, &inventory.addresses, held_here, held, spare);

        let allocation = zone.address.map(|address| &address.id);
        let by_place =
            |nat: &Nat| in_zone(nat) && allocation.is_none_or(|id| nat.allocations.contains(id));
        let routed = |nat: &Nat| {
            let mut tables = inventory.tables.iter();
            tables.any(|table| table.default_route.as_ref() == Some(&nat.id))
        };
        let rank = |nat: &Nat| (routed(nat), nat.state == NatState::Available);
        let alive = nats().filter(|nat| nat.vpc == here && nat.is_alive());
        let nat = format!("nat-{letter}");
        zone.nat = picker.pick((Kind::Nat, &nat), alive, by_place, rank, |nat| !routed(nat));
    }
}
