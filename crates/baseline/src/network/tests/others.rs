//! What others did to our parts, or put in their way: seen before the first deletion, named, and left alone.

use std::collections::BTreeSet;

use tenancy::Next;

use super::*;
use crate::control::Verdict;

const NEXT: &str = "eu-west-1";

/// A spec that no longer asks for the Region of a built network.
fn dropped(before: &Desired) -> Desired {
    let mut after = before.clone();
    after.spec.regions = vec![NEXT.parse().unwrap()];
    after.cidrs = BTreeMap::from([(NEXT.parse().unwrap(), "10.8.0.0/20".parse().unwrap())]);
    after
}

fn group<'a>(seen: &'a mut Observation, name: &str) -> &'a mut Group {
    let mut groups = inventory(seen).groups.iter_mut();
    groups.find(|group| group.name == name).unwrap()
}

fn own_group(id: &str, vpc: &str, admits: &str) -> Group {
    Group {
        id: id.into(),
        vpc: vpc.into(),
        name: "own".into(),
        ingress: BTreeSet::from([Rule::tcp(443, Peer::Group(admits.into()))]),
        egress: BTreeSet::new(),
        tags: Tags::new(),
    }
}

fn touched_at_home(plan: &crate::component::Plan<NetworkChange>) -> Option<String> {
    let mut keys = plan.changes.iter().map(Change::key);
    keys.find(|key| key.starts_with(HOME))
}

#[test]
fn a_private_table_that_was_made_the_main_one_is_ours_by_its_tags_and_keeps_its_routes() {
    let desired = desired(Egress::None, 1);
    let mut seen = built(&desired);
    let (vpc, private) = (id(&seen, "vpc"), id(&seen, "rt-private-a"));
    for table in &mut inventory(&mut seen).tables {
        table.main = table.id == private;
    }
    inventory(&mut seen).tables.push(Table {
        id: "rtb-of-aws".into(),
        vpc,
        main: false,
        default_route: None,
        routes: Default::default(),
        subnets: BTreeMap::new(),
        tags: Tags::new(),
    });
    assert_eq!(keys(&desired, &seen), Vec::<String>::new());
}

#[test]
fn a_second_main_table_of_ours_is_never_deleted() {
    let desired = desired(Egress::None, 1);
    let mut seen = built(&desired);
    let private = id(&seen, "rt-private-a");
    let mut second = inventory(&mut seen)
        .tables
        .iter()
        .find(|t| t.id == private)
        .unwrap()
        .clone();
    second.id = "rtb-second".into();
    second.main = true;
    second.subnets.clear();
    inventory(&mut seen).tables.push(second);
    assert_eq!(keys(&desired, &seen), Vec::<String>::new());
}

#[test]
fn a_main_table_of_ours_goes_with_its_vpc() {
    let desired = desired(Egress::None, 1);
    let mut seen = built(&desired);
    let private = id(&seen, "rt-private-a");
    for table in &mut inventory(&mut seen).tables {
        table.main = table.id == private;
    }
    let removed = settle(&leaving(&desired), seen);
    assert!(
        removed.seen.regions[&region()].vpcs.is_empty(),
        "{:#?}",
        removed.seen
    );
}

#[test]
fn a_default_group_that_admits_our_workloads_does_not_keep_a_dropped_region() {
    let before = desired(Egress::None, 1);
    let mut seen = built(&before);
    let workload = id(&seen, "sg-workload");
    group(&mut seen, "default")
        .ingress
        .insert(Rule::tcp(443, Peer::Group(workload)));
    let removed = settle(&dropped(&before), seen);
    let left: Vec<_> = removed.seen.regions[&region()]
        .all()
        .map(Resource::id)
        .collect();
    assert_eq!(left, Vec::<&str>::new());
    assert!(Network::plan(&dropped(&before), &removed.seen).is_settled());
}

#[test]
fn a_group_of_others_that_admits_our_workloads_parks_a_dropped_region_before_the_first_deletion() {
    let before = desired(Egress::SingleNat, 1);
    let mut seen = built(&before);
    let workload = id(&seen, "sg-workload");
    inventory(&mut seen)
        .groups
        .push(own_group("sg-own", "vpc-own", &workload));
    let plan = Network::plan(&dropped(&before), &seen);
    assert_eq!(touched_at_home(&plan), None);
    let [obstacle] = plan.obstacles.as_slice() else {
        panic!("{plan:#?}");
    };
    assert!(matches!(&obstacle.next, Next::Park { reason, .. } if reason == "network-in-use"));
    for named in ["sg-own", workload.as_str(), "443"] {
        assert!(obstacle.detail.contains(named), "{named}: {obstacle}");
    }
}

#[test]
fn what_only_the_deletion_of_the_vpc_would_find_parks_a_dropped_region_before_the_first_deletion() {
    let before = desired(Egress::SingleNat, 1);
    let mut seen = built(&before);
    inventory(&mut seen).in_the_way = vec!["peering connection `pcx-own`".into()];
    let plan = Network::plan(&dropped(&before), &seen);
    assert_eq!(touched_at_home(&plan), None);
    assert!(plan.obstacles[0].detail.contains("pcx-own"), "{plan:#?}");
    // Who leaves loses everything that nothing depends on, and the VPC stays with the account.
    let removed = settle(&leaving(&before), seen);
    let left = &removed.seen.regions[&region()];
    assert_eq!(
        (left.vpcs.len(), left.nats.len(), left.subnets.len()),
        (1, 0, 0)
    );
    assert!(Network::plan(&leaving(&before), &removed.seen).is_settled());
}

#[test]
fn a_group_that_is_associated_with_another_vpc_parks_a_dropped_region_before_the_first_deletion() {
    let before = desired(Egress::SingleNat, 1);
    let seen = built(&before);
    let (workload, vpc) = (id(&seen, "sg-workload"), id(&seen, "vpc"));
    for (group, vpc) in [(workload.as_str(), "vpc-own"), ("sg-own", vpc.as_str())] {
        let mut seen = seen.clone();
        inventory(&mut seen).associations = vec![GroupAssociation {
            group: group.into(),
            vpc: vpc.into(),
        }];
        let plan = Network::plan(&dropped(&before), &seen);
        assert_eq!(touched_at_home(&plan), None);
        let detail = &plan.obstacles[0].detail;
        assert!(detail.contains(group) && detail.contains(vpc), "{detail}");
        // Who leaves keeps what AWS would not delete: it goes with the account.
        let removed = settle(&leaving(&before), seen);
        let left = &removed.seen.regions[&region()];
        let kept = left.groups.iter().any(|one| one.id == group);
        assert_eq!((kept, left.vpcs.len()), (group == workload, 1));
        assert_eq!((left.nats.len(), left.subnets.len()), (0, 0));
        assert!(Network::plan(&leaving(&before), &removed.seen).is_settled());
    }
    // What is between two VPCs of others holds nothing of ours.
    let mut seen = seen;
    inventory(&mut seen).associations = vec![GroupAssociation {
        group: "sg-own".into(),
        vpc: "vpc-own".into(),
    }];
    let plan = Network::plan(&dropped(&before), &seen);
    assert!(touched_at_home(&plan).is_some());
}

#[test]
fn a_region_that_cannot_be_read_is_left_alone_and_the_others_are_worked_on() {
    let mut both = desired(Egress::None, 1);
    let other: Region = NEXT.parse().unwrap();
    both.spec.regions.push(other.clone());
    both.cidrs
        .insert(other.clone(), "10.8.0.0/20".parse().unwrap());
    let failure = tenancy::Failure::retry(
        tenancy::FailureKind::NotReady,
        "reading VPCs in `eu-west-1`",
        "AuthFailure (401)",
        15,
    );
    let mut seen = Observation::default();
    seen.unreadable.insert(other.clone(), failure.clone());
    let built = settle(&both, seen).seen;
    assert!(!built.regions[&region()].vpcs.is_empty());
    assert!(!built.regions.contains_key(&other));
    let plan = Network::plan(&both, &built);
    assert_eq!(plan.obstacles, [failure]);
    assert!(plan.unreadable && plan.changes.is_empty(), "{plan:#?}");
    // Flow logs may deliver there by the role, so it stays until that is known.
    let removed = settle(&leaving(&both), built).seen;
    assert!(removed.regions[&region()].vpcs.is_empty());
    assert!(matches!(
        removed.resources.0[&role_key()],
        Observed::Present(_)
    ));
}

#[test]
fn a_nat_gateway_may_be_made_in_every_zone_that_has_a_public_subnet_the_own_one_first() {
    let desired = desired(Egress::SingleNat, 3);
    let imagined = settle(&desired, Observation::default());
    let mut created = parts(&imagined.changes).filter_map(|part| match &part.effect {
        Effect::Create(NewPart::Nat { subnet, others, .. }) => Some((subnet, others)),
        _ => None,
    });
    let (subnet, others) = created.next().unwrap();
    assert_eq!(*subnet, id(&imagined.seen, "public-a"));
    let rest = ["public-b", "public-c"].map(|part| id(&imagined.seen, part));
    assert_eq!(*others, rest);
}

#[test]
fn a_nat_gateway_that_was_made_in_another_zone_is_the_one_that_is_wanted() {
    let desired = desired(Egress::SingleNat, 2);
    let mut seen = built(&desired);
    let other = id(&seen, "public-b");
    inventory(&mut seen).nats[0].subnet = other;
    assert_eq!(keys(&desired, &seen), Vec::<String>::new());
    let removed = settle(&leaving(&desired), seen);
    assert_eq!(removed.seen.regions[&region()].all().count(), 0);
}

/// The most that is recorded of a component in one row, beside what DynamoDB takes in one: 400 KB.
const ROW: usize = 64 << 10;

#[test]
fn however_much_of_others_holds_a_network_what_is_recorded_of_it_is_short() {
    let before = desired(Egress::None, 1);
    let mut seen = built(&before);
    let (vpc, subnet) = (id(&seen, "vpc"), id(&seen, "private-a"));
    let workload = id(&seen, "sg-workload");
    let there = inventory(&mut seen);
    for number in 0..20_000 {
        there.interfaces.push(Interface {
            id: format!("eni-{number:017x}"),
            vpc: vpc.clone(),
            subnet: subnet.clone(),
            ..Interface::default()
        });
    }
    for number in 0..2_000 {
        let one = format!("sg-{number:017x}");
        there.groups.push(own_group(&one, "vpc-own", &workload));
        there
            .in_the_way
            .push(format!("peering connection `pcx-{number:017x}`"));
    }
    for wanted in [&dropped(&before), &leaving(&before)] {
        let outcome = crate::reconcile::summarize::<Network>(wanted, &seen, vec![], vec![]);
        let recorded = serde_json::to_string(&(&outcome.resources, &outcome.failures)).unwrap();
        assert!(recorded.len() < ROW, "{} bytes", recorded.len());
        // Some are named, and how many more there are.
        assert!(recorded.contains("eni-"), "{recorded}");
        assert!(recorded.contains(" more"), "{recorded}");
    }
}

#[test]
fn a_vpc_of_others_with_our_addresses_is_a_way_out_of_others_and_ours_without_tags_is_not() {
    let desired = desired(Egress::SingleNat, 1);
    let mut seen = built(&desired);
    let evaluate = |seen: &Observation| {
        let controls = Network::controls();
        let mut controls = controls.iter();
        let control = controls.find(|control| control.id == "TNT.NETWORK.1");
        (control.unwrap().evaluate)(&desired, seen)
    };
    let ours = inventory(&mut seen).vpcs[0].clone();
    inventory(&mut seen).vpcs[0].tags.clear();
    assert_eq!(evaluate(&seen), Verdict::Passed);
    inventory(&mut seen).vpcs.push(Vpc {
        id: "vpc-theirs".into(),
        cidr: ours.cidr,
        ..Vpc::default()
    });
    inventory(&mut seen).gateways.push(Gateway {
        id: "igw-theirs".into(),
        vpc: Some("vpc-theirs".into()),
        ..Gateway::default()
    });
    let Verdict::Failed(found) = evaluate(&seen) else {
        panic!("it was taken for ours");
    };
    assert!(found.contains("`vpc-theirs`"), "{found}");
    assert!(!found.contains(&ours.id), "{found}");
}
