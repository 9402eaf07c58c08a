//! The tags of monitors and subscriptions, by which they are ours.

use std::collections::BTreeMap;

use aws_sdk_costexplorer::{Client, types::ResourceTag};
use baseline::{
    Component, Desired, Home,
    billing::Billing,
    declared::{Deleted, Key, Resource},
};
use futures::{StreamExt, TryStreamExt, stream};
use tenancy::{Failure, FailureKind};

use super::{answered, doing, there};
use crate::{calls::sdk_tags, resources::with_details};

/// How many are asked for their tags at once.
const AT_ONCE: usize = 8;

pub(super) type Tags = BTreeMap<String, String>;

/// The tags of some monitors or subscriptions, by ARN. One that is listed and whose tags are not found becomes visible, or is going.
pub(super) async fn tags_of_all<R: Resource>(
    client: &Client,
    key: &Key,
    arns: Vec<String>,
) -> Result<Vec<(String, Tags)>, Failure> {
    let read = |arn: String| async move {
        let call = client.list_tags_for_resource().resource_arn(&arn);
        let answer = call.send().await;
        let answer = there(answer, || doing::<R>("reading the tags of", key))?;
        let tags: Option<Tags> = answer.map(|answer| {
            let tags = answer.resource_tags.into_iter().flatten();
            tags.map(|tag| (tag.key, tag.value)).collect()
        });
        with_details(key, Some(arn), tags)
    };
    let read: Vec<Option<(String, Tags)>> = stream::iter(arns)
        .map(read)
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(read.into_iter().flatten().collect())
}

/// Puts tags on, and takes off those that are no longer wanted.
pub(super) async fn tag<R: Resource>(
    client: &Client,
    desired: &Desired,
    key: &Key,
    arn: &str,
    (wanted, found): (&Tags, &Tags),
) -> Result<(), Failure> {
    let call = client.tag_resource().resource_arn(arn);
    let call = call.set_resource_tags(Some(sdk_tags!(ResourceTag, wanted)?));
    answered(call.send().await, || doing::<R>("tagging", key))?;
    let retired = desired.retired(found, wanted);
    if retired.is_empty() {
        return Ok(());
    }
    let call = client.untag_resource().resource_arn(arn);
    let sent = call.set_resource_tag_keys(Some(retired)).send().await;
    answered(sent, || doing::<R>("untagging", key)).map(drop)
}

/// One of ours whose tags name somebody else, and on whose tags the right to delete it hangs: of a tenant that leaves it goes with the
/// account; otherwise its tags are put back first.
pub(super) async fn retag<R: Resource>(
    client: &Client,
    desired: &Desired,
    key: &Key,
    arn: &str,
    found: &Tags,
) -> Result<Deleted, Failure> {
    if desired.home == Home::Quarantine {
        return Ok(Deleted::InUse(
            "its tags, which name somebody else".to_owned(),
        ));
    }
    let wanted = desired.tags(Billing::NAME);
    tag::<R>(client, desired, key, arn, (&wanted, found)).await?;
    Err(Failure::retry(
        FailureKind::NotReady,
        doing::<R>("deleting", key),
        "its tags were put back, and AWS may not go by them yet",
        60,
    ))
}
