//! The role by which flow logs are delivered: one for the account, as IAM is global.

use aws_sdk_iam::types;
use baseline::{
    Desired,
    network::{Effect, NetworkChange, Role},
};
use tenancy::{ComponentName, Failure, names};

use super::{Done, NetworkPort, done, gone};
use crate::calls::{document, iam_tags, present, tag_map};

const NAME: &str = names::FLOW_LOGS_ROLE;

impl NetworkPort {
    /// The role, with its inline policy of our name.
    pub(super) async fn flow_logs_role(&self, desired: &Desired) -> Result<Option<Role>, Failure> {
        let iam = self.pass.clients.iam(desired).await?;
        let looking = || format!("looking at role `{NAME}`");
        let role = async {
            let answer = iam.get_role().role_name(NAME).send().await;
            present(answer, looking)
        };
        let policy = async {
            let call = iam.get_role_policy().role_name(NAME);
            let call = call.policy_name(names::MANAGEMENT_POLICY);
            present(call.send().await, looking)
        };
        let (role, policy) = tokio::try_join!(role, policy)?;
        let trust = |role: &types::Role| role.assume_role_policy_document.as_deref().map(document);
        Ok(role.and_then(|answer| answer.role).map(|role| Role {
            trust: trust(&role).unwrap_or_default(),
            policy: policy.map(|answer| document(&answer.policy_document)),
            tags: tag_map(role.tags()),
            path: role.path,
        }))
    }

    /// Carries out a change of the role.
    pub(super) async fn change_role(
        &self,
        desired: &Desired,
        change: &NetworkChange,
    ) -> Result<Done, Failure> {
        let iam = self.pass.clients.iam(desired).await?;
        let doing = |verb: &str| format!("{verb} role `{NAME}`");
        match &change.effect {
            Effect::CreateRole { trust } => {
                let tags = iam_tags(&desired.tags(ComponentName::NETWORK))?;
                let call = iam
                    .create_role()
                    .role_name(NAME)
                    .path(names::MANAGEMENT_PATH);
                let call = call
                    .assume_role_policy_document(trust.to_string())
                    .description("Delivers the flow logs of the tenant's VPCs")
                    .set_tags(Some(tags));
                done(&doing("creating"), call.send().await)?;
            }
            Effect::SetTrust { trust } => {
                let call = iam.update_assume_role_policy().role_name(NAME);
                let answer = call.policy_document(trust.to_string()).send().await;
                done(&doing("setting the trust policy of"), answer)?;
            }
            Effect::SetPolicy { policy } => {
                let call = iam.put_role_policy().role_name(NAME);
                let call = call.policy_name(names::MANAGEMENT_POLICY);
                let answer = call.policy_document(policy.to_string()).send().await;
                done(&doing("setting the policy of"), answer)?;
            }
            Effect::Tag { tags: missing, .. } => {
                let tags = iam_tags(missing)?;
                let call = iam.tag_role().role_name(NAME).set_tags(Some(tags));
                done(&doing("tagging"), call.send().await)?;
            }
            Effect::Delete { .. } => {
                let call = iam.delete_role_policy().role_name(NAME);
                let answer = call.policy_name(names::MANAGEMENT_POLICY).send().await;
                gone(&doing("deleting the policy of"), answer)?;
                gone(
                    &doing("deleting"),
                    iam.delete_role().role_name(NAME).send().await,
                )?;
            }
            _ => return Err(Failure::bug(doing("changing"), "no such effect on a role")),
        }
        Ok(Done::made(NAME.into()))
    }
}
