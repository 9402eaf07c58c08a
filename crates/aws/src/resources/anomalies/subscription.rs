//! The subscription that tells of what a monitor finds.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_costexplorer::{
    Client,
    types::{
        AnomalySubscription as SdkSubscription, AnomalySubscriptionFrequency, ResourceTag,
        Subscriber, SubscriberStatus, SubscriberType,
    },
};
use baseline::{
    Component, Desired,
    billing::{AnomalySubscription, Billing},
    declared::{Deleted, FieldRef, Key, Observations, ResourcePort},
};
use tenancy::{Failure, names};

use super::{
    Listed, Monitors, answered, doing, each,
    tags::{Tags, retag, tag, tags_of_all},
    there, threshold, unknown_call, unwritable,
};
use crate::{calls::sdk_tags, session::never_retry};

/// Observes the subscription, and works on it.
pub(crate) struct AnomalySubscriptionPort(pub(crate) Arc<Monitors>);

#[async_trait]
impl ResourcePort<AnomalySubscription> for AnomalySubscriptionPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<AnomalySubscription>, Failure> {
        each(&self.0.pass, desired, keys, |key| self.read(desired, key)).await
    }

    /// By one attempt: AWS knows no token, and an outcome that is not known is looked up by the next pass.
    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &AnomalySubscription,
    ) -> Result<AnomalySubscription, Failure> {
        let doing = || doing::<AnomalySubscription>("creating", key);
        let monitors = self.monitors(desired, wanted).await?;
        let subscription = SdkSubscription::builder()
            .subscription_name(&wanted.name)
            .set_monitor_arn_list(Some(monitors))
            .set_subscribers(Some(recipients(wanted)))
            .frequency(frequency(wanted))
            .threshold_expression(threshold::at_least(&wanted.threshold))
            .build()
            .map_err(unwritable)?;
        let call = self.0.client(desired).await?.create_anomaly_subscription();
        let call = call
            .anomaly_subscription(subscription)
            .set_resource_tags(Some(sdk_tags!(ResourceTag, wanted.tags)?))
            .customize()
            .config_override(
                aws_sdk_costexplorer::config::Builder::new().retry_config(never_retry()),
            );
        let made = answered(call.send().await, doing)?;
        Ok(AnomalySubscription {
            id: Some(made.subscription_arn),
            ..wanted.clone()
        })
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &AnomalySubscription,
        found: &AnomalySubscription,
    ) -> Result<Option<AnomalySubscription>, Failure> {
        let client = self.0.client(desired).await?;
        let arn = found.id.as_deref().unwrap_or_default();
        match fields.first().map_or("", FieldRef::call) {
            "subscription" => self.update(&client, desired, key, arn, wanted).await?,
            "tags" => {
                let tags = (&wanted.tags, &found.tags);
                tag::<AnomalySubscription>(&client, desired, key, arn, tags).await?;
            }
            other => return Err(unknown_call(key, other)),
        }
        Ok(None)
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        found: &AnomalySubscription,
    ) -> Result<Deleted, Failure> {
        let client = self.0.client(desired).await?;
        let arn = found.id.as_deref().unwrap_or_default();
        if !desired.owns(&found.tags) {
            return retag::<AnomalySubscription>(&client, desired, key, arn, &found.tags).await;
        }
        let call = client.delete_anomaly_subscription().subscription_arn(arn);
        let doing = || doing::<AnomalySubscription>("deleting", key);
        there(call.send().await, doing).map(|_| Deleted::Removed)
    }
}

impl AnomalySubscriptionPort {
    /// The ARNs of the monitors it is to tell of.
    async fn monitors(
        &self,
        desired: &Desired,
        wanted: &AnomalySubscription,
    ) -> Result<Vec<String>, Failure> {
        let known = self.0.of_services(desired).await?;
        let arns = |name: &String| match name == names::ANOMALY_MONITOR {
            true => known.iter().map(|one| one.arn.clone()).collect(),
            false => vec![name.clone()],
        };
        let arns: Vec<String> = wanted.monitors.iter().flat_map(arns).collect();
        if arns.is_empty() {
            let doing = "finding the monitor of unusual costs";
            return Err(Failure::wait(doing, "the monitor to be visible", 10));
        }
        Ok(arns)
    }

    async fn update(
        &self,
        client: &Client,
        desired: &Desired,
        key: &Key,
        arn: &str,
        wanted: &AnomalySubscription,
    ) -> Result<(), Failure> {
        let monitors = self.monitors(desired, wanted).await?;
        let call = client
            .update_anomaly_subscription()
            .subscription_arn(arn)
            .subscription_name(&wanted.name)
            .set_monitor_arn_list(Some(monitors))
            .set_subscribers(Some(recipients(wanted)))
            .frequency(frequency(wanted))
            .threshold_expression(threshold::at_least(&wanted.threshold));
        let doing = || doing::<AnomalySubscription>("setting", key);
        answered(call.send().await, doing).map(drop)
    }

    /// Ours by its recorded ARN, or by its tags. A name says nothing: AWS gives it to as many as ask for it.
    async fn read(
        &self,
        desired: &Desired,
        key: &Key,
    ) -> Result<Option<AnomalySubscription>, Failure> {
        let client = self.0.client(desired).await?;
        let (monitors, all) = futures::try_join!(self.0.of_services(desired), list(&client))?;
        let recorded = desired.recorded.id_of(Billing::NAME, key);
        let is_recorded = |arn: &String| Some(arn.as_str()) == recorded;
        let mut arns: Vec<String> = all.iter().filter_map(arn_of).collect();
        if arns.iter().any(is_recorded) {
            arns.retain(is_recorded);
        }
        let tags = tags_of_all::<AnomalySubscription>(&client, key, arns).await?;
        let ours = |(arn, tags): &(String, Tags)| is_recorded(arn) || desired.owns(tags);
        let ours = tags.into_iter().filter(ours).min();
        Ok(ours.and_then(|(arn, tags)| {
            let mut all = all.iter();
            let found = all.find(|one| one.subscription_arn.as_ref() == Some(&arn))?;
            Some(found_as(found, &monitors, tags))
        }))
    }
}

async fn list(client: &Client) -> Result<Vec<SdkSubscription>, Failure> {
    let call = client.get_anomaly_subscriptions();
    let all: Result<Vec<SdkSubscription>, _> = call.into_paginator().items().send().collect().await;
    answered(all, || {
        "listing the subscriptions to unusual costs".to_owned()
    })
}

fn arn_of(subscription: &SdkSubscription) -> Option<String> {
    subscription.subscription_arn.clone()
}

fn frequency(wanted: &AnomalySubscription) -> AnomalySubscriptionFrequency {
    wanted.frequency.as_str().into()
}

fn recipients(wanted: &AnomalySubscription) -> Vec<Subscriber> {
    let mailbox = |address: &String| {
        let mailbox = Subscriber::builder().r#type(SubscriberType::Email);
        mailbox.address(address).build()
    };
    wanted.told.iter().map(mailbox).collect()
}

/// The account's own monitor goes by our name for it, whoever made it; others by their ARNs.
fn found_as(found: &SdkSubscription, monitors: &[Listed], tags: Tags) -> AnomalySubscription {
    let name = |arn: &String| match monitors.iter().any(|one| one.arn == *arn) {
        true => names::ANOMALY_MONITOR.to_owned(),
        false => arn.clone(),
    };
    let declined = |one: &&Subscriber| one.status == Some(SubscriberStatus::Declined);
    let subscribers = found.subscribers.iter();
    AnomalySubscription {
        name: found.subscription_name.clone(),
        monitors: found.monitor_arn_list.iter().map(name).collect(),
        frequency: found.frequency.as_str().to_owned(),
        threshold: threshold::words(found),
        told: addresses(subscribers.clone()),
        declined: Some(addresses(subscribers.filter(declined)).join(", "))
            .filter(|addresses| !addresses.is_empty()),
        tags,
        id: found.subscription_arn.clone(),
    }
}

fn addresses<'a>(subscribers: impl Iterator<Item = &'a Subscriber>) -> Vec<String> {
    let mut all: Vec<String> = subscribers.filter_map(|one| one.address.clone()).collect();
    all.sort();
    all
}

#[cfg(test)]
#[test]
fn every_property_of_a_subscription_to_unusual_costs_is_decided_about() {
    use crate::watched::check;

    let subscription = SdkSubscription::builder().subscription_name("s");
    let subscription = subscription.set_monitor_arn_list(Some(vec![]));
    let subscription = subscription.set_subscribers(Some(vec![]));
    let subscription = subscription.frequency(AnomalySubscriptionFrequency::Daily);
    let subscription = subscription.build().unwrap();
    check("costexplorer AnomalySubscription", &subscription);
    check("costexplorer Subscriber", &Subscriber::builder().build());
}
