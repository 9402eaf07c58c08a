//! What must hold when everything has settled.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use tenancy::Verb;
use tenancy::{Phase, Tenant};

use super::{Cast, Quiet, scene::Scene};
use crate::{
    emulator::MANAGEMENT_ACCOUNT,
    machine::AnyError,
    proxy::Inventory,
    trial::{
        check::{Left, always, is_kind},
        figures::Flaw,
        stage::Wanted,
    },
};

/// All flaws of a trial that is over.
pub(super) async fn of(scene: &Scene<'_>, quiet: &Quiet) -> Result<Vec<Flaw>, AnyError> {
    let mut flaws = Vec::new();
    let mut tenants = Vec::new();
    for actor in &scene.cast {
        let tenant = scene.stage.tenant(&actor.id).await?;
        let found = match tenant.phase() {
            Phase::Active => present(scene, quiet, &tenant).await?,
            Phase::Closed => closed(scene, quiet, &tenant).await?,
            // Told by whoever tried to settle it.
            _ => Vec::new(),
        };
        flaws.extend(found.into_iter().map(|flaw| named(flaw, &tenant)));
        // Who left before it asked for an account has none, whatever somebody made by hand.
        let never_asked = tenant.phase() == Phase::Closed && tenant.account_id.is_none();
        if !(actor.forestalled && never_asked) {
            let found = always(scene.stage, &actor.id).await?;
            flaws.extend(found.into_iter().map(|flaw| named(flaw, &tenant)));
        }
        flaws.extend(asked_too_often(scene, actor, &tenant).await?);
        tenants.push(tenant);
    }
    flaws.extend(overlaps(&tenants));
    Ok(flaws)
}

fn named(flaw: Flaw, tenant: &Tenant) -> Flaw {
    let name = |what: String| format!("`{}`: {what}", tenant.spec.slug);
    match flaw {
        Flaw::Duplicate(what) => Flaw::Duplicate(name(what)),
        Flaw::Leak(what) => Flaw::Leak(name(what)),
        Flaw::Stuck(what) => Flaw::Stuck(name(what)),
    }
}

/// As after a quiet run of what it is wished to be, and the audit finds nothing.
async fn present(scene: &Scene<'_>, quiet: &Quiet, tenant: &Tenant) -> Result<Vec<Flaw>, AnyError> {
    let egress = serde_json::to_value(tenant.spec.egress)?;
    let is_wish = |wanted: &Wanted| {
        wanted.blueprint == tenant.spec.blueprint.name.as_str()
            && egress.as_str() == Some(wanted.egress)
    };
    let expected = quiet.present.iter().find(|(wanted, _)| is_wish(wanted));
    let (_, expected) = expected.ok_or("a tenant of no known kind")?;
    // Made twice and taken away again is allowed here: a read may have shown the state of before.
    let expected = without_made(expected);
    let left = without_made(&Left::of(scene.stage, &tenant.id).await?);
    let mut flaws = match tenant.spec_version {
        1 => left.flaws(&expected),
        _ => changed(quiet, &left, &expected),
    };
    flaws.extend(audited(scene, tenant).await?);
    Ok(flaws)
}

/// A tenant that was something else before may keep what it had then, such as the subnets of a zone it no longer spans: at least
/// what its spec wants, at most as much as any spec.
fn changed(quiet: &Quiet, left: &Left, expected: &Left) -> Vec<Flaw> {
    let most = |line: &String| {
        let counts = quiet
            .present
            .iter()
            .map(|(_, left)| left.account.alive.get(line));
        counts.flatten().copied().max().unwrap_or(0)
    };
    let have = &left.account.alive;
    let mut flaws = Vec::new();
    for (line, wanted) in kinds(&expected.account.alive) {
        let count = have.get(line).copied().unwrap_or(0);
        if count < *wanted {
            flaws.push(Flaw::Stuck(format!(
                "{line}: {count}, and {wanted} are wanted"
            )));
        }
    }
    for (line, count) in kinds(have) {
        if *count > most(line) {
            flaws.push(Flaw::Duplicate(format!(
                "{line}: {count}, and at most {} in any quiet run",
                most(line)
            )));
        }
    }
    flaws
}

async fn audited(scene: &Scene<'_>, tenant: &Tenant) -> Result<Vec<Flaw>, AnyError> {
    scene.stage.settle_once(Verb::Audit, &tenant.id).await?;
    if scene.stage.tenant(&tenant.id).await?.open_findings == 0 {
        return Ok(Vec::new());
    }
    let ledger = &scene.stage.machine.ledger;
    let found = ledger.findings(&tenant.id, None, None, 20, None).await?;
    let shown: Vec<String> = found
        .items
        .iter()
        .map(|finding| format!("{} ({})", finding.difference.key, finding.difference.found))
        .collect();
    Ok(vec![Flaw::Stuck(format!(
        "the audit finds {}",
        shown.join(", ")
    ))])
}

/// The lines that count resources, and not their settings.
fn kinds(counts: &BTreeMap<String, u64>) -> impl Iterator<Item = (&String, &u64)> {
    counts.iter().filter(|(line, _)| is_kind(line))
}

/// The tenant's account only: the organization is shared by all of the trial.
fn without_made(left: &Left) -> Left {
    Left {
        account: Inventory {
            made: Default::default(),
            ..left.account.clone()
        },
        organization: Inventory::default(),
        phase: left.phase,
    }
}

/// Nothing of ours but what a quiet departure leaves. Who left early leaves less of it, and AWS's own default networks, which are none
/// of ours.
async fn closed(scene: &Scene<'_>, quiet: &Quiet, tenant: &Tenant) -> Result<Vec<Flaw>, AnyError> {
    let left = Left::of(scene.stage, &tenant.id).await?;
    let usual = by_kind(&quiet.closed.account.tagged);
    let more = by_kind(&left.account.tagged)
        .into_iter()
        .filter_map(|(kind, ours)| {
            let expected = usual.get(kind).map_or(0, Vec::len);
            let what = || {
                format!(
                    "{kind}: {}, and {expected} after a quiet departure",
                    ours.join(", ")
                )
            };
            (ours.len() > expected).then(|| Flaw::Leak(what()))
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

/// An account is asked for once, but for what AWS itself failed at.
async fn asked_too_often(
    scene: &Scene<'_>,
    actor: &Cast,
    tenant: &Tenant,
) -> Result<Vec<Flaw>, AnyError> {
    let words = [tenant.account_email.as_str()];
    let proxy = &scene.stage.machine.aws.proxy;
    let organization = proxy.inventory(MANAGEMENT_ACCOUNT, &words).await?;
    // The emulator keeps those whose creation failed, too.
    let asked = organization
        .alive
        .get("organizations accounts.Email=$1")
        .copied()
        .unwrap_or(0);
    let allowed = 1 + u64::from(actor.fails_once) + u64::from(actor.forestalled);
    let what = || {
        format!(
            "`{}`: its account was asked for {asked} times, {allowed} are explained",
            tenant.spec.slug
        )
    };
    Ok(if asked > allowed {
        vec![Flaw::Duplicate(what())]
    } else {
        Vec::new()
    })
}

fn overlaps(tenants: &[Tenant]) -> Vec<Flaw> {
    let blocks: Vec<(&Tenant, Ipv4Net)> = tenants
        .iter()
        .flat_map(|tenant| tenant.cidrs.values().map(move |block| (tenant, *block)))
        .collect();
    let mut flaws = Vec::new();
    for (index, (one, block)) in blocks.iter().enumerate() {
        for (other, theirs) in &blocks[index + 1..] {
            if block.contains(theirs) || theirs.contains(block) {
                flaws.push(Flaw::Duplicate(format!(
                    "{block} of `{}` and {theirs} of `{}`",
                    one.spec.slug, other.spec.slug
                )));
            }
        }
    }
    flaws
}
