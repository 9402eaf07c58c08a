//! Kinds of resources, and small words of changes.

use std::fmt;

/// An attribute of a VPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DnsAttribute {
    /// The resolver answers.
    Support,
    /// Instances get public names.
    Hostnames,
}

/// What a subnet gives out to what is launched in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubnetAttribute {
    /// Public IPv4 addresses.
    PublicAddresses,
    /// IPv6 addresses, which are public.
    Ipv6Addresses,
}

/// Where a default route leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An internet gateway.
    Gateway(String),
    /// A NAT gateway.
    Nat(String),
}

impl Target {
    /// The id.
    pub fn id(&self) -> &str {
        let (Self::Gateway(id) | Self::Nat(id)) = self;
        id
    }
}

/// A kind of part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is named after what it is")]
pub enum Kind {
    Vpc,
    Subnet,
    Gateway,
    Table,
    Group,
    Nat,
    Address,
    Endpoint,
    FlowLog,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Vpc => "VPC",
            Self::Subnet => "subnet",
            Self::Gateway => "internet gateway",
            Self::Table => "route table",
            Self::Group => "security group",
            Self::Nat => "NAT gateway",
            Self::Address => "Elastic IP address",
            Self::Endpoint => "endpoint",
            Self::FlowLog => "flow log",
        })
    }
}
