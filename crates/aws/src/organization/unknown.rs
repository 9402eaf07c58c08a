//! Accounts in our units that the ledger does not know: made, or moved there, by somebody else.

use aws_sdk_organizations::Client;
use baseline::Home;
use tenancy::{AccountId, Failure};

use super::{read, snapshot};
use crate::{
    clock::Clock,
    errors,
    ledger::Ledger,
    ledger_failure::ledger_failure,
    session::{Aws, Role},
    settings::Settings,
};

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

/// Lists the accounts of our three units, page by page, and keeps those the ledger does not know, closed tenants' included.
///
/// # Errors
/// Organizations or the ledger did not answer.
pub async fn unknown_accounts(
    aws: &Aws,
    settings: &Settings,
    ledger: &Ledger,
    clock: &Clock,
) -> Result<Vec<UnknownAccount>, Failure> {
    let role = Role {
        arn: settings.broker_role_arn.clone(),
        session_name: "tenantry-audit-sweep".into(),
        external_id: None,
        from: None,
    };
    let session = aws.assume(role, clock()).await?;
    let client = Aws::organizations(&session, aws.limiter(ledger, clock));
    let known = snapshot::load(ledger, None).await?;
    let ours = snapshot::ours(known.as_ref().map(|shared| &shared.snapshot));
    let organization = read::organization(&client, &settings.deployment, &ours).await?;
    let mut found = Vec::new();
    for home in [Home::Tenants, Home::Quarantine, Home::Suspended] {
        if let Some(unit) = organization.units.get(home.unit()) {
            found.extend(accounts(&client, unit).await?);
        }
    }
    // Read after the accounts: a tenant's is in the ledger before it is moved into a unit.
    let known = ledger
        .accounts()
        .await
        .map_err(|error| ledger_failure("listing the accounts of the ledger", error))?;
    found.retain(|account| !known.contains_key(&account.account));
    Ok(found)
}

async fn accounts(client: &Client, unit: &str) -> Result<Vec<UnknownAccount>, Failure> {
    let mut found = Vec::new();
    let mut pages = client
        .list_accounts_for_parent()
        .parent_id(unit)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            errors::organizations_failure(format!("listing the accounts in unit `{unit}`"), &error)
        })?;
        found.extend(page.accounts().iter().filter_map(|account| {
            Some(UnknownAccount {
                account: account.id()?.parse().ok()?,
                name: account.name().unwrap_or_default().to_owned(),
                email: account.email().unwrap_or_default().to_owned(),
                unit: unit.to_owned(),
            })
        }));
    }
    Ok(found)
}
