//! Subscriptions by e-mail to our topics.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use aws_sdk_sns::{Client, types::Subscription as Described};
use baseline::{
    Desired,
    alerting::{self, Subscription, Topic},
    declared::{Deleted, FieldRef, Key, Observations, Observed, Resource, ResourcePort},
};
use futures::future::join_all;
use serde_json::{Value, json};
use tenancy::{ComponentName, Failure, Region, names};

use super::{doing, in_these_regions, region, unknown_call};
use crate::{
    calls::{checked, present, removed},
    pass::{PassContext, account},
};

/// Observes the subscriptions to the topics for alerts, and works on them.
pub(crate) struct SubscriptionPort(pub(crate) Arc<PassContext>);

/// The only protocol of ours.
const EMAIL: &str = "email";

#[async_trait]
impl ResourcePort<Subscription> for SubscriptionPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<Subscription>, Failure> {
        let topics = with_topics(desired);
        let read = |region, keys| self.read(desired, region, keys);
        in_these_regions(&self.0, desired, (keys, &topics), read).await
    }

    /// AWS sends the recipient an e-mail. Where it is subscribed already, it says so.
    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &Subscription,
    ) -> Result<Subscription, Failure> {
        let region = region(desired, key)?;
        let topic = names::alerts_topic_arn(account(desired)?, region);
        let client = self.0.clients.sns(desired, region).await?;
        let call = client.subscribe().topic_arn(topic).protocol(EMAIL);
        let sent = call.endpoint(&wanted.email).send().await;
        checked(sent, || doing::<Subscription>("making", key))?;
        Ok(wanted.created())
    }

    /// Only its recipient can confirm it. An empty filter policy is none (SNS API reference, `SetSubscriptionAttributes`).
    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        _wanted: &Subscription,
        found: &Subscription,
    ) -> Result<Option<Subscription>, Failure> {
        if fields.iter().any(|field| field.field.name != "filter") {
            return Err(unknown_call(key, fields.first().map_or("", FieldRef::call)));
        }
        let client = self.0.clients.sns(desired, region(desired, key)?).await?;
        let call = client.set_subscription_attributes();
        let call = call.set_subscription_arn(found.id.clone());
        let call = call.attribute_name("FilterPolicy").attribute_value("{}");
        let doing = || doing::<Subscription>("removing the filter policy of", key);
        checked(call.send().await, doing).map(|_| None)
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        found: &Subscription,
    ) -> Result<Deleted, Failure> {
        if found.id.is_none() {
            // It cannot be named, and goes with its topic, or by itself.
            return Ok(Deleted::Removed);
        }
        let client = self.0.clients.sns(desired, region(desired, key)?).await?;
        let call = client.unsubscribe().set_subscription_arn(found.id.clone());
        removed(call.send().await, || doing::<Subscription>("ending", key))
            .map(|()| Deleted::Removed)
    }
}

/// The Regions with topics of ours: others may be subscribed there, whether or not the spec names anybody.
fn with_topics(desired: &Desired) -> Vec<Region> {
    if desired.leaving() || !desired.spec.alerting {
        return Vec::new();
    }
    let has_topic = |region: &Region| desired.recorded.has(&Topic::key(region));
    let regions = alerting::regions(desired).into_iter();
    regions.filter(has_topic).collect()
}

impl SubscriptionPort {
    /// One read for a Region, 100 subscriptions being a page, and one for each that is confirmed.
    async fn read(
        &self,
        desired: &Desired,
        region: &Region,
        keys: Vec<&Key>,
    ) -> Result<Observations<Subscription>, Failure> {
        let client: Client = self.0.clients.sns(desired, region).await?;
        let topic = names::alerts_topic_arn(account(desired)?, region);
        let call = client.list_subscriptions_by_topic().topic_arn(topic);
        let mut pages = call.into_paginator().send();
        let mut found = BTreeMap::new();
        let mut strangers = Vec::new();
        while let Some(page) = pages.next().await {
            let page = present(page, || format!("reading the subscriptions in `{region}`"))?;
            let all = page.and_then(|page| page.subscriptions);
            let all = all.into_iter().flatten();
            for one in all.filter(|one| !has_ended(one)) {
                let Some(endpoint) = one.endpoint.clone() else {
                    continue;
                };
                let protocol = one.protocol.as_deref().unwrap_or_default();
                if protocol != EMAIL || keys.iter().all(|key| key.name != endpoint) {
                    let stranger = Subscription::of_others(protocol, &endpoint);
                    let key = Subscription::key(region, &stranger.email);
                    strangers.push((key, Observed::Present(stranger)));
                    continue;
                }
                // A confirmed one counts, whatever else is listed of the address.
                if is_confirmed(&one) || !found.contains_key(&endpoint) {
                    found.insert(endpoint, one);
                }
            }
        }
        let named = keys
            .into_iter()
            .filter_map(|key| Some((key, found.remove(&key.name)?)));
        let read = named.map(async |(key, one)| {
            let read = self.one(desired, &client, key, one).await;
            Some((
                key.clone(),
                read.transpose()?.unwrap_or_else(Observed::Unreadable),
            ))
        });
        let read = join_all(read).await.into_iter().flatten();
        Ok(read.chain(strangers).collect())
    }

    /// What is not confirmed has no attributes that could be read. `None` where it has ended meanwhile.
    async fn one(
        &self,
        desired: &Desired,
        client: &Client,
        key: &Key,
        listed: Described,
    ) -> Result<Option<Observed<Subscription>>, Failure> {
        let mut one = observed(key, listed);
        let recorded = desired.recorded.roles_of(ComponentName::ALERTING, key);
        one.asked = !Subscription::is_wanted(desired, &one.email) && !recorded.is_empty();
        let Some(arn) = &one.id else {
            // It cannot be ended before it is confirmed: it is observed until AWS gives it up.
            let left = one.asked && !desired.leaving();
            return Ok(Some(match left {
                true => Observed::Left(UNCONFIRMED.into()),
                false => Observed::Present(one),
            }));
        };
        let call = client.get_subscription_attributes().subscription_arn(arn);
        let doing = || doing::<Subscription>("reading", key);
        let Some(answer) = present(call.send().await, doing)? else {
            return Ok(None);
        };
        let attributes = answer.attributes.unwrap_or_default();
        let filter = attributes.get("FilterPolicy");
        // A policy that is no JSON is one all the same.
        one.filter = filter
            .map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())))
            .filter(|filter| *filter != json!({}));
        Ok(Some(Observed::Present(one)))
    }
}

/// What a former contact who never confirmed leaves. Source: SNS Developer Guide, "Confirming a subscription".
const UNCONFIRMED: &str = "its confirmation, which AWS waits for two days";

fn is_confirmed(subscription: &Described) -> bool {
    let arn = subscription.subscription_arn.as_deref();
    arn.is_some_and(|arn| arn.starts_with("arn:"))
}

/// SNS lists a subscription for some time after its end.
fn has_ended(subscription: &Described) -> bool {
    subscription.subscription_arn.as_deref() == Some("Deleted")
}

/// One that is not confirmed has a word instead of an ARN (SNS API reference, `ListSubscriptionsByTopic`).
fn observed(key: &Key, subscription: Described) -> Subscription {
    let arn = subscription.subscription_arn;
    let id = arn.filter(|arn| arn.starts_with("arn:"));
    let confirmation = match id {
        Some(_) => Subscription::CONFIRMED,
        None => Subscription::PENDING,
    };
    Subscription {
        email: key.name.clone(),
        confirmation: confirmation.into(),
        id,
        ..Subscription::default()
    }
}

#[cfg(test)]
#[test]
fn every_property_of_a_subscription_is_decided_about() {
    use aws_sdk_sns::{
        operation::get_subscription_attributes::GetSubscriptionAttributesOutput, types,
    };

    use crate::watched::check;

    let subscription = types::Subscription::builder().build();
    check("sns Subscription", &subscription);
    let attributes = GetSubscriptionAttributesOutput::builder().build();
    check("sns GetSubscriptionAttributesOutput", &attributes);
}
