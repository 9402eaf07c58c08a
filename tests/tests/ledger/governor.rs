use futures::future::join_all;
use jiff::SignedDuration;
use tenantry_aws::ledger::{Admission, Budget, CreationBudget, Semaphore, Tokens, rate};

use crate::bench::{Bench, MINUTE, at, tenant};

#[tokio::test]
async fn the_semaphore_admits_five_and_the_budget_two_however_many_come_at_once() {
    let bench = Bench::start().await;
    let tenants: Vec<_> = (0..9)
        .map(|number| tenant(&format!("t-{number}")).id)
        .collect();
    let acquire = |id| {
        bench
            .ledger
            .acquire_slot(Semaphore::Creations, id, at(0), MINUTE, 9)
    };
    let answers = join_all(tenants.iter().map(acquire)).await;
    let admitted = answers
        .iter()
        .filter(|answer| **answer == Ok(Admission::Admitted))
        .count();
    assert_eq!(admitted, 5);
    let usage = bench
        .ledger
        .semaphore_usage(Semaphore::Creations, at(1))
        .await
        .unwrap();
    assert_eq!((usage.holders.len(), usage.queue.len()), (5, 4));
    let who = usage.holders.keys().next().unwrap();
    let next = bench
        .ledger
        .release_slot(Semaphore::Creations, who, at(1))
        .await
        .unwrap();
    assert_eq!(next, [usage.queue[0].tenant.clone()]);
    let usual = CreationBudget {
        per_hour: 2,
        per_day: 5,
    };
    let takes = join_all((0..6).map(|_| bench.ledger.take_creation(at(0), usual))).await;
    assert_eq!(takes.iter().filter(|b| **b == Ok(Budget::Taken)).count(), 2);
}

#[tokio::test]
async fn a_bucket_gives_its_burst_and_books_one_token_an_interval_however_many_processes_ask_at_once()
 {
    let bench = Bench::start().await;
    let rate = rate("MoveAccount").unwrap();
    let ask = |patience| bench.ledger.take_tokens(rate, at(0), 1, patience);
    let takes = join_all((0..9).map(|_| ask(SignedDuration::from_secs(2)))).await;
    let mut taken = Vec::new();
    for take in takes {
        if let Tokens::Taken { count, after } = take.unwrap() {
            assert_eq!(count, 1);
            taken.push(after.as_millis());
        }
    }
    taken.sort_unstable();
    assert_eq!(
        taken,
        [0, 0, 666, 1333],
        "the fifth would be there after two seconds"
    );
    let left = bench.ledger.calls(at(0)).await.unwrap();
    let free = |call| {
        left.iter()
            .find(|state| state.rate.call == call)
            .unwrap()
            .free
    };
    assert_eq!((free("MoveAccount"), free("ListAccounts")), (0, 9));
}
