//! Resource groups.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use aws_sdk_resourcegroups::{
    Client,
    types::{QueryType, ResourceQuery},
};
use baseline::{
    Desired,
    declared::{Deleted, FieldRef, Key, Observations, ResourcePort},
    resource_group::ResourceGroup,
};
use serde_json::Value;
use tenancy::{Failure, FailureKind};

use super::{doing, each, region, unknown_call, was_there, with_details};
use crate::{
    calls::{checked, present, removed},
    errors,
    pass::{PassContext, account},
};

/// Observes resource groups, and works on them.
pub(crate) struct ResourceGroupPort(pub(crate) Arc<PassContext>);

#[async_trait]
impl ResourcePort<ResourceGroup> for ResourceGroupPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<ResourceGroup>, Failure> {
        each(&self.0, desired, keys, |key| self.read(desired, key)).await
    }

    /// A name that is taken is answered as any bad request is: only reading the group tells.
    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &ResourceGroup,
    ) -> Result<ResourceGroup, Failure> {
        let call = self.client(desired, key).await?.create_group();
        let tags = wanted.tags.clone().into_iter().collect();
        let call = call.name(&key.name).resource_query(query(wanted)?);
        let answer = call.set_tags(Some(tags)).send().await;
        if let Err(error) = &answer
            && errors::is_already_there(error)
        {
            // Also said of a request that is wrong: where there is no such group, what AWS said is kept.
            let said = errors::failure(doing::<ResourceGroup>("creating", key), error);
            let found = self.read(desired, key).await?;
            let again = || Failure::retry(FailureKind::NotReady, said.doing, said.detail, 20);
            return found.ok_or_else(again);
        }
        checked(answer, || doing::<ResourceGroup>("creating", key))?;
        let id = Some(arn(desired, key)?);
        Ok(ResourceGroup {
            id,
            ..wanted.clone()
        })
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &ResourceGroup,
        found: &ResourceGroup,
    ) -> Result<Option<ResourceGroup>, Failure> {
        let client = self.client(desired, key).await?;
        match fields.first().map_or("", FieldRef::call) {
            "query" => {
                let call = client.update_group_query().group(&key.name);
                let sent = call.resource_query(query(wanted)?).send().await;
                checked(sent, || doing::<ResourceGroup>("setting the query of", key))?;
            }
            "tags" => {
                let arn = arn(desired, key)?;
                let tags = wanted.tags.clone().into_iter().collect();
                let call = client.tag().arn(&arn).set_tags(Some(tags));
                checked(call.send().await, || doing::<ResourceGroup>("tagging", key))?;
                let retired = desired.retired(&found.tags, &wanted.tags);
                if !retired.is_empty() {
                    let call = client.untag().arn(arn).set_keys(Some(retired));
                    checked(call.send().await, || {
                        doing::<ResourceGroup>("untagging", key)
                    })?;
                }
            }
            other => return Err(unknown_call(key, other)),
        }
        Ok(None)
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        _found: &ResourceGroup,
    ) -> Result<Deleted, Failure> {
        let call = self.client(desired, key).await?.delete_group();
        let sent = call.group(&key.name).send().await;
        removed(sent, || doing::<ResourceGroup>("deleting", key)).map(|()| Deleted::Removed)
    }
}

impl ResourceGroupPort {
    async fn client(&self, desired: &Desired, key: &Key) -> Result<Client, Failure> {
        let region = region(desired, key)?;
        self.0.clients.resource_groups(desired, region).await
    }

    /// Two reads at once where it is expected.
    async fn read(&self, desired: &Desired, key: &Key) -> Result<Option<ResourceGroup>, Failure> {
        let client = self.client(desired, key).await?;
        let found = read_query(&client, key);
        let tags = read_tags(&client, desired, key);
        let (found, tags) = match was_there(desired, key) {
            true => futures::try_join!(found, tags)?,
            false => match found.await? {
                Some(found) => (Some(found), tags.await?),
                None => return Ok(None),
            },
        };
        let id = Some(arn(desired, key)?);
        let found = with_details(key, found, tags)?;
        Ok(found.map(|(found, tags)| ResourceGroup {
            query: text_as_json(&found.query),
            query_type: found.r#type.as_str().to_owned(),
            tags,
            id,
        }))
    }
}

async fn read_query(client: &Client, key: &Key) -> Result<Option<ResourceQuery>, Failure> {
    let answer = client.get_group_query().group(&key.name).send().await;
    let answer = present(answer, || doing::<ResourceGroup>("reading", key))?;
    let found = answer.and_then(|answer| answer.group_query);
    Ok(found.and_then(|found| found.resource_query))
}

async fn read_tags(
    client: &Client,
    desired: &Desired,
    key: &Key,
) -> Result<Option<BTreeMap<String, String>>, Failure> {
    let answer = client.get_tags().arn(arn(desired, key)?).send().await;
    let answer = present(answer, || {
        doing::<ResourceGroup>("reading the tags of", key)
    })?;
    let tags = answer.map(|answer| answer.tags.unwrap_or_default());
    Ok(tags.map(|tags| tags.into_iter().collect()))
}

fn query(wanted: &ResourceGroup) -> Result<ResourceQuery, Failure> {
    let query = ResourceQuery::builder()
        .r#type(QueryType::from(wanted.query_type.as_str()))
        .query(wanted.query.to_string());
    let query = query.build();
    query.map_err(|error| Failure::bug("writing the query of a resource group", error.to_string()))
}

/// A query is JSON in a text. What is none is kept as text, and so equals nothing of ours.
fn text_as_json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn arn(desired: &Desired, key: &Key) -> Result<String, Failure> {
    let (region, account) = (region(desired, key)?, account(desired)?);
    let name = &key.name;
    Ok(format!(
        "arn:aws:resource-groups:{region}:{account}:group/{name}"
    ))
}

#[cfg(test)]
#[test]
fn every_property_of_a_resource_group_is_decided_about() {
    use aws_sdk_resourcegroups::{operation::get_tags::GetTagsOutput, types::GroupConfiguration};

    use crate::watched::check;

    let query = ResourceQuery::builder().r#type(QueryType::TagFilters10);
    let query = query.query("{}").build().unwrap();
    check("resourcegroups ResourceQuery", &query);
    let configuration = GroupConfiguration::builder().build();
    check("resourcegroups GroupConfiguration", &configuration);
    let tags = GetTagsOutput::builder().build();
    check("resourcegroups GetTagsOutput", &tags);
}
