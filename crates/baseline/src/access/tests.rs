//! Our roles are installed in two rounds, come from an earlier release without ever having less than they need, and lag in the open.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tenancy::{
    AccountId, ComponentState, DesiredState, Failure, FailureKind, Verb, finding::Severity,
};

use super::*;

use crate::{
    account::tests::desired as sample,
    component::Wait,
    declared::{Effect, Observed, Resource, write},
    imagine::{Imagined, imagine_until_settled},
    policy::{Extras, management_policies},
    reconcile::summarize,
    report::{Outcome, PassReport},
    resources::Policy,
};

/// What the inline policies of the three roles said in the release that had them.
const PREVIOUS: &str = include_str!("../../tests/previous/roles.json");

fn account() -> AccountId {
    "444455556666".parse().unwrap()
}

fn desired() -> Desired {
    Desired {
        account: Some(account()),
        ..sample(DesiredState::Present)
    }
}

fn seen(resources: declared::Observation) -> Observation {
    Observation {
        resources,
        entered: true,
        proved: true,
    }
}

/// Everything as this release has it.
fn settled() -> declared::Observation {
    let mut seen = imagine_until_settled::<Access>(&desired(), Observation::default())
        .seen
        .resources;
    seen.1.insert("policy", const { &Policy::KIND });
    seen
}

/// The three roles as the previous release left them.
fn previous() -> declared::Observation {
    let tenant = desired().tenant;
    let text = PREVIOUS
        .replace("TENANT", tenant.as_str())
        .replace("ACCOUNT", account().as_str());
    let documents: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
    let mut seen = declared::Observation::default();
    for verb in Verb::ALL {
        let mut role: Role = settled().present(&Role::key(verb.role())).unwrap();
        role.attached.clear();
        let document = documents[verb.role()].clone();
        role.inline
            .insert(names::MANAGEMENT_POLICY.into(), document);
        put(&mut seen, verb, &role);
    }
    seen
}

fn put(seen: &mut declared::Observation, verb: Verb, role: &Role) {
    let key = Role::key(verb.role());
    seen.0.insert(key, Observed::Present(write(role)));
}

/// The actions a role may take, as IAM sees it.
fn allowed(seen: &declared::Observation, verb: Verb) -> BTreeSet<String> {
    let role: Role = seen.present(&Role::key(verb.role())).unwrap();
    let attached = role.attached.iter().filter_map(|arn| {
        let name = arn.rsplit('/').next()?;
        Some(seen.present::<Policy>(&Policy::key(name))?.document)
    });
    let documents = role.inline.values().cloned().chain(attached);
    documents.flat_map(|document| actions(&document)).collect()
}

fn actions(document: &Value) -> Vec<String> {
    let statements = document["Statement"].as_array().unwrap();
    let actions = statements
        .iter()
        .flat_map(|one| one["Action"].as_array().unwrap());
    actions
        .map(|one| one.as_str().unwrap().to_owned())
        .collect()
}

fn keys(changes: &[AccessChange]) -> Vec<String> {
    changes.iter().map(Change::key).collect()
}

/// Carries plans out one change at a time, in an order of its own, and shows what was seen after each.
fn step_by_step(mut now: Observation, pick: impl Fn(usize) -> usize) -> Vec<Observation> {
    let mut all = vec![now.clone()];
    for _ in 0..100 {
        let mut changes = Access::plan(&desired(), &now).changes;
        if changes.is_empty() {
            return all;
        }
        let change = changes.remove(pick(changes.len()));
        Access::learn(&mut now, Access::imagine(&desired(), &change));
        all.push(now.clone());
    }
    panic!(
        "does not converge: {:?}",
        keys(&Access::plan(&desired(), &now).changes)
    );
}

#[test]
fn a_new_account_gets_three_roles_and_their_policies_in_two_rounds_and_no_other_call() {
    let first = Access::plan(&desired(), &Observation::default()).changes;
    let imagined: Imagined<Access> = imagine_until_settled(&desired(), Observation::default());
    assert!(imagined.converged);
    assert_eq!(imagined.rounds, 3, "create; attach and enter; prove");
    let all = keys(&imagined.changes);
    let count = |start: &str, part: &str| {
        let of_kind = |key: &&String| key.starts_with(start) && key.contains(part);
        all.iter().filter(of_kind).count()
    };
    let policies = count("policy.", "");
    assert_eq!(first.len(), 3 + policies);
    assert_eq!(
        count("role.", ".attached."),
        3 + (policies - 1),
        "reads are attached to all"
    );
    assert_eq!(all.len(), 3 + policies + count("role.", ".attached.") + 2);
    println!("{policies} policies: {all:#?}");
}

#[test]
fn roles_of_the_previous_release_get_managed_policies_and_never_have_less_in_between() {
    let first = keys(&Access::plan(&desired(), &seen(previous())).changes);
    assert_eq!(first, ["role.tenantry-provisioner.inline.tenantry"]);
    let orders: [fn(usize) -> usize; 3] = [|_| 0, |all| all - 1, |all| all / 2];
    for pick in orders {
        let steps = step_by_step(seen(previous()), pick);
        for verb in Verb::ALL {
            let needs = &allowed(&previous(), verb) & &allowed(&settled(), verb);
            assert!(!needs.is_empty());
            for step in &steps {
                let missing = &needs - &allowed(&step.resources, verb);
                assert!(missing.is_empty(), "{verb:?}: {missing:?}");
            }
            let last = steps.last().unwrap();
            assert_eq!(allowed(&last.resources, verb), allowed(&settled(), verb));
            let role: Role = last.resources.present(&Role::key(verb.role())).unwrap();
            assert!(role.inline.is_empty());
        }
    }
}

#[test]
fn the_provisioner_of_the_previous_release_is_given_what_the_change_takes_and_it_fits() {
    let mut now = seen(previous());
    let [enable] = &Access::plan(&desired(), &now).changes[..] else {
        panic!("one change first")
    };
    Access::learn(&mut now, Access::imagine(&desired(), enable));
    let role: Role = now
        .resources
        .present(&Role::key(names::PROVISIONER))
        .unwrap();
    let inline = &role.inline[names::MANAGEMENT_POLICY];
    for action in ["iam:CreatePolicy", "iam:AttachRolePolicy", "iam:GetPolicy"] {
        assert!(actions(inline).contains(&action.to_owned()), "{action}");
    }
    // IAM User Guide, "IAM and AWS STS quotas": inline policies of a role in all.
    assert!(inline.to_string().len() <= 10_240);
    let next = keys(&Access::plan(&desired(), &now).changes);
    assert!(
        next.iter().all(|key| key.starts_with("policy.")),
        "{next:?}"
    );
}

#[test]
fn what_grows_into_another_policy_is_there_before_it_leaves_its_own() {
    let mut resources = settled();
    let key = Policy::key("tenantry-writes-1");
    let mut policy: Policy = resources.present(&key).unwrap();
    // The statement of a policy that is not there yet stood here.
    let stray =
        json!({"Sid": "Stray", "Effect": "Allow", "Action": ["ec2:Stray"], "Resource": ["*"]});
    policy.document["Statement"]
        .as_array_mut()
        .unwrap()
        .push(stray);
    resources
        .0
        .insert(key.clone(), Observed::Present(write(&policy)));
    resources.0.remove(&Policy::key("tenantry-reads-1"));
    let now = keys(&Access::plan(&desired(), &seen(resources)).changes);
    assert_eq!(now, ["policy.tenantry-reads-1"]);
}

#[test]
fn a_policy_that_is_not_wanted_any_more_is_detached_and_then_deleted() {
    let mut resources = settled();
    let policy: Policy = resources
        .present(&Policy::key("tenantry-writes-1"))
        .unwrap();
    let old = Policy::key("tenantry-writes-9");
    resources.0.insert(old, Observed::Present(write(&policy)));
    let mut role: Role = resources.present(&Role::key(names::PROVISIONER)).unwrap();
    role.attached
        .insert(names::policy_arn(&account(), "tenantry-writes-9"));
    put(&mut resources, Verb::Onboard, &role);
    let imagined = imagine_until_settled::<Access>(&desired(), seen(resources));
    let arn = names::policy_arn(&account(), "tenantry-writes-9");
    assert_eq!(
        keys(&imagined.changes),
        [
            format!("role.tenantry-provisioner.attached.{arn}"),
            "policy.tenantry-writes-9".to_owned()
        ]
    );
}

#[test]
fn what_others_gave_a_role_of_ours_is_critical_and_does_not_wait_for_anything() {
    let mut resources = settled();
    let mut role: Role = resources.present(&Role::key(names::AUDITOR)).unwrap();
    let power = "arn:aws:iam::aws:policy/PowerUserAccess";
    role.attached.insert(power.into());
    role.inline.insert("extra".into(), json!({}));
    role.trust = json!({});
    put(&mut resources, Verb::Audit, &role);
    resources.0.remove(&Policy::key("tenantry-writes-1"));
    let changes = Access::plan(&desired(), &seen(resources)).changes;
    for key in [
        format!("role.tenantry-auditor.attached.{power}"),
        "role.tenantry-auditor.inline.extra".into(),
        "role.tenantry-auditor.trust".into(),
    ] {
        let found = changes.iter().find(|change| change.key() == key).unwrap();
        assert_eq!(found.difference().severity, Severity::Critical, "{key}");
    }
}

#[test]
fn a_stranger_with_the_name_of_a_role_or_policy_of_ours_is_in_the_way_and_left_alone() {
    let mut resources = settled();
    let stranger = Policy {
        document: json!({}),
        ..Policy::default()
    };
    let key = Policy::key("tenantry-reads-1");
    resources.0.insert(key, Observed::Present(write(&stranger)));
    put(&mut resources, Verb::Offboard, &Role::default());
    let plan = Access::plan(&desired(), &seen(resources));
    assert!(plan.changes.is_empty(), "{:?}", keys(&plan.changes));
    assert_eq!(plan.obstacles.len(), 2);
}

#[test]
fn a_role_of_others_that_has_the_provisioners_name_is_not_entered() {
    let mut resources = settled();
    put(&mut resources, Verb::Onboard, &Role::default());
    let stranger = Observation {
        entered: false,
        proved: false,
        ..seen(resources)
    };
    let plan = Access::plan(&desired(), &stranger);
    assert!(plan.changes.is_empty(), "{:?}", keys(&plan.changes));
    assert_eq!(plan.obstacles.len(), 1);
}

#[test]
fn a_leaving_tenant_keeps_our_roles() {
    let leaving = Desired {
        account: Some(account()),
        ..sample(DesiredState::Absent)
    };
    assert!(Access::plan(&leaving, &seen(settled())).is_settled());
}

fn denied() -> Failure {
    Failure::park(
        FailureKind::Denied,
        "reading roles",
        "AccessDenied",
        "access-denied",
        "read",
    )
}

fn report(access: declared::Observation, other: Vec<Failure>) -> PassReport {
    let mut identity = Outcome::new(ComponentName::IDENTITY, ComponentState::Parked);
    identity.failures = other;
    let access = summarize::<Access>(&desired(), &seen(access), Vec::new(), Vec::new());
    PassReport {
        outcomes: vec![access, identity],
        ..PassReport::default()
    }
}

#[test]
fn what_the_auditor_may_not_read_yet_is_waited_for_and_parks_nothing() {
    let report = report(previous(), vec![denied()]);
    assert!(lags(&report));
    let identity = &not_verifiable_yet(report).outcomes[1];
    assert_eq!(identity.state, ComponentState::Waiting);
    assert!(identity.failures.is_empty());
    let expected = Wait {
        waiting_for: "the auditor's policies to be brought up to date".into(),
        after_secs: 60,
    };
    assert_eq!(identity.waits, [expected]);
}

#[test]
fn a_refusal_parks_when_our_roles_are_up_to_date_and_other_failures_stay() {
    let up_to_date = report(settled(), vec![denied()]);
    assert!(!lags(&up_to_date));
    assert_eq!(not_verifiable_yet(up_to_date.clone()), up_to_date);
    let retry = Failure::retry(FailureKind::Transient, "reading", "down", 5);
    let both = not_verifiable_yet(report(previous(), vec![denied(), retry.clone()]));
    assert_eq!(both.outcomes[1].state, ComponentState::Failed);
    assert_eq!(both.outcomes[1].failures, [retry]);
}

#[test]
fn differences_of_a_role_and_a_policy_show_what_is_there_instead() {
    let mut resources = settled();
    let mut policy: Policy = resources.present(&Policy::key("tenantry-reads-1")).unwrap();
    policy.document = json!({"Statement": []});
    let key = Policy::key("tenantry-reads-1");
    resources.0.insert(key, Observed::Present(write(&policy)));
    let plan = Access::plan(&desired(), &seen(resources));
    let AccessChange::Resource(change) = &plan.changes[0] else {
        panic!("{plan:?}")
    };
    assert!(matches!(change.effect, Effect::Set { .. }));
    let words = change.difference();
    assert_eq!(words.key, "policy.tenantry-reads-1.document");
    assert_eq!(words.found, r#"{"Statement":[]}"#);
    assert_eq!(
        words.remedy,
        "Set a new default version of policy `tenantry-reads-1`."
    );
}

#[test]
fn our_roles_have_rights_only_for_what_the_tenant_has_or_had() {
    let may_use_keys = |desired: &Desired| {
        let wanted = wanted(desired, &account(), &declared::Observation::default());
        let policies = wanted.values().filter(|one| one.kind.name == "policy");
        let documents = policies.map(|policy| policy.state["document"].to_string());
        documents
            .filter(|document| document.contains("kms:"))
            .count()
    };
    let mut desired = desired();
    assert_eq!(may_use_keys(&desired), 0);
    desired.spec.keys = true;
    assert!(may_use_keys(&desired) >= 3);
    desired.spec.keys = false;
    let key = (
        "eu-central-1.kms-key.alias/tenantry.id".to_owned(),
        "k-1".to_owned(),
    );
    desired.recorded = crate::Recorded::new([(ComponentName::KEYS, BTreeMap::from([key]))]);
    assert!(
        may_use_keys(&desired) >= 3,
        "what is left of the key is to be removed"
    );
}

#[test]
fn the_rights_over_a_tenant_of_the_simplest_blueprint_take_one_policy_each() {
    let scope = Scope {
        tenant: desired().tenant,
        account: account(),
        extras: Extras::NONE,
    };
    let policies = management_policies(&scope, &desired().components_in_use());
    let names: Vec<&str> = policies.iter().map(|(_, name, _)| name.as_str()).collect();
    let one_each = [
        "tenantry-reads-1",
        "tenantry-writes-1",
        "tenantry-removals-1",
    ];
    assert_eq!(names, one_each, "one more costs a call in every audit");
}
