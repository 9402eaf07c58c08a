//! Observes, and works on, where a tenant's account is in the organization.

use std::sync::Arc;

use async_trait::async_trait;
use baseline::{
    Component, Desired, Port,
    placement::{Observation, Organization, Placement, PlacementChange, PlacementFact},
};
use tenancy::{AccountId, Failure};

use crate::{errors, organization::SharedOrganization, pass::PassContext};

/// Works on the place of one tenant's account in the organization.
pub struct PlacementPort {
    pass: Arc<PassContext>,
    organization: Arc<SharedOrganization>,
}

impl PlacementPort {
    pub(crate) fn new(pass: &Arc<PassContext>, organization: &Arc<SharedOrganization>) -> Self {
        Self {
            pass: Arc::clone(pass),
            organization: Arc::clone(organization),
        }
    }
}

#[async_trait]
impl Port<Placement> for PlacementPort {
    /// One call: what all tenants share is remembered for some minutes. A scheduled audit makes none where the account is as
    /// wanted by what the sweep read.
    async fn observe(&self, desired: &Desired) -> Result<Observation, Failure> {
        if let Some(seen) = self.listed(desired).await? {
            return Ok(seen);
        }
        let parent = async {
            match &desired.account {
                Some(account) => self.parent(desired, account).await,
                None => Ok(None),
            }
        };
        let organization = self.organization.read(desired);
        let (parent, organization) = futures::try_join!(parent, organization)?;
        Ok(Observation {
            parent,
            organization,
        })
    }

    async fn apply(
        &self,
        desired: &Desired,
        change: &PlacementChange,
    ) -> Result<PlacementFact, Failure> {
        match change {
            PlacementChange::Move {
                account, unit, to, ..
            } => self.move_account(desired, account, unit, to).await,
            shared => self.organization.make(desired, shared).await,
        }
    }
}

impl PlacementPort {
    /// As the sweep read it, where nothing differs by that: what differs may have been repaired since, and is read afresh.
    async fn listed(&self, desired: &Desired) -> Result<Option<Observation>, Failure> {
        let Some(account) = &desired.account else {
            return Ok(None);
        };
        let listed = self.organization.listed(Placement::NAME, account).await?;
        let seen = listed.map(|listed| Observation {
            parent: Some(listed.account.unit),
            organization: Organization::clone(&listed.organization),
        });
        Ok(seen.filter(|seen| Placement::plan(desired, seen).is_settled()))
    }

    async fn parent(
        &self,
        desired: &Desired,
        account: &AccountId,
    ) -> Result<Option<String>, Failure> {
        let client = self.pass.sessions.organizations(desired).await?;
        let call = client.list_parents().child_id(account.as_str());
        let mut pages = call.into_paginator().send();
        // An account has exactly one parent, and a page may be empty all the same (ListParents, Organizations API reference).
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => {
                    if let Some(parent) = page.parents().first() {
                        return Ok(parent.id.clone());
                    }
                }
                Err(error) if errors::is_absent(&error) => return Ok(None),
                Err(error) => {
                    let doing = format!("reading where account {account} is");
                    return Err(errors::organizations_failure(doing, &error));
                }
            }
        }
        Ok(None)
    }

    /// Compares and moves: the parent is read right before, for a move names where the account comes from.
    async fn move_account(
        &self,
        desired: &Desired,
        account: &AccountId,
        unit: &str,
        to: &str,
    ) -> Result<PlacementFact, Failure> {
        let doing = format!("moving account {account} to unit `{unit}`");
        let moved = PlacementFact::Moved { to: to.to_owned() };
        let Some(from) = self.parent(desired, account).await? else {
            let shown = "the account to be in the organization";
            return Err(Failure::wait(doing, shown, 30));
        };
        if from == to {
            return Ok(moved);
        }
        let client = self.pass.sessions.organizations(desired).await?;
        let call = client.move_account().account_id(account.as_str());
        let call = call.source_parent_id(from).destination_parent_id(to);
        match call.send().await {
            Err(error) if !errors::is_already_there(&error) => {
                Err(errors::organizations_failure(doing, &error))
            }
            _ => Ok(moved),
        }
    }
}
