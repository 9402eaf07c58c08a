//! Rules of EventBridge on the default bus.

mod targets;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use aws_sdk_eventbridge::{
    Client,
    operation::describe_rule::DescribeRuleOutput,
    types::{RuleState, Tag},
};
use baseline::{
    Desired,
    declared::{Deleted, FieldRef, Key, Observations, ResourcePort},
    event_forwarding::EventRule,
};
use serde_json::Value;
use tenancy::{Failure, names};

use super::{doing, each, region, unknown_call, visible, was_there, with_details};
use crate::{
    calls::{checked, present, removed, sdk_tags},
    errors,
    pass::{PassContext, account},
};

type Tags = BTreeMap<String, String>;

/// Observes rules with their targets, and works on them.
pub(crate) struct EventRulePort(pub(crate) Arc<PassContext>);

#[async_trait]
impl ResourcePort<EventRule> for EventRulePort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<EventRule>, Failure> {
        each(&self.0, desired, keys, |key| self.read(desired, key)).await
    }

    /// A rule that is there is set by the same call, and its tags are not: whose it is could not be told any more. An answer that it is not there
    /// may be wrong once, so it is looked for by another call.
    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &EventRule,
    ) -> Result<EventRule, Failure> {
        let client = self.client(desired, key).await?;
        if tags(&client, key, &arn(desired, key)?).await?.is_some() {
            return visible(self, desired, key).await;
        }
        self.put(desired, key, wanted, true).await?;
        Ok(EventRule {
            id: Some(arn(desired, key)?),
            targets: BTreeMap::new(),
            ..wanted.clone()
        })
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &EventRule,
        found: &EventRule,
    ) -> Result<Option<EventRule>, Failure> {
        match fields.first().map_or("", FieldRef::call) {
            "properties" => self.put(desired, key, wanted, false).await?,
            "targets" => self.set_targets(desired, key, fields, wanted).await?,
            "tags" => self.set_tags(desired, key, wanted, found).await?,
            other => return Err(unknown_call(key, other)),
        }
        Ok(None)
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        _found: &EventRule,
    ) -> Result<Deleted, Failure> {
        let call = self.client(desired, key).await?.delete_rule();
        let sent = call.name(&key.name).send().await;
        let doing = || doing::<EventRule>("deleting", key);
        if sent.as_ref().is_err_and(errors::has_targets) {
            return Err(errors::passing(doing(), "it still has targets"));
        }
        removed(sent, doing).map(|()| Deleted::Removed)
    }
}

fn arn(desired: &Desired, key: &Key) -> Result<String, Failure> {
    let (region, account) = (region(desired, key)?, account(desired)?);
    Ok(names::rule_arn(account, region, &key.name))
}

impl EventRulePort {
    async fn client(&self, desired: &Desired, key: &Key) -> Result<Client, Failure> {
        let region = region(desired, key)?;
        self.0.clients.events(desired, region).await
    }

    /// What the call does not name is taken off.
    async fn put(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &EventRule,
        new: bool,
    ) -> Result<(), Failure> {
        let tags = match new {
            true => Some(sdk_tags!(Tag, wanted.tags)?),
            false => None,
        };
        let call = self
            .client(desired, key)
            .await?
            .put_rule()
            .name(&key.name)
            .description(&wanted.description)
            .state(RuleState::from(wanted.state.as_str()))
            .set_event_pattern(wanted.pattern.as_ref().map(ToString::to_string))
            .set_schedule_expression(wanted.schedule.clone())
            .set_role_arn(wanted.role.clone())
            .set_tags(tags);
        checked(call.send().await, || doing::<EventRule>("setting", key)).map(drop)
    }

    /// Sets the targets that are wanted of these, and removes the others.
    async fn set_targets(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &EventRule,
    ) -> Result<(), Failure> {
        let client = self.client(desired, key).await?;
        for id in fields.iter().filter_map(|field| field.entry.as_deref()) {
            match wanted.targets.get(id) {
                Some(target) => targets::put(&client, key, id, target).await?,
                None => targets::remove(&client, key, id).await?,
            }
        }
        Ok(())
    }

    async fn set_tags(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &EventRule,
        found: &EventRule,
    ) -> Result<(), Failure> {
        let (client, arn) = (self.client(desired, key).await?, arn(desired, key)?);
        let call = client.tag_resource().resource_arn(&arn);
        let call = call.set_tags(Some(sdk_tags!(Tag, wanted.tags)?));
        checked(call.send().await, || doing::<EventRule>("tagging", key))?;
        let retired = desired.retired(&found.tags, &wanted.tags);
        if retired.is_empty() {
            return Ok(());
        }
        let call = client.untag_resource().resource_arn(arn);
        let sent = call.set_tag_keys(Some(retired)).send().await;
        checked(sent, || doing::<EventRule>("untagging", key)).map(drop)
    }

    /// Three reads at once where it is expected.
    async fn read(&self, desired: &Desired, key: &Key) -> Result<Option<EventRule>, Failure> {
        let client = self.client(desired, key).await?;
        let arn = arn(desired, key)?;
        let rule = read_rule(&client, key);
        let rest =
            async { futures::try_join!(targets::read(&client, key), tags(&client, key, &arn)) };
        let (rule, (targets, tags)) = match was_there(desired, key) {
            true => futures::try_join!(rule, rest)?,
            false => match rule.await? {
                Some(rule) => (Some(rule), rest.await?),
                None => return Ok(None),
            },
        };
        let found = with_details(key, rule, targets.zip(tags))?;
        Ok(found.map(|(rule, (targets, tags))| EventRule {
            targets,
            tags,
            ..observed(rule)
        }))
    }
}

async fn read_rule(client: &Client, key: &Key) -> Result<Option<DescribeRuleOutput>, Failure> {
    let answer = client.describe_rule().name(&key.name).send().await;
    present(answer, || doing::<EventRule>("reading", key))
}

async fn tags(client: &Client, key: &Key, arn: &str) -> Result<Option<Tags>, Failure> {
    let call = client.list_tags_for_resource().resource_arn(arn);
    let answer = present(call.send().await, || {
        doing::<EventRule>("reading the tags of", key)
    })?;
    let tags = answer.map(|answer| answer.tags.unwrap_or_default().into_iter());
    Ok(tags.map(|tags| tags.map(|tag| (tag.key, tag.value)).collect()))
}

fn observed(rule: DescribeRuleOutput) -> EventRule {
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    EventRule {
        pattern: some(rule.event_pattern).map(text_as_json),
        state: rule
            .state
            .map(|state| state.as_str().to_owned())
            .unwrap_or_default(),
        schedule: some(rule.schedule_expression),
        description: rule.description.unwrap_or_default(),
        role: some(rule.role_arn),
        id: rule.arn,
        ..EventRule::default()
    }
}

/// A pattern is JSON in a text. What is none is kept as text, and so equals nothing of ours.
fn text_as_json(text: String) -> Value {
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

#[cfg(test)]
#[test]
fn every_property_of_a_rule_is_decided_about() {
    use aws_sdk_eventbridge::{operation as op, types};

    use crate::watched::check;

    let rule = op::describe_rule::DescribeRuleOutput::builder().build();
    check("eventbridge DescribeRuleOutput", &rule);
    let target = types::Target::builder().id("i").arn("a");
    check("eventbridge Target", &target.build().unwrap());
    let tags = op::list_tags_for_resource::ListTagsForResourceOutput::builder().build();
    check("eventbridge ListTagsForResourceOutput", &tags);
}
