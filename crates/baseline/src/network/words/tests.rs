//! Every effect that puts a property right is in the tables of what is watched.

use std::collections::BTreeSet;

use super::*;
use crate::{
    network::{effect::Target, watched::WATCHED},
    watched::Watch,
};

/// One of each effect that puts a property right. A new one does not compile until it is listed.
fn of_each() -> Vec<Connection> {
    let (table, vpc, id) = (String::new, String::new, String::new);
    let all = vec![
        Connection::EnableDns {
            vpc: vpc(),
            attribute: DnsAttribute::Support,
        },
        Connection::EnableDns {
            vpc: vpc(),
            attribute: DnsAttribute::Hostnames,
        },
        Connection::AttachGateway {
            gateway: id(),
            vpc: vpc(),
        },
        Connection::Associate {
            table: table(),
            subnet: id(),
            replaces: None,
        },
        Connection::SetDefaultRoute {
            table: table(),
            target: Target::Nat(id()),
            replace: false,
        },
        Connection::DeleteDefaultRoute { table: table() },
        Connection::SwitchOff {
            subnet: id(),
            attribute: SubnetAttribute::PublicAddresses,
        },
        Connection::SwitchOff {
            subnet: id(),
            attribute: SubnetAttribute::Ipv6Addresses,
        },
        Connection::DeleteRoute {
            table: table(),
            destination: id(),
        },
        Connection::ResetPolicy { endpoint: id() },
        Connection::JoinTables {
            endpoint: id(),
            tables: BTreeSet::new(),
        },
    ];
    for one in &all {
        match one {
            Connection::EnableDns { .. }
            | Connection::AttachGateway { .. }
            | Connection::DetachGateway { .. }
            | Connection::Associate { .. }
            | Connection::SetDefaultRoute { .. }
            | Connection::DeleteDefaultRoute { .. }
            | Connection::SwitchOff { .. }
            | Connection::DeleteRoute { .. }
            | Connection::ResetPolicy { .. }
            | Connection::JoinTables { .. } => {}
        }
    }
    all
}

#[test]
fn every_effect_that_puts_a_property_right_is_in_the_tables() {
    let all = WATCHED.iter().flat_map(|table| table.watched);
    let restored = all.filter(|property| property.watch == Watch::Restored);
    let documented: BTreeSet<&str> = restored.map(|property| property.found_as).collect();
    for connection in of_each() {
        let property = connection.words().property;
        let known = documented.contains(property.as_str())
            || property.ends_with(".removed") && documented.contains("removed");
        assert!(known, "{property}: {documented:?}");
    }
}
