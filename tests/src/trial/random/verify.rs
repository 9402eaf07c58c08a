//! What must hold when every tenant has settled.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use tenancy::{Phase, Tenant, Verb};

use super::{References, TenantUnderTest, scenario::Scenario};
use crate::{
    emulator::MANAGEMENT_ACCOUNT,
    machine::AnyError,
    proxy::Inventory,
    trial::{
        environment::SpecVariant,
        invariants::{FinalState, check_invariants, is_kind},
        summary::Violation,
    },
};

/// All violations of a trial that is over.
pub(super) async fn all(
    scenario: &Scenario<'_>,
    references: &References,
) -> Result<Vec<Violation>, AnyError> {
    let mut violations = Vec::new();
    let mut tenants = Vec::new();
    for under_test in &scenario.tenants {
        let tenant = scenario.environment.tenant(&under_test.id).await?;
        let found = match tenant.phase() {
            Phase::Active => present(scenario, references, &tenant).await?,
            Phase::Closed => closed(scenario, references, &tenant).await?,
            // Reported by the scenario, which could not settle it.
            _ => Vec::new(),
        };
        violations.extend(found.into_iter().map(|violation| named(violation, &tenant)));
        let found = match under_test.email_taken {
            true => touched(scenario, &tenant).await?,
            false => check_invariants(scenario.environment, &under_test.id).await?,
        };
        violations.extend(found.into_iter().map(|violation| named(violation, &tenant)));
        violations.extend(requested_too_often(scenario, under_test, &tenant).await?);
        tenants.push(tenant);
    }
    violations.extend(overlaps(&tenants));
    Ok(violations)
}

fn named(violation: Violation, tenant: &Tenant) -> Violation {
    let name = |what: String| format!("`{}`: {what}", tenant.spec.slug);
    match violation {
        Violation::Duplicate(what) => Violation::Duplicate(name(what)),
        Violation::Leak(what) => Violation::Leak(name(what)),
        Violation::Stuck(what) => Violation::Stuck(name(what)),
    }
}

/// What became of the account that somebody made by hand with the tenant's address: it is nobody's, whatever the tenant did.
async fn touched(scenario: &Scenario<'_>, tenant: &Tenant) -> Result<Vec<Violation>, AnyError> {
    let client = aws_sdk_organizations::Client::new(scenario.environment.machine.root());
    let mut pages = client.list_accounts().into_paginator().send();
    let mut accounts = Vec::new();
    while let Some(page) = pages.next().await {
        accounts.extend(page?.accounts.unwrap_or_default());
    }
    accounts.retain(|account| account.email() == Some(tenant.account_email.as_str()));
    let mut violations = Vec::new();
    for account in accounts {
        let id = account.id().unwrap_or_default();
        let tags = client.list_tags_for_resource().resource_id(id).send();
        let tags = tags.await?.tags.unwrap_or_default();
        let is_open = account
            .state()
            .is_some_and(|state| state.as_str() == "ACTIVE");
        if !is_open || !tags.is_empty() || tenant.account_id.is_some() {
            let what = format!("account {id} of others was touched: {account:?}, {tags:?}");
            violations.push(Violation::Duplicate(what));
        }
    }
    Ok(violations)
}

/// As the reference run of its spec leaves it, and the audit finds nothing.
async fn present(
    scenario: &Scenario<'_>,
    references: &References,
    tenant: &Tenant,
) -> Result<Vec<Violation>, AnyError> {
    let egress = serde_json::to_value(tenant.spec.egress)?;
    let is_its_spec = |variant: &SpecVariant| {
        let name = variant.blueprint.split('@').next();
        name == Some(tenant.spec.blueprint.name.as_str()) && egress.as_str() == Some(variant.egress)
    };
    let expected = references
        .present
        .iter()
        .find(|(variant, _)| is_its_spec(variant));
    let (_, expected) = expected.ok_or("no reference run has the tenant's spec")?;
    // Made twice and deleted again is allowed here: a read may have been stale.
    let expected = without_made(expected);
    let left = without_made(&FinalState::of(scenario.environment, &tenant.id).await?);
    let mut violations = match tenant.spec_version {
        1 => left.violations(&expected),
        _ => after_change(references, &left, &expected),
    };
    violations.extend(audited(scenario, tenant).await?);
    Ok(violations)
}

/// After a change of spec, a tenant may keep what it had before, such as the subnets of a zone that its spec no longer has: at least
/// what its spec wants, at most as much as any spec.
fn after_change(
    references: &References,
    left: &FinalState,
    expected: &FinalState,
) -> Vec<Violation> {
    let most = |line: &String| {
        let counts = references
            .present
            .iter()
            .map(|(_, left)| left.account.alive.get(line));
        counts.flatten().copied().max().unwrap_or(0)
    };
    let have = &left.account.alive;
    let mut violations = Vec::new();
    for (line, wanted) in kinds(&expected.account.alive) {
        let count = have.get(line).copied().unwrap_or(0);
        if count < *wanted {
            violations.push(Violation::Stuck(format!(
                "{line}: {count}, and {wanted} are wanted"
            )));
        }
    }
    for (line, count) in kinds(have) {
        if *count > most(line) {
            violations.push(Violation::Duplicate(format!(
                "{line}: {count}, and at most {} in any reference run",
                most(line)
            )));
        }
    }
    violations
}

async fn audited(scenario: &Scenario<'_>, tenant: &Tenant) -> Result<Vec<Violation>, AnyError> {
    scenario
        .environment
        .one_pass(Verb::Audit, &tenant.id)
        .await?;
    if scenario.environment.tenant(&tenant.id).await?.open_findings == 0 {
        return Ok(Vec::new());
    }
    let ledger = &scenario.environment.machine.ledger;
    let found = ledger.findings(&tenant.id, None, None, 20, None).await?;
    let shown: Vec<String> = found
        .items
        .iter()
        .map(|finding| format!("{} ({})", finding.difference.key, finding.difference.found))
        .collect();
    Ok(vec![Violation::Stuck(format!(
        "the audit finds {}",
        shown.join(", ")
    ))])
}

/// The lines that count resources, and not their settings.
fn kinds(counts: &BTreeMap<String, u64>) -> impl Iterator<Item = (&String, &u64)> {
    counts.iter().filter(|(line, _)| is_kind(line))
}

/// The tenant's account only: the organization is shared by all of the trial.
fn without_made(left: &FinalState) -> FinalState {
    FinalState {
        account: Inventory {
            made: Default::default(),
            ..left.account.clone()
        },
        organization: Inventory::default(),
        phase: left.phase,
    }
}

/// Nothing of ours but what the reference departure leaves. An early departure leaves less of it, and AWS's own default VPCs, which are
/// not ours.
async fn closed(
    scenario: &Scenario<'_>,
    references: &References,
    tenant: &Tenant,
) -> Result<Vec<Violation>, AnyError> {
    let left = FinalState::of(scenario.environment, &tenant.id).await?;
    let usual = by_kind(&references.closed.account.tagged);
    let more = by_kind(&left.account.tagged)
        .into_iter()
        .filter_map(|(kind, ours)| {
            let expected = usual.get(kind).map_or(0, Vec::len);
            let what = || {
                format!(
                    "{kind}: {}, and {expected} after the reference departure",
                    ours.join(", ")
                )
            };
            (ours.len() > expected).then(|| Violation::Leak(what()))
        });
    Ok(more.collect())
}

/// What carries our tag, by kind; an entry is a kind and a name.
fn by_kind(tagged: &[String]) -> BTreeMap<&str, Vec<&str>> {
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (kind, name) in tagged.iter().filter_map(|entry| entry.rsplit_once(' ')) {
        kinds.entry(kind).or_default().push(name);
    }
    kinds
}

/// An account is requested once, and once more for each creation that AWS itself failed.
async fn requested_too_often(
    scenario: &Scenario<'_>,
    under_test: &TenantUnderTest,
    tenant: &Tenant,
) -> Result<Vec<Violation>, AnyError> {
    let names = [tenant.account_email.as_str()];
    let proxy = &scenario.environment.machine.aws.proxy;
    let organization = proxy.inventory(MANAGEMENT_ACCOUNT, &names).await?;
    // The emulator keeps accounts whose creation failed, too.
    let requested = organization
        .alive
        .get("organizations accounts.Email=$1")
        .copied()
        .unwrap_or(0);
    let allowed = 1 + u64::from(under_test.creation_fails_once) + u64::from(under_test.email_taken);
    let what = || {
        format!(
            "`{}`: its account was requested {requested} times, {allowed} are explained",
            tenant.spec.slug
        )
    };
    Ok(if requested > allowed {
        vec![Violation::Duplicate(what())]
    } else {
        Vec::new()
    })
}

fn overlaps(tenants: &[Tenant]) -> Vec<Violation> {
    let blocks: Vec<(&Tenant, Ipv4Net)> = tenants
        .iter()
        .flat_map(|tenant| tenant.cidrs.values().map(move |block| (tenant, *block)))
        .collect();
    let mut violations = Vec::new();
    for (index, (one, block)) in blocks.iter().enumerate() {
        for (other, theirs) in &blocks[index + 1..] {
            if block.contains(theirs) || theirs.contains(block) {
                violations.push(Violation::Duplicate(format!(
                    "{block} of `{}` and {theirs} of `{}`",
                    one.spec.slug, other.spec.slug
                )));
            }
        }
    }
    violations
}
