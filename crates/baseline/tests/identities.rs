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
    access::{self, Access, RoleSeen, Roles},
    identity::{self, BoundarySeen, Identity, IdentityChange, PasswordSeen, ProfileSeen},
    imagine_until_settled,
};
use proptest::prelude::*;
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
        Just(Value::Null),
        Just(Value::String("no json".into())),
    ]
}

fn tags() -> impl Strategy<Value = BTreeMap<String, String>> {
    let ours = tenant().tags(ComponentName::IDENTITY);
    prop_oneof![
        Just(BTreeMap::new()),
        Just(ours.clone()),
        Just(BTreeMap::from([(
            names::TAG_TENANT.to_owned(),
            "t-other".to_owned()
        )])),
        Just(
            ours.into_iter()
                .filter(|(key, _)| key == names::TAG_TENANT)
                .collect()
        ),
    ]
}

fn arns() -> impl Strategy<Value = BTreeSet<String>> {
    let known = [
        "AdministratorAccess",
        "PowerUserAccess",
        "ReadOnlyAccess",
        "Other",
    ];
    proptest::sample::subsequence(known.to_vec(), 0..=4).prop_map(|names| {
        names
            .iter()
            .map(|name| format!("arn:aws:iam::aws:policy/{name}"))
            .collect()
    })
}

fn role(path: &'static str) -> impl Strategy<Value = RoleSeen> {
    let inline = proptest::collection::btree_map("tenantry|extra", document(), 0..2);
    let boundary = proptest::option::of("arn:aws:iam::444455556666:policy/other");
    (
        document(),
        inline,
        arns(),
        boundary,
        tags(),
        proptest::option::of(Just(900)),
    )
        .prop_map(
            move |(trust, inline, attached, boundary, tags, session_secs)| RoleSeen {
                path: path.to_owned(),
                trust,
                inline,
                attached,
                boundary,
                tags,
                session_secs,
            },
        )
}

fn roles(names: [&'static str; 4], path: &'static str) -> impl Strategy<Value = Roles> {
    proptest::collection::btree_map(
        proptest::sample::select(names.to_vec()).prop_map(str::to_owned),
        role(path),
        0..=4,
    )
}

fn identities() -> impl Strategy<Value = identity::Seen> {
    let all = [
        names::ADMINISTRATOR,
        names::DEVELOPER,
        names::READ_ONLY,
        names::INSTANCE,
    ];
    let versions = proptest::sample::subsequence(vec!["v1", "v2", "v3", "v4"], 0..=4);
    let boundary = (document(), versions, tags()).prop_map(|(document, old, tags)| BoundarySeen {
        document,
        old_versions: old.into_iter().map(str::to_owned).collect(),
        tags,
    });
    let holder = proptest::option::of(proptest::sample::select(vec![names::INSTANCE, "theirs"]));
    let profile = (holder, tags()).prop_map(|(role, tags)| ProfileSeen {
        path: names::TENANT_PATH.into(),
        role: role.map(str::to_owned),
        tags,
    });
    let password =
        (6..20, 0..3, any::<bool>()).prop_map(|(minimum_length, reuse_prevention, all_kinds)| {
            PasswordSeen {
                minimum_length,
                reuse_prevention,
                all_kinds,
                ..PasswordSeen::default()
            }
        });
    let alias = proptest::option::of(proptest::sample::select(vec!["acme", "theirs"]));
    let option = proptest::option::of::<proptest::strategy::BoxedStrategy<BoundarySeen>>;
    (
        roles(all, names::TENANT_PATH),
        option(boundary.boxed()),
        proptest::option::of(profile),
        proptest::option::of(password),
        alias,
    )
        .prop_map(
            |(roles, boundary, profile, password, alias)| identity::Seen {
                roles,
                boundary,
                profile,
                password,
                alias: alias.map(str::to_owned),
                ..identity::Seen::default()
            },
        )
}

fn unique<C: Change>(changes: &[C]) -> bool {
    let keys: BTreeSet<String> = changes.iter().map(Change::key).collect();
    keys.len() == changes.len()
}

proptest! {
    #[test]
    fn access_converges_from_anything_seen(
        roles in roles([names::PROVISIONER, names::AUDITOR, names::REMOVER, names::AUDITOR], names::MANAGEMENT_PATH),
        entered in any::<bool>(),
    ) {
        let seen = access::Seen { roles, entered, proved: false };
        let imagined = imagine_until_settled::<Access>(&tenant(), seen);
        prop_assert!(imagined.converged && unique(&imagined.changes));
        prop_assert!(Access::plan(&tenant(), &imagined.seen).is_settled());
        prop_assert!(imagined.seen.entered && imagined.seen.proved);
    }

    #[test]
    fn identity_converges_from_anything_seen_in_few_rounds(seen in identities()) {
        let imagined = imagine_until_settled::<Identity>(&tenant(), seen);
        prop_assert!(imagined.converged && imagined.rounds <= 4, "{} rounds", imagined.rounds);
        prop_assert!(unique(&imagined.changes));
        prop_assert!(Identity::plan(&tenant(), &imagined.seen).is_settled());
    }

    #[test]
    fn a_leaving_tenant_keeps_whatever_lacks_our_tag(seen in identities()) {
        let imagined = imagine_until_settled::<Identity>(&leaving(), seen.clone());
        prop_assert!(imagined.converged);
        for (name, role) in &seen.roles {
            let ours = leaving().owns(&role.tags);
            if !ours {
                prop_assert_eq!(imagined.seen.roles.get(name), Some(role));
            }
        }
        if let Some(boundary) = seen.boundary.filter(|found| !leaving().owns(&found.tags)) {
            prop_assert_eq!(imagined.seen.boundary, Some(boundary));
        }
        if let Some(profile) = seen.profile.filter(|found| !leaving().owns(&found.tags)) {
            prop_assert_eq!(imagined.seen.profile, Some(profile));
        }
        if seen.alias.as_deref() == Some("theirs") {
            prop_assert_eq!(imagined.seen.alias, seen.alias);
        }
        for change in &imagined.changes {
            let builds = matches!(change, IdentityChange::CreateBoundary { .. }
                | IdentityChange::CreateProfile(_) | IdentityChange::SetAlias { .. } | IdentityChange::SetPassword { .. });
            prop_assert!(!builds, "{change:?}");
        }
    }
}

#[test]
fn a_new_account_is_planted_in_three_rounds_and_gets_its_identities_in_three() {
    let access = imagine_until_settled::<Access>(&tenant(), access::Seen::default());
    assert_eq!((access.changes.len(), access.rounds), (8, 3));
    let identity = imagine_until_settled::<Identity>(&tenant(), identity::Seen::default());
    assert_eq!((identity.changes.len(), identity.rounds), (13, 3));
}

#[test]
fn an_alias_others_have_is_replaced_by_one_with_the_tenants_id() {
    let mut settled = imagine_until_settled::<Identity>(&tenant(), identity::Seen::default()).seen;
    settled.alias = None;
    let [slug, fallback] = identity::alias_candidates(&tenant());
    Identity::learn(&mut settled, identity::Fact::AliasTaken(slug));
    let plan = Identity::plan(&tenant(), &settled);
    assert_eq!(plan.changes.len(), 1);
    assert!(plan.changes[0].key().ends_with(&fallback));
    Identity::learn(&mut settled, identity::Fact::AliasTaken(fallback));
    let plan = Identity::plan(&tenant(), &settled);
    assert!(plan.changes.is_empty());
    assert_eq!(plan.obstacles.len(), 1);
}
