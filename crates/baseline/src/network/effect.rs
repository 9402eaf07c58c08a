//! The effects on parts of a network.
#![expect(
    missing_docs,
    reason = "fields are ids, named after what they identify"
)]

use std::collections::BTreeSet;

use ipnet::Ipv4Net;

pub use super::kind::{DnsAttribute, Kind, SubnetAttribute, Target};
use super::{
    acl::AclChange,
    observation::{Direction, Rule, Tags},
};

/// What is done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Make a part.
    Create(NewPart),
    /// Connect parts, or set an attribute of one.
    Connect(Connection),
    /// Change whom a security group lets through.
    Rules(RuleChange),
    /// Put a network ACL right.
    Acl(AclChange),
    /// Put tags back.
    Tag {
        id: String,
        tags: Tags,
        /// Whether the tags say that it is another tenant's.
        relabelled: bool,
    },
    /// Take tags off.
    Untag { id: String, keys: Vec<String> },
    /// Delete.
    Delete { kind: Kind, id: String },
}

/// A part as it is made.
#[derive(Debug, Clone, PartialEq)]
pub enum NewPart {
    /// A VPC.
    Vpc { cidr: Ipv4Net },
    /// An internet gateway.
    Gateway,
    /// A subnet.
    Subnet {
        vpc: String,
        cidr: Ipv4Net,
        zone: String,
    },
    /// A route table.
    Table { vpc: String },
    /// An Elastic IP address.
    Address,
    /// A NAT gateway, in one of the `others` where the zone of `subnet` has none; `earlier` are the ids of those that failed or
    /// went, so that this is a new attempt.
    Nat {
        subnet: String,
        others: Vec<String>,
        allocation: String,
        earlier: Vec<String>,
    },
    /// A gateway endpoint in these route tables.
    Endpoint {
        vpc: String,
        service: String,
        tables: BTreeSet<String>,
    },
    /// A security group.
    Group {
        vpc: String,
        name: String,
        description: String,
    },
    /// A record of all traffic of the VPC.
    FlowLog { vpc: String },
}

/// What is connected, or set.
#[derive(Debug, Clone, PartialEq)]
pub enum Connection {
    /// Switch an attribute of the VPC on.
    EnableDns {
        vpc: String,
        attribute: DnsAttribute,
    },
    /// Attach the internet gateway.
    AttachGateway { gateway: String, vpc: String },
    /// Detach the internet gateway.
    DetachGateway { gateway: String, vpc: String },
    /// Put a subnet on its route table, instead of the association it has.
    Associate {
        table: String,
        subnet: String,
        replaces: Option<String>,
    },
    /// Send 0.0.0.0/0 to a gateway.
    SetDefaultRoute {
        table: String,
        target: Target,
        replace: bool,
    },
    /// Send 0.0.0.0/0 nowhere.
    DeleteDefaultRoute { table: String },
    /// Stop a subnet from giving something out.
    SwitchOff {
        subnet: String,
        attribute: SubnetAttribute,
    },
    /// Delete a route to another destination than 0.0.0.0/0.
    DeleteRoute { table: String, destination: String },
    /// Let everything through an endpoint again.
    ResetPolicy { endpoint: String },
    /// Add an endpoint to more route tables.
    JoinTables {
        endpoint: String,
        tables: BTreeSet<String>,
    },
}

/// What changes of a security group's rules.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleChange {
    /// Let through what is wanted.
    Allow(Rules),
    /// Stop what is not wanted.
    Revoke(Rules),
    /// Find the default security group of a VPC made a moment ago, and empty it.
    CloseDefaultGroup { vpc: String },
}

/// Rules of a security group.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    pub group: String,
    pub direction: Direction,
    pub rules: BTreeSet<Rule>,
}

impl NewPart {
    /// Whether AWS knows neither name nor token for it, so that asking twice could make two.
    pub(super) const fn could_be_made_twice(&self) -> bool {
        match self {
            Self::Vpc { .. } | Self::Gateway | Self::Address => true,
            Self::Subnet { .. }
            | Self::Table { .. }
            | Self::Nat { .. }
            | Self::Endpoint { .. }
            | Self::Group { .. }
            | Self::FlowLog { .. } => false,
        }
    }
}
