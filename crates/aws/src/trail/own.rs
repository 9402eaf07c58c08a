//! The tenant's own trail.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use aws_sdk_cloudtrail::{
    Client,
    types::{Tag, Trail},
};
use baseline::{
    Desired,
    declared::{Deleted, FieldRef, Key, Observations, Resource, ResourcePort},
    trail::OwnTrail,
};
use tenancy::{Failure, Region};

use super::{Trails, at_home, events, gap, own_arn, status};
use crate::{
    calls::{checked, present, removed, sdk_tags},
    errors,
    pass::PassContext,
    resources::{doing, each, unknown_call, visible, was_there, with_details},
};

/// Observes the tenant's own trail, and works on it.
pub(super) struct Port(pub(super) Arc<PassContext>, pub(super) Arc<Trails>);

#[async_trait]
impl ResourcePort<OwnTrail> for Port {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<OwnTrail>, Failure> {
        each(&self.0, desired, keys, |key| self.read(desired, key)).await
    }

    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &OwnTrail,
    ) -> Result<OwnTrail, Failure> {
        let client = self.0.clients.cloudtrail(desired, &wanted.home).await?;
        let call = client
            .create_trail()
            .name(&key.name)
            .s3_bucket_name(&wanted.delivers_to)
            .is_multi_region_trail(wanted.multi_region)
            .include_global_service_events(wanted.global_events)
            .enable_log_file_validation(wanted.validation)
            .set_kms_key_id(wanted.key.clone())
            .set_tags_list(Some(sdk_tags!(Tag, wanted.tags)?));
        match call.send().await {
            // Made by a pass whose answer was lost, or by somebody else.
            Err(error) if errors::is_already_there(&error) => visible(self, desired, key).await,
            answer => {
                checked(answer, || doing::<OwnTrail>("creating", key)).map(|_| wanted.created())
            }
        }
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &OwnTrail,
        found: &OwnTrail,
    ) -> Result<Option<OwnTrail>, Failure> {
        let client = self.0.clients.cloudtrail(desired, &found.home).await?;
        let arn = found.arn.as_str();
        match fields.first().map_or("", FieldRef::call) {
            "properties" => update(&client, fields, wanted, found).await?,
            "events" => {
                let call = client.put_event_selectors().trail_name(&found.arn);
                let sent = call.event_selectors(events::all()).send().await;
                checked(sent, || {
                    format!("selecting the events of trail `{}`", found.arn)
                })?;
            }
            "logging" => {
                let sent = client.start_logging().name(&found.arn).send().await;
                checked(sent, || doing::<OwnTrail>("starting", key))?;
            }
            "tags" => {
                let call = client.add_tags().resource_id(arn);
                let call = call.set_tags_list(Some(sdk_tags!(Tag, wanted.tags)?));
                checked(call.send().await, || doing::<OwnTrail>("tagging", key))?;
                untag(&client, arn, desired.retired(&found.tags, &wanted.tags)).await?;
            }
            other => return Err(unknown_call(key, other)),
        }
        Ok(None)
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        found: &OwnTrail,
    ) -> Result<Deleted, Failure> {
        let client = self.0.clients.cloudtrail(desired, &found.home).await?;
        let sent = client.delete_trail().name(&found.arn).send().await;
        removed(sent, || doing::<OwnTrail>("deleting", key)).map(|()| Deleted::Removed)
    }
}

/// Takes off the tags that the spec has no more.
async fn untag(client: &Client, arn: &str, retired: Vec<String>) -> Result<(), Failure> {
    if retired.is_empty() {
        return Ok(());
    }
    let doing = || format!("untagging trail `{arn}`");
    let tag = |key| Tag::builder().key(key).build();
    let tags: Result<Vec<Tag>, _> = retired.into_iter().map(tag).collect();
    let tags = tags.map_err(|error| Failure::bug(doing(), error.to_string()))?;
    let call = client.remove_tags().resource_id(arn);
    checked(call.set_tags_list(Some(tags)).send().await, doing).map(drop)
}

async fn update(
    client: &Client,
    fields: &[FieldRef],
    wanted: &OwnTrail,
    found: &OwnTrail,
) -> Result<(), Failure> {
    let arn = found.arn.as_str();
    // Named only once they are there: CloudTrail tries them.
    let copies = fields
        .iter()
        .any(|field| ["copiesTo", "copiesBy"].contains(&field.field.name));
    let copied = |wanted: &Option<String>| copies.then(|| wanted.clone().unwrap_or_default());
    // An empty value removes what is there and is not wanted. Source: CloudTrail API reference, `UpdateTrail`.
    let cleared = |found: &Option<String>| found.as_ref().map(|_| String::new());
    let call = client
        .update_trail()
        .name(arn)
        .s3_bucket_name(&wanted.delivers_to)
        .is_multi_region_trail(wanted.multi_region)
        .include_global_service_events(wanted.global_events)
        .enable_log_file_validation(wanted.validation)
        .set_s3_key_prefix(cleared(&found.prefix))
        .set_kms_key_id(wanted.key.clone().or_else(|| cleared(&found.key)))
        .set_sns_topic_name(cleared(&found.topic))
        .set_cloud_watch_logs_log_group_arn(copied(&wanted.copies_to))
        .set_cloud_watch_logs_role_arn(copied(&wanted.copies_by));
    checked(call.send().await, || format!("updating trail `{arn}`")).map(drop)
}

/// What CloudTrail tells of a trail by other calls.
#[derive(Default)]
struct State {
    logging: String,
    events: String,
    delivery_error: Option<String>,
    digest_error: Option<String>,
    copy_error: Option<String>,
}

/// Whether it is logging and delivering, and which events it records; nothing where either call does not find the trail.
async fn state(client: &Client, name: &str) -> Result<Option<State>, Failure> {
    let told = futures::try_join!(status(client, name), events::events(client, name))?;
    let (Some(status), Some(events)) = told else {
        return Ok(None);
    };
    let logging = match gap(&status) {
        None => OwnTrail::LOGGING.to_owned(),
        Some(gap) => format!("off: {gap}"),
    };
    let error = |error: Option<String>| error.filter(|error| !error.is_empty());
    Ok(Some(State {
        logging,
        events,
        delivery_error: error(status.latest_delivery_error),
        digest_error: error(status.latest_digest_delivery_error),
        copy_error: error(status.latest_cloud_watch_logs_delivery_error),
    }))
}

/// The trail of our name: the one where it is expected, or one of another Region that records all.
fn of_name(trails: Vec<Trail>, name: &str, expected: &str) -> Option<Trail> {
    let is_it =
        |trail: &Trail| trail.name() == Some(name) && trail.is_organization_trail() != Some(true);
    let mut named: Vec<Trail> = trails.into_iter().filter(is_it).collect();
    named.sort_by_key(|trail| trail.trail_arn() != Some(expected));
    named.into_iter().next()
}

/// The home of a trail, if it is another Region than this one.
fn elsewhere(trail: &Trail, here: &Region) -> Option<Region> {
    let home: Region = trail.home_region()?.parse().ok()?;
    (home != *here).then_some(home)
}

/// What CloudTrail tells of a trail beside the trail itself, if each call finds it. On the way out it need not be known how it is.
async fn told(
    client: &Client,
    desired: &Desired,
    name: &str,
    arn: &str,
) -> Result<Option<(State, Tags)>, Failure> {
    let state = async {
        match desired.leaving() {
            true => Ok(Some(State::default())),
            false => state(client, name).await,
        }
    };
    let (state, tags) = futures::try_join!(state, tags(client, arn))?;
    Ok(state.zip(tags))
}

impl Port {
    /// One round trip where the trail is where it is expected, or is not there.
    async fn read(&self, desired: &Desired, key: &Key) -> Result<Option<OwnTrail>, Failure> {
        let (client, home) = at_home(&self.0, desired).await?;
        let (name, arn) = (key.name.as_str(), own_arn(desired, &home)?);
        if !was_there(desired, key) {
            let trails = self.1.read(&client).await?;
            if of_name(trails, name, &arn).is_none() {
                return Ok(None);
            }
        }
        let told_here = told(&client, desired, name, &arn);
        let (trails, told_here) = futures::try_join!(self.1.read(&client), told_here)?;
        let Some(trail) = of_name(trails, name, &arn) else {
            return Ok(None);
        };
        let told = match elsewhere(&trail, &home) {
            None => told_here,
            // A Region tells the tags of its own trails only. Source: CloudTrail API reference, `ListTags`.
            Some(region) => {
                let client = self.0.clients.cloudtrail(desired, &region).await?;
                let arn = trail.trail_arn().unwrap_or_default();
                told(&client, desired, arn, arn).await?
            }
        };
        let found = with_details(key, Some(trail), told)?;
        Ok(found.map(|(trail, (state, tags))| own(&home, trail, state, tags)))
    }
}

type Tags = BTreeMap<String, String>;

fn own(expected: &Region, trail: Trail, state: State, tags: Tags) -> OwnTrail {
    let set = |value: Option<String>| value.filter(|value| !value.is_empty());
    let home = trail.home_region().and_then(|region| region.parse().ok());
    OwnTrail {
        home: home.unwrap_or_else(|| expected.clone()),
        multi_region: trail.is_multi_region_trail == Some(true),
        global_events: trail.include_global_service_events == Some(true),
        validation: trail.log_file_validation_enabled == Some(true),
        arn: trail.trail_arn.unwrap_or_default(),
        delivers_to: trail.s3_bucket_name.unwrap_or_default(),
        prefix: set(trail.s3_key_prefix),
        key: set(trail.kms_key_id),
        topic: set(trail.sns_topic_arn),
        copies_to: set(trail.cloud_watch_logs_log_group_arn),
        copies_by: set(trail.cloud_watch_logs_role_arn),
        events: state.events,
        logging: state.logging,
        delivery_error: state.delivery_error,
        digest_error: state.digest_error,
        copy_error: state.copy_error,
        tags,
    }
}

/// The tags of a trail, if it is there: they say whose it is.
async fn tags(client: &Client, arn: &str) -> Result<Option<Tags>, Failure> {
    let call = client.list_tags().resource_id_list(arn);
    let answer = present(call.send().await, || "reading the tags of the trail".into())?;
    let resources = answer.map(|answer| answer.resource_tag_list.unwrap_or_default().into_iter());
    let pair = |tag: Tag| (tag.key, tag.value.unwrap_or_default());
    Ok(resources.map(|all| {
        let tags = all.filter_map(|resource| resource.tags_list);
        tags.flatten().map(pair).collect()
    }))
}

#[cfg(test)]
mod tests;
