//! Lose power at an AWS call, before or after it took effect; run again; the tenant ends the same, with nothing made twice.
//!
//! No component is named here: a new one is covered by existing. `POWER_POINTS` sets how many of the calls are tried (all: 0).

#![allow(clippy::disallowed_methods, reason = "tests read their settings")]
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeMap;

use scenarios::{
    machine::{APP, AnyError, Machine, REGION},
    proxy::{Config, Effect, Fault, Match, Moment},
};
use serde_json::json;
use tenancy::{OperationKind, Phase, Tenant, TenantId};
use tenantry_aws::{ledger::Gate, worker::Verb};

const MOST_PASSES: usize = 120;

fn spec(slug: &str) -> serde_json::Value {
    json!({ "slug": slug, "name": "Acme", "blueprint": "standard", "egress": "single-nat" })
}

/// What is in the tenant's account that tenantry made, counted by kind.
async fn inventory(
    machine: &Machine,
    tenant: &Tenant,
) -> Result<BTreeMap<&'static str, usize>, AnyError> {
    let root = machine.account_root(tenant.account_id.as_ref().ok_or("no account")?.as_str())?;
    let ec2 = aws_sdk_ec2::Client::new(&root);
    let ours = || {
        aws_sdk_ec2::types::Filter::builder()
            .name("tag:tenantry:tenant")
            .values(tenant.id.as_str())
            .build()
    };
    let alive = aws_sdk_ec2::types::Filter::builder()
        .name("state")
        .values("available")
        .values("pending")
        .build();
    let iam = aws_sdk_iam::Client::new(&root);
    Ok(BTreeMap::from([
        ("vpcs", ec2.describe_vpcs().send().await?.vpcs().len()),
        (
            "subnets",
            ec2.describe_subnets()
                .filters(ours())
                .send()
                .await?
                .subnets()
                .len(),
        ),
        (
            "gateways",
            ec2.describe_internet_gateways()
                .filters(ours())
                .send()
                .await?
                .internet_gateways()
                .len(),
        ),
        (
            "tables",
            ec2.describe_route_tables()
                .filters(ours())
                .send()
                .await?
                .route_tables()
                .len(),
        ),
        (
            "addresses",
            ec2.describe_addresses().send().await?.addresses().len(),
        ),
        (
            "nat gateways",
            ec2.describe_nat_gateways()
                .filter(alive)
                .send()
                .await?
                .nat_gateways()
                .len(),
        ),
        (
            "groups",
            ec2.describe_security_groups()
                .filters(ours())
                .send()
                .await?
                .security_groups()
                .len(),
        ),
        (
            "endpoints",
            ec2.describe_vpc_endpoints()
                .filters(ours())
                .send()
                .await?
                .vpc_endpoints()
                .len(),
        ),
        (
            "flow logs",
            ec2.describe_flow_logs().send().await?.flow_logs().len(),
        ),
        ("roles", iam.list_roles().send().await?.roles().len()),
        (
            "buckets",
            aws_sdk_s3::Client::new(&root)
                .list_buckets()
                .send()
                .await?
                .buckets()
                .len(),
        ),
        (
            "trails",
            aws_sdk_cloudtrail::Client::new(&root)
                .describe_trails()
                .send()
                .await?
                .trail_list()
                .len(),
        ),
    ]))
}

async fn accounts_with(machine: &Machine, email: &str) -> Result<usize, AnyError> {
    let mut pages = aws_sdk_organizations::Client::new(machine.root())
        .list_accounts()
        .into_paginator()
        .send();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        count += page?
            .accounts()
            .iter()
            .filter(|account| account.email() == Some(email))
            .count();
    }
    Ok(count)
}

fn power_loss(nth: u64, when: Moment) -> Fault {
    let ours = || Match {
        app: Some(APP.to_owned()),
        ..Match::default()
    };
    Fault {
        matching: ours(),
        nth: Some(nth),
        effect: Effect::PowerLoss {
            when,
            whose: Box::new(ours()),
        },
        ..Fault::default()
    }
}

/// Which of `calls` interruption points are tried: some, evenly spread, or all with `POWER_POINTS=0`.
fn points(calls: usize, usual: usize) -> Vec<(u64, Moment)> {
    let wanted = std::env::var("POWER_POINTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual);
    let all: Vec<(u64, Moment)> = (1..=calls as u64)
        .flat_map(|nth| [(nth, Moment::Before), (nth, Moment::After)])
        .collect();
    if wanted == 0 || wanted >= all.len() {
        return all;
    }
    // An odd stride over both moments tries each of them about as often.
    (0..wanted)
        .map(|index| {
            all[index * all.len() / wanted + index % 2 * usize::from(all.len() > 2 * wanted)]
        })
        .collect()
}

fn our_calls(machine: &Machine, before: usize) -> usize {
    machine
        .aws
        .proxy
        .calls()
        .iter()
        .skip(before)
        .filter(|call| call.app == APP)
        .count()
}

/// One interrupted run of `verb`: power is lost, the process begins anew, the lease of the dead pass runs out.
async fn interrupted(
    machine: &Machine,
    verb: Verb,
    tenant: &TenantId,
    point: (u64, Moment),
) -> Result<usize, AnyError> {
    machine.aws.proxy.add_fault(power_loss(point.0, point.1));
    let lost = machine.worker(verb).await;
    if let Ok(worker) = lost {
        for _ in 0..MOST_PASSES {
            let _ = worker.work(tenant).await;
            if machine.aws.proxy.is_dark() {
                break;
            }
            let Some(due) = machine.ledger.tenant(tenant).await?.due_at else {
                break;
            };
            machine.advance((due.as_second() - machine.now().as_second()).max(0) + 1);
        }
    }
    if !machine.aws.proxy.is_dark() {
        return Err("the run was over before power was lost".into());
    }
    machine.aws.proxy.clear_faults();
    machine.advance(901);
    machine
        .settle(&machine.worker(verb).await?, tenant, MOST_PASSES)
        .await
}

#[tokio::test]
async fn power_lost_at_calls_of_an_onboarding_and_a_departure_ends_in_one_account_with_nothing_twice_and_nothing_left()
 {
    let machine = Machine::start(Config::default()).await.unwrap();
    let quiet = machine.request_tenant(spec("quiet")).await.unwrap();
    let before = machine.aws.proxy.calls().len();
    machine
        .settle(
            &machine.worker(Verb::Onboard).await.unwrap(),
            &quiet.id,
            MOST_PASSES,
        )
        .await
        .unwrap();
    let calls = our_calls(&machine, before);
    let quiet = machine.ledger.tenant(&quiet.id).await.unwrap();
    assert_eq!(quiet.phase(), Phase::Active, "{:#?}", quiet.components);
    let expected = inventory(&machine, &quiet).await.unwrap();
    assert_eq!(
        expected["vpcs"], 1,
        "the default VPC is gone, ours is there"
    );
    let mut built = Vec::new();
    let points_in = points(calls, 10);
    for (index, point) in points_in.iter().enumerate() {
        let tenant = machine
            .request_tenant(spec(&format!("in-{index}")))
            .await
            .unwrap();
        interrupted(&machine, Verb::Onboard, &tenant.id, *point)
            .await
            .unwrap_or_else(|error| panic!("onboarding, {point:?} of {calls}: {error}"));
        let tenant = machine.ledger.tenant(&tenant.id).await.unwrap();
        assert_eq!(
            tenant.phase(),
            Phase::Active,
            "{point:?} of {calls}: {:#?}",
            tenant.components
        );
        assert_eq!(
            inventory(&machine, &tenant).await.unwrap(),
            expected,
            "{point:?} of {calls}"
        );
        assert_eq!(
            accounts_with(&machine, tenant.account_email.as_str())
                .await
                .unwrap(),
            1,
            "{point:?} of {calls}"
        );
        assert_eq!(
            machine.ledger.verify_history(&tenant.id).await.unwrap(),
            [],
            "{point:?} of {calls}"
        );
        built.push(tenant);
    }
    assert!(
        machine
            .ledger
            .line(Gate::Creations, machine.now())
            .await
            .unwrap()
            .inside
            .is_empty()
    );
    let before = machine.aws.proxy.calls().len();
    leave(&machine, &quiet.id, None).await;
    let calls_out = our_calls(&machine, before);
    let points_out = points(calls_out, 6);
    for (tenant, point) in built
        .iter()
        .cycle()
        .zip(points_out.iter())
        .take(built.len())
    {
        leave(&machine, &tenant.id, Some(*point)).await;
        let left = inventory(&machine, tenant).await.unwrap();
        for kind in [
            "vpcs",
            "subnets",
            "gateways",
            "tables",
            "addresses",
            "nat gateways",
            "groups",
            "endpoints",
            "flow logs",
            "trails",
        ] {
            assert_eq!(left[kind], 0, "{kind}, {point:?} of {calls_out}");
        }
    }
    println!(
        "{} of {} points of an onboarding and {} of {} of a departure in {REGION}: nothing twice, nothing left, nothing stuck",
        points_in.len(),
        2 * calls,
        points_out.len(),
        2 * calls_out
    );
}

/// Takes a tenant away, losing power on the way if a point is given, and checks that it is closed.
async fn leave(machine: &Machine, tenant: &TenantId, point: Option<(u64, Moment)>) {
    let operation = machine.operation(tenant, OperationKind::Offboard);
    machine
        .ledger
        .request_departure(tenant, None, &operation, &machine.request())
        .await
        .unwrap();
    let left = match point {
        Some(point) => interrupted(machine, Verb::Offboard, tenant, point).await,
        None => {
            machine
                .settle(
                    &machine.worker(Verb::Offboard).await.unwrap(),
                    tenant,
                    MOST_PASSES,
                )
                .await
        }
    };
    left.unwrap_or_else(|error| panic!("departure, {point:?}: {error}"));
    let gone = machine.ledger.tenant(tenant).await.unwrap();
    assert_eq!(
        gone.phase(),
        Phase::Closed,
        "{point:?}: {:#?}",
        gone.components
    );
    assert_eq!(
        machine.ledger.verify_history(tenant).await.unwrap(),
        [],
        "{point:?}"
    );
}

#[tokio::test]
async fn two_passes_over_one_tenant_never_run_together_and_make_one_account() {
    let machine = Machine::start(Config::default()).await.unwrap();
    let tenant = machine.request_tenant(spec("twice")).await.unwrap();
    let (one, other) = (
        machine.worker(Verb::Onboard).await.unwrap(),
        machine.worker(Verb::Onboard).await.unwrap(),
    );
    let (first, second) = tokio::join!(one.work(&tenant.id), other.work(&tenant.id));
    let mut results = [
        format!("{:?}", first.unwrap()),
        format!("{:?}", second.unwrap()),
    ];
    results.sort();
    assert_eq!(results, ["Passed", "Yielded"]);
    machine.settle(&one, &tenant.id, MOST_PASSES).await.unwrap();
    assert_eq!(
        accounts_with(&machine, tenant.account_email.as_str())
            .await
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn a_tenant_that_leaves_while_it_is_built_is_closed_and_nothing_is_lost() {
    let machine = Machine::start(Config::default()).await.unwrap();
    for (index, passes) in [0, 1, 2].into_iter().enumerate() {
        let tenant = machine
            .request_tenant(spec(&format!("short-{index}")))
            .await
            .unwrap();
        let worker = machine.worker(Verb::Onboard).await.unwrap();
        for _ in 0..passes {
            worker.work(&tenant.id).await.unwrap();
            machine.advance(20);
        }
        leave(&machine, &tenant.id, None).await;
        assert!(
            accounts_with(&machine, tenant.account_email.as_str())
                .await
                .unwrap()
                <= 1
        );
    }
}
