//! The lists of Organizations: its root, the units right under it, and the service control policies.

use aws_sdk_organizations::{Client, types::PolicyType};
use tenancy::{Failure, FailureKind};

use crate::errors;

/// A unit or a policy.
pub(super) struct Named {
    pub(super) id: String,
    pub(super) name: String,
}

impl Named {
    fn of(id: Option<&str>, name: Option<&str>) -> Option<Self> {
        Some(Self {
            id: id?.to_owned(),
            name: name?.to_owned(),
        })
    }
}

pub(super) async fn root(client: &Client) -> Result<String, Failure> {
    let doing = "reading the root of the organization";
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

pub(super) async fn units(client: &Client, root: &str) -> Result<Vec<Named>, Failure> {
    let mut units = Vec::new();
    let mut pages = client
        .list_organizational_units_for_parent()
        .parent_id(root)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            errors::organizations_failure("listing the organizational units", &error)
        })?;
        let named = |unit: &aws_sdk_organizations::types::OrganizationalUnit| {
            Named::of(unit.id(), unit.name())
        };
        units.extend(page.organizational_units().iter().filter_map(named));
    }
    Ok(units)
}

pub(super) async fn policies(client: &Client) -> Result<Vec<Named>, Failure> {
    let mut policies = Vec::new();
    let mut pages = client
        .list_policies()
        .filter(PolicyType::ServiceControlPolicy)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            errors::organizations_failure("listing the service control policies", &error)
        })?;
        let named = |policy: &aws_sdk_organizations::types::PolicySummary| {
            Named::of(policy.id(), policy.name())
        };
        policies.extend(page.policies().iter().filter_map(named));
    }
    Ok(policies)
}
