//! Topics of SNS.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use aws_sdk_sns::{Client, types::Tag};
use baseline::{
    Desired,
    alerting::Topic,
    declared::{Deleted, FieldRef, Key, Observations, ResourcePort},
};
use serde_json::Value;
use tenancy::Failure;

use super::{doing, each, region, unknown_call, was_there, with_details};
use crate::{
    calls::{checked, present, removed, sdk_tags},
    pass::{PassContext, account},
};

/// Observes topics, and works on them.
pub(crate) struct TopicPort(pub(crate) Arc<PassContext>);

const POLICY: &str = "Policy";
const KEY: &str = "KmsMasterKeyId";

#[async_trait]
impl ResourcePort<Topic> for TopicPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<Topic>, Failure> {
        each(&self.0, desired, keys, |key| self.read(desired, key)).await
    }

    /// What is there with these very attributes and tags is returned; with others SNS refuses.
    async fn create(&self, desired: &Desired, key: &Key, wanted: &Topic) -> Result<Topic, Failure> {
        let client = self.client(desired, key).await?;
        let mut call = client.create_topic().name(&key.name);
        if let Some(policy) = &wanted.policy {
            call = call.attributes(POLICY, policy.to_string());
        }
        let encrypting = wanted.key.as_deref().filter(|arn| *arn != Topic::NO_KEY);
        if let Some(arn) = encrypting {
            call = call.attributes(KEY, arn);
        }
        let call = call.set_tags(Some(sdk_tags!(Tag, wanted.tags)?));
        let made = checked(call.send().await, || doing::<Topic>("creating", key))?;
        Ok(Topic {
            id: made.topic_arn,
            ..wanted.clone()
        })
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &Topic,
        found: &Topic,
    ) -> Result<Option<Topic>, Failure> {
        let client = self.client(desired, key).await?;
        let (name, value) = match fields.first().map_or("", FieldRef::call) {
            "policy" => (POLICY, wanted.policy.as_ref().map(Value::to_string)),
            "key" => (KEY, wanted.key.clone().filter(|arn| arn != Topic::NO_KEY)),
            "tags" => {
                return tag(&client, desired, key, wanted, found)
                    .await
                    .map(|()| None);
            }
            other => return Err(unknown_call(key, other)),
        };
        let call = client
            .set_topic_attributes()
            .topic_arn(arn(desired, key)?)
            .attribute_name(name)
            // An empty value takes the key off (SNS Developer Guide, "Setting up topic encryption").
            .attribute_value(value.unwrap_or_default());
        checked(call.send().await, || doing::<Topic>("setting", key))?;
        Ok(None)
    }

    async fn delete(&self, desired: &Desired, key: &Key, _: &Topic) -> Result<Deleted, Failure> {
        let client = self.client(desired, key).await?;
        let call = client.delete_topic().topic_arn(arn(desired, key)?);
        removed(call.send().await, || doing::<Topic>("deleting", key)).map(|()| Deleted::Removed)
    }
}

fn arn(desired: &Desired, key: &Key) -> Result<String, Failure> {
    let (region, account) = (region(desired, key)?, account(desired)?);
    Ok(format!("arn:aws:sns:{region}:{account}:{}", key.name))
}

impl TopicPort {
    async fn client(&self, desired: &Desired, key: &Key) -> Result<Client, Failure> {
        self.0.clients.sns(desired, region(desired, key)?).await
    }

    /// Two reads at once.
    async fn read(&self, desired: &Desired, key: &Key) -> Result<Option<Topic>, Failure> {
        let client = self.client(desired, key).await?;
        let arn = arn(desired, key)?;
        if !was_there(desired, key) && attributes(&client, key, &arn).await?.is_none() {
            return Ok(None);
        }
        let tags = client.list_tags_for_resource().resource_arn(&arn);
        let (attributes, tags) = futures::join!(attributes(&client, key, &arn), tags.send());
        let tags = present(tags, || doing::<Topic>("reading the tags of", key))?;
        let tags = tags.map(|tags| tags.tags.unwrap_or_default().into_iter());
        let found = with_details(key, attributes?, tags)?;
        Ok(found.map(|(mut attributes, tags)| {
            let key = attributes.remove(KEY).filter(|arn| !arn.is_empty());
            Topic {
                policy: attributes.remove(POLICY).map(document),
                key: Some(key.unwrap_or_else(|| Topic::NO_KEY.to_owned())),
                tags: tags.map(|tag| (tag.key, tag.value)).collect(),
                id: Some(arn),
            }
        }))
    }
}

/// A policy that is no JSON differs from ours like any other.
fn document(text: String) -> Value {
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

async fn attributes(
    client: &Client,
    key: &Key,
    arn: &str,
) -> Result<Option<BTreeMap<String, String>>, Failure> {
    let answer = client.get_topic_attributes().topic_arn(arn).send().await;
    let answer = present(answer, || doing::<Topic>("reading", key))?;
    let attributes = answer.map(|answer| answer.attributes.unwrap_or_default());
    Ok(attributes.map(|all| all.into_iter().collect()))
}

async fn tag(
    client: &Client,
    desired: &Desired,
    key: &Key,
    wanted: &Topic,
    found: &Topic,
) -> Result<(), Failure> {
    let arn = arn(desired, key)?;
    let call = client.tag_resource().resource_arn(&arn);
    let call = call.set_tags(Some(sdk_tags!(Tag, wanted.tags)?));
    checked(call.send().await, || doing::<Topic>("tagging", key))?;
    let retired = desired.retired(&found.tags, &wanted.tags);
    if retired.is_empty() {
        return Ok(());
    }
    let call = client.untag_resource().resource_arn(arn);
    let sent = call.set_tag_keys(Some(retired)).send().await;
    checked(sent, || doing::<Topic>("untagging", key)).map(drop)
}

#[cfg(test)]
#[test]
fn every_property_of_a_topic_is_decided_about() {
    use aws_sdk_sns::operation as op;

    use crate::watched::check;

    let topic = op::get_topic_attributes::GetTopicAttributesOutput::builder().build();
    check("sns GetTopicAttributesOutput", &topic);
    let tags = op::list_tags_for_resource::ListTagsForResourceOutput::builder().build();
    check("sns ListTagsForResourceOutput", &tags);
    let hidden = op::get_data_protection_policy::GetDataProtectionPolicyOutput::builder();
    check("sns GetDataProtectionPolicyOutput", &hidden.build());
}
