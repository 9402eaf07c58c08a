//! The effects on security groups' rules.

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, PrefixListId, UserIdGroupPair};
use baseline::network::{Direction, Peer, Rule, RuleChange, Rules};
use tenancy::{Failure, FailureKind};

use super::{Done, deleted, done, effects::Work, made, observe::filter, parse};
use crate::errors;

impl Work<'_> {
    pub(super) async fn change_rules(&self, change: &RuleChange) -> Result<Done, Failure> {
        match change {
            RuleChange::Allow(missing) => self.allow(missing).await,
            RuleChange::Revoke(extra) => self.revoke(extra).await,
            RuleChange::CloseDefaultGroup { vpc } => self.close_default_group(vpc).await,
        }
    }

    /// Adds rules, all in one call.
    async fn allow(&self, missing: &Rules) -> Result<Done, Failure> {
        let doing = self.doing("adding rules to");
        let (ec2, group) = (&self.ec2, &missing.group);
        let rules = Some(missing.rules.iter().map(permission).collect());
        match missing.direction {
            Direction::Ingress => {
                let call = ec2.authorize_security_group_ingress().group_id(group);
                done(&doing, call.set_ip_permissions(rules).send().await)?;
            }
            Direction::Egress => {
                let call = ec2.authorize_security_group_egress().group_id(group);
                done(&doing, call.set_ip_permissions(rules).send().await)?;
            }
        }
        Ok(Done::silently())
    }

    /// Revokes rules, all in one call.
    async fn revoke(&self, extra: &Rules) -> Result<Done, Failure> {
        let doing = self.doing("revoking rules of");
        if extra.rules.is_empty() {
            return Ok(Done::silently());
        }
        let (ec2, group) = (&self.ec2, &extra.group);
        let rules = Some(extra.rules.iter().map(permission).collect());
        match extra.direction {
            Direction::Ingress => {
                let call = ec2.revoke_security_group_ingress().group_id(group);
                deleted(&doing, call.set_ip_permissions(rules).send().await)
            }
            Direction::Egress => {
                let call = ec2.revoke_security_group_egress().group_id(group);
                deleted(&doing, call.set_ip_permissions(rules).send().await)
            }
        }
    }

    /// Finds the default group of a VPC made a moment ago, and empties it.
    async fn close_default_group(&self, vpc: &str) -> Result<Done, Failure> {
        let doing = self.doing("reading security group");
        let call = self.ec2.describe_security_groups();
        let call = call.filters(filter("vpc-id", [vpc]));
        let answer = call.filters(filter("group-name", ["default"])).send().await;
        let groups = answer.map_err(|error| errors::failure(&doing, &error))?;
        let group = groups.security_groups().iter().find_map(parse::group);
        let Some(group) = group else {
            let detail = format!("`{vpc}` does not show its default group yet");
            return Err(Failure::retry(FailureKind::NotReady, doing, detail, 5));
        };
        let of = |direction, rules| Rules {
            group: group.id.clone(),
            direction,
            rules,
        };
        let ingress = of(Direction::Ingress, group.ingress.clone());
        let egress = of(Direction::Egress, group.egress.clone());
        tokio::try_join!(self.revoke(&ingress), self.revoke(&egress))?;
        made(&doing, Some(group.id))
    }
}

fn permission(rule: &Rule) -> IpPermission {
    let permission = IpPermission::builder()
        .ip_protocol(&rule.protocol)
        .set_from_port(rule.from)
        .set_to_port(rule.to);
    match &rule.peer {
        Peer::V4(cidr) => permission.ip_ranges(IpRange::builder().cidr_ip(cidr).build()),
        Peer::V6(cidr) => permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(cidr).build()),
        Peer::Group(id) => {
            permission.user_id_group_pairs(UserIdGroupPair::builder().group_id(id).build())
        }
        Peer::Prefixes(id) => {
            permission.prefix_list_ids(PrefixListId::builder().prefix_list_id(id).build())
        }
    }
    .build()
}
