//! How each effect on a part reads to an administrator.

use std::fmt;

use tenancy::finding::Severity;

use super::{
    acl::{AclChange, AclEntry},
    effect::{Connection, DnsAttribute, Effect, NewPart, RuleChange, Rules, SubnetAttribute},
    observation::{Direction, Rule},
};

/// An effect in words.
pub(super) struct Words {
    /// Which property of the part it is about; empty where it is about the part being there at all.
    pub property: String,
    /// The resource's id, where there is one.
    pub id: Option<String>,
    /// What is wanted.
    pub wanted: String,
    /// What is done about it.
    pub remedy: String,
    /// Its severity.
    pub severity: Severity,
}

impl Words {
    fn new(
        property: impl Into<String>,
        wanted: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            property: property.into(),
            id: None,
            wanted: wanted.into(),
            remedy: remedy.into(),
            severity: Severity::Medium,
        }
    }

    fn on(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

impl Effect {
    pub(super) fn words(&self, part: &str) -> Words {
        match self {
            Self::Create(new) => new.words(),
            Self::Connect(connection) => connection.words(),
            Self::Rules(change) => change.words(),
            Self::Acl(change) => change.words(),
            Self::Tag {
                id,
                tags,
                relabelled,
            } => {
                let tags = tags.iter().map(|(key, value)| format!("{key}={value}"));
                let words = Words::new("tags", listed(tags), "put the tags back");
                words.on(id).severity(match relabelled {
                    true => Severity::Critical,
                    false => Severity::Low,
                })
            }
            Self::Untag { id, keys } => {
                let keys = keys.iter().map(|key| format!("no {key}"));
                let words = Words::new("tags.removed", listed(keys), "take the tags off");
                words.on(id).severity(Severity::Low)
            }
            Self::Delete { kind, id } => {
                let remedy = format!("delete {kind} `{id}` of `{part}`");
                let words = Words::new(format!("{id}.removed"), "absent", remedy);
                words.on(id).severity(Severity::Low)
            }
        }
    }
}

impl NewPart {
    fn words(&self) -> Words {
        let pair = |wanted: String, remedy: &str| Words::new("", wanted, remedy);
        match self {
            Self::Vpc { cidr } => pair(
                format!("a VPC with `{cidr}`"),
                &format!("create the VPC with `{cidr}`"),
            )
            .severity(Severity::High),
            Self::Gateway => pair("an internet gateway".into(), "create it"),
            Self::Subnet { cidr, zone, .. } => {
                pair(format!("a subnet with `{cidr}` in `{zone}`"), "create it")
            }
            Self::Table { .. } => pair("a route table".into(), "create it"),
            Self::Address => pair("an Elastic IP address".into(), "allocate one"),
            Self::Nat { subnet, .. } => pair(
                format!("a NAT gateway in `{subnet}`"),
                "create it with the address allocated for it",
            ),
            Self::Endpoint { service, .. } => pair(
                format!("a gateway endpoint for `{service}` on every route table"),
                "create it",
            ),
            Self::Group { name, .. } => pair(
                format!("security group `{name}`"),
                "create it with its rules",
            ),
            Self::FlowLog { vpc } => pair(
                format!("all traffic of `{vpc}` recorded"),
                "create the flow log",
            )
            .on(vpc)
            .severity(Severity::High),
        }
    }
}

impl Connection {
    fn words(&self) -> Words {
        match self {
            Self::EnableDns { vpc, attribute } => {
                let property = match attribute {
                    DnsAttribute::Support => "dns-support",
                    DnsAttribute::Hostnames => "dns-hostnames",
                };
                Words::new(property, "on", "switch it on").on(vpc)
            }
            Self::AttachGateway { gateway, vpc } => Words::new(
                "attachment",
                format!("attached to `{vpc}`"),
                format!("attach `{gateway}` to `{vpc}`"),
            )
            .on(gateway),
            Self::DetachGateway { gateway, vpc } => {
                let remedy = format!("detach `{gateway}` from `{vpc}`");
                Words::new(format!("{gateway}.detached"), "detached", remedy).on(gateway)
            }
            Self::Associate { table, subnet, .. } => Words::new(
                "route-table",
                format!("on route table `{table}`"),
                format!("associate `{subnet}` with `{table}`"),
            )
            .on(subnet),
            Self::SetDefaultRoute { table, target, .. } => Words::new(
                "default-route",
                format!("0.0.0.0/0 to `{}`", target.id()),
                format!("route 0.0.0.0/0 to `{}`", target.id()),
            )
            .on(table),
            Self::DeleteDefaultRoute { table } => {
                let remedy = "delete the route for 0.0.0.0/0";
                let words = Words::new("default-route.removed", "no default route", remedy);
                words.on(table).severity(Severity::High)
            }
            Self::SwitchOff { subnet, attribute } => {
                let property = match attribute {
                    SubnetAttribute::PublicAddresses => "public-addresses",
                    SubnetAttribute::Ipv6Addresses => "ipv6-addresses",
                };
                let words = Words::new(property, "off", "switch it off");
                words.on(subnet).severity(Severity::High)
            }
            Self::DeleteRoute { table, destination } => {
                let remedy = format!("delete the route for {destination}");
                let property = format!("route.{destination}.removed");
                let words = Words::new(property, "no way to the internet", remedy);
                words.on(table).severity(Severity::High)
            }
            Self::ResetPolicy { endpoint } => {
                let words = Words::new("policy", "lets everything through", "reset its policy");
                words.on(endpoint)
            }
            Self::JoinTables { endpoint, tables } => {
                let remedy = format!("add it to {}", listed(tables));
                Words::new("route-tables", "on every route table", remedy).on(endpoint)
            }
        }
    }
}

impl AclChange {
    fn words(&self) -> Words {
        let direction = match self.egress() {
            true => Direction::Egress.as_str(),
            false => Direction::Ingress.as_str(),
        };
        let words = match self {
            Self::Open { numbers, .. } => {
                let remedy = format!("delete entries {}", listed(numbers));
                Words::new(format!("{direction}.denied"), "nothing denied", remedy)
            }
            Self::Allow { egress, .. } => {
                let wanted = AclEntry::everything(*egress).to_string();
                let remedy = format!("put the entry `{wanted}` back");
                Words::new(format!("{direction}.allowed"), wanted, remedy)
            }
        };
        words.on(self.acl()).severity(Severity::High)
    }
}

impl RuleChange {
    fn words(&self) -> Words {
        match self {
            Self::Allow(missing) => {
                let property = format!("{}.missing", missing.direction.as_str());
                let wanted = listed(&missing.rules);
                Words::new(property, wanted, "add the missing rules").on(&missing.group)
            }
            Self::Revoke(extra) => {
                let property = format!("{}.extra", extra.direction.as_str());
                let remedy = format!("revoke {}", listed(&extra.rules));
                let words = Words::new(property, "not allowed", remedy);
                words.on(&extra.group).severity(opened(extra))
            }
            Self::CloseDefaultGroup { .. } => {
                let words = Words::new("rules", "no rules", "revoke all its rules");
                words.severity(Severity::High)
            }
        }
    }
}

/// How bad rules that are not wanted are: whoever can come in from everywhere is in.
fn opened(extra: &Rules) -> Severity {
    match extra.direction {
        Direction::Ingress if extra.rules.iter().any(Rule::is_open_to_the_world) => {
            Severity::Critical
        }
        Direction::Ingress => Severity::High,
        Direction::Egress => Severity::Medium,
    }
}

/// How many things are named in one sentence: what it is part of has to fit into a row of the ledger.
const MOST_LISTED: usize = 100;

/// Things in words, separated by commas: a hundred of them at most, and how many more there are.
pub fn listed<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let mut items = items.into_iter();
    let named = items.by_ref().take(MOST_LISTED);
    let named: Vec<String> = named.map(|item| item.to_string()).collect();
    match (named.is_empty(), items.count()) {
        (true, _) => "nothing".into(),
        (false, 0) => named.join(", "),
        (false, more) => format!("{}, and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests;
