//! Two concurrent messages for one tenant.

use scenarios::{
    proxy::{Effect, Fault, Match},
    trial::{
        environment::{Environment, STANDARD, without_delays},
        invariants::check_invariants,
    },
};
use tenancy::Verb;

#[tokio::test(flavor = "multi_thread")]
async fn two_passes_over_one_tenant_never_run_together_and_make_one_account() {
    let environment = Environment::new(without_delays()).await.unwrap();
    let tenant = environment
        .machine
        .request_tenant(STANDARD.spec("twice"))
        .await
        .unwrap()
        .id;
    environment.machine.aws.proxy.add_fault(long_creation());
    let one = environment.machine.worker(Verb::Onboard).await.unwrap();
    let other = environment.machine.worker(Verb::Onboard).await.unwrap();
    let (first, second) = tokio::join!(one.work(&tenant), other.work(&tenant));
    let mut results = [
        format!("{:?}", first.unwrap()),
        format!("{:?}", second.unwrap()),
    ];
    results.sort();
    assert_eq!(results, ["Passed", "Yielded"]);
    environment.settle(Verb::Onboard, &tenant).await.unwrap();
    assert_eq!(check_invariants(&environment, &tenant).await.unwrap(), []);
}

/// A pass that asks for an account is over in milliseconds here, perhaps before the other has begun. With this it
/// is not: CreateAccount takes as long as it may take on AWS.
fn long_creation() -> Fault {
    Fault {
        name: "long-creation".into(),
        matching: Match {
            operation: Some("CreateAccount".into()),
            ..Match::default()
        },
        effect: Effect::Latency { ms: 5_000 },
        ..Fault::default()
    }
}
