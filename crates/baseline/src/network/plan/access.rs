//! Who reaches what: gateway endpoints and security groups.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{NetworkPlan, Site};
use crate::declared::shorten;
use crate::network::{
    effect::{Connection, Effect, NewPart, RuleChange, Rules},
    observation::{Direction, Endpoint, Group, Peer, Rule, Table},
    ours::{ENDPOINTS, INTERFACES, WORKLOAD},
    words::listed,
};

pub(super) fn endpoints(site: &Site<'_>, plan: &mut NetworkPlan) {
    let Some(vpc) = site.ours.vpc else { return };
    let private = site.ours.zones.iter().filter_map(|zone| zone.table);
    let tables: Vec<&Table> = site.ours.public_table.into_iter().chain(private).collect();
    let all: BTreeSet<String> = tables.iter().map(|table| table.id.clone()).collect();
    for ((part, word), found) in ENDPOINTS.into_iter().zip(site.ours.endpoints) {
        match found {
            // Made when all tables are there, so that one call puts it on all of them.
            None if all.len() > site.zones => {
                let service = format!("com.amazonaws.{}.{word}", site.region);
                if let Some(other) = site.endpoint_in_place(&service, &all) {
                    site.taken(plan, part, format!("endpoint `{}`", other.id));
                    continue;
                }
                let new = NewPart::Endpoint {
                    vpc: vpc.id.clone(),
                    service,
                    tables: all.clone(),
                };
                site.absent(plan, part, new);
            }
            None => {}
            Some(endpoint) => {
                let kept_off = taken(site, &endpoint.service);
                let missing = all.difference(&endpoint.tables);
                let tables = missing.filter(|table| !kept_off.contains(table));
                let tables: BTreeSet<String> = tables.cloned().collect();
                policy(site, plan, part, endpoint);
                if let Some(other) = site.endpoint_in_place(&endpoint.service, &tables) {
                    site.taken(plan, part, format!("endpoint `{}`", other.id));
                } else if !tables.is_empty() {
                    let found = format!("not on {}", listed(&tables));
                    let endpoint = endpoint.id.clone();
                    let join = Connection::JoinTables { endpoint, tables };
                    site.change(plan, part, found, Effect::Connect(join));
                }
            }
        }
    }
}

/// An endpoint of ours lets everything through: who may do what is decided by policies of roles and buckets.
fn policy(site: &Site<'_>, plan: &mut NetworkPlan, part: &str, endpoint: &Endpoint) {
    let narrow = endpoint.policy.as_ref().filter(|policy| !is_open(policy));
    if let Some(narrow) = narrow {
        let found = shorten(&narrow.to_string());
        let endpoint = endpoint.id.clone();
        let reset = Connection::ResetPolicy { endpoint };
        site.change(plan, part, found, Effect::Connect(reset));
    }
}

/// Whether a policy has one statement, which allows everything to everybody.
fn is_open(policy: &Value) -> bool {
    let all = |value: Option<&Value>| match value {
        Some(Value::String(text)) => text == "*",
        Some(Value::Array(some)) => some.iter().any(|one| one.as_str() == Some("*")),
        Some(Value::Object(kinds)) => kinds.values().any(|one| one.as_str() == Some("*")),
        _ => false,
    };
    let statement = match policy.get("Statement") {
        Some(Value::Array(statements)) => match statements.as_slice() {
            [only] => only,
            _ => return false,
        },
        Some(only) => only,
        None => return false,
    };
    let is = |field: &str| all(statement.get(field));
    let allows = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
    let condition = statement.get("Condition").and_then(Value::as_object);
    allows
        && condition.is_none_or(serde_json::Map::is_empty)
        && ["Action", "Resource", "Principal"].into_iter().all(is)
}

/// Tables on which there is a second endpoint of ours for a service. It goes first: a table takes no other meanwhile.
fn taken<'a>(site: &'a Site<'_>, service: &str) -> BTreeSet<&'a String> {
    let extra = |endpoint: &&Endpoint| {
        let mut extras = site.ours.extras.iter();
        endpoint.service == service && extras.any(|(.., id)| *id == endpoint.id)
    };
    let endpoints = site.inventory.endpoints.iter().filter(extra);
    endpoints.flat_map(|endpoint| &endpoint.tables).collect()
}

pub(super) fn default_group(site: &Site<'_>, plan: &mut NetworkPlan) {
    let Some(vpc) = site.ours.vpc else { return };
    match site.ours.default_group {
        None => {
            let vpc = vpc.id.clone();
            let close = Effect::Rules(RuleChange::CloseDefaultGroup { vpc });
            site.change(plan, "default", "a new group with rules", close);
        }
        Some(group) => {
            for direction in Direction::BOTH {
                rules(site, plan, "default", group, direction, &BTreeSet::new());
            }
        }
    }
}

pub(super) fn groups(site: &Site<'_>, plan: &mut NetworkPlan) {
    let Some(vpc) = site.ours.vpc else { return };
    let descriptions = [
        (
            WORKLOAD,
            site.ours.workload,
            "Workloads: members reach each other and the outside",
        ),
        (
            INTERFACES,
            site.ours.interfaces,
            "Interface endpoints: reached by workloads on 443",
        ),
    ];
    for ((part, name), found, description) in descriptions {
        if found.is_none() {
            if let Some(other) = site.group_in_place(name) {
                let by = format!("security group `{}` (`{}`)", other.id, other.name);
                site.taken(plan, part, by);
                continue;
            }
            let new = NewPart::Group {
                vpc: vpc.id.clone(),
                name: name.into(),
                description: description.into(),
            };
            site.absent(plan, part, new);
        }
    }
    let Some(workload) = site.ours.workload else {
        return;
    };
    let members = || Peer::Group(workload.id.clone());
    let outside = BTreeSet::from([Rule::all(Peer::V4("0.0.0.0/0".into()))]);
    let each_other = BTreeSet::from([Rule::all(members())]);
    let (ingress, egress) = (Direction::Ingress, Direction::Egress);
    rules(site, plan, WORKLOAD.0, workload, ingress, &each_other);
    rules(site, plan, WORKLOAD.0, workload, egress, &outside);
    if let Some(group) = site.ours.interfaces {
        let https = BTreeSet::from([Rule::tcp(443, members())]);
        rules(site, plan, INTERFACES.0, group, ingress, &https);
        rules(site, plan, INTERFACES.0, group, egress, &outside);
    }
}

/// Adds what is missing and revokes what is extra: a change each, whatever the number of rules.
fn rules(
    site: &Site<'_>,
    plan: &mut NetworkPlan,
    part: &str,
    group: &Group,
    direction: Direction,
    wanted: &BTreeSet<Rule>,
) {
    let found = group.rules(direction);
    let of = |rules: BTreeSet<Rule>| Rules {
        group: group.id.clone(),
        direction,
        rules,
    };
    let missing: BTreeSet<Rule> = wanted.difference(found).cloned().collect();
    let extra: BTreeSet<Rule> = found.difference(wanted).cloned().collect();
    if !missing.is_empty() {
        let allow = RuleChange::Allow(of(missing));
        site.change(plan, part, "missing", Effect::Rules(allow));
    }
    if !extra.is_empty() {
        let found = format!("allowed: {}", listed(&extra));
        let revoke = RuleChange::Revoke(of(extra));
        site.change(plan, part, found, Effect::Rules(revoke));
    }
}
