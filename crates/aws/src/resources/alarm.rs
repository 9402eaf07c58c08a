//! Alarms of CloudWatch.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use aws_sdk_cloudwatch::{
    Client,
    types::{AlarmType, ComparisonOperator, Dimension, MetricAlarm, StandardUnit, Statistic, Tag},
};
use baseline::{
    Component, Desired,
    alerting::Alerting,
    declared::{Deleted, FieldRef, Key, Observations, Observed, ResourcePort},
    resources::Alarm,
};
use futures::future::join_all;
use tenancy::{Failure, Region, Verb, names};

use super::{doing, in_regions, not_read, region, unknown_call, with_details};
use crate::{
    calls::{any_tags, checked, present, removed},
    pass::{PassContext, account},
};

/// Observes alarms whose names begin as ours do, and works on them.
pub(crate) struct AlarmPort(pub(crate) Arc<PassContext>);

#[async_trait]
impl ResourcePort<Alarm> for AlarmPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<Alarm>, Failure> {
        in_regions(&self.0, desired, keys, |region, keys| {
            self.read(desired, region, keys)
        })
        .await
    }

    async fn create(&self, desired: &Desired, key: &Key, wanted: &Alarm) -> Result<Alarm, Failure> {
        self.put(desired, key, wanted, true).await?;
        Ok(Alarm {
            id: Some(arn(desired, key)?),
            ..wanted.clone()
        })
    }

    /// What is not named by the call is taken off.
    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &Alarm,
        found: &Alarm,
    ) -> Result<Option<Alarm>, Failure> {
        match fields.first().map_or("", FieldRef::call) {
            "alarm" => self.put(desired, key, wanted, false).await?,
            "tags" => self.set_tags(desired, key, wanted, found).await?,
            other => return Err(unknown_call(key, other)),
        }
        Ok(None)
    }

    async fn delete(&self, desired: &Desired, key: &Key, _: &Alarm) -> Result<Deleted, Failure> {
        let client = self.client(desired, region(desired, key)?).await?;
        let sent = client.delete_alarms().alarm_names(&key.name).send().await;
        removed(sent, || doing::<Alarm>("deleting", key)).map(|()| Deleted::Removed)
    }
}

fn arn(desired: &Desired, key: &Key) -> Result<String, Failure> {
    let (region, account) = (region(desired, key)?, account(desired)?);
    let name = &key.name;
    Ok(format!(
        "arn:aws:cloudwatch:{region}:{account}:alarm:{name}"
    ))
}

impl AlarmPort {
    async fn client(&self, desired: &Desired, region: &Region) -> Result<Client, Failure> {
        self.0.clients.cloudwatch(desired, region).await
    }

    async fn put(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &Alarm,
        new: bool,
    ) -> Result<(), Failure> {
        let client = self.client(desired, region(desired, key)?).await?;
        let dimensions = wanted.dimensions.iter().flatten();
        let dimensions =
            dimensions.map(|(name, value)| Dimension::builder().name(name).value(value).build());
        let call = client
            .put_metric_alarm()
            .alarm_name(&key.name)
            .alarm_description(&wanted.description)
            .actions_enabled(wanted.acts)
            .set_alarm_actions(Some(wanted.actions.iter().cloned().collect()))
            .set_metric_name(wanted.metric.clone())
            .set_namespace(wanted.namespace.clone())
            .set_statistic(wanted.statistic.as_deref().map(Statistic::from))
            .set_dimensions(Some(dimensions.collect()))
            .set_period(wanted.period)
            .set_unit(wanted.unit.as_deref().map(StandardUnit::from))
            .evaluation_periods(wanted.evaluations)
            .set_datapoints_to_alarm(wanted.datapoints)
            .threshold(wanted.threshold)
            .comparison_operator(ComparisonOperator::from(wanted.comparison.as_str()))
            .treat_missing_data(&wanted.missing_data)
            // Of an alarm that is there already they are not taken (CloudWatch API reference, `PutMetricAlarm`).
            .set_tags(new.then(|| any_tags!(Tag, wanted.tags)));
        checked(call.send().await, || doing::<Alarm>("setting", key)).map(drop)
    }

    async fn set_tags(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &Alarm,
        found: &Alarm,
    ) -> Result<(), Failure> {
        let client = self.client(desired, region(desired, key)?).await?;
        let arn = arn(desired, key)?;
        let call = client.tag_resource().resource_arn(&arn);
        let call = call.set_tags(Some(any_tags!(Tag, wanted.tags)));
        checked(call.send().await, || doing::<Alarm>("tagging", key))?;
        let retired = desired.retired(&found.tags, &wanted.tags);
        if retired.is_empty() {
            return Ok(());
        }
        let call = client.untag_resource().resource_arn(arn);
        let sent = call.set_tag_keys(Some(retired)).send().await;
        checked(sent, || doing::<Alarm>("untagging", key)).map(drop)
    }

    /// Whether the tags of alarms that the ledger knows are read too, which takes a call for each: for who asks, for who repairs what was
    /// found, and by schedule on one day in four weeks.
    fn reads_tags(&self, desired: &Desired) -> bool {
        let pass = &self.0;
        let asked = pass.asked_at.is_some() || !pass.settled.contains(&Alerting::NAME);
        match pass.verb {
            Verb::Onboard => asked,
            Verb::Audit => asked || pass.reads_tags_today(&desired.tenant),
            Verb::Offboard => false,
        }
    }

    /// One read for a Region, and one more for each alarm of which it has to be learned whose it is.
    async fn read(
        &self,
        desired: &Desired,
        region: &Region,
        keys: Vec<&Key>,
    ) -> Result<Observations<Alarm>, Failure> {
        let client = self.client(desired, region).await?;
        let pages = client
            .describe_alarms()
            .alarm_name_prefix(names::ALARM_PREFIX)
            .alarm_types(AlarmType::MetricAlarm)
            .into_paginator();
        let mut pages = pages.send();
        let mut found = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = checked(page, || format!("reading the alarms in `{region}`"))?;
            let alarms = page.metric_alarms.into_iter().flatten();
            found.extend(alarms.filter_map(|alarm| Some((alarm.alarm_name.clone()?, alarm))));
        }
        let named = keys
            .into_iter()
            .filter_map(|key| Some((key, found.remove(&key.name)?)));
        let reads_tags = self.reads_tags(desired);
        let known = named.map(|(key, alarm)| {
            let (client, alarm) = (&client, observed(alarm));
            async move {
                let recorded = desired.recorded.id_of(Alerting::NAME, key);
                let is_known = recorded.is_some() && recorded == alarm.id.as_deref();
                let alarm = match is_known && !reads_tags {
                    true => Observed::Present(alarm.with_own_tags(desired)),
                    false => with_tags(client, key, alarm).await,
                };
                (key.clone(), alarm)
            }
        });
        Ok(join_all(known).await.into_iter().collect())
    }
}

type Tags = BTreeMap<String, String>;

async fn with_tags(client: &Client, key: &Key, alarm: Alarm) -> Observed<Alarm> {
    let tags = tags(client, key, alarm.id.as_deref()).await;
    match tags.and_then(|tags| with_details(key, Some(alarm), tags)) {
        Ok(Some((alarm, tags))) => Observed::Present(Alarm { tags, ..alarm }),
        Ok(None) => Observed::Absent,
        Err(failure) => not_read(failure),
    }
}

async fn tags(client: &Client, key: &Key, arn: Option<&str>) -> Result<Option<Tags>, Failure> {
    let call = client.list_tags_for_resource();
    let answer = call.set_resource_arn(arn.map(str::to_owned)).send().await;
    let answer = present(answer, || doing::<Alarm>("reading the tags of", key))?;
    let tags = answer.map(|answer| answer.tags.unwrap_or_default().into_iter());
    let pair = |tag: Tag| Some((tag.key?, tag.value.unwrap_or_default()));
    Ok(tags.map(|tags| tags.filter_map(pair).collect()))
}

fn observed(alarm: MetricAlarm) -> Alarm {
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let set = |arns: Option<Vec<String>>| arns.into_iter().flatten().collect();
    let dimensions = alarm.dimensions.into_iter().flatten();
    let statistic = alarm.statistic.map(|one| one.as_str().to_owned());
    Alarm {
        description: alarm.alarm_description.unwrap_or_default(),
        metric: some(alarm.metric_name),
        namespace: some(alarm.namespace),
        dimensions: Some(
            dimensions
                .filter_map(|one| Some((one.name?, one.value?)))
                .collect(),
        ),
        statistic: alarm.extended_statistic.or(statistic),
        period: alarm.period,
        unit: alarm.unit.map(|unit| unit.as_str().to_owned()),
        evaluations: alarm.evaluation_periods.unwrap_or_default(),
        datapoints: alarm.datapoints_to_alarm,
        threshold: alarm.threshold.unwrap_or_default(),
        comparison: alarm
            .comparison_operator
            .map(|one| one.as_str().to_owned())
            .unwrap_or_default(),
        missing_data: alarm.treat_missing_data.unwrap_or_default(),
        acts: alarm.actions_enabled == Some(true),
        actions: set(alarm.alarm_actions),
        ok_actions: set(alarm.ok_actions),
        no_data_actions: set(alarm.insufficient_data_actions),
        tags: BTreeMap::new(),
        id: alarm.alarm_arn,
    }
}

#[cfg(test)]
#[test]
fn every_property_of_an_alarm_is_decided_about() {
    use aws_sdk_cloudwatch::types;

    use crate::watched::check;

    let alarm = types::MetricAlarm::builder().build();
    check("cloudwatch MetricAlarm", &alarm);
    let rule = types::AlarmMuteRuleSummary::builder().build();
    check("cloudwatch AlarmMuteRuleSummary", &rule);
}
