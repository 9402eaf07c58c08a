//! Analyzers of IAM Access Analyzer: one list for each Region.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_trait::async_trait;
use aws_sdk_accessanalyzer::{
    Client,
    types::{
        AnalysisRule, AnalyzerConfiguration, AnalyzerStatus, AnalyzerSummary, Type,
        UnusedAccessConfiguration,
    },
};
use baseline::{
    Component, Desired,
    access_analyzer::{AccessAnalyzers, Analyzer},
    declared::{Deleted, FieldRef, Key, Observations, Observed, ResourcePort},
};
use futures::future::join_all;
use tenancy::{Failure, Region, names};

use super::{by_region, doing, open_and_closed, region, visible};
use crate::{
    calls::{checked, removed},
    errors,
    installation::never_entered,
    pass::PassContext,
};

/// Observes analyzers, and works on them.
pub(crate) struct AnalyzerPort(pub(crate) Arc<PassContext>);

#[async_trait]
impl ResourcePort<Analyzer> for AnalyzerPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<Analyzer>, Failure> {
        if keys.is_empty() || never_entered(&self.0) {
            return Ok(Observations::new());
        }
        self.0.sessions.tenant(desired).await?;
        let (open, closed) = open_and_closed(&self.0, desired, keys);
        let regions: BTreeSet<&Region> = open.iter().filter_map(|key| key.region()).collect();
        let lists = regions.iter().map(|region| self.list(desired, region));
        let lists = join_all(lists).await;
        let lists: BTreeMap<_, _> = regions.into_iter().zip(lists).collect();
        let read = open.into_iter().filter_map(|key| {
            let listed = lists.get(key.region()?)?;
            Some((key.clone(), observed(desired, key, listed.as_deref())))
        });
        let mut all = by_region(desired, read.collect());
        all.extend(closed);
        Ok(all)
    }

    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &Analyzer,
    ) -> Result<Analyzer, Failure> {
        let call = self.client(desired, key).await?.create_analyzer();
        let call = call
            .analyzer_name(&key.name)
            .r#type(kind(key))
            .set_configuration(configuration(wanted))
            .set_tags(Some(wanted.tags.clone().into_iter().collect()));
        match call.send().await {
            // Made by a pass whose answer was lost, or by somebody else.
            Err(error) if errors::is_already_there(&error) => visible(self, desired, key).await,
            answer => {
                let created = checked(answer, || doing::<Analyzer>("creating", key))?;
                Ok(Analyzer {
                    made: self.made(desired, key, created.arn.as_deref()).await,
                    id: created.arn,
                    ..wanted.clone()
                })
            }
        }
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &Analyzer,
        found: &Analyzer,
    ) -> Result<Option<Analyzer>, Failure> {
        let differs = |name: &str| fields.iter().any(|one| one.field.name == name);
        if differs("days") {
            // Its period cannot be changed: another one takes its place.
            self.delete(desired, key, found).await?;
            let made = self.create(desired, key, wanted).await;
            return made.map(Some).map_err(errors::room_not_shown);
        }
        let client = self.client(desired, key).await?;
        if differs("exclusions") {
            let call = client.update_analyzer().analyzer_name(&key.name);
            let sent = call.set_configuration(configuration(wanted)).send().await;
            checked(sent, || doing::<Analyzer>("setting", key))?;
        }
        if differs("tags") {
            tag(&client, desired, key, wanted, found).await?;
        }
        Ok(None)
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        _found: &Analyzer,
    ) -> Result<Deleted, Failure> {
        let call = self.client(desired, key).await?.delete_analyzer();
        let sent = call.analyzer_name(&key.name).send().await;
        removed(sent, || doing::<Analyzer>("deleting", key)).map(|()| Deleted::Removed)
    }
}

impl AnalyzerPort {
    async fn client(&self, desired: &Desired, key: &Key) -> Result<Client, Failure> {
        let region = region(desired, key)?;
        self.0.clients.access_analyzer(desired, region).await
    }

    /// When it was made, which the answer to its creation does not say. If that cannot be read, it is recorded by the next pass.
    async fn made(&self, desired: &Desired, key: &Key, arn: Option<&str>) -> Option<i64> {
        let listed = self.list(desired, region(desired, key).ok()?).await.ok()?;
        let this = listed.iter().find(|one| Some(one.arn.as_str()) == arn)?;
        Some(this.created_at.secs())
    }

    async fn list(
        &self,
        desired: &Desired,
        region: &Region,
    ) -> Result<Vec<AnalyzerSummary>, Failure> {
        let client = self.0.clients.access_analyzer(desired, region).await?;
        let pages = client.list_analyzers().into_paginator().items().send();
        let all: Result<_, _> = pages.collect().await;
        checked(all, || format!("listing the access analyzers in {region}"))
    }
}

/// What is there of a type: ours by its name, or else one that takes the only place, where one is wanted.
fn observed(
    desired: &Desired,
    key: &Key,
    listed: Result<&[AnalyzerSummary], &Failure>,
) -> Observed<Analyzer> {
    let listed = match listed {
        Ok(listed) => listed,
        Err(failure) => return Observed::Unreadable(failure.clone()),
    };
    if let Some(named) = listed.iter().find(|one| one.name == key.name) {
        return Observed::Present(found(named));
    }
    let wanted = !desired.leaving()
        && desired
            .spec
            .regions
            .iter()
            .any(|one| Some(one) == key.region());
    let other = listed.iter().find(|one| one.r#type == kind(key));
    match other.filter(|_| wanted) {
        // Its tags are its own.
        Some(other) => Observed::Present(Analyzer {
            tags: desired.tags(AccessAnalyzers::NAME),
            other: Some(other.name.clone()),
            id: None,
            made: None,
            ..found(other)
        }),
        None => Observed::Absent,
    }
}

fn found(summary: &AnalyzerSummary) -> Analyzer {
    let unused = match &summary.configuration {
        Some(AnalyzerConfiguration::UnusedAccess(unused)) => Some(unused),
        _ => None,
    };
    let excluded = unused.and_then(|unused| unused.analysis_rule.as_ref());
    let excluded = excluded.filter(|rule| !rule.exclusions().is_empty());
    Analyzer {
        days: unused.and_then(|unused| unused.unused_access_age),
        exclusions: excluded.map(exclusions),
        fault: fault(summary),
        tags: summary.tags.clone().into_iter().flatten().collect(),
        other: None,
        id: Some(summary.arn.clone()),
        made: Some(summary.created_at.secs()),
    }
}

/// Who is left out, by tags; an account's analyzer knows nothing else to go by.
fn exclusions(rule: &AnalysisRule) -> String {
    let tags = rule.exclusions().iter().flat_map(|one| one.resource_tags());
    let words = tags.map(|tags| {
        let mut tags: Vec<String> = tags
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        tags.sort();
        tags.join(" and ")
    });
    words.collect::<Vec<_>>().join(", ")
}

/// One that AWS is still making is no fault.
fn fault(summary: &AnalyzerSummary) -> Option<String> {
    let reason = summary.status_reason.as_ref();
    let reason = reason.map(|reason| format!(": {}", reason.code.as_str()));
    match &summary.status {
        AnalyzerStatus::Active | AnalyzerStatus::Creating => None,
        status => Some(format!("{}{}", status.as_str(), reason.unwrap_or_default())),
    }
}

fn kind(key: &Key) -> Type {
    match key.name.as_str() {
        names::UNUSED_ACCESS => Type::AccountUnusedAccess,
        _ => Type::Account,
    }
}

/// An analyzer for external access has none.
fn configuration(wanted: &Analyzer) -> Option<AnalyzerConfiguration> {
    let days = wanted.days?;
    let nobody = AnalysisRule::builder().set_exclusions(Some(Vec::new()));
    let unused = UnusedAccessConfiguration::builder().unused_access_age(days);
    let unused = unused.analysis_rule(nobody.build()).build();
    Some(AnalyzerConfiguration::UnusedAccess(unused))
}

async fn tag(
    client: &Client,
    desired: &Desired,
    key: &Key,
    wanted: &Analyzer,
    found: &Analyzer,
) -> Result<(), Failure> {
    let arn = found.id.clone().unwrap_or_default();
    let tags = wanted.tags.clone().into_iter().collect();
    let call = client
        .tag_resource()
        .resource_arn(&arn)
        .set_tags(Some(tags));
    checked(call.send().await, || doing::<Analyzer>("tagging", key))?;
    let retired = desired.retired(&found.tags, &wanted.tags);
    if retired.is_empty() {
        return Ok(());
    }
    let call = client.untag_resource().resource_arn(arn);
    let sent = call.set_tag_keys(Some(retired)).send().await;
    checked(sent, || doing::<Analyzer>("untagging", key)).map(drop)
}

#[cfg(test)]
#[test]
fn every_property_of_an_analyzer_is_decided_about() {
    use aws_sdk_accessanalyzer::{primitives::DateTime, types::ArchiveRuleSummary};

    use crate::watched::check;

    let summary = AnalyzerSummary::builder().arn("a").name("n");
    let summary = summary.created_at(DateTime::from_secs(0));
    let summary = summary.r#type(Type::Account).status(AnalyzerStatus::Active);
    check("accessanalyzer AnalyzerSummary", &summary.build().unwrap());
    let unused = UnusedAccessConfiguration::builder().build();
    check("accessanalyzer UnusedAccessConfiguration", &unused);
    let rule = ArchiveRuleSummary::builder().rule_name("r");
    let rule = rule.set_filter(Some(std::collections::HashMap::new()));
    let then = DateTime::from_secs(0);
    let rule = rule.created_at(then).updated_at(then).build();
    check("accessanalyzer ArchiveRuleSummary", &rule.unwrap());
}
