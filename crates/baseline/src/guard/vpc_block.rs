//! Whether anything gets through the internet gateways of a Region. Source: EC2 API reference,
//! `DescribeVpcBlockPublicAccessOptions`; VPC User Guide, "Block public access to VPCs and subnets".

use serde::{Deserialize, Serialize};
use tenancy::{EffectiveSpec, Severity, blueprint::VpcBlock as Block};

use super::{DECLARATIVE_POLICY, Reach, Switch};
use crate::{
    declared::{Field, Kind, Resource},
    desired::Desired,
};

const FIELDS: &[Field] =
    &[Field::new("mode", "block of VPCs' public access", "Set").severity(Severity::High)];

/// Whether anything gets through the internet gateways of a Region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VpcBlock {
    /// `off`, `block-ingress` or `block-bidirectional`.
    pub mode: String,
    /// Who sets it: the account, or a declarative policy of the organization.
    #[serde(default)]
    pub managed_by: Option<String>,
}

impl Resource for VpcBlock {
    const KIND: Kind = Kind::of::<Self>("vpc-block", "public access of VPCs", FIELDS).setting();

    fn ours(&self, _desired: &Desired) -> bool {
        true
    }

    fn locked(&self) -> Option<String> {
        (self.managed_by.as_deref() == Some(DECLARATIVE_POLICY))
            .then(|| "a declarative policy of the organization".to_owned())
    }
}

impl Switch for VpcBlock {
    const REACH: Reach = Reach::EachRegion;
    const READ: &'static str = "ec2:DescribeVpcBlockPublicAccessOptions";
    const WRITES: &'static [&'static str] = &["ec2:ModifyVpcBlockPublicAccessOptions"];
    const BY_BLUEPRINT: bool = true;

    fn wanted(spec: &EffectiveSpec) -> Option<Self> {
        let mode = match spec.vpc_block_public_access? {
            Block::Off => "off",
            Block::BlockIngress => "block-ingress",
            Block::BlockBidirectional => "block-bidirectional",
        };
        Some(Self {
            mode: mode.to_owned(),
            managed_by: None,
        })
    }
}
