//! The frame: VPC, internet gateway, subnets, route tables and who is on which.

use std::collections::BTreeSet;

use tenancy::{Failure, FailureKind};

use super::{NetworkPlan, Site};
use crate::network::{
    addresses::{LETTERS, private_cidr, private_part, public_cidr, public_part},
    effect::{Connection, DnsAttribute, Effect, NewPart, Target},
    observation::{Gateway, Subnet, Table},
    ours::{PUBLIC_TABLE, Zone, private_table},
};

pub(super) fn vpc(site: &Site<'_>, plan: &mut NetworkPlan) {
    let Some(vpc) = site.ours.vpc else {
        return site.absent(plan, "vpc", NewPart::Vpc { cidr: site.cidr });
    };
    let attributes = [
        (DnsAttribute::Support, vpc.dns_support),
        (DnsAttribute::Hostnames, vpc.dns_hostnames),
    ];
    for (attribute, on) in attributes {
        if on == Some(false) {
            let vpc = vpc.id.clone();
            let enable = Connection::EnableDns { vpc, attribute };
            site.change(plan, "vpc", "off", Effect::Connect(enable));
        }
    }
}

pub(super) fn gateway(site: &Site<'_>, plan: &mut NetworkPlan) {
    if site.attached().is_some() {
        return;
    }
    // A VPC has one internet gateway.
    let here = site.ours.vpc.map(|vpc| &vpc.id);
    let other = |g: &&Gateway| here.is_some() && g.vpc.as_ref() == here;
    if let (Some(other), Some(vpc)) = (site.inventory.gateways.iter().find(other), site.ours.vpc) {
        plan.obstacles.push(Failure::park(
            FailureKind::Conflict,
            site.doing(),
            format!(
                "internet gateway `{}`, which is not ours, is attached to `{}`",
                other.id, vpc.id
            ),
            "gateway-replaced",
            "Detach the tenant's own internet gateway from the VPC, then retry the tenant.",
        ));
        return;
    }
    let Some(gateway) = site.ours.gateway else {
        return site.absent(plan, "igw", NewPart::Gateway);
    };
    let Some(vpc) = site.ours.vpc else { return };
    let attach = Connection::AttachGateway {
        gateway: gateway.id.clone(),
        vpc: vpc.id.clone(),
    };
    site.change(plan, "igw", "attached to nothing", Effect::Connect(attach));
}

pub(super) fn subnets(site: &Site<'_>, plan: &mut NetworkPlan) {
    let Some(vpc) = site.ours.vpc else { return };
    for (index, letter) in LETTERS.into_iter().enumerate().take(site.zones) {
        let Some(zone) = site.ours.zones.get(index) else {
            return;
        };
        let public = public_cidr(site.cidr, index);
        let private = private_cidr(site.cidr, index);
        let wanted = [
            (public_part(letter), zone.public, public),
            (private_part(letter), zone.private, private),
        ];
        for (part, found, cidr) in wanted {
            let (None, Some(cidr)) = (found, cidr) else {
                continue;
            };
            if let Some(other) = site.subnet_in_place(cidr) {
                let other = format!("subnet `{}` with `{}`", other.id, other.cidr);
                site.taken(plan, &part, other);
                continue;
            }
            let Some(name) = zone_name(site, index) else {
                plan.obstacles.push(too_few(site));
                return;
            };
            let (vpc, zone) = (vpc.id.clone(), name);
            site.absent(plan, &part, NewPart::Subnet { vpc, cidr, zone });
        }
    }
}

/// The Availability Zone of our zone `index`: the one its other subnet is in, else the first that none of ours is in.
fn zone_name(site: &Site<'_>, index: usize) -> Option<String> {
    let of = |zone: &Zone<'_>| {
        let subnet = zone.public.or(zone.private);
        subnet.map(|subnet| subnet.zone.clone())
    };
    if let Some(known) = site.ours.zones.get(index).and_then(of) {
        return Some(known);
    }
    if site.inventory.zones.is_empty() {
        // Nothing was observed yet: a preview. Most Regions name their zones so.
        let letter = LETTERS.get(index)?;
        return Some(format!("{}{letter}", site.region));
    }
    let taken: BTreeSet<String> = site.ours.zones.iter().filter_map(of).collect();
    let before = site.ours.zones.iter().take(index);
    let open_before = before.filter(|zone| of(zone).is_none()).count();
    let names = site.inventory.zones.iter();
    let mut free = names.filter(|name| !taken.contains(*name));
    free.nth(open_before).cloned()
}

fn too_few(site: &Site<'_>) -> Failure {
    let usable = site.inventory.zones.len();
    Failure::park(
        FailureKind::Invalid,
        site.doing(),
        format!("only {usable} Availability Zones can be used"),
        "too-few-zones",
        "Ask for fewer Availability Zones in the tenant's spec, or for another Region.",
    )
}

pub(super) fn tables(site: &Site<'_>, plan: &mut NetworkPlan) {
    let Some(vpc) = site.ours.vpc else { return };
    let create = || NewPart::Table {
        vpc: vpc.id.clone(),
    };
    match site.ours.public_table {
        None => site.absent(plan, PUBLIC_TABLE, create()),
        Some(table) => {
            for (letter, zone) in LETTERS.into_iter().zip(site.ours.zones) {
                on_table(site, plan, &public_part(letter), zone.public, table);
            }
            public_route(site, plan, table);
        }
    }
    for (letter, zone) in LETTERS.into_iter().zip(site.ours.zones).take(site.zones) {
        match zone.table {
            None => site.absent(plan, &private_table(letter), create()),
            Some(table) => on_table(site, plan, &private_part(letter), zone.private, table),
        }
    }
}

fn on_table(
    site: &Site<'_>,
    plan: &mut NetworkPlan,
    part: &str,
    subnet: Option<&Subnet>,
    table: &Table,
) {
    let Some(subnet) = subnet else { return };
    let tables = site.inventory.tables.iter();
    let associations =
        tables.flat_map(|known| known.subnets.iter().map(move |(id, on)| (known, id, on)));
    let mut of_it = associations.filter(|(_, _, on)| **on == subnet.id);
    let now = of_it.next();
    if now.is_some_and(|(known, _, _)| known.id == table.id) {
        return;
    }
    let found = now.map_or("the main route table".into(), |(known, _, _)| {
        format!("on route table `{}`", known.id)
    });
    let associate = Connection::Associate {
        table: table.id.clone(),
        subnet: subnet.id.clone(),
        replaces: now.map(|(_, id, _)| id.clone()),
    };
    site.change(plan, part, found, Effect::Connect(associate));
}

fn public_route(site: &Site<'_>, plan: &mut NetworkPlan, table: &Table) {
    if let Some(gateway) = site.attached() {
        let target = Target::Gateway(gateway.id.clone());
        default_route(site, plan, PUBLIC_TABLE, table, target);
    }
}

/// Leads 0.0.0.0/0 of `table` to `target`.
pub(super) fn default_route(
    site: &Site<'_>,
    plan: &mut NetworkPlan,
    part: &str,
    table: &Table,
    target: Target,
) {
    let now = table.default_route.as_deref();
    if now == Some(target.id()) {
        return;
    }
    let found = now.map_or("no default route".into(), |to| {
        format!("0.0.0.0/0 to `{to}`")
    });
    let route = Connection::SetDefaultRoute {
        table: table.id.clone(),
        target,
        replace: now.is_some(),
    };
    site.change(plan, part, found, Effect::Connect(route));
}
