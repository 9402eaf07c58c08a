//! Every switch in every Region: found with its values, set, and left alone where the organization sets it.

use serde_json::json;
use tenancy::{DesiredState, Failure, FailureKind};

use super::*;
use crate::{
    account::tests::desired as sample,
    component::{Change, Component, Plan},
    declared::{Key, Observation, Observed, ResourceChange, ResourceFact, write},
};

fn desired() -> Desired {
    let mut desired = sample(DesiredState::Present);
    desired.spec.regions = ["eu-central-1", "us-east-1"]
        .map(|r| r.parse().unwrap())
        .to_vec();
    desired
}

/// An account as AWS hands it out, for every switch.
fn fresh() -> Observation {
    let mut seen = Observation::default();
    for (key, wanted) in Guard::wanted(&desired()).unwrap() {
        let mut switches = SWITCHES.iter();
        let switch = switches.find(|switch| switch.kind.name == wanted.kind.name);
        let state = serde_json::from_str(switch.unwrap().fresh).unwrap();
        seen.1.insert(wanted.kind.name, wanted.kind);
        seen.0.insert(key, Observed::Present(state));
    }
    seen
}

fn planned(seen: &Observation) -> Plan<ResourceChange> {
    Guard::plan(&desired(), seen)
}

#[test]
fn every_switch_is_found_in_every_region_and_set_by_one_call_each() {
    let mut seen = fresh();
    let plan = planned(&seen);
    assert_eq!(plan.changes.len(), Guard::wanted(&desired()).unwrap().len());
    let words: Vec<String> = plan
        .changes
        .iter()
        .flat_map(Change::differences)
        .map(|d| format!("{}: {} not {}", d.key, d.found, d.wanted))
        .collect();
    for line in [
        "us-east-1.ebs-encryption.on: off not on",
        "eu-central-1.serial-console.on: on not off",
        "us-east-1.snapshot-block.state: unblocked not block-all-sharing",
        "eu-central-1.instance-metadata.httpTokens: nothing not required",
        "public-access-block.blockPublicPolicy: off not on",
    ] {
        assert!(words.contains(&line.to_owned()), "{line} in {words:#?}");
    }
    for change in plan.changes {
        ResourceFact::expected(&change).learn(&mut seen);
    }
    assert!(planned(&seen).is_settled());
}

#[test]
fn a_region_that_cannot_be_read_is_named_and_the_others_are_still_evaluated() {
    let mut seen = fresh();
    let region: tenancy::Region = "us-east-1".parse().unwrap();
    let failure = Failure::retry(FailureKind::Transient, "reading us-east-1", "down", 9);
    for (key, observed) in &mut seen.0 {
        if key.region() == Some(&region) {
            *observed = Observed::Unreadable(failure.clone());
        }
    }
    let plan = planned(&seen);
    let there = |key: &&Key| key.region() == Some(&region);
    let there = seen.0.keys().filter(there).count();
    let others = seen.0.len() - there;
    assert!(there > 0);
    assert_eq!((plan.changes.len(), plan.obstacles.len()), (others, there));
}

#[test]
fn what_a_declarative_policy_sets_right_is_good_and_sets_wrong_is_a_finding() {
    let region: tenancy::Region = "eu-central-1".parse().unwrap();
    let key = Key::in_region("serial-console", region, String::new());
    let mut seen = fresh();
    let mut set = |on| {
        let state = write(&SerialConsole {
            on,
            managed_by: Some(DECLARATIVE_POLICY.into()),
        });
        seen.0.insert(key.clone(), Observed::Present(state));
        planned(&seen)
    };
    let changed = |plan: &Plan<ResourceChange>| plan.changes.iter().any(|c| c.key == key);
    let right = set(false);
    assert!(!changed(&right) && right.findings.is_empty());
    let wrong = set(true);
    assert!(!changed(&wrong));
    assert_eq!(wrong.findings.len(), 1);
}

#[test]
fn every_switch_has_a_control_of_its_own() {
    for switch in SWITCHES {
        let (number, title, _) = switch.described;
        let id = format!("TNT.GUARD.{number}").parse().unwrap();
        let control = crate::catalogue::find(&id).unwrap();
        assert_eq!(control.title, title);
        let of_key = crate::catalogue::control_of(<Guard as Declared>::NAME, switch.kind.name);
        assert_eq!(of_key, Some(id));
    }
}

#[test]
fn a_tenant_that_leaves_keeps_its_switches() {
    let leaving = sample(DesiredState::Absent);
    assert!(Guard::plan(&leaving, &fresh()).is_settled());
}

#[test]
fn what_changes_what_a_tenant_may_build_is_set_only_where_the_blueprint_says_how() {
    let mut wanted = desired();
    let quiet = Guard::wanted(&wanted).unwrap();
    wanted.spec.vpc_block_public_access = Some(tenancy::blueprint::VpcBlock::BlockIngress);
    wanted.spec.allowed_images = Some(vec!["aws-marketplace".into(), "amazon".into()]);
    let asked = Guard::wanted(&wanted).unwrap();
    assert_eq!(asked.len(), quiet.len() + 2 * 2);
    let mut seen = Observation::default();
    for (key, one) in &asked {
        let found = match key.kind {
            "vpc-block" => json!({"mode": "off"}),
            "allowed-images" => json!({"state": "audit-mode", "providers": ["amazon, names x"]}),
            _ => continue,
        };
        seen.1.insert(one.kind.name, one.kind);
        let state = found.as_object().unwrap().clone();
        seen.0.insert(key.clone(), Observed::Present(state));
    }
    let plan = Guard::plan(&wanted, &seen);
    let words: Vec<String> = plan
        .changes
        .iter()
        .flat_map(Change::differences)
        .map(|d| format!("{}: {} not {}", d.key, d.found, d.wanted))
        .collect();
    for line in [
        "eu-central-1.vpc-block.mode: off not block-ingress",
        "us-east-1.allowed-images.state: audit-mode not enabled",
        "us-east-1.allowed-images.providers: amazon, names x not amazon, aws-marketplace",
    ] {
        assert!(words.contains(&line.to_owned()), "{line} in {words:#?}");
    }
}
