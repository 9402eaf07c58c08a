//! What strangers made is reported to somebody who can act, and no plan and no right of ours touches it.

use std::collections::BTreeSet;

use tenancy::{control::RepairedBy, finding::Repair};

use super::{kinds::kinds, *};
use crate::{
    alerting::{Alerting, Subscription},
    catalogue,
    control::Verdict,
    declared::{Key, Observed, write},
    identity::{Identity, OtherWaysIn},
    network::{Gateway, Vpc},
    trail::{OtherTrails, Trail},
};

/// What a control reports that strangers made, and where our roles could reach it.
struct Stranger<C: Listed> {
    control: &'static str,
    /// Adds it to what was seen.
    made: fn(&mut C::Observation),
    /// What the finding names.
    named: &'static str,
    /// Its ARN.
    arn: &'static str,
    /// Services whose actions could be done to it.
    services: &'static [&'static str],
    /// Statements that reach it all the same, by role and name, and why that is borne.
    reached: &'static [(Verb, &'static str, &'static str)],
}

/// Controls that report nothing that strangers made.
const OF_OURS: [&str; 9] = [
    "TNT.ACCOUNT.1",
    "TNT.BILLING.1",
    "TNT.ROOT.1",
    "TNT.ROOT.2",
    "TNT.TRAIL.1",
    "TNT.TRAIL.2",
    "TNT.TRAIL.3",
    "TNT.TRAIL.4",
    "TNT.TRAIL.5",
];

const OF_THE_ACCOUNT: &str =
    "the account's name, alias and password policy, which are no user and no role";
const SWITCHES: &str = "account-wide settings of EC2, which are no resource";
const UNNAMED: &str = "SNS names no resource for it; the plan holds only subscriptions of ours";
const UNTAGGED: &str = "a default VPC has no tags, and a request to make something names no resource yet; the plan holds only \
                        what is ours";

fn ways_in(seen: &mut declared::Observation, add: fn(&mut OtherWaysIn)) {
    let mut others = OtherWaysIn::default();
    add(&mut others);
    let others = Observed::Present(write(&others));
    seen.0.insert(OtherWaysIn::KEY, others);
}

const OF_A_USER: &[(Verb, &str, &str)] = &[
    (Verb::Onboard, "SetAccount", OF_THE_ACCOUNT),
    (Verb::Offboard, "RemoveAlias", OF_THE_ACCOUNT),
];

const IDENTITIES: [Stranger<Identity>; 3] = [
    Stranger {
        control: "TNT.IAM.1",
        made: |seen| {
            ways_in(seen, |others| {
                others.users_with_keys.insert("theirs".into());
            });
        },
        named: "theirs",
        arn: "arn:aws:iam::222222222222:user/theirs",
        services: &["iam"],
        reached: OF_A_USER,
    },
    Stranger {
        control: "TNT.IAM.3",
        made: |seen| {
            ways_in(seen, |others| {
                others.users_with_passwords.insert("theirs".into());
            });
        },
        named: "theirs",
        arn: "arn:aws:iam::222222222222:user/theirs",
        services: &["iam"],
        reached: OF_A_USER,
    },
    Stranger {
        control: "TNT.IAM.2",
        made: |seen| {
            ways_in(seen, |others| {
                let from = BTreeSet::from(["999999999999".to_owned()]);
                others.foreign_administrators.insert("theirs".into(), from);
            });
        },
        named: "`theirs` trusts 999999999999",
        arn: "arn:aws:iam::222222222222:role/theirs",
        services: &["iam", "sts"],
        reached: OF_A_USER,
    },
];

const NETWORKS: [Stranger<Network>; 1] = [Stranger {
    control: "TNT.NETWORK.1",
    made: |seen| {
        for inventory in seen.regions.values_mut() {
            inventory.vpcs.push(Vpc {
                id: "vpc-theirs".into(),
                cidr: "10.99.0.0/16".parse().unwrap(),
                ..Vpc::default()
            });
            inventory.gateways.push(Gateway {
                id: "igw-theirs".into(),
                vpc: Some("vpc-theirs".into()),
                ..Gateway::default()
            });
        }
    },
    named: "`vpc-theirs`",
    arn: "arn:aws:ec2:eu-central-1:222222222222:vpc/vpc-theirs",
    services: &["ec2"],
    reached: &[
        (Verb::Onboard, "BuildNetwork", UNTAGGED),
        (Verb::Onboard, "SetGuard", SWITCHES),
    ],
}];

const SUBSCRIPTIONS: [Stranger<Alerting>; 1] = [Stranger {
    control: "TNT.ALERTING.1",
    made: |seen| {
        let topics = seen.0.keys().filter(|key| key.kind == "topic");
        let regions: Vec<Region> = topics.filter_map(Key::region).cloned().collect();
        for region in regions {
            let arn = "arn:aws:sns:eu-central-1:222222222222:tenantry-alerts:theirs";
            let one = Subscription::of_others("sqs", "arn:aws:sqs:eu-central-1:999999999999:q");
            let one = Observed::Present(write(&one));
            seen.0.insert(Subscription::key(&region, arn), one);
        }
    },
    named: "arn:aws:sqs:eu-central-1:999999999999:q",
    arn: "arn:aws:sns:eu-central-1:222222222222:tenantry-alerts:theirs",
    services: &["sns"],
    reached: &[
        (Verb::Onboard, "KeepSubscriptions", UNNAMED),
        (Verb::Offboard, "RemoveSubscriptions", UNNAMED),
    ],
}];

const THEIR_TRAIL: &str = "arn:aws:cloudtrail:eu-central-1:222222222222:trail/theirs";

const TRAILS: [Stranger<Trail>; 1] = [Stranger {
    control: "TNT.TRAIL.6",
    made: |seen| {
        let others = OtherTrails {
            trails: vec![(THEIR_TRAIL.into(), "their-bucket".into())],
            unreadable: Vec::new(),
        };
        let others = Observed::Present(write(&others));
        seen.0.insert(OtherTrails::KEY, others);
    },
    named: THEIR_TRAIL,
    arn: THEIR_TRAIL,
    services: &["cloudtrail"],
    reached: &[],
}];

/// The changes on the way, with their places.
fn on_the_way<C: Listed>(desired: &Desired, seen: &C::Observation) -> Vec<String> {
    let all = changes::<C>(desired, seen).into_iter();
    all.map(|change| format!("{change:?}")).collect()
}

fn try_all<C: Listed>(strangers: &[Stranger<C>], tried: &mut BTreeSet<&'static str>) {
    // One Region, two zones; and every zone with its own way out.
    for desired in [3, 8].map(|at| specs().swap_remove(at)) {
        for stranger in strangers {
            tried.insert(stranger.control);
            try_one(stranger, &desired);
        }
    }
}

fn try_one<C: Listed>(stranger: &Stranger<C>, desired: &Desired) {
    let id = stranger.control;
    let mut clean = built::<C>(desired);
    let resources = C::resources_of(&mut clean).unwrap();
    resources.1.extend(kinds::<C>());
    let mut seen = clean.clone();
    (stranger.made)(&mut seen);
    // It is found, and by its name.
    let control = C::controls().iter().find(|control| control.id == id);
    let control = control.unwrap();
    let Verdict::Failed(found) = (control.evaluate)(desired, &seen) else {
        panic!("{id} did not find it");
    };
    assert!(found.contains(stranger.named), "{id}: {found}");
    // Who can act, and what that is.
    let finding = control.finding(C::NAME, desired, &seen).unwrap();
    assert_eq!(finding.repair, Repair::Person, "{id}");
    assert!(finding.remedy.contains("the tenant"), "{}", finding.remedy);
    let listed = catalogue::find(&id.parse().unwrap()).unwrap();
    assert_eq!(listed.repaired_by, RepairedBy::Tenant, "{id}");
    // Nothing is planned because of it, whoever comes, stays, loses something or leaves.
    let recorded = Recorded::new([(C::NAME, C::resources(desired, &clean))]);
    let knowing = |desired: Desired| Desired {
        recorded: recorded.clone(),
        ..desired
    };
    let leaving = leaving(desired);
    for next in [
        desired,
        &leaving,
        &knowing(desired.clone()),
        &knowing(leaving.clone()),
    ] {
        let without = on_the_way::<C>(next, &clean);
        assert_eq!(on_the_way::<C>(next, &seen), without, "{id}");
        assert_eq!(
            C::resources(next, &seen),
            C::resources(next, &clean),
            "{id}: recorded as ours"
        );
    }
    // Nor may a role of ours touch it, but by what is listed with the reason.
    let policies = Policies::of(desired);
    for verb in Verb::ALL {
        let reaching = policies.reaching(verb, stranger.arn).into_iter();
        let of_services = reaching.filter(|(_, action)| {
            let (service, _) = action.split_once(':').unwrap();
            stranger.services.contains(&service)
        });
        let found: BTreeSet<String> = of_services.map(|(sid, _)| sid).collect();
        let borne = stranger.reached.iter().filter(|(of, ..)| *of == verb);
        let borne: BTreeSet<String> = borne.map(|(_, sid, _)| (*sid).to_owned()).collect();
        assert_eq!(found, borne, "{id}: {}", verb.role());
    }
}

/// The ids of the controls of each component.
macro_rules! controls_of_all {
    ($($component:ty),*) => {
        [$(<$component as Component>::controls().iter().map(|one| one.id).collect::<Vec<_>>()),*]
    };
}

#[test]
fn what_a_control_finds_of_strangers_is_named_with_who_can_act_and_nothing_of_ours_touches_it() {
    let mut tried = BTreeSet::new();
    try_all(&IDENTITIES, &mut tried);
    try_all(&NETWORKS, &mut tried);
    try_all(&SUBSCRIPTIONS, &mut tried);
    try_all(&TRAILS, &mut tried);
    // Every control is one of these, or reports nothing that strangers made.
    tried.extend(OF_OURS);
    let all = with_components!(controls_of_all);
    let all: BTreeSet<&str> = all.into_iter().flatten().collect();
    assert_eq!(tried, all);
}
