//! What must hold after a trial.

use std::collections::BTreeMap;

use tenancy::{Phase, Tenant, TenantId};
use tenantry_aws::ledger::Semaphore;

use super::{figures::Flaw, stage::Stage};
use crate::{emulator::MANAGEMENT_ACCOUNT, machine::AnyError, proxy::Inventory};

/// What a run left: in the tenant's account, and in the organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// In the tenant's account; nothing if it never had one.
    pub account: Inventory,
    /// In the organization.
    pub organization: Inventory,
    /// How the tenant is shown.
    pub phase: Option<Phase>,
}

impl Left {
    /// What is left of and around a tenant now.
    ///
    /// # Errors
    /// The ledger or the emulator does not answer.
    pub async fn of(stage: &Stage, id: &TenantId) -> Result<Self, AnyError> {
        let tenant = stage.tenant(id).await?;
        let proxy = &stage.machine.aws.proxy;
        let words = words(&tenant);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let account = match &tenant.account_id {
            Some(account) => proxy.inventory(account.as_str(), &words).await?,
            None => Inventory::default(),
        };
        let mut organization = proxy.inventory(MANAGEMENT_ACCOUNT, &words).await?;
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

    /// What is other than after a quiet run.
    pub fn flaws(&self, quiet: &Self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        if self.phase != quiet.phase {
            let shown = |phase: Option<Phase>| phase.map_or("nowhere".into(), |p| format!("{p:?}"));
            flaws.push(Flaw::Stuck(format!(
                "it is {}, and should be {}",
                shown(self.phase),
                shown(quiet.phase)
            )));
        }
        let leaving = quiet.phase == Some(Phase::Closed);
        for (ours, theirs) in [
            (&self.account, &quiet.account),
            (&self.organization, &quiet.organization),
        ] {
            flaws.extend(made_too_often(&ours.made, &theirs.made));
            flaws.extend(alive(&ours.alive, &theirs.alive, leaving));
        }
        flaws
    }
}

/// What differs from tenant to tenant.
fn words(tenant: &Tenant) -> Vec<String> {
    let mut words = vec![
        tenant.id.to_string(),
        tenant.spec.slug.to_string(),
        tenant.account_email.to_string(),
    ];
    words.extend(tenant.account_id.as_ref().map(ToString::to_string));
    words
}

/// Whatever was made more often than in a quiet run was made twice, even if the second one was taken away again.
fn made_too_often(made: &BTreeMap<String, u64>, quiet: &BTreeMap<String, u64>) -> Vec<Flaw> {
    let more = made.iter().filter_map(|(kind, count)| {
        let usual = quiet.get(kind).copied().unwrap_or(0);
        (*count > usual)
            .then(|| Flaw::Duplicate(format!("{kind}: {count} were made, {usual} in a quiet run")))
    });
    more.collect()
}

/// Whether a line counts resources, and not one of their settings.
pub fn is_kind(line: &str) -> bool {
    !line.contains(['.', '=', '['])
}

fn alive(alive: &BTreeMap<String, u64>, quiet: &BTreeMap<String, u64>, leaving: bool) -> Vec<Flaw> {
    let lines: std::collections::BTreeSet<&String> = alive.keys().chain(quiet.keys()).collect();
    let differing = lines.into_iter().filter_map(|line| {
        let of = |counts: &BTreeMap<String, u64>| counts.get(line).copied().unwrap_or(0);
        let (now, then) = (of(alive), of(quiet));
        (now != then).then_some((line, now, then))
    });
    let differing: Vec<_> = differing.collect();
    let kinds = differing.iter().filter(|(line, ..)| is_kind(line));
    let flaws: Vec<Flaw> = kinds
        .map(|(line, now, then)| {
            let what = format!("{line}: {now}, and {then} after a quiet run");
            match now > then {
                true if leaving => Flaw::Leak(what),
                true => Flaw::Duplicate(what),
                false => Flaw::Stuck(what),
            }
        })
        .collect();
    if !flaws.is_empty() || differing.is_empty() {
        return flaws;
    }
    // As many of everything, and not the same: one flaw, however many settings it shows in.
    let shown: Vec<String> = differing
        .iter()
        .take(6)
        .map(|(line, now, then)| format!("{line:.200}: {now} instead of {then}"))
        .collect();
    vec![Flaw::Stuck(format!(
        "{} settings are not as after a quiet run: {}",
        differing.len(),
        shown.join("; ")
    ))]
}

/// What must hold whatever was asked for: one account for the tenant, an intact history, no operation left open, no place held.
///
/// # Errors
/// The ledger or the emulator does not answer.
pub async fn always(stage: &Stage, id: &TenantId) -> Result<Vec<Flaw>, AnyError> {
    let mut flaws = Vec::new();
    let machine = &stage.machine;
    let tenant = stage.tenant(id).await?;
    let accounts = accounts_of(stage, &tenant).await?;
    if accounts.len() > 1 {
        flaws.push(Flaw::Duplicate(format!("accounts {}", accounts.join(", "))));
    }
    let recorded = tenant.account_id.as_ref().map(|account| account.as_str());
    if accounts.first().map(String::as_str) != recorded {
        flaws.push(Flaw::Leak(format!(
            "the organization has {accounts:?}, the ledger knows {recorded:?}"
        )));
    }
    let broken = machine.ledger.verify_history(id).await?;
    if !broken.is_empty() {
        flaws.push(Flaw::Stuck(format!("the history is broken: {broken:?}")));
    }
    if !tenant.open_operations.is_empty() {
        let open = tenant.open_operations.len();
        flaws.push(Flaw::Stuck(format!("{open} operations are still open")));
    }
    for gate in [Semaphore::Creations, Semaphore::Closures] {
        let line = machine.ledger.semaphore_usage(gate, machine.now()).await?;
        if line.holders.contains_key(id) || line.queue.iter().any(|waiter| waiter.tenant == *id) {
            let phase = tenant.phase();
            flaws.push(Flaw::Leak(format!(
                "a place at the gate {gate:?}, {phase:?}"
            )));
        }
    }
    Ok(flaws)
}

/// The accounts with the tenant's address, as the organization shows them.
async fn accounts_of(stage: &Stage, tenant: &Tenant) -> Result<Vec<String>, AnyError> {
    let mut pages = aws_sdk_organizations::Client::new(stage.machine.root())
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

    fn left(alive: &[(&str, u64)], made: &[(&str, u64)], phase: Phase) -> Left {
        let map = |counts: &[(&str, u64)]| {
            counts
                .iter()
                .map(|(kind, count)| ((*kind).to_owned(), *count))
                .collect()
        };
        Left {
            account: Inventory {
                alive: map(alive),
                made: map(made),
                tagged: Vec::new(),
            },
            phase: Some(phase),
            ..Left::default()
        }
    }

    #[test]
    fn one_more_of_a_kind_is_a_duplicate_or_a_leak_and_one_less_is_stuck() {
        let quiet = left(&[("ec2 vpcs", 1), ("ec2 vpcs.X=1", 1)], &[], Phase::Active);
        let two = left(&[("ec2 vpcs", 2), ("ec2 vpcs.X=1", 2)], &[], Phase::Active);
        let none = left(&[], &[], Phase::Active);
        assert!(matches!(two.flaws(&quiet)[..], [Flaw::Duplicate(_)]));
        assert!(matches!(none.flaws(&quiet)[..], [Flaw::Stuck(_)]));
        assert_eq!(quiet.flaws(&quiet), []);
        let closed = left(&[], &[], Phase::Closed);
        let leaky = left(&[("ec2 vpcs", 1)], &[], Phase::Closed);
        assert!(matches!(leaky.flaws(&closed)[..], [Flaw::Leak(_)]));
    }

    #[test]
    fn what_was_made_twice_and_taken_away_again_was_made_twice() {
        let quiet = left(&[], &[("ec2 nat_gateways", 1)], Phase::Active);
        let twice = left(&[], &[("ec2 nat_gateways", 2)], Phase::Active);
        assert!(matches!(twice.flaws(&quiet)[..], [Flaw::Duplicate(_)]));
        assert_eq!(quiet.flaws(&twice), [], "one not needed is no flaw");
    }

    #[test]
    fn another_setting_is_one_flaw() {
        let quiet = left(&[("s3 b", 1), ("s3 b.A=on", 1)], &[], Phase::Active);
        let other = left(&[("s3 b", 1), ("s3 b.A=off", 1)], &[], Phase::Active);
        assert!(matches!(other.flaws(&quiet)[..], [Flaw::Stuck(_)]));
    }
}
