//! Power is really lost: from one call on, every call of the process fails, in the middle of concurrent work.
//!
//! The other trials resume from a checkpoint; here the state is left by an actual loss of power, at some calls.

use scenarios::{
    machine::{APP, Machine},
    proxy::{Effect, Fault, Match, Moment},
    trial::{
        environment::{Environment, LEASE_OVER_SECS, STANDARD, without_delays},
        invariants::{FinalState, check_invariants},
        temporary::TemporaryDirectory,
    },
};
use tenancy::{TenantId, Verb};

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

/// Works on a tenant until power is lost at the call, and then in a new process until it is settled.
async fn interrupted(
    environment: &Environment,
    verb: Verb,
    tenant: &TenantId,
    nth: u64,
    when: Moment,
) {
    let machine: &Machine = &environment.machine;
    machine.aws.proxy.add_fault(power_loss(nth, when));
    let worker = machine.worker(verb).await.unwrap();
    while !machine.aws.proxy.is_dark() {
        let _ = worker.work(tenant).await;
        let due = environment.tenant(tenant).await.unwrap().due_at;
        let due = due.map_or(0, |due| due.as_second() - machine.now().as_second());
        machine.advance(due.max(0) + 1);
    }
    machine.aws.proxy.clear_faults();
    machine.advance(LEASE_OVER_SECS);
    environment.settle(verb, tenant).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn power_lost_during_an_onboarding_and_a_departure_leaves_what_a_reference_run_leaves() {
    let environment = Environment::new(without_delays()).await.unwrap();
    let directory = TemporaryDirectory::new().unwrap();
    let empty = environment.checkpoint(directory.path()).await.unwrap();
    let request = || {
        environment
            .machine
            .request_tenant(STANDARD.spec("reference"))
    };
    let reference = request().await.unwrap().id;
    environment.settle(Verb::Onboard, &reference).await.unwrap();
    let built = FinalState::of(&environment, &reference).await.unwrap();
    environment.request_departure(&reference).await.unwrap();
    environment
        .settle(Verb::Offboard, &reference)
        .await
        .unwrap();
    let closed = FinalState::of(&environment, &reference).await.unwrap();
    for (nth, when) in [
        (7, Moment::After),
        (40, Moment::Before),
        (75, Moment::After),
        (110, Moment::After),
        (150, Moment::Before),
        (190, Moment::After),
    ] {
        environment.restore(&empty).await.unwrap();
        let tenant = request().await.unwrap().id;
        interrupted(&environment, Verb::Onboard, &tenant, nth, when).await;
        let left = FinalState::of(&environment, &tenant).await.unwrap();
        assert_eq!(
            left.violations(&built),
            [],
            "onboarding, {when:?} call {nth}"
        );
        assert_eq!(check_invariants(&environment, &tenant).await.unwrap(), []);
        environment.request_departure(&tenant).await.unwrap();
        interrupted(&environment, Verb::Offboard, &tenant, nth * 2 / 3, when).await;
        let left = FinalState::of(&environment, &tenant).await.unwrap();
        assert_eq!(
            left.violations(&closed),
            [],
            "departure, {when:?} call {}",
            nth * 2 / 3
        );
        assert_eq!(check_invariants(&environment, &tenant).await.unwrap(), []);
    }
}
