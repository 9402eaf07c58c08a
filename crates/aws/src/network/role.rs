//! The role by which flow logs are delivered: one for the account, as IAM is global.

use aws_sdk_iam::types::Tag;
use baseline::{
    Desired,
    network::{Effect, NetworkChange, Role, Tags},
};
use serde_json::Value;
use tenancy::{ComponentName, Failure, names};

use super::{Done, done, gone};
use crate::{errors, visit::Visit};

const NAME: &str = names::FLOW_LOGS_ROLE;

impl Visit {
    /// The role, with its inline policy of our name.
    pub(super) async fn flow_logs_role(&self, desired: &Desired) -> Result<Option<Role>, Failure> {
        let iam = self.iam(desired).await?;
        let looking = || format!("looking at role `{NAME}`");
        let role = async {
            match iam.get_role().role_name(NAME).send().await {
                Ok(answer) => Ok(answer.role),
                Err(error) if errors::is_absent(&error) => Ok(None),
                Err(error) => Err(errors::failure(looking(), &error)),
            }
        };
        let policy = async {
            let call = iam.get_role_policy().role_name(NAME);
            match call.policy_name(names::MANAGEMENT_POLICY).send().await {
                Ok(answer) => Ok(Some(document(&answer.policy_document))),
                Err(error) if errors::is_absent(&error) => Ok(None),
                Err(error) => Err(errors::failure(looking(), &error)),
            }
        };
        let (role, policy) = tokio::try_join!(role, policy)?;
        Ok(role.map(|role| Role {
            path: role.path,
            trust: document(
                role.assume_role_policy_document
                    .as_deref()
                    .unwrap_or_default(),
            ),
            policy,
            tags: role
                .tags
                .unwrap_or_default()
                .into_iter()
                .map(|tag| (tag.key, tag.value))
                .collect(),
        }))
    }

    /// Carries out a change of the role.
    pub(super) async fn change_role(
        &self,
        desired: &Desired,
        change: &NetworkChange,
    ) -> Result<Done, Failure> {
        let iam = self.iam(desired).await?;
        let doing = |verb: &str| format!("{verb} role `{NAME}`");
        match &change.effect {
            Effect::CreateRole { trust } => {
                let tags = tags(&doing("tagging"), &desired.tags(ComponentName::NETWORK))?;
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
                let tags = tags(&doing("tagging"), missing)?;
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

fn tags(doing: &str, tags: &Tags) -> Result<Vec<Tag>, Failure> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    let tags: Result<Vec<Tag>, _> = tags.iter().map(tag).collect();
    tags.map_err(|error| Failure::bug(doing, error.to_string()))
}

/// A policy document as IAM gives it: percent-encoded JSON (RFC 3986). What cannot be read is `null`, and so differs from
/// whatever is wanted.
fn document(encoded: &str) -> Value {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        let escaped = || {
            let digits = [rest.clone().next()?, rest.clone().nth(1)?];
            u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()
        };
        match escaped().filter(|_| byte == b'%') {
            Some(decoded) => {
                bytes.push(decoded);
                rest.nth(1);
            }
            None => bytes.push(byte),
        }
    }
    serde_json::from_slice(&bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_document_is_read_encoded_or_plain() {
        let wanted = serde_json::json!({ "Action": "a:b%", "n": 1 });
        let encoded = "%7B%22Action%22%3A%22a%3Ab%25%22%2C%20%22n%22%3A1%7D";
        assert_eq!(document(encoded), wanted);
        assert_eq!(document(r#"{"Action": "a:b%", "n": 1}"#), wanted);
        assert_eq!(document("not a document"), Value::Null);
    }
}
