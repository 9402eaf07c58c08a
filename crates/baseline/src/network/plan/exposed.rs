//! What opens or closes a network behind our back: network ACLs, ways out of private subnets, addresses they give out, and what
//! was added to the VPC.

use std::collections::BTreeSet;

use tenancy::{
    ComponentName, Egress, Severity,
    finding::{Difference, Repair},
};

use super::{NetworkPlan, Site};
use crate::network::{
    acl::{Acl, AclChange, AclEntry},
    addresses::{LETTERS, private_part, public_part},
    effect::{Connection, Effect, SubnetAttribute},
    observation::{Subnet, Table},
    ours::private_table,
    words::listed,
};

pub(super) fn plan(site: &Site<'_>, plan: &mut NetworkPlan) {
    let default = default_acl(site);
    if let Some(acl) = default {
        for egress in [false, true] {
            acl_entries(site, plan, acl, egress);
        }
    }
    for (letter, zone) in LETTERS.into_iter().zip(site.ours.zones) {
        if let Some(subnet) = zone.private {
            attributes(site, plan, &private_part(letter), subnet);
        }
        if let Some(table) = zone.table {
            ways_out(site, plan, &private_table(letter), table);
        }
        let subnets = [
            (private_part(letter), zone.private),
            (public_part(letter), zone.public),
        ];
        for (part, subnet) in subnets {
            let Some(subnet) = subnet else { continue };
            plan.findings
                .extend(foreign_acl(site, &part, subnet, default));
        }
    }
    vpc(site, plan);
}

fn default_acl<'a>(site: &Site<'a>) -> Option<&'a Acl> {
    let vpc = site.ours.vpc?;
    let mut acls = site.inventory.acls.iter();
    acls.find(|acl| acl.default && acl.vpc == vpc.id)
}

/// The default ACL came with our VPC: it lets everything through, and security groups decide.
fn acl_entries(site: &Site<'_>, plan: &mut NetworkPlan, acl: &Acl, egress: bool) {
    let wanted = AclEntry::everything(egress);
    let (id, mine) = (acl.id.clone(), |entry: &&AclEntry| entry.egress == egress);
    let in_place = acl.entries.iter().filter(mine);
    let in_place = in_place.clone().find(|entry| entry.number == wanted.number);
    if in_place != Some(&wanted) {
        let found = in_place.map_or("absent".into(), ToString::to_string);
        let (acl, replace) = (id.clone(), in_place.is_some());
        let allow = AclChange::Allow {
            acl,
            egress,
            replace,
        };
        site.change(plan, PART, found, Effect::Acl(allow));
    }
    let denying = acl.entries.iter().filter(mine);
    let denying = denying.filter(|entry| !entry.allow && entry.number != wanted.number);
    let found: Vec<&AclEntry> = denying.collect();
    if !found.is_empty() {
        let numbers = found.iter().map(|entry| entry.number).collect();
        let open = AclChange::Open {
            acl: id,
            egress,
            numbers,
        };
        site.change(plan, PART, listed(found), Effect::Acl(open));
    }
}

/// The part of the default network ACL.
const PART: &str = "network-acl";

fn attributes(site: &Site<'_>, plan: &mut NetworkPlan, part: &str, subnet: &Subnet) {
    let given_out = [
        (SubnetAttribute::PublicAddresses, subnet.public_addresses),
        (SubnetAttribute::Ipv6Addresses, subnet.ipv6_addresses),
    ];
    for (attribute, on) in given_out {
        if on {
            let subnet = subnet.id.clone();
            let stop = Connection::SwitchOff { subnet, attribute };
            site.change(plan, part, "on", Effect::Connect(stop));
        }
    }
}

/// Routes of a private table to the internet, past the one that egress decides about. Those to the tenant's own gateways,
/// connections and machines are its own business.
fn ways_out(site: &Site<'_>, plan: &mut NetworkPlan, part: &str, table: &Table) {
    let out: &[&str] = match site.desired.spec.egress {
        Egress::None => &["igw-", "cagw-", "nat-", "eigw-"],
        Egress::SingleNat | Egress::NatPerAz => &["igw-", "cagw-"],
    };
    let leads_out = |target: &str| out.iter().any(|kind| target.starts_with(kind));
    for (destination, target) in &table.routes {
        if leads_out(target) {
            let delete = Connection::DeleteRoute {
                table: table.id.clone(),
                destination: destination.clone(),
            };
            let found = format!("{destination} to `{target}`");
            site.change(plan, part, found, Effect::Connect(delete));
        }
    }
}

/// An ACL of the tenant's own on a subnet of ours: it may want to be stricter, and it may cut the subnet off. A person decides.
fn foreign_acl(
    site: &Site<'_>,
    part: &str,
    subnet: &Subnet,
    default: Option<&Acl>,
) -> Option<Difference> {
    let on = |acl: &&Acl| acl.subnets.values().any(|id| *id == subnet.id);
    let acl = site.inventory.acls.iter().find(on)?;
    let default = default.filter(|default| default.id != acl.id)?;
    Some(Difference {
        wanted: format!("on `{}`", default.id),
        found: format!("on `{}`", acl.id),
        remedy: "Put the subnet back on the VPC's default network ACL, if its own is not wanted."
            .into(),
        ..reported(site, part, "network-acl", &subnet.id)
    })
}

fn vpc(site: &Site<'_>, plan: &mut NetworkPlan) {
    let Some(vpc) = site.ours.vpc else { return };
    if !vpc.other_cidrs.is_empty() {
        let others: BTreeSet<&String> = vpc.other_cidrs.iter().collect();
        plan.findings.push(Difference {
            wanted: format!("`{}` only", vpc.cidr),
            found: listed(others),
            remedy: "Disassociate the blocks from the VPC if nobody needs them: they are not from the pool, so another tenant may have \
                     the same."
                .into(),
            ..reported(site, "vpc", "other-addresses", &vpc.id)
        });
    }
    if let Some(blocked) = &vpc.internet_blocked {
        plan.findings.push(Difference {
            wanted: "not blocked".into(),
            found: blocked.clone(),
            remedy: "Turn off VPC block public access in the account, or exclude the VPC from it: its subnets do not reach the \
                     internet."
                .into(),
            ..reported(site, "vpc", "internet-access", &vpc.id)
        });
    }
}

/// Something that is not ours to repair.
pub(super) fn reported(site: &Site<'_>, part: &str, field: &str, id: &str) -> Difference {
    let region = site.region;
    Difference {
        key: format!("{region}.{part}.{field}"),
        component: ComponentName::NETWORK,
        resource: format!("{region} {part} ({id})"),
        field: field.into(),
        wanted: String::new(),
        found: String::new(),
        severity: Severity::Medium,
        remedy: String::new(),
        repair: Repair::Person,
    }
}
