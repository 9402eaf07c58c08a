//! The power is really cut: every call of the process fails from one on, in the middle of whatever else it does.
//!
//! What the trials go on from is what this leaves; here it is left by an actual cut, at some calls.

use scenarios::{
    machine::{APP, Machine},
    proxy::{Effect, Fault, Match, Moment},
    trial::{
        check::{Left, always},
        stage::{LEASE_OVER_SECS, STANDARD, Stage, quick},
    },
};
use tenancy::TenantId;
use tenancy::Verb;

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

/// Works on a tenant until power is lost at the call, and then anew until it is settled.
async fn interrupted(stage: &Stage, verb: Verb, tenant: &TenantId, nth: u64, when: Moment) {
    let machine: &Machine = &stage.machine;
    machine.aws.proxy.add_fault(power_loss(nth, when));
    let worker = machine.worker(verb).await.unwrap();
    while !machine.aws.proxy.is_dark() {
        let _ = worker.work(tenant).await;
        let due = stage.tenant(tenant).await.unwrap().due_at;
        let due = due.map_or(0, |due| due.as_second() - machine.now().as_second());
        machine.advance(due.max(0) + 1);
    }
    machine.aws.proxy.clear_faults();
    machine.advance(LEASE_OVER_SECS);
    stage.settle(verb, tenant).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn power_cut_in_the_middle_of_an_onboarding_and_a_departure_leaves_what_a_quiet_run_leaves() {
    let stage = Stage::new(quick()).await.unwrap();
    let directory = scenarios::trial::directory::Directory::new().unwrap();
    let empty = stage.keep(directory.path()).await.unwrap();
    let request = || stage.machine.request_tenant(STANDARD.spec("quiet"));
    let quiet = request().await.unwrap().id;
    stage.settle(Verb::Onboard, &quiet).await.unwrap();
    let built = Left::of(&stage, &quiet).await.unwrap();
    stage.ask_departure(&quiet).await.unwrap();
    stage.settle(Verb::Offboard, &quiet).await.unwrap();
    let closed = Left::of(&stage, &quiet).await.unwrap();
    for (nth, when) in [
        (7, Moment::After),
        (40, Moment::Before),
        (75, Moment::After),
        (110, Moment::After),
        (150, Moment::Before),
        (190, Moment::After),
    ] {
        stage.restore(&empty).await.unwrap();
        let tenant = request().await.unwrap().id;
        interrupted(&stage, Verb::Onboard, &tenant, nth, when).await;
        let left = Left::of(&stage, &tenant).await.unwrap();
        assert_eq!(left.flaws(&built), [], "onboarding, {when:?} call {nth}");
        assert_eq!(always(&stage, &tenant).await.unwrap(), []);
        stage.ask_departure(&tenant).await.unwrap();
        interrupted(&stage, Verb::Offboard, &tenant, nth * 2 / 3, when).await;
        let left = Left::of(&stage, &tenant).await.unwrap();
        assert_eq!(
            left.flaws(&closed),
            [],
            "departure, {when:?} call {}",
            nth * 2 / 3
        );
        assert_eq!(always(&stage, &tenant).await.unwrap(), []);
    }
}
