//! Metric filters of log groups.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::{
    Client,
    types::{MetricFilter as Described, MetricTransformation},
};
use baseline::{
    Desired,
    declared::{Deleted, FieldRef, Key, Observations, Observed, ResourcePort},
    resources::MetricFilter,
};
use tenancy::{Failure, Region, names};

use super::{doing, in_regions, region};
use crate::{
    calls::{checked, present, removed},
    pass::PassContext,
};

/// Observes the metric filters of the trail's log group, and works on them.
pub(crate) struct MetricFilterPort(pub(crate) Arc<PassContext>);

#[async_trait]
impl ResourcePort<MetricFilter> for MetricFilterPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<MetricFilter>, Failure> {
        in_regions(&self.0, desired, keys, |region, keys| {
            self.read(desired, region, keys)
        })
        .await
    }

    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &MetricFilter,
    ) -> Result<MetricFilter, Failure> {
        let doing = || doing::<MetricFilter>("setting", key);
        let dimensions = wanted.dimensions.clone().into_iter().collect();
        let metric = MetricTransformation::builder()
            .metric_name(&wanted.metric)
            .metric_namespace(&wanted.namespace)
            .metric_value(&wanted.value)
            .set_default_value(wanted.default)
            .set_dimensions(Some(dimensions).filter(|_| !wanted.dimensions.is_empty()))
            .build()
            .map_err(|error| Failure::bug(doing(), error.to_string()))?;
        let call = self
            .client(desired, region(desired, key)?)
            .await?
            .put_metric_filter()
            .log_group_name(&wanted.group)
            .filter_name(&key.name)
            .filter_pattern(&wanted.pattern)
            .metric_transformations(metric);
        checked(call.send().await, doing)?;
        Ok(wanted.clone())
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        _fields: &[FieldRef],
        wanted: &MetricFilter,
        _found: &MetricFilter,
    ) -> Result<Option<MetricFilter>, Failure> {
        self.create(desired, key, wanted).await.map(Some)
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        found: &MetricFilter,
    ) -> Result<Deleted, Failure> {
        let client = self.client(desired, region(desired, key)?).await?;
        let call = client.delete_metric_filter().filter_name(&key.name);
        let sent = call.log_group_name(&found.group).send().await;
        removed(sent, || doing::<MetricFilter>("deleting", key)).map(|()| Deleted::Removed)
    }
}

impl MetricFilterPort {
    async fn client(&self, desired: &Desired, region: &Region) -> Result<Client, Failure> {
        self.0.clients.logs(desired, region).await
    }

    /// One read for a Region: 50 filters are a page. None is there without the group.
    async fn read(
        &self,
        desired: &Desired,
        region: &Region,
        keys: Vec<&Key>,
    ) -> Result<Observations<MetricFilter>, Failure> {
        let client = self.client(desired, region).await?;
        let call = client
            .describe_metric_filters()
            .log_group_name(names::trail_log_group());
        let mut pages = call.into_paginator().send();
        let mut found = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = present(page, || format!("reading the metric filters in `{region}`"))?;
            let filters = page.and_then(|page| page.metric_filters);
            let filters = filters.into_iter().flatten();
            found.extend(filters.filter_map(|one| Some((one.filter_name.clone()?, one))));
        }
        let named = keys.into_iter().filter_map(|key| {
            let filter = observed(found.remove(&key.name)?);
            Some((key.clone(), Observed::Present(filter)))
        });
        Ok(named.collect())
    }
}

/// A filter has one metric.
fn observed(filter: Described) -> MetricFilter {
    let metric = filter.metric_transformations.into_iter().flatten().next();
    let of_metric = metric.map(|metric| MetricFilter {
        metric: metric.metric_name,
        namespace: metric.metric_namespace,
        value: metric.metric_value,
        default: metric.default_value,
        dimensions: metric.dimensions.into_iter().flatten().collect(),
        ..MetricFilter::default()
    });
    MetricFilter {
        group: filter.log_group_name.unwrap_or_default(),
        pattern: filter.filter_pattern.unwrap_or_default(),
        selection: filter
            .field_selection_criteria
            .filter(|text| !text.is_empty()),
        ..of_metric.unwrap_or_default()
    }
}

#[cfg(test)]
#[test]
fn every_property_of_a_metric_filter_is_decided_about() {
    use aws_sdk_cloudwatchlogs::types;

    use crate::watched::check;

    let filter = types::MetricFilter::builder().build();
    check("cloudwatchlogs MetricFilter", &filter);
    let metric = types::MetricTransformation::builder().metric_name("m");
    let metric = metric.metric_namespace("n").metric_value("1").build();
    check("cloudwatchlogs MetricTransformation", &metric.unwrap());
}
