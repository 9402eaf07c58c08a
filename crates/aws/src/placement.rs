//! Observes, and works on, where a tenant's account is in the organization.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_organizations::{error::SdkError, operation::move_account::MoveAccountError};
use baseline::{
    Component, Desired, Port,
    placement::{Observation, Organization, Placement, PlacementChange, PlacementFact},
};
use tenancy::{AccountId, Failure, Verb};

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
    /// No call of its own where the description of the account says where it is, for what all tenants share is remembered for some
    /// minutes. A scheduled audit makes none at all where the account is as wanted by what the sweep read.
    async fn observe(&self, desired: &Desired) -> Result<Observation, Failure> {
        if let Some(seen) = self.listed(desired).await? {
            return Ok(seen);
        }
        let parent = Box::pin(self.observed_parent(desired));
        let organization = Box::pin(self.organization.read(desired));
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
                account,
                from,
                unit,
                to,
                ..
            } => {
                let from = from.as_deref();
                self.move_account(desired, account, from, (unit, to)).await
            }
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

    /// The unit of the account; none where there is no account.
    async fn observed_parent(&self, desired: &Desired) -> Result<Option<String>, Failure> {
        let Some(account) = &desired.account else {
            return Ok(None);
        };
        let described = Box::pin(self.organization.described_parent(desired, account));
        let (described, ()) = futures::join!(described, Box::pin(self.expect_move(desired)));
        match described {
            Some(parent) => Ok(Some(parent)),
            None => Box::pin(self.parent(desired, account)).await,
        }
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

    /// The token for moving an account that has yet to be placed is taken while it is read where that is.
    async fn expect_move(&self, desired: &Desired) {
        let pass = &self.pass;
        if pass.verb == Verb::Onboard && !pass.settled.contains(&Placement::NAME) {
            let limiter = pass.sessions.limiter();
            // Whoever makes the calls says why there is no session.
            let _ = futures::join!(
                limiter.take_ahead(&["MoveAccount"]),
                pass.sessions.organizations(desired),
            );
        }
    }

    /// Moves the account from where this pass saw it. Where it is somewhere else by now, its parent is read again, for a move names
    /// where the account comes from.
    async fn move_account(
        &self,
        desired: &Desired,
        account: &AccountId,
        from: Option<&str>,
        (unit, to): (&str, &str),
    ) -> Result<PlacementFact, Failure> {
        let doing = || format!("moving account {account} to unit `{unit}`");
        self.organization.moves();
        let moved = PlacementFact::Moved { to: to.to_owned() };
        if let Some(from) = from {
            match self.move_from(desired, account, from, to).await? {
                Err(error) if errors::is_elsewhere(&error) => {}
                answer => {
                    return answer
                        .map(|()| moved)
                        .map_err(|error| errors::organizations_failure(doing(), &error));
                }
            }
        }
        let Some(from) = self.parent(desired, account).await? else {
            let shown = "the account to be in the organization";
            return Err(Failure::wait(doing(), shown, 30));
        };
        if from == to {
            return Ok(moved);
        }
        let answer = self.move_from(desired, account, &from, to).await?;
        answer.map_err(|error| errors::organizations_failure(doing(), &error))?;
        Ok(moved)
    }

    /// What AWS answered, that the account is there already being a success.
    async fn move_from(
        &self,
        desired: &Desired,
        account: &AccountId,
        from: &str,
        to: &str,
    ) -> Result<Result<(), SdkError<MoveAccountError>>, Failure> {
        let client = self.pass.sessions.organizations(desired).await?;
        let answer = client
            .move_account()
            .account_id(account.as_str())
            .source_parent_id(from)
            .destination_parent_id(to)
            .send()
            .await;
        Ok(match answer {
            Err(error) if !errors::is_already_there(&error) => Err(error),
            _ => Ok(()),
        })
    }
}
