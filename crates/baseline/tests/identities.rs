//! Access and identity converge from anything that can be seen, and leave nothing of the tenant's own touched.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]

use std::collections::{BTreeMap, BTreeSet};

use baseline::{
    Change, Component, Desired,
    access::{self, Access, AccessChange},
    declared::{Effect, Key, Observation, Observed, Resource, State, write},
    identity::Identity,
    imagine_until_settled,
    resources::{AccountAlias, InstanceProfile, PasswordPolicy, Policy, Role},
};
use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};
use tenancy::{ComponentName, names};

#[expect(dead_code, reason = "only the tenants of it are needed here")]
mod world;

fn tenant() -> Desired {
    Desired {
        account: "444455556666".parse().ok(),
        ..world::tenant()
    }
}

fn leaving() -> Desired {
    Desired {
        account: "444455556666".parse().ok(),
        ..world::leaving()
    }
}

fn document() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({"Version": "2012-10-17", "Statement": []})),
        Just(json!({"Statement": [{"Sid": "theirs", "Action": "*"}]})),
        Just(Value::Null),
        Just(Value::String("no json".into())),
    ]
}

fn tags() -> impl Strategy<Value = BTreeMap<String, String>> {
    let ours = tenant().tags(ComponentName::IDENTITY);
    let mut bare = ours.clone();
    bare.retain(|key, _| key == names::TAG_TENANT);
    prop_oneof![
        1 => Just(BTreeMap::new()),
        1 => Just(BTreeMap::from([(names::TAG_TENANT.to_owned(), "t-other".to_owned())])),
        4 => Just(ours),
        4 => Just(bare),
    ]
}

fn arns() -> impl Strategy<Value = BTreeSet<String>> {
    let known = [
        "aws:policy/AdministratorAccess",
        "aws:policy/ReadOnlyAccess",
        "444455556666:policy/tenantry/tenantry-reads-1",
        "444455556666:policy/tenantry/tenantry-writes-1",
        "444455556666:policy/tenantry/tenantry-old-1",
        "444455556666:policy/theirs",
    ];
    let some = proptest::sample::subsequence(known.to_vec(), 0..=known.len());
    some.prop_map(|names| {
        let arn = |name: &&str| format!("arn:aws:iam::{name}");
        names.iter().map(arn).collect()
    })
}

prop_compose! {
    fn role()(
        trust in document(),
        inline in proptest::collection::btree_map("tenantry|extra", document(), 0..2),
        attached in arns(),
        boundary in proptest::option::of("arn:aws:iam::444455556666:policy/other"),
        tags in tags(),
        session in proptest::option::of(Just(900)),
    ) -> Role {
        Role { trust, inline, attached, boundary, tags, session, ..Role::default() }
    }
}

prop_compose! {
    fn policy()(
        document in document(),
        old in proptest::sample::subsequence(vec!["v1", "v2", "v3", "v4"], 0..=4),
        tags in tags(),
    ) -> Policy {
        let old_versions = old.into_iter().map(str::to_owned).collect();
        Policy { document, old_versions, tags, ..Policy::default() }
    }
}

prop_compose! {
    fn profile()(role in proptest::option::of(select(vec![names::INSTANCE, "theirs"])), tags in tags()) -> InstanceProfile {
        InstanceProfile { role: role.map(str::to_owned), tags, ..InstanceProfile::default() }
    }
}

prop_compose! {
    fn password()(minimum_length in 6..20, reuse_prevention in 0..3, symbols in any::<bool>()) -> PasswordPolicy {
        PasswordPolicy { minimum_length, reuse_prevention, symbols, ..PasswordPolicy::default() }
    }
}

/// Any of these names, each in any state.
fn some<R: Resource + std::fmt::Debug>(
    keys: Vec<Key>,
    resource: impl Strategy<Value = R>,
) -> impl Strategy<Value = Observation> {
    let most = keys.len();
    proptest::collection::btree_map(select(keys), resource, 0..=most).prop_map(|found| {
        let present = found
            .into_iter()
            .map(|(key, one)| (key, Observed::Present(write(&one))));
        Observation(
            present.collect(),
            BTreeMap::from([(R::KIND.name, const { &R::KIND })]),
        )
    })
}

fn all(parts: impl IntoIterator<Item = Observation>) -> Observation {
    let mut seen = Observation::default();
    for part in parts {
        seen.0.extend(part.0);
        seen.1.extend(part.1);
    }
    seen
}

fn identities() -> impl Strategy<Value = Observation> {
    let names = [
        names::ADMINISTRATOR,
        names::DEVELOPER,
        names::READ_ONLY,
        names::INSTANCE,
    ];
    let alias = select(vec!["acme", "theirs"]).prop_map(AccountAlias::found);
    (
        some(names.map(Role::key).to_vec(), role()),
        some(vec![Policy::key(names::BOUNDARY)], policy()),
        some(vec![InstanceProfile::key(names::INSTANCE)], profile()),
        some(vec![PasswordPolicy::KEY], password()),
        some(vec![AccountAlias::KEY], alias),
    )
        .prop_map(|(a, b, c, d, e)| all([a, b, c, d, e]))
}

fn management() -> impl Strategy<Value = Observation> {
    let roles = [names::PROVISIONER, names::AUDITOR, names::REMOVER];
    let policies = [
        "tenantry-reads-1",
        "tenantry-writes-1",
        "tenantry-removals-1",
        "tenantry-old-1",
    ];
    (
        some(roles.map(Role::key).to_vec(), role()),
        some(policies.map(Policy::key).to_vec(), policy()),
    )
        .prop_map(|(roles, policies)| all([roles, policies]))
}

fn unique<C: Change>(changes: &[C]) -> bool {
    let keys: BTreeSet<String> = changes.iter().map(Change::key).collect();
    keys.len() == changes.len()
}

/// What is not ours by its tags, by key.
fn strangers(seen: &Observation) -> BTreeMap<Key, Observed<State>> {
    let tenant = json!(tenant().tenant);
    let is_stranger = |observed: &Observed<State>| match observed {
        Observed::Present(state) => state
            .get("tags")
            .is_some_and(|tags| tags[names::TAG_TENANT] != tenant),
        _ => false,
    };
    let all = seen.0.iter().filter(|(_, one)| is_stranger(one));
    all.map(|(key, one)| (key.clone(), one.clone())).collect()
}

proptest! {
    #[test]
    fn access_converges_from_anything_seen_and_touches_no_stranger(resources in management(), entered in any::<bool>()) {
        let before = strangers(&resources);
        let seen = access::Observation { resources, entered, proved: false };
        let imagined = imagine_until_settled::<Access>(&tenant(), seen);
        prop_assert!(imagined.converged);
        // The inline policy of an earlier release is written, and removed in a later pass.
        let twice = |change: &AccessChange| change.key() == "role.tenantry-provisioner.inline.tenantry";
        let others: Vec<AccessChange> = imagined.changes.into_iter().filter(|change| !twice(change)).collect();
        prop_assert!(unique(&others));
        let plan = Access::plan(&tenant(), &imagined.seen);
        let obstacles: BTreeSet<String> = plan.obstacles.iter().map(ToString::to_string).collect();
        let wanted = before.keys().filter(|key| key.name != "tenantry-old-1").count();
        prop_assert_eq!(obstacles.len(), wanted);
        prop_assert_eq!(imagined.seen.proved, before.is_empty() || wanted == 0);
        prop_assert_eq!(strangers(&imagined.seen.resources), before);
    }

    #[test]
    fn identity_converges_from_anything_seen_in_few_rounds_and_touches_no_stranger(seen in identities()) {
        let before = strangers(&seen);
        let imagined = imagine_until_settled::<Identity>(&tenant(), seen);
        prop_assert!(imagined.converged && imagined.rounds <= 4, "{} rounds", imagined.rounds);
        prop_assert!(unique(&imagined.changes));
        let plan = Identity::plan(&tenant(), &imagined.seen);
        prop_assert!(plan.changes.is_empty() && plan.waits.is_empty());
        prop_assert_eq!(plan.obstacles.len(), before.len());
        prop_assert_eq!(strangers(&imagined.seen), before);
    }

    #[test]
    fn a_leaving_tenant_keeps_whatever_lacks_our_tag(seen in identities()) {
        let imagined = imagine_until_settled::<Identity>(&leaving(), seen.clone());
        prop_assert!(imagined.converged);
        prop_assert!(Identity::plan(&leaving(), &imagined.seen).is_settled());
        prop_assert_eq!(strangers(&imagined.seen), strangers(&seen));
        let alias = imagined.seen.present::<AccountAlias>(&AccountAlias::KEY);
        if seen.present::<AccountAlias>(&AccountAlias::KEY) == Some(AccountAlias::found("theirs")) {
            prop_assert_eq!(alias, Some(AccountAlias::found("theirs")));
        }
        for change in &imagined.changes {
            prop_assert!(!matches!(change.effect, Effect::Create { .. }), "{change:?}");
        }
    }
}
