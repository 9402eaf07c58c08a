//! Two messages for one tenant at once.

use scenarios::trial::{
    check::always,
    stage::{STANDARD, Stage, quick},
};
use tenancy::Verb;

#[tokio::test(flavor = "multi_thread")]
async fn two_passes_over_one_tenant_never_run_together_and_make_one_account() {
    let stage = Stage::new(quick()).await.unwrap();
    let tenant = stage
        .machine
        .request_tenant(STANDARD.spec("twice"))
        .await
        .unwrap()
        .id;
    let one = stage.machine.worker(Verb::Onboard).await.unwrap();
    let other = stage.machine.worker(Verb::Onboard).await.unwrap();
    let (first, second) = tokio::join!(one.work(&tenant), other.work(&tenant));
    let mut results = [
        format!("{:?}", first.unwrap()),
        format!("{:?}", second.unwrap()),
    ];
    results.sort();
    assert_eq!(results, ["Passed", "Yielded"]);
    stage.settle(Verb::Onboard, &tenant).await.unwrap();
    assert_eq!(always(&stage, &tenant).await.unwrap(), []);
}
