//! The effects on security groups' rules.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, PrefixListId, UserIdGroupPair};
use baseline::network::{Direction, Peer, Rule, RuleChange};
use tenancy::{Failure, FailureKind};

use super::{Done, done, effects::Work, gone, made, observe::filter, parse};
use crate::errors;

impl Work<'_> {
    pub(super) async fn change_rules(&self, change: &RuleChange) -> Result<Done, Failure> {
        match change {
            RuleChange::Allow {
                group,
                direction,
                rules,
            } => self.allow(group, *direction, rules).await,
            RuleChange::Revoke {
                group,
                direction,
                rules,
            } => self.revoke(group, *direction, rules).await,
            RuleChange::CloseDefaultGroup { vpc } => self.close_default_group(vpc).await,
        }
    }

    /// Adds rules, all in one call.
    async fn allow(
        &self,
        group: &str,
        direction: Direction,
        rules: &BTreeSet<Rule>,
    ) -> Result<Done, Failure> {
        let doing = self.doing("adding rules to");
        let rules = Some(rules.iter().map(permission).collect());
        match direction {
            Direction::Ingress => {
                let call = self.ec2.authorize_security_group_ingress().group_id(group);
                done(&doing, call.set_ip_permissions(rules).send().await)?;
            }
            Direction::Egress => {
                let call = self.ec2.authorize_security_group_egress().group_id(group);
                done(&doing, call.set_ip_permissions(rules).send().await)?;
            }
        }
        Ok(Done::silently())
    }

    /// Revokes rules, all in one call.
    async fn revoke(
        &self,
        group: &str,
        direction: Direction,
        rules: &BTreeSet<Rule>,
    ) -> Result<Done, Failure> {
        let doing = self.doing("revoking rules of");
        if rules.is_empty() {
            return Ok(Done::silently());
        }
        let rules = Some(rules.iter().map(permission).collect());
        match direction {
            Direction::Ingress => {
                let call = self.ec2.revoke_security_group_ingress().group_id(group);
                gone(&doing, call.set_ip_permissions(rules).send().await)
            }
            Direction::Egress => {
                let call = self.ec2.revoke_security_group_egress().group_id(group);
                gone(&doing, call.set_ip_permissions(rules).send().await)
            }
        }
    }

    /// Finds the default group of a VPC made a moment ago, and empties it.
    async fn close_default_group(&self, vpc: &str) -> Result<Done, Failure> {
        let doing = self.doing("looking for security group");
        let call = self.ec2.describe_security_groups();
        let call = call.filters(filter("vpc-id", [vpc]));
        let answer = call.filters(filter("group-name", ["default"])).send().await;
        let groups = answer.map_err(|error| errors::failure(&doing, &error))?;
        let group = groups.security_groups().iter().find_map(parse::group);
        let Some(group) = group else {
            let detail = format!("`{vpc}` does not show its default group yet");
            return Err(Failure::retry(FailureKind::NotReady, doing, detail, 5));
        };
        tokio::try_join!(
            self.revoke(&group.id, Direction::Ingress, &group.ingress),
            self.revoke(&group.id, Direction::Egress, &group.egress),
        )?;
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
