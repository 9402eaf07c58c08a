//! The parts of ours in one Region, by name.

use tenancy::{ComponentName, names};

use super::{
    addresses::{LETTERS, private_part, public_part},
    effect::Kind,
    observation::*,
};
use crate::desired::Desired;

/// The part of the public route table.
pub const PUBLIC_TABLE: &str = "rt-public";
/// Gateway endpoints: part and last word of the service's name.
pub const ENDPOINTS: [(&str, &str); 2] = [("endpoint-s3", "s3"), ("endpoint-dynamodb", "dynamodb")];
/// The part and name of the workload group.
pub const WORKLOAD: (&str, &str) = ("sg-workload", "tenantry-workload");
/// The part and name of the endpoints group.
pub const INTERFACES: (&str, &str) = ("sg-endpoints", "tenantry-endpoints");

/// The parts of one zone.
#[derive(Debug, Default, Clone, Copy)]
pub struct Zone<'a> {
    /// Subnet that a route leads into from outside.
    pub public: Option<&'a Subnet>,
    /// Subnet that none does.
    pub private: Option<&'a Subnet>,
    /// The private subnet's route table.
    pub table: Option<&'a Table>,
    /// The zone's address for its NAT gateway.
    pub address: Option<&'a Address>,
    /// The zone's NAT gateway, there or coming.
    pub nat: Option<&'a Nat>,
}

/// What is ours in one Region.
#[derive(Debug, Default)]
pub struct Ours<'a> {
    /// The VPC.
    pub vpc: Option<&'a Vpc>,
    /// The internet gateway.
    pub gateway: Option<&'a Gateway>,
    /// The public subnets' route table.
    pub public_table: Option<&'a Table>,
    /// Zones a, b and c.
    pub zones: [Zone<'a>; 3],
    /// Endpoints, in the order of [`ENDPOINTS`].
    pub endpoints: [Option<&'a Endpoint>; 2],
    /// The VPC's default security group.
    pub default_group: Option<&'a Group>,
    /// The group of the tenant's workloads.
    pub workload: Option<&'a Group>,
    /// The group of interface endpoints.
    pub interfaces: Option<&'a Group>,
    /// The flow log of the VPC to our log group.
    pub flow_log: Option<&'a FlowLog>,
    /// Second ones of the same part, left by a lost answer: kind, part and id. Only what is empty and carries our tags.
    pub extras: Vec<(Kind, String, String)>,
}

impl<'a> Ours<'a> {
    /// Everything there is of ours, by part.
    pub fn parts(&self) -> Vec<(String, &'a dyn Resource)> {
        let mut parts = vec![
            ("vpc".to_owned(), self.vpc.map(dynamic)),
            ("igw".into(), self.gateway.map(dynamic)),
            (PUBLIC_TABLE.into(), self.public_table.map(dynamic)),
            (WORKLOAD.0.into(), self.workload.map(dynamic)),
            (INTERFACES.0.into(), self.interfaces.map(dynamic)),
            ("flow-log".into(), self.flow_log.map(dynamic)),
        ];
        for ((part, _), endpoint) in ENDPOINTS.into_iter().zip(self.endpoints) {
            parts.push((part.into(), endpoint.map(dynamic)));
        }
        for (letter, zone) in LETTERS.into_iter().zip(self.zones) {
            parts.extend([
                (public_part(letter), zone.public.map(dynamic)),
                (private_part(letter), zone.private.map(dynamic)),
                (private_table(letter), zone.table.map(dynamic)),
                (format!("eip-{letter}"), zone.address.map(dynamic)),
                (format!("nat-{letter}"), zone.nat.map(dynamic)),
            ]);
        }
        let there = parts.into_iter();
        there
            .filter_map(|(part, item)| Some((part, item?)))
            .collect()
    }
}

fn dynamic<T: Resource>(item: &T) -> &dyn Resource {
    item
}

/// The tags of a part: everything we make carries them.
pub fn part_tags(desired: &Desired, part: &str) -> Tags {
    let mut tags = desired.tags(ComponentName::NETWORK);
    tags.insert(names::TAG_PART.into(), part.into());
    tags.insert("Name".into(), name(desired, part));
    tags
}

fn name(desired: &Desired, part: &str) -> String {
    format!("{}-{part}", desired.slug)
}

/// The part of a zone's private route table.
pub fn private_table(letter: char) -> String {
    format!("rt-private-{letter}")
}
