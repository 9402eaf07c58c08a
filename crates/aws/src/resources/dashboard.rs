//! Dashboards of CloudWatch. They are in no Region; each is asked for in the tenant's first.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use aws_sdk_cloudwatch::{Client, types::Tag};
use baseline::{
    Desired,
    dashboard::Dashboard,
    declared::{Deleted, FieldRef, Key, Observations, ResourcePort},
};
use serde_json::Value;
use tenancy::Failure;

use super::{doing, each, region, unknown_call, visible, was_there, with_details};
use crate::{
    calls::{any_tags, checked, present, removed},
    pass::{PassContext, account},
};

type Tags = BTreeMap<String, String>;

/// Observes dashboards, and works on them.
pub(crate) struct DashboardPort(pub(crate) Arc<PassContext>);

#[async_trait]
impl ResourcePort<Dashboard> for DashboardPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<Dashboard>, Failure> {
        each(&self.0, desired, keys, |key| self.read(desired, key)).await
    }

    /// A dashboard that is there is set by the same call, and its tags are not: whose it is could not be told any more. An answer that it is not
    /// there may be wrong once, so it is looked for by another call.
    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &Dashboard,
    ) -> Result<Dashboard, Failure> {
        let (client, arn) = (self.client(desired, key).await?, arn(desired, key)?);
        if tags(&client, key, &arn).await?.is_some() {
            return visible(self, desired, key).await;
        }
        self.put(desired, key, wanted, true).await?;
        Ok(Dashboard {
            id: Some(arn),
            ..wanted.clone()
        })
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &Dashboard,
        found: &Dashboard,
    ) -> Result<Option<Dashboard>, Failure> {
        match fields.first().map_or("", FieldRef::call) {
            "body" => self.put(desired, key, wanted, false).await?,
            "tags" => self.set_tags(desired, key, wanted, found).await?,
            other => return Err(unknown_call(key, other)),
        }
        Ok(None)
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        _found: &Dashboard,
    ) -> Result<Deleted, Failure> {
        let call = self.client(desired, key).await?.delete_dashboards();
        let sent = call.dashboard_names(&key.name).send().await;
        removed(sent, || doing::<Dashboard>("deleting", key)).map(|()| Deleted::Removed)
    }
}

fn arn(desired: &Desired, key: &Key) -> Result<String, Failure> {
    let (account, name) = (account(desired)?, &key.name);
    Ok(format!("arn:aws:cloudwatch::{account}:dashboard/{name}"))
}

impl DashboardPort {
    async fn client(&self, desired: &Desired, key: &Key) -> Result<Client, Failure> {
        let region = region(desired, key)?;
        self.0.clients.cloudwatch(desired, region).await
    }

    async fn put(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &Dashboard,
        new: bool,
    ) -> Result<(), Failure> {
        let client = self.client(desired, key).await?;
        let call = client.put_dashboard().dashboard_name(&key.name);
        let call = call
            .dashboard_body(wanted.body.to_string())
            // Of a dashboard that is there already they are not taken (CloudWatch API reference, `PutDashboard`).
            .set_tags(new.then(|| any_tags!(Tag, wanted.tags)));
        checked(call.send().await, || doing::<Dashboard>("setting", key)).map(drop)
    }

    async fn set_tags(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &Dashboard,
        found: &Dashboard,
    ) -> Result<(), Failure> {
        let (client, arn) = (self.client(desired, key).await?, arn(desired, key)?);
        let call = client.tag_resource().resource_arn(&arn);
        let call = call.set_tags(Some(any_tags!(Tag, wanted.tags)));
        checked(call.send().await, || doing::<Dashboard>("tagging", key))?;
        let retired = desired.retired(&found.tags, &wanted.tags);
        if retired.is_empty() {
            return Ok(());
        }
        let call = client.untag_resource().resource_arn(arn);
        let sent = call.set_tag_keys(Some(retired)).send().await;
        checked(sent, || doing::<Dashboard>("untagging", key)).map(drop)
    }

    /// Two reads at once where it is expected.
    async fn read(&self, desired: &Desired, key: &Key) -> Result<Option<Dashboard>, Failure> {
        let client = self.client(desired, key).await?;
        let arn = arn(desired, key)?;
        let (body, tags) = (body(&client, key), tags(&client, key, &arn));
        let (body, tags) = match was_there(desired, key) {
            true => futures::try_join!(body, tags)?,
            false => match body.await? {
                Some(body) => (Some(body), tags.await?),
                None => return Ok(None),
            },
        };
        let id = Some(arn.clone());
        let found = with_details(key, body, tags)?;
        Ok(found.map(|(body, tags)| Dashboard { body, tags, id }))
    }
}

/// A body is JSON in a text. What is none is kept as text, and so equals nothing of ours.
async fn body(client: &Client, key: &Key) -> Result<Option<Value>, Failure> {
    let answer = client
        .get_dashboard()
        .dashboard_name(&key.name)
        .send()
        .await;
    let found = present(answer, || doing::<Dashboard>("reading", key))?;
    let text = found.map(|found| found.dashboard_body.unwrap_or_default());
    Ok(text.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text))))
}

async fn tags(client: &Client, key: &Key, arn: &str) -> Result<Option<Tags>, Failure> {
    let call = client.list_tags_for_resource().resource_arn(arn);
    let answer = present(call.send().await, || {
        doing::<Dashboard>("reading the tags of", key)
    })?;
    let tags = answer.map(|answer| answer.tags.unwrap_or_default().into_iter());
    let pair = |tag: Tag| Some((tag.key?, tag.value.unwrap_or_default()));
    Ok(tags.map(|tags| tags.filter_map(pair).collect()))
}

#[cfg(test)]
#[test]
fn every_property_of_a_dashboard_is_decided_about() {
    use aws_sdk_cloudwatch::operation as op;

    use crate::watched::check;

    let dashboard = op::get_dashboard::GetDashboardOutput::builder().build();
    check("cloudwatch GetDashboardOutput", &dashboard);
    let tags = op::list_tags_for_resource::ListTagsForResourceOutput::builder().build();
    check("cloudwatch ListTagsForResourceOutput", &tags);
}
