//! Log groups.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::{
    Client,
    types::{DataProtectionStatus, InheritedProperty, LogGroup as Described},
};
use baseline::{
    Desired,
    declared::{Deleted, FieldRef, Key, Observations, Resource, ResourcePort},
    resources::LogGroup,
};
use tenancy::Failure;

use super::{doing, each, region, unknown_call, visible, was_there, with_details};
use crate::{
    calls::{checked, present, removed},
    errors,
    pass::{PassContext, account},
};

/// Observes log groups, and works on them.
pub(crate) struct LogGroupPort(pub(crate) Arc<PassContext>);

#[async_trait]
impl ResourcePort<LogGroup> for LogGroupPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<LogGroup>, Failure> {
        each(&self.0, desired, keys, |key| self.read(desired, key)).await
    }

    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &LogGroup,
    ) -> Result<LogGroup, Failure> {
        let tags = wanted.tags.clone().into_iter().collect();
        let call = self.client(desired, key).await?.create_log_group();
        let call = call.log_group_name(&key.name).set_tags(Some(tags));
        let call = call.set_kms_key_id(wanted.key.clone());
        match call.send().await {
            // Made by a pass whose answer was lost, or by somebody else.
            Err(error) if errors::is_already_there(&error) => visible(self, desired, key).await,
            answer => {
                checked(answer, || doing::<LogGroup>("creating", key)).map(|_| wanted.created())
            }
        }
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &LogGroup,
        found: &LogGroup,
    ) -> Result<Option<LogGroup>, Failure> {
        let client = self.client(desired, key).await?;
        match fields.first().map_or("", FieldRef::call) {
            "retention" => {
                let call = client.put_retention_policy().log_group_name(&key.name);
                let sent = call.set_retention_in_days(wanted.retention).send().await;
                checked(sent, || doing::<LogGroup>("setting the retention of", key))?;
            }
            "tags" => {
                let tags = wanted.tags.clone().into_iter().collect();
                let call = client.tag_resource().resource_arn(arn(desired, key)?);
                let sent = call.set_tags(Some(tags)).send().await;
                checked(sent, || doing::<LogGroup>("tagging", key))?;
                let retired = desired.retired(&found.tags, &wanted.tags);
                if !retired.is_empty() {
                    let call = client.untag_resource().resource_arn(arn(desired, key)?);
                    let sent = call.set_tag_keys(Some(retired)).send().await;
                    checked(sent, || doing::<LogGroup>("untagging", key))?;
                }
            }
            "protected" => {
                let call = client.put_log_group_deletion_protection();
                let call = call.log_group_identifier(&key.name);
                let call = call.deletion_protection_enabled(wanted.protected == Some(true));
                let doing = || doing::<LogGroup>("turning off the deletion protection of", key);
                checked(call.send().await, doing)?;
            }
            "key" => set_key(&client, key, wanted.key.as_deref()).await?,
            other => return Err(unknown_call(key, other)),
        }
        Ok(None)
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        _found: &LogGroup,
    ) -> Result<Deleted, Failure> {
        let call = self.client(desired, key).await?.delete_log_group();
        let sent = call.log_group_name(&key.name).send().await;
        removed(sent, || doing::<LogGroup>("deleting", key)).map(|()| Deleted::Removed)
    }
}

impl LogGroupPort {
    async fn client(&self, desired: &Desired, key: &Key) -> Result<Client, Failure> {
        self.0.clients.logs(desired, region(desired, key)?).await
    }

    /// Two reads at once.
    async fn read(&self, desired: &Desired, key: &Key) -> Result<Option<LogGroup>, Failure> {
        let client = self.client(desired, key).await?;
        if !was_there(desired, key) && described(&client, key).await?.is_none() {
            return Ok(None);
        }
        let tags = client
            .list_tags_for_resource()
            .resource_arn(arn(desired, key)?);
        let (found, tags) = futures::join!(described(&client, key), tags.send());
        let tags = present(tags, || doing::<LogGroup>("reading the tags of", key))?;
        let tags = tags.map(|tags| tags.tags.unwrap_or_default());
        let found = with_details(key, found?, tags)?;
        Ok(found.map(|(group, tags)| LogGroup {
            retention: group.retention_in_days,
            key: group.kms_key_id.clone(),
            masked: is_masked(&group),
            protected: group.deletion_protection_enabled.filter(|on| *on),
            id: group.creation_time.map(|made| made.to_string()),
            tags: tags.into_iter().collect(),
        }))
    }
}

/// By a data protection policy of its own, or by one of the account (CloudWatch Logs API reference, `LogGroup`).
fn is_masked(group: &Described) -> bool {
    let inherited = group.inherited_properties();
    group.data_protection_status() == Some(&DataProtectionStatus::Activated)
        || inherited.contains(&InheritedProperty::AccountDataProtection)
}

/// Events that are there already stay as they were encrypted (CloudWatch Logs API reference, `AssociateKmsKey`).
async fn set_key(client: &Client, key: &Key, wanted: Option<&str>) -> Result<(), Failure> {
    let Some(wanted) = wanted else {
        let call = client.disassociate_kms_key().log_group_name(&key.name);
        let doing = || doing::<LogGroup>("taking the KMS key off", key);
        return checked(call.send().await, doing).map(drop);
    };
    let call = client.associate_kms_key().log_group_name(&key.name);
    let sent = call.kms_key_id(wanted).send().await;
    checked(sent, || doing::<LogGroup>("setting the KMS key of", key)).map(drop)
}

async fn described(client: &Client, key: &Key) -> Result<Option<Described>, Failure> {
    let call = client
        .describe_log_groups()
        .log_group_name_prefix(&key.name);
    let answer = checked(call.send().await, || doing::<LogGroup>("reading", key))?;
    let mut groups = answer.log_groups.into_iter().flatten();
    Ok(groups.find(|group| group.log_group_name() == Some(&key.name)))
}

fn arn(desired: &Desired, key: &Key) -> Result<String, Failure> {
    let (region, account) = (region(desired, key)?, account(desired)?);
    Ok(format!(
        "arn:aws:logs:{region}:{account}:log-group:{}",
        key.name
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_protection_policy_of_the_account_masks_like_one_of_the_group() {
        let group = Described::builder();
        assert!(!is_masked(&group.clone().build()));
        let inherited = InheritedProperty::AccountDataProtection;
        assert!(is_masked(
            &group.clone().inherited_properties(inherited).build()
        ));
        let own = DataProtectionStatus::Activated;
        assert!(is_masked(&group.data_protection_status(own).build()));
    }

    #[test]
    fn every_property_of_a_log_group_is_decided_about() {
        use aws_sdk_cloudwatchlogs::{
            operation::{
                get_transformer::GetTransformerOutput,
                list_tags_for_resource::ListTagsForResourceOutput,
            },
            types::SubscriptionFilter,
        };

        use crate::watched::check;

        let group = Described::builder().build();
        check("cloudwatchlogs LogGroup", &group);
        let tags = ListTagsForResourceOutput::builder().build();
        check("cloudwatchlogs ListTagsForResourceOutput", &tags);
        let sent_on = SubscriptionFilter::builder().build();
        check("cloudwatchlogs SubscriptionFilter", &sent_on);
        let transformer = GetTransformerOutput::builder().build();
        check("cloudwatchlogs GetTransformerOutput", &transformer);
    }
}
