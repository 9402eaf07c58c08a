use futures::future::join_all;
use jiff::SignedDuration;
use tenantry_aws::ledger::{Budget, CreationBudget, Gate, Tokens, Turn, rate};

use crate::bench::{Bench, MINUTE, at, tenant};

#[tokio::test]
async fn the_gate_lets_five_in_and_the_budget_two_however_many_come_at_once() {
    let bench = Bench::start().await;
    let tenants: Vec<_> = (0..9)
        .map(|number| tenant(&format!("t-{number}")).id)
        .collect();
    let enter = |id| bench.ledger.enter(Gate::Creations, id, at(0), MINUTE, 9);
    let turns = join_all(tenants.iter().map(enter)).await;
    let inside = turns
        .iter()
        .filter(|turn| **turn == Ok(Turn::Entered))
        .count();
    assert_eq!(inside, 5);
    let line = bench.ledger.line(Gate::Creations, at(1)).await.unwrap();
    assert_eq!((line.inside.len(), line.waiting.len()), (5, 4));
    let who = line.inside.keys().next().unwrap();
    let next = bench
        .ledger
        .leave(Gate::Creations, who, at(1))
        .await
        .unwrap();
    assert_eq!(next, [line.waiting[0].tenant.clone()]);
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
