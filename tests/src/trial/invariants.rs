//! What must hold after a trial.

use std::collections::BTreeMap;

use tenancy::{Phase, Tenant, TenantId};
use tenantry_aws::ledger::Semaphore;

use super::{environment::Environment, summary::Violation};
use crate::{emulator::MANAGEMENT_ACCOUNT, machine::AnyError, proxy::Inventory};

/// The state a run left: of the tenant's account, and of the organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FinalState {
    /// What is in the tenant's account; empty if it never had one.
    pub account: Inventory,
    /// What is in the organization.
    pub organization: Inventory,
    /// The tenant's phase.
    pub phase: Option<Phase>,
}

impl FinalState {
    /// The state of a tenant now.
    ///
    /// # Errors
    /// The ledger or the emulator does not answer.
    pub async fn of(environment: &Environment, id: &TenantId) -> Result<Self, AnyError> {
        let tenant = environment.tenant(id).await?;
        let proxy = &environment.machine.aws.proxy;
        let names = names_of(&tenant);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let account = match &tenant.account_id {
            Some(account) => proxy.inventory(account.as_str(), &names).await?,
            None => Inventory::default(),
        };
        let mut organization = proxy.inventory(MANAGEMENT_ACCOUNT, &names).await?;
        // The ledger, its queues and the functions' own roles are there too, and no part of the organization.
        let is_of = |kind: &str| kind.starts_with("organizations ");
        organization.alive.retain(|kind, _| is_of(kind));
        organization.made.retain(|kind, _| is_of(kind));
        Ok(Self {
            account,
            organization,
            phase: Some(tenant.phase()),
        })
    }

    /// What differs from the state a reference run left.
    pub fn violations(&self, reference: &Self) -> Vec<Violation> {
        let mut violations = Vec::new();
        if self.phase != reference.phase {
            let shown = |phase: Option<Phase>| phase.map_or("unknown".into(), |p| format!("{p:?}"));
            violations.push(Violation::Stuck(format!(
                "it is {}, and should be {}",
                shown(self.phase),
                shown(reference.phase)
            )));
        }
        let leaving = reference.phase == Some(Phase::Closed);
        for (ours, theirs) in [
            (&self.account, &reference.account),
            (&self.organization, &reference.organization),
        ] {
            violations.extend(made_too_often(&ours.made, &theirs.made));
            violations.extend(alive(&ours.alive, &theirs.alive, leaving));
        }
        violations
    }
}

/// What differs from tenant to tenant, and is left out of a comparison.
fn names_of(tenant: &Tenant) -> Vec<String> {
    let mut names = vec![
        tenant.id.to_string(),
        tenant.spec.slug.to_string(),
        tenant.account_email.to_string(),
    ];
    names.extend(tenant.account_id.as_ref().map(ToString::to_string));
    names
}

/// Whatever was made more often than in the reference run was made twice, even if the second one was deleted again.
fn made_too_often(
    made: &BTreeMap<String, u64>,
    reference: &BTreeMap<String, u64>,
) -> Vec<Violation> {
    let more = made.iter().filter_map(|(kind, count)| {
        let usual = reference.get(kind).copied().unwrap_or(0);
        (*count > usual).then(|| {
            Violation::Duplicate(format!(
                "{kind}: {count} were made, {usual} in the reference run"
            ))
        })
    });
    more.collect()
}

/// Whether a line counts resources, and not one of their settings.
pub fn is_kind(line: &str) -> bool {
    !line.contains(['.', '=', '['])
}

fn alive(
    alive: &BTreeMap<String, u64>,
    reference: &BTreeMap<String, u64>,
    leaving: bool,
) -> Vec<Violation> {
    let lines: std::collections::BTreeSet<&String> = alive.keys().chain(reference.keys()).collect();
    let differing = lines.into_iter().filter_map(|line| {
        let of = |counts: &BTreeMap<String, u64>| counts.get(line).copied().unwrap_or(0);
        let (now, then) = (of(alive), of(reference));
        (now != then).then_some((line, now, then))
    });
    let differing: Vec<_> = differing.collect();
    let kinds = differing.iter().filter(|(line, ..)| is_kind(line));
    let violations: Vec<Violation> = kinds
        .map(|(line, now, then)| {
            let what = format!("{line}: {now}, and {then} after the reference run");
            match now > then {
                true if leaving => Violation::Leak(what),
                true => Violation::Duplicate(what),
                false => Violation::Stuck(what),
            }
        })
        .collect();
    if !violations.is_empty() || differing.is_empty() {
        return violations;
    }
    // As many resources of every kind, but not the same: one violation, however many settings differ.
    let shown: Vec<String> = differing
        .iter()
        .take(6)
        .map(|(line, now, then)| format!("{line:.200}: {now} instead of {then}"))
        .collect();
    vec![Violation::Stuck(format!(
        "{} settings differ from the reference run: {}",
        differing.len(),
        shown.join("; ")
    ))]
}

/// What must hold after every run: one account for the tenant, an intact history, no open operation, no slot held.
///
/// # Errors
/// The ledger or the emulator does not answer.
pub async fn check_invariants(
    environment: &Environment,
    id: &TenantId,
) -> Result<Vec<Violation>, AnyError> {
    let mut violations = Vec::new();
    let machine = &environment.machine;
    let tenant = environment.tenant(id).await?;
    let accounts = accounts_of(environment, &tenant).await?;
    if accounts.len() > 1 {
        violations.push(Violation::Duplicate(format!(
            "accounts {}",
            accounts.join(", ")
        )));
    }
    let recorded = tenant.account_id.as_ref().map(|account| account.as_str());
    if accounts.first().map(String::as_str) != recorded {
        violations.push(Violation::Leak(format!(
            "the organization has {accounts:?}, the ledger knows {recorded:?}"
        )));
    }
    let broken = machine.ledger.verify_history(id).await?;
    if !broken.is_empty() {
        violations.push(Violation::Stuck(format!(
            "the history is broken: {broken:?}"
        )));
    }
    if !tenant.open_operations.is_empty() {
        let open = tenant.open_operations.len();
        violations.push(Violation::Stuck(format!(
            "{open} operations are still open"
        )));
    }
    for semaphore in [Semaphore::Creations, Semaphore::Closures] {
        let usage = machine.ledger.semaphore_usage(semaphore, machine.now());
        let usage = usage.await?;
        if usage.holders.contains_key(id) || usage.queue.iter().any(|waiter| waiter.tenant == *id) {
            let phase = tenant.phase();
            violations.push(Violation::Leak(format!(
                "a slot of {semaphore:?} is still held, {phase:?}"
            )));
        }
    }
    Ok(violations)
}

/// The accounts with the tenant's address, as Organizations lists them.
async fn accounts_of(environment: &Environment, tenant: &Tenant) -> Result<Vec<String>, AnyError> {
    let mut pages = aws_sdk_organizations::Client::new(environment.machine.root())
        .list_accounts()
        .into_paginator()
        .send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page?;
        let ours = page
            .accounts()
            .iter()
            .filter(|account| account.email() == Some(tenant.account_email.as_str()));
        found.extend(ours.filter_map(|account| account.id().map(str::to_owned)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(alive: &[(&str, u64)], made: &[(&str, u64)], phase: Phase) -> FinalState {
        let map = |counts: &[(&str, u64)]| {
            counts
                .iter()
                .map(|(kind, count)| ((*kind).to_owned(), *count))
                .collect()
        };
        FinalState {
            account: Inventory {
                alive: map(alive),
                made: map(made),
                tagged: Vec::new(),
            },
            phase: Some(phase),
            ..FinalState::default()
        }
    }

    #[test]
    fn one_more_of_a_kind_is_a_duplicate_or_a_leak_and_one_less_is_stuck() {
        let reference = state(&[("ec2 vpcs", 1), ("ec2 vpcs.X=1", 1)], &[], Phase::Active);
        let two = state(&[("ec2 vpcs", 2), ("ec2 vpcs.X=1", 2)], &[], Phase::Active);
        let none = state(&[], &[], Phase::Active);
        assert!(matches!(
            two.violations(&reference)[..],
            [Violation::Duplicate(_)]
        ));
        assert!(matches!(
            none.violations(&reference)[..],
            [Violation::Stuck(_)]
        ));
        assert_eq!(reference.violations(&reference), []);
        let closed = state(&[], &[], Phase::Closed);
        let leaky = state(&[("ec2 vpcs", 1)], &[], Phase::Closed);
        assert!(matches!(
            leaky.violations(&closed)[..],
            [Violation::Leak(_)]
        ));
    }

    #[test]
    fn what_was_made_twice_and_deleted_again_is_a_duplicate() {
        let reference = state(&[], &[("ec2 nat_gateways", 1)], Phase::Active);
        let twice = state(&[], &[("ec2 nat_gateways", 2)], Phase::Active);
        assert!(matches!(
            twice.violations(&reference)[..],
            [Violation::Duplicate(_)]
        ));
        assert_eq!(
            reference.violations(&twice),
            [],
            "one fewer is no violation"
        );
    }

    #[test]
    fn another_setting_is_one_violation() {
        let reference = state(&[("s3 b", 1), ("s3 b.A=on", 1)], &[], Phase::Active);
        let other = state(&[("s3 b", 1), ("s3 b.A=off", 1)], &[], Phase::Active);
        assert!(matches!(
            other.violations(&reference)[..],
            [Violation::Stuck(_)]
        ));
    }
}
