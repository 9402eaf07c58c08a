//! Whether anything gets through the internet gateways of a Region. Source: EC2 API reference,
//! `DescribeVpcBlockPublicAccessOptions`; VPC User Guide, "Block public access to VPCs and subnets".

use serde::{Deserialize, Serialize};
use tenancy::{EffectiveSpec, Severity, blueprint::VpcBlock as Block};

use super::{Field, Properties, Reach, Switch, reported, restored};

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

impl Switch for VpcBlock {
    const NAME: &'static str = "vpc-block";
    const TITLE: &'static str = "public access of VPCs";
    const NUMBER: u32 = 107;
    const CHECKED: &'static str = "block of public access of VPCs";
    const FIELDS: &'static [Field] = FIELDS;
    const REACH: Reach = Reach::EachRegion;
    const READ: &'static str = "ec2:DescribeVpcBlockPublicAccessOptions";
    const WRITES: &'static [&'static str] = &["ec2:ModifyVpcBlockPublicAccessOptions"];
    const BY_BLUEPRINT: bool = true;
    const WATCHED: Properties = Properties {
        resource: "Block of VPCs' public access, where the blueprint sets it",
        kind: Self::NAME,
        shape: "ec2 VpcBlockPublicAccessOptions",
        watched: &[
            restored("internet_gateway_block_mode", "mode"),
            reported("managed_by", "mode"),
            reported("state", "mode"),
        ],
        identity: &["aws_account_id", "aws_region"],
        unwatched: &[
            "reason, last_update_timestamp: they explain the state, which is waited for",
            "exclusions_allowed: only an organization's policy sets it, and it can only be stricter; exclusions are the tenant's choice",
        ],
    };
    #[cfg(test)]
    const FRESH: &'static str = r#"{"mode": "off"}"#;

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

    fn managed_by(&self) -> Option<&str> {
        self.managed_by.as_deref()
    }
}
