//! The way out of private subnets: none, one NAT gateway, or one for each zone.

use tenancy::{Egress, Failure, FailureKind};

use super::{NetworkPlan, Site, frame::default_route};
use crate::network::{
    addresses::LETTERS,
    effect::{Connection, Effect, Kind, NewPart, Target},
    observation::{Address, Nat, NatState, Subnet},
    ours::{Zone, private_table},
};

pub(super) fn plan(site: &Site<'_>, plan: &mut NetworkPlan) {
    for (index, (letter, zone)) in LETTERS.into_iter().zip(site.ours.zones).enumerate() {
        if index < wanted(site) {
            gateway(site, plan, letter, &zone);
        } else {
            unwanted(site, plan, letter, &zone);
        }
    }
    for (index, (letter, zone)) in LETTERS.into_iter().zip(site.ours.zones).enumerate() {
        route(site, plan, index, letter, &zone);
    }
}

/// How many NAT gateways are wanted; they are in the first zones.
fn wanted(site: &Site<'_>) -> usize {
    match site.desired.spec.egress {
        Egress::None => 0,
        Egress::SingleNat => 1,
        Egress::NatPerAz => site.zones,
    }
}

fn gateway(site: &Site<'_>, plan: &mut NetworkPlan, letter: char, zone: &Zone<'_>) {
    let Some(address) = zone.address else {
        return site.absent(plan, &format!("eip-{letter}"), NewPart::Address);
    };
    if let Some(nat) = zone.nat {
        if nat.state == NatState::Pending {
            plan.wait(format!("NAT gateway `{}` to become available", nat.id), 15);
        }
        return;
    }
    if let Some(subnet) = zone.public.filter(|_| site.attached().is_some()) {
        create(site, plan, letter, address, subnet);
    }
}

fn create(
    site: &Site<'_>,
    plan: &mut NetworkPlan,
    letter: char,
    address: &Address,
    subnet: &Subnet,
) {
    let part = format!("nat-{letter}");
    let here = |nat: &&Nat| nat.subnet == subnet.id || nat.allocations.contains(&address.id);
    let earlier: Vec<&Nat> = site.inventory.nats.iter().filter(here).collect();
    if let Some(going) = earlier.iter().find(|nat| nat.state == NatState::Deleting) {
        return plan.wait(format!("NAT gateway `{}` to be deleted", going.id), 15);
    }
    if let Some(association) = &address.association {
        plan.obstacles.push(Failure::park(
            FailureKind::Conflict,
            site.doing(),
            format!("address `{}` is in use as `{association}`", address.id),
            "address-in-use",
            "Disassociate the Elastic IP address that tenantry allocated for the NAT gateway, then retry the tenant.",
        ));
        return;
    }
    let mut latest = earlier.iter().rev();
    let failed = latest.find(|nat| nat.state == NatState::Failed);
    let found = failed.map_or("absent".into(), |nat| {
        let reason = nat.failure.as_deref().unwrap_or("no reason given");
        format!("`{}` failed: {reason}", nat.id)
    });
    let new = NewPart::Nat {
        subnet: subnet.id.clone(),
        others: other_zones(site, subnet),
        allocation: address.id.clone(),
        earlier: earlier.iter().map(|nat| nat.id.clone()).collect(),
    };
    site.change(plan, &part, found, Effect::Create(new));
}

/// The public subnets of all zones but this one's.
fn other_zones(site: &Site<'_>, subnet: &Subnet) -> Vec<String> {
    let public = site.ours.zones.iter().filter_map(|zone| zone.public);
    let others = public.filter(|other| other.id != subnet.id);
    others.map(|other| other.id.clone()).collect()
}

/// What a changed egress no longer wants goes, once no route table of ours leads there.
fn unwanted(site: &Site<'_>, plan: &mut NetworkPlan, letter: char, zone: &Zone<'_>) {
    let owned = |tags| site.desired.owns(tags);
    if let Some(nat) = zone.nat.filter(|nat| owned(&nat.tags)) {
        let mut tables = site.ours.zones.iter().filter_map(|zone| zone.table);
        if !tables.any(|table| table.default_route.as_ref() == Some(&nat.id)) {
            site.delete(plan, &format!("nat-{letter}"), Kind::Nat, &nat.id);
        }
        return;
    }
    let Some(address) = zone.address.filter(|address| owned(&address.tags)) else {
        return;
    };
    let holder = |nat: &&Nat| {
        nat.holds()
            && (nat.allocations.contains(&address.id)
                || zone.public.is_some_and(|subnet| subnet.id == nat.subnet))
    };
    if let Some(nat) = site.inventory.nats.iter().find(holder) {
        plan.wait(format!("NAT gateway `{}` to be deleted", nat.id), 15);
    } else if address.association.is_none() {
        let part = format!("eip-{letter}");
        site.delete(plan, &part, Kind::Address, &address.id);
    }
}

fn route(site: &Site<'_>, plan: &mut NetworkPlan, index: usize, letter: char, zone: &Zone<'_>) {
    let Some(table) = zone.table else { return };
    let part = private_table(letter);
    let leads = match site.desired.spec.egress {
        Egress::None => None,
        Egress::SingleNat => site.ours.zones.first(),
        Egress::NatPerAz => site.ours.zones.get(index),
    };
    if let Some(to) = leads {
        let ready = to.nat.filter(|nat| nat.state == NatState::Available);
        if let Some(nat) = ready {
            default_route(site, plan, &part, table, Target::Nat(nat.id.clone()));
        }
    } else if let Some(to) = &table.default_route {
        let (table, found) = (table.id.clone(), format!("0.0.0.0/0 to `{to}`"));
        let delete = Effect::Connect(Connection::DeleteDefaultRoute { table });
        site.change(plan, &part, found, delete);
    }
}
