//! The actions that recorded runs used are those that our roles are granted: what `make test` ends with, for one rule at a time
//! (`make planted`). `TENANTRY_USED_ACTIONS` names the directory with the records.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests may look at the environment"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use baseline::{
    BASELINE,
    policy::{Rights, Scope, management_policies},
};
use serde_json::Value;
use tenancy::{TenantId, Verb};

type Actions = BTreeSet<String>;

fn recorded() -> BTreeMap<String, Actions> {
    let directory = std::env::var_os("TENANTRY_USED_ACTIONS").unwrap();
    let mut all = BTreeMap::<String, Actions>::new();
    for file in fs::read_dir(directory).unwrap() {
        let text = fs::read(file.unwrap().path()).unwrap();
        let one: BTreeMap<String, Actions> = serde_json::from_slice(&text).unwrap();
        for (role, actions) in one {
            all.entry(role).or_default().extend(actions);
        }
    }
    all
}

fn granted(verb: Verb) -> Actions {
    let scope = Scope {
        tenant: TenantId::from_random([1; 10]),
        account: "444455556666".parse().unwrap(),
        extras: baseline::policy::Extras::ALL,
    };
    let policies = management_policies(&scope, BASELINE).into_iter();
    let of_role = policies.filter(|(rights, ..)| Rights::of(verb).contains(rights));
    let list = |value: &Value| value.as_array().cloned().unwrap();
    let statements = of_role.flat_map(|(_, _, document)| list(&document["Statement"]));
    let actions = statements.flat_map(|statement| list(&statement["Action"]));
    actions
        .map(|action| action.as_str().unwrap().to_owned())
        .collect()
}

#[test]
#[ignore = "needs the records of the whole test run"]
fn every_action_used_is_granted_and_every_one_granted_is_used() {
    let recorded = recorded();
    for verb in Verb::ALL {
        let (role, granted) = (verb.role(), granted(verb));
        let used = &recorded[role];
        let missing: Vec<&String> = used.difference(&granted).collect();
        assert!(missing.is_empty(), "{role} used, not granted: {missing:?}");
        let idle: Vec<&String> = granted.difference(used).collect();
        assert!(idle.is_empty(), "{role} was granted, not used: {idle:?}");
    }
}
