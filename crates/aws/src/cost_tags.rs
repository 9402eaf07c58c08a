//! The tags of ours by which costs are told apart, activated where the bill is paid: in the management account, once for the
//! installation and not for each tenant.
//!
//! # Guarantees
//! What is active stays as it is, tags of others are never touched, and nothing is deactivated.
//! # Caveats
//! AWS knows a tag up to a day after it was first put on something that costs, and only then it can be activated (AWS Billing User
//! Guide, "Using user-defined cost allocation tags"): until then nothing is done about it. Bills have it from its activation on.

use std::collections::BTreeSet;

use aws_sdk_costexplorer::{
    Client,
    types::{
        CostAllocationTag, CostAllocationTagStatus, CostAllocationTagStatusEntry,
        CostAllocationTagType, UpdateCostAllocationTagsStatusError,
    },
};
use tenancy::{Failure, Timestamp, names};

use crate::{
    calls::cost_answer,
    pass::of_costs,
    session::{Aws, Role},
    settings::Settings,
};

/// What became of our tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activation {
    /// All that are active now.
    pub active: BTreeSet<String>,
    /// Those that are active now and were not before.
    pub activated: Vec<String>,
    /// Those that AWS did not activate, each with the reason.
    pub refused: Vec<String>,
}

/// Activates those of our tags that AWS knows and that are not active, through the broker.
///
/// # Errors
/// The broker does not let us in, or may not do this; Cost Explorer is off, or did not answer.
pub async fn activate(
    aws: &Aws,
    settings: &Settings,
    now: Timestamp,
) -> Result<Activation, Failure> {
    let client = client(aws, settings, now).await?;
    let (active, inactive) = known(&client).await?;
    if inactive.is_empty() {
        return Ok(Activation {
            active,
            ..Activation::default()
        });
    }
    let doing = "activating cost allocation tags";
    let entries = inactive.iter().map(|key| {
        let entry = CostAllocationTagStatusEntry::builder().tag_key(key);
        entry.status(CostAllocationTagStatus::Active).build()
    });
    let entries: Result<Vec<_>, _> = entries.collect();
    let entries = entries.map_err(|error| Failure::bug(doing, error.to_string()))?;
    let call = client.update_cost_allocation_tags_status();
    let sent = call.set_cost_allocation_tags_status(Some(entries)).send();
    let answer = cost_answer(sent.await, || doing.to_owned())?;
    Ok(told(active, inactive, &answer.errors.unwrap_or_default()))
}

async fn client(aws: &Aws, settings: &Settings, now: Timestamp) -> Result<Client, Failure> {
    let role = Role {
        arn: settings.broker_role_arn.clone(),
        session_name: "tenantry-onboard-sweep".into(),
        external_id: None,
        from: None,
    };
    let session = aws.assume(role, now).await?;
    Ok(Client::new(&of_costs(&session)))
}

/// Our tags that AWS knows: those that are active, and the others. One call: a page has room for a hundred.
async fn known(client: &Client) -> Result<(BTreeSet<String>, Vec<String>), Failure> {
    let ours = names::COST_ALLOCATION_TAGS.map(str::to_owned);
    let call = client
        .list_cost_allocation_tags()
        .r#type(CostAllocationTagType::UserDefined)
        .set_tag_keys(Some(ours.to_vec()));
    let all: Result<Vec<CostAllocationTag>, _> =
        call.into_paginator().items().send().collect().await;
    let all = cost_answer(all, || "listing cost allocation tags".to_owned())?;
    let all = all.into_iter().filter(|tag| ours.contains(&tag.tag_key));
    let (active, inactive): (Vec<_>, Vec<_>) =
        all.partition(|tag| tag.status == CostAllocationTagStatus::Active);
    let keys = |tags: Vec<CostAllocationTag>| tags.into_iter().map(|tag| tag.tag_key);
    Ok((keys(active).collect(), keys(inactive).collect()))
}

/// Which were activated, and which not.
fn told(
    mut active: BTreeSet<String>,
    asked: Vec<String>,
    errors: &[UpdateCostAllocationTagsStatusError],
) -> Activation {
    let refused = errors.iter().map(|error| {
        let words = [&error.tag_key, &error.code, &error.message];
        let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
        words.join(": ")
    });
    let failed = |key: &String| errors.iter().any(|one| one.tag_key.as_ref() == Some(key));
    let activated: Vec<String> = asked.into_iter().filter(|key| !failed(key)).collect();
    active.extend(activated.iter().cloned());
    Activation {
        active,
        activated,
        refused: refused.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_did_not_activate_is_told_with_the_reason() {
        let refused = UpdateCostAllocationTagsStatusError::builder()
            .tag_key("tenantry:group")
            .code("NotFound")
            .message("no such tag")
            .build();
        let asked = ["tenantry:tenant", "tenantry:group"].map(str::to_owned);
        let active = BTreeSet::from(["tenantry:component".to_owned()]);
        let told = told(active, asked.to_vec(), &[refused]);
        let active: Vec<_> = told.active.iter().collect();
        assert_eq!(active, ["tenantry:component", "tenantry:tenant"]);
        assert_eq!(told.activated, ["tenantry:tenant"]);
        assert_eq!(told.refused, ["tenantry:group: NotFound: no such tag"]);
    }
}
