//! The effects on a network, and how each reads to an administrator.

use std::{collections::BTreeSet, fmt};

use ipnet::Ipv4Net;
use serde_json::Value;
use tenancy::{
    ComponentName, Region,
    finding::{Difference, Severity},
};

pub use super::kind::{DnsAttribute, Kind, Target};
use super::seen::{Direction, Rule, Tags};
use crate::component::Change;

/// One effect on one part of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkChange {
    /// Where; absent for the role, which is global.
    pub region: Option<Region>,
    /// Which part, such as `private-a`: the value of the tag `tenantry:part`.
    pub part: String,
    /// What is there now, in words.
    pub found: String,
    /// What is done.
    pub effect: Effect,
}

/// What is done.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "fields are ids, named after what they identify"
)]
pub enum Effect {
    /// Make a VPC. AWS knows neither name nor token for it.
    CreateVpc { cidr: Ipv4Net },
    /// Switch an attribute of the VPC on.
    EnableDns {
        vpc: String,
        attribute: DnsAttribute,
    },
    /// Make an internet gateway. AWS knows neither name nor token for it.
    CreateGateway,
    /// Attach the internet gateway.
    AttachGateway { gateway: String, vpc: String },
    /// Detach the internet gateway.
    DetachGateway { gateway: String, vpc: String },
    /// Make a subnet.
    CreateSubnet {
        vpc: String,
        cidr: Ipv4Net,
        zone: String,
    },
    /// Make a route table.
    CreateTable { vpc: String },
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
    /// Have an Elastic IP address. AWS knows neither name nor token for it.
    AllocateAddress,
    /// Make a NAT gateway; `earlier` are the ids of those that failed or went, so that this is a new attempt.
    CreateNat {
        subnet: String,
        allocation: String,
        earlier: Vec<String>,
    },
    /// Make a gateway endpoint in these route tables.
    CreateEndpoint {
        vpc: String,
        service: String,
        tables: BTreeSet<String>,
    },
    /// Add an endpoint to more route tables.
    JoinTables {
        endpoint: String,
        tables: BTreeSet<String>,
    },
    /// Make a security group.
    CreateGroup {
        vpc: String,
        name: String,
        description: String,
    },
    /// Let through what is wanted.
    Allow {
        group: String,
        direction: Direction,
        rules: BTreeSet<Rule>,
    },
    /// Stop what is not wanted.
    Revoke {
        group: String,
        direction: Direction,
        rules: BTreeSet<Rule>,
    },
    /// Find the default security group of a VPC made a moment ago, and empty it.
    CloseDefaultGroup { vpc: String },
    /// Record all traffic of the VPC.
    CreateFlowLog { vpc: String },
    /// Make the log group.
    CreateLogGroup,
    /// Keep events for so many days.
    SetRetention { days: i32 },
    /// Make the role.
    CreateRole { trust: Value },
    /// Set whom the role trusts.
    SetTrust { trust: Value },
    /// Set what the role may do.
    SetPolicy { policy: Value },
    /// Put tags back.
    Tag { kind: Kind, id: String, tags: Tags },
    /// Take away.
    Delete { kind: Kind, id: String },
    /// Remove the default VPC if nothing is in it; looked for first where no id is known.
    RemoveDefaultVpc { vpc: Option<String> },
}

impl Effect {
    /// Which property of the part it is about; empty where it is about the part being there at all.
    fn property(&self) -> String {
        match self {
            Self::EnableDns {
                attribute: DnsAttribute::Support,
                ..
            } => "dns-support".into(),
            Self::EnableDns { .. } => "dns-hostnames".into(),
            Self::AttachGateway { .. } => "attachment".into(),
            Self::DetachGateway { gateway, .. } => format!("{gateway}.detached"),
            Self::Associate { .. } => "route-table".into(),
            Self::SetDefaultRoute { .. } => "default-route".into(),
            Self::DeleteDefaultRoute { .. } => "default-route.removed".into(),
            Self::JoinTables { .. } => "route-tables".into(),
            Self::Allow { direction, .. } => format!("{}.missing", direction.as_str()),
            Self::Revoke { direction, .. } => format!("{}.extra", direction.as_str()),
            Self::SetRetention { .. } => "retention".into(),
            Self::SetTrust { .. } => "trust".into(),
            Self::SetPolicy { .. } => "policy".into(),
            Self::Tag { .. } => "tags".into(),
            Self::Delete { id, .. } => format!("{id}.removed"),
            Self::CloseDefaultGroup { .. } => "rules".into(),
            _ => String::new(),
        }
    }

    /// What is wanted, and what is done about it.
    fn words(&self, part: &str) -> (String, String) {
        self.words_of_making()
            .unwrap_or_else(|| self.words_of_changing(part))
    }

    fn words_of_making(&self) -> Option<(String, String)> {
        let pair = |wanted: &str, remedy: String| (wanted.to_owned(), remedy);
        let words = match self {
            Self::CreateVpc { cidr } => pair(
                &format!("a VPC with `{cidr}`"),
                format!("create the VPC with `{cidr}`"),
            ),
            Self::CreateGateway => pair("an internet gateway", "create it".into()),
            Self::CreateSubnet { cidr, zone, .. } => pair(
                &format!("a subnet with `{cidr}` in `{zone}`"),
                "create it".into(),
            ),
            Self::CreateTable { .. } => pair("a route table", "create it".into()),
            Self::AllocateAddress => pair("an Elastic IP address", "allocate one".into()),
            Self::CreateNat { subnet, .. } => pair(
                &format!("a NAT gateway in `{subnet}`"),
                "create it with the address allocated for it".into(),
            ),
            Self::CreateEndpoint { service, .. } => pair(
                &format!("a gateway endpoint for `{service}` on every route table"),
                "create it".into(),
            ),
            Self::CreateGroup { name, .. } => pair(
                &format!("security group `{name}`"),
                "create it with its rules".into(),
            ),
            Self::CreateFlowLog { vpc } => pair(
                &format!("all traffic of `{vpc}` recorded"),
                "create the flow log".into(),
            ),
            Self::CreateLogGroup => pair("a log group for flow logs", "create it".into()),
            Self::CreateRole { .. } => pair("a role to deliver flow logs", "create it".into()),
            _ => return None,
        };
        Some(words)
    }

    fn words_of_changing(&self, part: &str) -> (String, String) {
        let pair = |wanted: &str, remedy: String| (wanted.to_owned(), remedy);
        match self {
            Self::EnableDns { .. } => pair("on", "switch it on".into()),
            Self::AttachGateway { gateway, vpc } => pair(
                &format!("attached to `{vpc}`"),
                format!("attach `{gateway}` to `{vpc}`"),
            ),
            Self::DetachGateway { gateway, vpc } => {
                pair("detached", format!("detach `{gateway}` from `{vpc}`"))
            }
            Self::Associate { table, subnet, .. } => pair(
                &format!("on route table `{table}`"),
                format!("associate `{subnet}` with `{table}`"),
            ),
            Self::SetDefaultRoute { target, .. } => pair(
                &format!("0.0.0.0/0 to `{}`", target.id()),
                format!("route 0.0.0.0/0 to `{}`", target.id()),
            ),
            Self::DeleteDefaultRoute { .. } => {
                pair("no default route", "delete the route for 0.0.0.0/0".into())
            }
            Self::JoinTables { tables, .. } => pair(
                "on every route table",
                format!("add it to {}", listed(tables)),
            ),
            Self::Allow { rules, .. } => pair(&listed(rules), "add the missing rules".into()),
            Self::Revoke { rules, .. } => pair("not allowed", format!("revoke {}", listed(rules))),
            Self::CloseDefaultGroup { .. } => pair("no rules", "revoke all its rules".into()),
            Self::SetRetention { days } => pair(
                &format!("{days} days"),
                format!("set the retention to {days} days"),
            ),
            Self::SetTrust { .. } => pair(
                "trusts the flow logs service for this account",
                "set the trust policy".into(),
            ),
            Self::SetPolicy { .. } => pair(
                "may write to the log group of the flow logs",
                "set the inline policy".into(),
            ),
            Self::Tag { tags, .. } => pair(
                &tags
                    .iter()
                    .map(|(key, value)| format!("{key}={value}"))
                    .collect::<Vec<_>>()
                    .join(", "),
                "put the tags back".into(),
            ),
            Self::Delete { kind, id } => {
                pair("absent", format!("delete {kind} `{id}` of `{part}`"))
            }
            Self::RemoveDefaultVpc { .. } => pair(
                "no default VPC",
                "remove the default VPC if no network interface is in it".into(),
            ),
            _ => pair("there", "create it".into()),
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::Revoke {
                direction, rules, ..
            } => opened(*direction, rules),
            Self::CreateVpc { .. }
            | Self::CreateFlowLog { .. }
            | Self::CloseDefaultGroup { .. }
            | Self::DeleteDefaultRoute { .. }
            | Self::SetTrust { .. } => Severity::High,
            Self::Tag { .. } | Self::SetRetention { .. } | Self::Delete { .. } => Severity::Low,
            _ => Severity::Medium,
        }
    }

    /// The resource's id, where there is one.
    fn id(&self) -> Option<&str> {
        match self {
            Self::EnableDns { vpc, .. } | Self::CreateFlowLog { vpc } => Some(vpc),
            Self::AttachGateway { gateway, .. } | Self::DetachGateway { gateway, .. } => {
                Some(gateway)
            }
            Self::Associate { subnet, .. } => Some(subnet),
            Self::SetDefaultRoute { table, .. } | Self::DeleteDefaultRoute { table } => Some(table),
            Self::JoinTables { endpoint, .. } => Some(endpoint),
            Self::Allow { group, .. } | Self::Revoke { group, .. } => Some(group),
            Self::Tag { id, .. } | Self::Delete { id, .. } => Some(id),
            Self::RemoveDefaultVpc { vpc } => vpc.as_deref(),
            _ => None,
        }
    }
}

/// How bad rules that are not wanted are: whoever can come in from everywhere is in.
fn opened(direction: Direction, rules: &BTreeSet<Rule>) -> Severity {
    match direction {
        Direction::Ingress if rules.iter().any(Rule::is_open_to_the_world) => Severity::Critical,
        Direction::Ingress => Severity::High,
        Direction::Egress => Severity::Medium,
    }
}

/// Things in words, separated by commas.
pub(super) fn listed<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let words: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    match words.is_empty() {
        true => "nothing".into(),
        false => words.join(", "),
    }
}

impl Change for NetworkChange {
    fn key(&self) -> String {
        let place = self.region.as_ref().map(ToString::to_string);
        let property = self.effect.property();
        [place.unwrap_or_default(), self.part.clone(), property]
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(".")
    }

    fn difference(&self) -> Difference {
        let (wanted, remedy) = self.effect.words(&self.part);
        let mut resource = self.part.clone();
        if let Some(id) = self.effect.id().filter(|id| *id != resource) {
            resource = format!("{resource} ({id})");
        }
        if let Some(region) = &self.region {
            resource = format!("{region} {resource}");
        }
        let property = self.effect.property();
        Difference {
            key: self.key(),
            component: ComponentName::NETWORK,
            resource,
            field: match property.is_empty() {
                true => "presence".into(),
                false => property,
            },
            wanted,
            found: self.found.clone(),
            severity: self.effect.severity(),
            remedy,
            repair: tenancy::finding::Repair::Tenantry,
        }
    }

    fn needs_note(&self) -> bool {
        matches!(
            self.effect,
            Effect::CreateVpc { .. } | Effect::CreateGateway | Effect::AllocateAddress
        )
    }
}
