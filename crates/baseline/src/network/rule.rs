//! Rules of security groups, one peer each.

use std::fmt;

/// One rule of a security group: one protocol, one range of ports, one peer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// `tcp`, `udp`, `icmp`, a number, or `-1` for all.
    pub protocol: String,
    /// First port; absent for all.
    pub from: Option<i32>,
    /// Last port; absent for all.
    pub to: Option<i32>,
    /// The other side.
    pub peer: Peer,
}

/// The other side of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// IPv4 addresses.
    V4(String),
    /// IPv6 addresses.
    V6(String),
    /// Members of a security group.
    Group(String),
    /// A prefix list.
    Prefixes(String),
}

impl Rule {
    /// Everything to or from `peer`.
    pub fn all(peer: Peer) -> Self {
        Self {
            protocol: "-1".into(),
            from: None,
            to: None,
            peer,
        }
    }

    /// One TCP port to or from `peer`.
    pub fn tcp(port: i32, peer: Peer) -> Self {
        Self {
            protocol: "tcp".into(),
            from: Some(port),
            to: Some(port),
            peer,
        }
    }

    /// Whether it is open to every address there is.
    pub fn is_open_to_the_world(&self) -> bool {
        match &self.peer {
            Peer::V4(cidr) => cidr == "0.0.0.0/0",
            Peer::V6(cidr) => cidr == "::/0",
            Peer::Group(_) | Peer::Prefixes(_) => false,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Peer::V4(peer) | Peer::V6(peer) | Peer::Group(peer) | Peer::Prefixes(peer)) =
            &self.peer;
        let protocol = match self.protocol.as_str() {
            "-1" => "everything",
            other => other,
        };
        match (self.from, self.to) {
            (Some(from), Some(to)) if from == to => write!(f, "{protocol} {from} with `{peer}`"),
            (Some(from), Some(to)) => write!(f, "{protocol} {from}-{to} with `{peer}`"),
            _ => write!(f, "{protocol} with `{peer}`"),
        }
    }
}

/// Which way a rule lets traffic through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// In.
    Ingress,
    /// Out.
    Egress,
}

impl Direction {
    /// In and out.
    pub const BOTH: [Self; 2] = [Self::Ingress, Self::Egress];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }
}
