//! Reading root, units and policies from Organizations, every list to its end.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;
use baseline::{
    Deployment, Home,
    placement::{Organization, Policy, candidates, is_ours, relabelled},
};
use futures::future::try_join_all;
use tenancy::{Failure, names};

use super::list::{Named, policies, root, units};
use crate::errors;

/// Everything of ours: twelve or so calls, three round trips. Whose something is that is not known by its id is told by its tags; those of
/// what is known are read, too, for somebody may have changed them.
pub(super) async fn organization(
    client: &Client,
    deployment: &Deployment,
    known: &Organization,
) -> Result<Organization, Failure> {
    let units = async {
        let root = root(client).await?;
        let listed = units(client, &root).await?;
        let reader = Reader {
            client,
            deployment,
            listed,
        };
        let homes = [Home::Tenants, Home::Quarantine, Home::Suspended].map(Home::unit);
        let found = reader.all(&homes, |name| known.units.get(name)).await?;
        Ok::<_, Failure>((root, found))
    };
    let policies = async {
        let reader = Reader {
            client,
            deployment,
            listed: policies(client).await?,
        };
        let ours = [names::GUARDRAIL, names::LOCKDOWN];
        let id = |name: &str| known.policies.get(name).map(|policy| &policy.id);
        let found = reader.all(&ours, id).await?;
        let whole = found.ids.iter().map(async |(name, id)| {
            Ok::<_, Failure>((name.clone(), policy(client, id.clone()).await?))
        });
        Ok((try_join_all(whole).await?.into_iter().collect(), found))
    };
    let ((root, units), (policies, found)) = futures::try_join!(units, policies)?;
    let mut unmarked = known.unmarked.clone();
    unmarked.retain(|name| units.ids.contains_key(name) || found.ids.contains_key(name));
    unmarked.extend(units.unmarked.into_iter().chain(found.unmarked));
    let relabelled = units.relabelled.into_iter().chain(found.relabelled);
    Ok(Organization {
        root,
        units: units.ids,
        policies,
        taken: units.taken.into_iter().chain(found.taken).collect(),
        unmarked,
        relabelled: relabelled.collect(),
    })
}

/// What was recognised among units, or among policies.
#[derive(Default)]
struct Recognised {
    /// Ids of ours, by what each is for.
    ids: BTreeMap<String, String>,
    /// Names of ours that others have.
    taken: BTreeSet<String>,
    /// Which of ours do not say which installation they belong to.
    unmarked: BTreeSet<String>,
    /// Which of ours are tagged as something else, and how.
    relabelled: BTreeMap<String, String>,
}

/// Tells what is ours among units, or among policies.
struct Reader<'a> {
    client: &'a Client,
    deployment: &'a Deployment,
    listed: Vec<Named>,
}

impl Reader<'_> {
    async fn all<'a>(
        &self,
        wanted: &[&str],
        known: impl Fn(&str) -> Option<&'a String>,
    ) -> Result<Recognised, Failure> {
        let mut all = Recognised::default();
        let each = wanted.iter().map(|name| self.one(name, known(name)));
        for one in try_join_all(each).await? {
            all.ids.extend(one.ids);
            all.taken.extend(one.taken);
            all.unmarked.extend(one.unmarked);
            all.relabelled.extend(one.relabelled);
        }
        Ok(all)
    }

    /// By its id where that is known, whatever it is called by now; otherwise by its tags, among what has a name we would give.
    async fn one(&self, name: &str, known: Option<&String>) -> Result<Recognised, Failure> {
        let mut found = Recognised::default();
        if let Some(id) = known
            && self.is_there(id).await?
        {
            let tags = self.tags(id).await?;
            let mark = relabelled(self.deployment, name, &tags);
            found
                .relabelled
                .extend(mark.map(|mark| (name.to_owned(), mark)));
            if !tags.contains_key(names::TAG_INSTALLATION) {
                found.unmarked.insert(name.to_owned());
            }
            found.ids.insert(name.to_owned(), id.clone());
            return Ok(found);
        }
        let names = candidates(self.deployment, name);
        let mut called: Vec<&Named> = self
            .listed
            .iter()
            .filter(|listed| names.contains(&listed.name) || listed.name == name)
            .collect();
        // Where somebody made two of ours, the one with the smaller id is ours for everyone.
        called.sort_by(|a, b| a.id.cmp(&b.id));
        let tags = called.iter().map(|listed| self.tags(&listed.id));
        for (listed, tags) in called.iter().zip(try_join_all(tags).await?) {
            match is_ours(self.deployment, name, &listed.name, &tags) {
                Some(marked) if found.ids.is_empty() => {
                    found.ids.insert(name.to_owned(), listed.id.clone());
                    if !marked {
                        found.unmarked.insert(name.to_owned());
                    }
                }
                _ => drop(found.taken.insert(listed.name.clone())),
            }
        }
        Ok(found)
    }

    /// A unit of ours that is not among the listed ones was moved by hand, or deleted.
    async fn is_there(&self, id: &str) -> Result<bool, Failure> {
        if self.listed.iter().any(|listed| listed.id == id) {
            return Ok(true);
        }
        if !id.starts_with("ou-") {
            return Ok(false);
        }
        let call = self.client.describe_organizational_unit();
        match call.organizational_unit_id(id).send().await {
            Ok(_) => Ok(true),
            Err(error) if errors::is_absent(&error) => Ok(false),
            Err(error) => {
                let doing = format!("reading organizational unit `{id}`");
                Err(errors::organizations_failure(doing, &error))
            }
        }
    }

    /// The tags of what was just found. Where they are not found, it was made, or deleted, a moment ago: it cannot be said yet whose it is,
    /// and it is not taken for somebody else's.
    async fn tags(&self, id: &str) -> Result<BTreeMap<String, String>, Failure> {
        let tags = super::tags_of(self.client, id).await?;
        tags.ok_or_else(|| {
            let doing = format!("reading the tags of `{id}`");
            Failure::wait(doing, format!("`{id}` to become visible"), 5)
        })
    }
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
            errors::organizations_failure(format!("reading the targets of policy `{id}`"), &error)
        })?;
        let ids = page
            .targets()
            .iter()
            .filter_map(|target| target.target_id());
        targets.extend(ids.map(ToOwned::to_owned));
    }
    Ok(targets)
}

#[cfg(test)]
#[test]
fn every_property_of_what_organizations_keeps_is_decided_about() {
    use aws_sdk_organizations::{
        operation::list_tags_for_resource::ListTagsForResourceOutput, types,
    };

    use crate::watched::check;

    check("organizations Account", &types::Account::builder().build());
    let tags = ListTagsForResourceOutput::builder().build();
    check("organizations ListTagsForResourceOutput", &tags);
    let unit = types::OrganizationalUnit::builder().build();
    check("organizations OrganizationalUnit", &unit);
    check("organizations Policy", &types::Policy::builder().build());
    let target = types::PolicyTargetSummary::builder().build();
    check("organizations PolicyTargetSummary", &target);
}
