//! The private key first, and a key pair that fits it; what is not ours stays.

use serde_json::json;
use tenancy::{DesiredState, Region, Severity};

use super::*;
use crate::{
    account::tests::desired as sample,
    component::{Change, Component, Plan},
    declared::{Effect, Key, Observed, Resource, ResourceChange, ResourceFact, write},
    imagine_until_settled,
};

fn region() -> Region {
    "eu-central-1".parse().unwrap()
}

fn secret() -> Key {
    Secret::key(&region(), names::KEY_PAIR_SECRET)
}

fn pair() -> Key {
    KeyPair::key(&region(), names::KEY_PAIR)
}

fn desired() -> Desired {
    let mut desired = sample(DesiredState::Present);
    desired.account = Some("444455556666".parse().unwrap());
    desired.spec.key_pair = true;
    desired
}

/// With what AWS gives.
fn built() -> Observation {
    let imagined = imagine_until_settled::<KeyPairs>(&desired(), Observation::default());
    assert!(imagined.converged && imagined.rounds == 2);
    let mut seen = imagined.seen;
    let kinds = const { [&Secret::KIND, &KeyPair::KIND] };
    seen.1.extend(kinds.map(|kind| (kind.name, kind)));
    change(&mut seen, |secret: &mut Secret| {
        secret.fingerprint = Some("SHA256:one".into());
        secret.id = Some("arn".into());
    });
    change(&mut seen, |pair: &mut KeyPair| {
        pair.fingerprint = Some("SHA256:one".into());
        pair.id = Some("key-1".into());
    });
    seen
}

/// Changes what was observed of the secret or of the key pair.
fn change<R: Resource>(seen: &mut Observation, change: impl Fn(&mut R)) {
    let key = [secret(), pair()];
    let key = key.into_iter().find(|key| key.kind == R::KIND.name);
    let key = key.unwrap();
    let mut found: R = seen.present(&key).unwrap();
    change(&mut found);
    seen.0.insert(key, Observed::Present(write(&found)));
}

/// As the engine does it: what was observed is taught before it is planned with.
fn plan(seen: &Observation) -> Plan<ResourceChange> {
    let mut desired = desired();
    <KeyPairs as Component>::teach(seen, &mut desired);
    <KeyPairs as Component>::plan(&desired, seen)
}

#[test]
fn the_key_pair_is_made_after_the_secret_from_which_it_is_derived() {
    let first = plan(&Observation::default());
    let keys: Vec<String> = first.changes.iter().map(Change::key).collect();
    assert_eq!(keys, ["key-reader", "eu-central-1.private-key"]);
    assert!(plan(&built()).is_settled());
}

#[test]
fn every_field_of_both_is_compared_and_what_may_be_put_back_is() {
    type Drift = fn(&mut Observation);
    let drifts: [(Drift, &str, bool); 8] = [
        (
            |seen| change(seen, |one: &mut Secret| one.value = "version `x`".into()),
            "private-key.value: version `x` not one that tenantry made",
            true,
        ),
        (
            |seen| change(seen, |one: &mut Secret| one.deletion = Some("soon".into())),
            "private-key.deletion: soon not nothing",
            true,
        ),
        (
            |seen| change(seen, |one: &mut Secret| one.key = Some("arn:theirs".into())),
            "private-key.key: arn:theirs not AWS's own",
            true,
        ),
        (
            |seen| change(seen, |one: &mut Secret| one.policy = Some(json!({"a": 1}))),
            "private-key.policy: ",
            true,
        ),
        (
            |seen| change(seen, |one: &mut Secret| one.rotation = true),
            "private-key.rotation: on not off",
            false,
        ),
        (
            |seen| {
                change(seen, |one: &mut Secret| {
                    one.replicas = Some("us-east-1".into())
                })
            },
            "private-key.replicas: us-east-1 not nothing",
            false,
        ),
        (
            |seen| {
                change(seen, |one: &mut KeyPair| {
                    one.fingerprint = Some("SHA256:two".into())
                })
            },
            "key-pair.fingerprint: SHA256:two not SHA256:one",
            true,
        ),
        (
            |seen| {
                change(seen, |one: &mut KeyPair| {
                    one.tags.remove(names::TAG_COST_CENTER);
                })
            },
            "key-pair.tags: ",
            true,
        ),
    ];
    for (drift, words, restored) in drifts {
        let mut seen = built();
        drift(&mut seen);
        let plan = plan(&seen);
        assert_eq!(plan.changes.len(), usize::from(restored), "{words}");
        let found = plan.changes.iter().flat_map(Change::differences);
        let found: Vec<String> = found
            .chain(plan.findings)
            .map(|one| format!("{}: {} not {}", one.key, one.found, one.wanted))
            .collect();
        assert!(found[0].contains(words), "{words} in {found:?}");
        for change in &plan.changes {
            ResourceFact::expected(change).learn(&mut seen);
        }
        assert!(self::plan(&seen).is_settled(), "{words}");
    }
}

#[test]
fn a_key_pair_follows_its_private_key_once_that_is_right() {
    let mut seen = built();
    change(&mut seen, |one: &mut Secret| {
        one.value = "version `x`".into();
        one.fingerprint = None;
    });
    let first = plan(&seen);
    let keys: Vec<String> = first.changes.iter().map(Change::key).collect();
    assert_eq!(keys, ["eu-central-1.private-key.secret"]);
    change(&mut seen, |one: &mut Secret| {
        one.value = Secret::OURS.into();
        one.fingerprint = Some("SHA256:two".into());
    });
    let second = plan(&seen);
    let keys: Vec<String> = second.changes.iter().map(Change::key).collect();
    assert_eq!(keys, ["eu-central-1.key-pair.key-pair"]);
}

#[test]
fn a_key_pair_or_a_secret_of_somebody_else_is_named_and_left_alone() {
    let mut seen = built();
    change(&mut seen, |one: &mut KeyPair| one.tags.clear());
    let one = plan(&seen);
    assert_eq!((one.changes.len(), one.obstacles.len()), (0, 1));
    change(&mut seen, |one: &mut Secret| one.tags.clear());
    let both = plan(&seen);
    assert_eq!((both.changes.len(), both.obstacles.len()), (0, 2));
}

#[test]
fn on_the_way_out_the_key_pair_goes_before_its_secret_which_is_shown_until_it_is_deleted() {
    let mut leaving = desired();
    leaving.desired_state = DesiredState::Absent;
    let mut seen = built();
    // The role goes by itself, its policy first.
    seen.0.remove(&reader::key());
    for key in [pair(), secret()] {
        let plan = <KeyPairs as Component>::plan(&leaving, &seen);
        assert_eq!(plan.changes.len(), 1);
        assert_eq!(plan.changes[0].key, key);
        assert!(matches!(plan.changes[0].effect, Effect::Delete { .. }));
        seen.0.insert(key, Observed::Absent);
    }
    let waits = Observed::Left("its deletion, scheduled for 2026-12-03".into());
    seen.0.insert(secret(), waits);
    assert!(<KeyPairs as Component>::plan(&leaving, &seen).is_settled());
    let shown = <KeyPairs as Component>::resources(&leaving, &seen);
    assert!(
        shown.values().any(|value| value.contains("2026-12-03")),
        "{shown:?}"
    );
}

#[test]
fn the_key_reader_may_read_the_private_keys_and_nothing_else_and_only_for_its_function() {
    let seen = built();
    let role: crate::resources::Role = seen.present(&reader::key()).unwrap();
    let trust = role.trust.to_string();
    for named in ["role/credentials", "sts:ExternalId", "aws:PrincipalOrgID"] {
        assert!(trust.contains(named), "{named} in {trust}");
    }
    assert!(trust.contains(desired().tenant.as_str()));
    let policy = &role.inline[names::MANAGEMENT_POLICY];
    let statements = policy["Statement"].as_array().unwrap();
    let actions: Vec<String> = statements
        .iter()
        .map(|one| one["Action"].to_string())
        .collect();
    assert_eq!(
        actions,
        [r#"["secretsmanager:GetSecretValue"]"#, r#"["kms:Decrypt"]"#]
    );
    let mut seen = built();
    let mut wider = role.clone();
    wider.trust = json!({});
    seen.0
        .insert(reader::key(), Observed::Present(write(&wider)));
    let found = plan(&seen).changes[0].difference();
    assert_eq!(
        (found.severity, found.field.as_str()),
        (Severity::Critical, "trust policy")
    );
}

#[test]
fn the_fingerprint_of_each_private_key_is_recorded_and_kept_while_the_secret_cannot_be_read() {
    let role = KeyPairs::recorded_fingerprint(&region());
    let recorded = <KeyPairs as Component>::resources(&desired(), &built());
    assert_eq!(recorded[&role], "SHA256:one");
    let mut later = desired();
    later.recorded = crate::Recorded::new([(ComponentName::KEY_PAIR, recorded)]);
    let mut seen = built();
    let failure = tenancy::Failure::retry(tenancy::FailureKind::Transient, "reading", "down", 5);
    for unread in [Observed::Unreadable(failure), Observed::Closed] {
        seen.0.insert(secret(), unread);
        let kept = <KeyPairs as Component>::resources(&later, &seen);
        assert_eq!(kept[&role], "SHA256:one");
    }
    seen.0.insert(secret(), Observed::Absent);
    let remaining = <KeyPairs as Component>::resources(&later, &seen);
    assert!(!remaining.contains_key(&role));
}
