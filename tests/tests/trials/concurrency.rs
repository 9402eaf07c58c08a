//! Two concurrent messages for one tenant.

use scenarios::trial::{
    environment::{Environment, STANDARD, without_delays},
    invariants::check_invariants,
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
