//! Reading root, units and policies from Organizations, every list to its end.

use std::collections::BTreeSet;

use aws_sdk_organizations::{Client, types::PolicyType};
use baseline::{
    Home,
    placement::{Organization, Policy},
};
use futures::future::try_join_all;
use tenancy::{Failure, FailureKind, names};

use crate::errors;

/// Everything of ours: five or so calls, three round trips.
pub(super) async fn organization(client: &Client) -> Result<Organization, Failure> {
    let root = async {
        let root = root(client).await?;
        let units = units(client, &root).await?;
        Ok((root, units))
    };
    let ((root, units), policies) = futures::try_join!(root, policies(client))?;
    Ok(Organization {
        root,
        units,
        policies,
    })
}

async fn root(client: &Client) -> Result<String, Failure> {
    let doing = "looking for the root of the organization";
    let mut pages = client.list_roots().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| errors::organizations_failure(doing, &error))?;
        if let Some(id) = page.roots().first().and_then(|root| root.id()) {
            return Ok(id.to_owned());
        }
    }
    Err(Failure::retry(
        FailureKind::NotReady,
        doing,
        "there is none yet",
        60,
    ))
}

/// Our units right under the root. Where somebody made two of one name, the one with the smaller id is ours for everyone.
async fn units(
    client: &Client,
    root: &str,
) -> Result<std::collections::BTreeMap<String, String>, Failure> {
    let ours = [Home::Tenants, Home::Quarantine, Home::Suspended].map(Home::unit);
    let mut units = std::collections::BTreeMap::<String, String>::new();
    let mut pages = client
        .list_organizational_units_for_parent()
        .parent_id(root)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            errors::organizations_failure("listing the organizational units", &error)
        })?;
        for unit in page.organizational_units() {
            let (Some(name), Some(id)) = (unit.name(), unit.id()) else {
                continue;
            };
            if ours.contains(&name) && units.get(name).is_none_or(|known| id < known.as_str()) {
                units.insert(name.to_owned(), id.to_owned());
            }
        }
    }
    Ok(units)
}

async fn policies(client: &Client) -> Result<std::collections::BTreeMap<String, Policy>, Failure> {
    let mut found = Vec::new();
    let mut pages = client
        .list_policies()
        .filter(PolicyType::ServiceControlPolicy)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            errors::organizations_failure("listing the service control policies", &error)
        })?;
        let ours = page.policies().iter().filter_map(|policy| {
            let name = policy.name()?;
            let ours = [names::GUARDRAIL, names::LOCKDOWN].contains(&name);
            ours.then(|| Some((name.to_owned(), policy.id()?.to_owned())))?
        });
        found.extend(ours);
    }
    let reads = found
        .into_iter()
        .map(|(name, id)| async move { Ok::<_, Failure>((name, policy(client, id).await?)) });
    Ok(try_join_all(reads).await?.into_iter().collect())
}

async fn policy(client: &Client, id: String) -> Result<Policy, Failure> {
    let doing = format!("reading policy `{id}`");
    let content = async {
        let answer = client
            .describe_policy()
            .policy_id(&id)
            .send()
            .await
            .map_err(|error| errors::organizations_failure(doing.as_str(), &error))?;
        let text = answer.policy.and_then(|policy| policy.content);
        // A document that is no JSON is drift like any other.
        Ok(serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default())
    };
    let (content, targets) = futures::try_join!(content, targets(client, &id))?;
    Ok(Policy {
        id,
        content,
        targets,
    })
}

async fn targets(client: &Client, id: &str) -> Result<BTreeSet<String>, Failure> {
    let mut targets = BTreeSet::new();
    let mut pages = client
        .list_targets_for_policy()
        .policy_id(id)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            errors::organizations_failure(format!("reading what policy `{id}` is on"), &error)
        })?;
        let ids = page
            .targets()
            .iter()
            .filter_map(|target| target.target_id());
        targets.extend(ids.map(ToOwned::to_owned));
    }
    Ok(targets)
}
