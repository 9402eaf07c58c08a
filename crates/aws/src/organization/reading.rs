//! The organization as the daily sweep reads it: once for all audits that follow, and to find accounts in our units that the ledger
//! does not know: made, or moved there, by somebody else.

use aws_sdk_organizations::{Client, types::Account};
use baseline::{Home, placement::Organization};
use futures::future::try_join_all;
use tenancy::{AccountId, Failure, Timestamp};

use super::{
    account::account_state,
    accounts::{self, Listed, ListedAccount},
    read, snapshot,
};
use crate::{
    clock::Clock,
    errors,
    ledger::Ledger,
    ledger_failure::ledger_failure,
    session::{Aws, Role},
    settings::Settings,
};

/// How long accounts are listed: some 11,000 of them at our share of AWS's rate. The audits of those that are not in the list by
/// then ask for themselves.
const LISTING_SECS: i64 = 150;

/// An account that is in one of our units and belongs to no tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownAccount {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Its e-mail address.
    pub email: String,
    /// The id of the unit it is in.
    pub unit: String,
}

/// The organization as a sweep read it.
pub struct OrganizationReading {
    read_at: Timestamp,
    organization: Organization,
    accounts: Listed,
    complete: bool,
}

/// Reads units, policies and the accounts of our three units, page by page, as many as there is time for.
///
/// # Errors
/// Organizations or the ledger did not answer.
pub async fn read_organization(
    aws: &Aws,
    settings: &Settings,
    ledger: &Ledger,
    clock: &Clock,
) -> Result<OrganizationReading, Failure> {
    let role = Role {
        arn: settings.broker_role_arn.clone(),
        session_name: "tenantry-audit-sweep".into(),
        external_id: None,
        from: None,
    };
    // As old as its oldest part.
    let read_at = clock();
    let session = aws.assume(role, read_at).await?;
    let client = Aws::organizations(&session, aws.limiter(ledger, clock));
    let known = snapshot::load(ledger, None).await?;
    let ours = snapshot::ours(known.as_ref().map(|shared| &shared.snapshot));
    let organization = read::organization(&client, &settings.deployment, &ours).await?;
    let homes = [Home::Tenants, Home::Quarantine, Home::Suspended];
    let units = homes
        .iter()
        .filter_map(|home| organization.units.get(home.unit()));
    let late = || clock().as_second() - read_at.as_second() >= LISTING_SECS;
    let listed = try_join_all(units.map(|unit| accounts_of(&client, unit, &late))).await?;
    let complete = listed.iter().all(|(_, complete)| *complete);
    let accounts = listed.into_iter().flat_map(|(some, _)| some).collect();
    Ok(OrganizationReading {
        read_at,
        organization,
        accounts,
        complete,
    })
}

impl OrganizationReading {
    /// How many accounts it has, if there was no time for all of them.
    pub fn incomplete(&self) -> Option<usize> {
        (!self.complete).then_some(self.accounts.len())
    }

    /// Hands the reading to the audits of the sweep.
    ///
    /// # Errors
    /// The ledger did not answer: the audits then read for themselves.
    pub async fn share(&self, ledger: &Ledger) -> Result<(), Failure> {
        let (organization, accounts) = (&self.organization, self.accounts.clone());
        accounts::save(ledger, self.read_at, organization, accounts).await
    }

    /// The accounts that the ledger does not know, closed tenants' included.
    ///
    /// # Errors
    /// The ledger did not answer.
    pub async fn unknown(&self, ledger: &Ledger) -> Result<Vec<UnknownAccount>, Failure> {
        // Read after the accounts: a tenant's is in the ledger before it is moved into a unit.
        let known = ledger.accounts().await;
        let known =
            known.map_err(|error| ledger_failure("listing the accounts of the ledger", error))?;
        let unknown = self
            .accounts
            .iter()
            .filter(|(id, _)| !known.contains_key(id));
        let unknown = unknown.map(|(id, listed)| UnknownAccount {
            account: id.clone(),
            name: listed.name.clone(),
            email: listed.email.clone(),
            unit: listed.unit.clone(),
        });
        Ok(unknown.collect())
    }
}

/// The accounts of a unit, and whether they are all of them.
async fn accounts_of(
    client: &Client,
    unit: &str,
    late: &impl Fn() -> bool,
) -> Result<(Listed, bool), Failure> {
    let mut found = Listed::new();
    let mut pages = client
        .list_accounts_for_parent()
        .parent_id(unit)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            errors::organizations_failure(format!("listing the accounts in unit `{unit}`"), &error)
        })?;
        let listed = page.accounts().iter().filter_map(|one| listed(one, unit));
        found.extend(listed);
        if page.next_token().is_some() && late() {
            return Ok((found, false));
        }
    }
    Ok((found, true))
}

fn listed(account: &Account, unit: &str) -> Option<(AccountId, ListedAccount)> {
    let listed = ListedAccount {
        unit: unit.to_owned(),
        name: account.name().unwrap_or_default().to_owned(),
        email: account.email().unwrap_or_default().to_owned(),
        state: account_state(account),
    };
    Some((account.id()?.parse().ok()?, listed))
}
