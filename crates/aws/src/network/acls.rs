//! The effects on network ACLs.

use aws_sdk_ec2::types::RuleAction;
use baseline::network::{AclChange, AclEntry};
use futures::future::try_join_all;
use tenancy::Failure;

use super::{Done, deleted, done, effects::Work};

impl Work<'_> {
    pub(super) async fn change_acl(&self, change: &AclChange) -> Result<Done, Failure> {
        match change {
            AclChange::Open {
                acl,
                egress,
                numbers,
            } => {
                let deletions = numbers
                    .iter()
                    .map(|number| self.delete_entry(acl, *egress, *number));
                try_join_all(deletions).await.map(|_| Done::silently())
            }
            AclChange::Allow {
                acl,
                egress,
                replace,
            } => self.allow_everything(acl, *egress, *replace).await,
        }
    }

    async fn delete_entry(&self, acl: &str, egress: bool, number: i32) -> Result<Done, Failure> {
        let call = self.ec2.delete_network_acl_entry().network_acl_id(acl);
        let call = call.egress(egress).rule_number(number);
        deleted(&self.doing("deleting an entry of"), call.send().await)
    }

    async fn allow_everything(
        &self,
        acl: &str,
        egress: bool,
        replace: bool,
    ) -> Result<Done, Failure> {
        let AclEntry {
            number,
            protocol,
            cidr,
            ..
        } = AclEntry::everything(egress);
        let doing = self.doing("letting everything through");
        if replace {
            let call = self.ec2.replace_network_acl_entry().network_acl_id(acl);
            let call = call.egress(egress).rule_number(number).protocol(protocol);
            let call = call.rule_action(RuleAction::Allow).cidr_block(cidr);
            return done(&doing, call.send().await).map(|_| Done::silently());
        }
        let call = self.ec2.create_network_acl_entry().network_acl_id(acl);
        let call = call.egress(egress).rule_number(number).protocol(protocol);
        let call = call.rule_action(RuleAction::Allow).cidr_block(cidr);
        done(&doing, call.send().await).map(|_| Done::silently())
    }
}
