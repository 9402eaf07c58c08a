//! What an applied change teaches: the change itself, with the id of what was made.

use std::collections::{BTreeMap, BTreeSet};

use tenancy::{ComponentName, names};

use super::{
    change::{DnsAttribute, Effect, Kind, NetworkChange},
    ours::part_tags,
    seen::*,
};
use crate::{component::Change, desired::Desired};

/// What an effect taught.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// What was done.
    pub change: NetworkChange,
    /// The id of what was made: of the resource, or of the association.
    pub id: String,
    /// The tags it was given.
    pub tags: Tags,
    /// Whether AWS is still at it: a NAT gateway that is coming, or going.
    pub pending: bool,
}

impl Fact {
    /// The fact that `change` went well and made `id`.
    pub fn new(desired: &Desired, change: &NetworkChange, id: impl Into<String>) -> Self {
        let tags = match (&change.region, &change.effect) {
            (_, Effect::CreateLogGroup) | (None, _) => desired.tags(ComponentName::NETWORK),
            _ => part_tags(desired, &change.part),
        };
        Self {
            change: change.clone(),
            id: id.into(),
            tags,
            pending: false,
        }
    }

    /// The fact with an id nobody has seen.
    pub(super) fn imagined(desired: &Desired, change: &NetworkChange) -> Self {
        Self::new(desired, change, format!("new-{}", change.key()))
    }
}

/// Merges what was learned.
pub(super) fn learn(seen: &mut Seen, fact: Fact) {
    let Some(region) = fact.change.region.clone() else {
        return learn_role(seen, fact);
    };
    if let Effect::RemoveDefaultVpc { .. } = fact.change.effect {
        seen.defaults.remove(&region);
        return;
    }
    let place = seen.places.entry(region).or_default();
    let part = fact.change.part.clone();
    match fact.change.effect {
        Effect::EnableDns { vpc, attribute } => enable_dns(place, &vpc, attribute),
        Effect::AttachGateway { gateway, vpc } => attach(place, &gateway, Some(&vpc)),
        Effect::DetachGateway { gateway, .. } => attach(place, &gateway, None),
        Effect::Associate { table, subnet, .. } => associate(place, &table, &subnet, &fact.id),
        Effect::SetDefaultRoute { table, target, .. } => {
            route(place, &table, Some(target.id()));
        }
        Effect::DeleteDefaultRoute { table } => route(place, &table, None),
        Effect::JoinTables { endpoint, tables } => {
            let found = place.endpoints.iter_mut().find(|e| e.id == endpoint);
            found
                .into_iter()
                .for_each(|e| e.tables.extend(tables.clone()));
        }
        Effect::Allow {
            group,
            direction,
            rules,
        } => rules_of(place, &group, direction, |known| known.extend(rules)),
        Effect::Revoke {
            group,
            direction,
            rules,
        } => rules_of(place, &group, direction, |known| {
            known.retain(|rule| !rules.contains(rule));
        }),
        Effect::SetRetention { days } => {
            if let Some(group) = &mut place.log_group {
                group.retention_days = Some(days);
            }
        }
        Effect::Tag { kind, id, tags } => match (kind, &mut place.log_group) {
            (Kind::LogGroup, Some(group)) => group.tags.extend(tags),
            _ => place
                .tags_of(&id)
                .into_iter()
                .for_each(|known| known.extend(tags.clone())),
        },
        Effect::Delete { kind, id } => delete(place, kind, &id, fact.pending),
        effect => make(place, &part, effect, fact.id, fact.tags, fact.pending),
    }
}

fn make(place: &mut Place, part: &str, effect: Effect, id: String, tags: Tags, pending: bool) {
    place.forget(&id);
    match effect {
        Effect::CreateVpc { cidr } => place.vpcs.push(Vpc {
            id,
            cidr,
            // What a VPC made by CreateVpc starts with (VPC User Guide, "DNS attributes").
            dns_support: Some(true),
            dns_hostnames: Some(false),
            tags,
        }),
        Effect::CreateGateway => place.gateways.push(Gateway {
            id,
            vpc: None,
            tags,
        }),
        Effect::CreateSubnet { vpc, cidr, zone } => place.subnets.push(Subnet {
            id,
            vpc,
            cidr,
            zone,
            tags,
        }),
        Effect::CreateTable { vpc } => place.tables.push(Table {
            id,
            vpc,
            main: false,
            default_route: None,
            subnets: BTreeMap::new(),
            tags,
        }),
        Effect::AllocateAddress => place.addresses.push(Address {
            id,
            association: None,
            tags,
        }),
        Effect::CreateNat {
            subnet, allocation, ..
        } => make_nat(place, id, subnet, allocation, tags, pending),
        Effect::CreateEndpoint {
            vpc,
            service,
            tables,
        } => place.endpoints.push(Endpoint {
            id,
            vpc,
            service,
            gateway: true,
            tables,
            tags,
        }),
        Effect::CreateGroup { vpc, name, .. } => place.groups.push(Group {
            id,
            vpc,
            name,
            ingress: BTreeSet::new(),
            // What a new group starts with (VPC User Guide, "Security group rules").
            egress: BTreeSet::from([Rule::all(Peer::V4("0.0.0.0/0".into()))]),
            tags,
        }),
        Effect::CloseDefaultGroup { vpc } => place.groups.push(Group {
            id,
            vpc,
            name: part.into(),
            ingress: BTreeSet::new(),
            egress: BTreeSet::new(),
            tags: Tags::new(),
        }),
        Effect::CreateFlowLog { vpc } => place.flow_logs.push(FlowLog {
            id,
            resource: vpc,
            group: Some(names::flow_log_group().into()),
            all_traffic: true,
            active: true,
            role: None,
            tags,
        }),
        Effect::CreateLogGroup => {
            place.log_group = Some(LogGroup {
                name: names::flow_log_group().into(),
                retention_days: None,
                tags,
            });
        }
        _ => {}
    }
}

fn make_nat(
    place: &mut Place,
    id: String,
    subnet: String,
    allocation: String,
    tags: Tags,
    pending: bool,
) {
    let home = place.subnets.iter().find(|known| known.id == subnet);
    let vpc = home.map(|known| known.vpc.clone()).unwrap_or_default();
    place.nats.push(Nat {
        id,
        vpc,
        subnet,
        state: match pending {
            true => NatState::Pending,
            false => NatState::Available,
        },
        failure: None,
        allocations: BTreeSet::from([allocation]),
        tags,
    });
}

fn enable_dns(place: &mut Place, vpc: &str, attribute: DnsAttribute) {
    for vpc in place.vpcs.iter_mut().filter(|known| known.id == vpc) {
        match attribute {
            DnsAttribute::Support => vpc.dns_support = Some(true),
            DnsAttribute::Hostnames => vpc.dns_hostnames = Some(true),
        }
    }
}

fn attach(place: &mut Place, gateway: &str, vpc: Option<&String>) {
    for known in place
        .gateways
        .iter_mut()
        .filter(|known| known.id == gateway)
    {
        known.vpc = vpc.cloned();
    }
}

fn associate(place: &mut Place, table: &str, subnet: &str, association: &str) {
    for known in &mut place.tables {
        known.subnets.retain(|_, other| other != subnet);
    }
    for known in place.tables.iter_mut().filter(|known| known.id == table) {
        known.subnets.insert(association.into(), subnet.into());
    }
}

fn route(place: &mut Place, table: &str, target: Option<&str>) {
    for known in place.tables.iter_mut().filter(|known| known.id == table) {
        known.default_route = target.map(Into::into);
    }
}

fn rules_of(
    place: &mut Place,
    group: &str,
    direction: Direction,
    change: impl FnOnce(&mut BTreeSet<Rule>),
) {
    if let Some(group) = place.groups.iter_mut().find(|known| known.id == group) {
        change(match direction {
            Direction::Ingress => &mut group.ingress,
            Direction::Egress => &mut group.egress,
        });
    }
}

fn delete(place: &mut Place, kind: Kind, id: &str, pending: bool) {
    match kind {
        Kind::LogGroup => place.log_group = None,
        Kind::Nat if pending => {
            for nat in place.nats.iter_mut().filter(|nat| nat.id == id) {
                nat.state = NatState::Deleting;
            }
        }
        Kind::Vpc => {
            // Its main table and default group go with it.
            place.tables.retain(|table| table.vpc != id);
            place.groups.retain(|group| group.vpc != id);
            place.forget(id);
        }
        Kind::Subnet => {
            for table in &mut place.tables {
                table.subnets.retain(|_, subnet| subnet != id);
            }
            place.forget(id);
        }
        _ => place.forget(id),
    }
}

fn learn_role(seen: &mut Seen, fact: Fact) {
    match (fact.change.effect, &mut seen.role) {
        (Effect::CreateRole { trust }, _) => {
            seen.role = Some(Role {
                path: names::MANAGEMENT_PATH.into(),
                trust,
                policy: None,
                tags: fact.tags,
            });
        }
        (Effect::Delete { .. }, role) => *role = None,
        (Effect::SetTrust { trust }, Some(role)) => role.trust = trust,
        (Effect::SetPolicy { policy }, Some(role)) => role.policy = Some(policy),
        (Effect::Tag { tags, .. }, Some(role)) => role.tags.extend(tags),
        _ => {}
    }
}
