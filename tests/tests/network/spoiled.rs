//! Successes that cannot be read: without a body, with a page of HTML in its place, or with half of it.

use scenarios::proxy::Spoiled;
use tenancy::FailureKind;

use super::*;

/// One call of an operation, in the tenant's account and at home, is answered so.
fn once(bench: &Bench, operation: &str, effect: Effect) {
    bench.machine.aws.proxy.add_fault(Fault {
        name: operation.into(),
        matching: Match {
            account: Some(ACCOUNT.into()),
            operation: Some(operation.into()),
            region: Some("us-east-1".into()),
            ..Match::default()
        },
        times: Some(1),
        effect,
        ..Fault::default()
    });
}

/// A pass in which the answer to what was made cannot be read: its only failure, which says to come back within seconds.
async fn comes_back(bench: &Bench, operation: &str) -> Result<(), AnyError> {
    let passed = bench.pass(&bench.desired, Verb::Onboard).await?;
    let [failure] = passed.failures.as_slice() else {
        return Err(format!("{operation}: {:#?}", passed.failures).into());
    };
    assert_eq!(failure.kind, FailureKind::Unknown, "{failure:#?}");
    assert!(failure.retry_after_secs().is_some_and(|secs| secs <= 10));
    Ok(())
}

/// A pass in which the answer to a read cannot be read: it is asked again at once. What the pass changed.
async fn reads_again(bench: &Bench, operation: &str) -> Result<Vec<String>, AnyError> {
    let passed = bench.pass(&bench.desired, Verb::Onboard).await?;
    assert!(passed.failures.is_empty(), "{:#?}", passed.failures);
    let calls = bench.machine.aws.proxy.calls().into_iter();
    let spoiled = calls.filter(|call| call.fault.as_deref() == Some(operation));
    assert_eq!(spoiled.count(), 1, "{operation}");
    Ok(passed.applied)
}

/// Networks are built once though answers cannot be read, of a call that makes something and of one that reads.
async fn is_built_once_in_spite_of(effect: Effect) -> Result<(), AnyError> {
    let bench = Bench::start(spec("none", 1)).await?;
    once(&bench, "CreateSubnet", effect.clone());
    comes_back(&bench, "CreateSubnet").await?;
    once(&bench, "DescribeRouteTables", effect);
    reads_again(&bench, "DescribeRouteTables").await?;
    let seen = bench.settle(&bench.desired, Verb::Onboard).await?;
    let inventory = &seen.regions[&bench.machine.settings.home_region];
    assert_eq!(inventory.subnets.len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_that_cannot_be_read_is_tried_again_and_makes_no_second() -> Result<(), AnyError>
{
    is_built_once_in_spite_of(Effect::LoseAnswer { status: 200 }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_html_for_an_answer_is_tried_again_and_makes_no_second() -> Result<(), AnyError> {
    is_built_once_in_spite_of(Effect::SpoilAnswer { how: Spoiled::Html }).await
}

/// What is not in the half that came may be there all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_cut_in_the_middle_is_read_again_and_nothing_is_made_for_what_it_lacks()
-> Result<(), AnyError> {
    let bench = Bench::start(spec("none", 1)).await?;
    let seen = bench.settle(&bench.desired, Verb::Onboard).await?;
    for operation in [
        "DescribeVpcs",
        "DescribeSubnets",
        "DescribeRouteTables",
        "DescribeSecurityGroups",
    ] {
        let how = Spoiled::Cut;
        once(&bench, operation, Effect::SpoilAnswer { how });
        let applied = reads_again(&bench, operation).await?;
        assert_eq!(applied, Vec::<String>::new(), "{operation}");
        bench.machine.aws.proxy.clear_faults();
    }
    let again = bench.settle(&bench.desired, Verb::Onboard).await?;
    assert_eq!(
        Network::resources(&bench.desired, &again),
        Network::resources(&bench.desired, &seen)
    );
    Ok(())
}
