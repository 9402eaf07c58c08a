//! An account that was made, recorded with all that follows from it.

use std::sync::Arc;

use jiff::SignedDuration;
use tenancy::{ComponentName, Region};
use tenantry_aws::ledger::{
    AccountMade, Attempt, CreationOutcome, CreationRows, CreationRules, Lease, LedgerError,
    NetworksWanted, NewIntent, Permit, PermitRequest, Semaphore, WatchAnswer, WatchedState,
};

use crate::bench::{Bench, MINUTE, at};

const REQUEST: &str = "car-1";

fn intent(component: ComponentName, key: &str) -> NewIntent {
    NewIntent {
        component,
        key: key.into(),
        token: None,
    }
}

fn region() -> Region {
    "eu-central-1".parse().unwrap()
}

/// The calls by which a creation is followed.
const FOLLOWED_BY: [&str; 2] = ["DescribeCreateAccountStatus", "DescribeAccount"];

/// A tenant whose creation is in flight, under the lease of its pass.
async fn in_flight(bench: &Bench) -> (tenancy::Tenant, Lease) {
    let (tenant, lease, _) = begun(bench).await;
    (tenant, lease)
}

/// The same, with the rows by which its next pass follows it.
async fn begun(bench: &Bench) -> (tenancy::Tenant, Lease, CreationRows) {
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    let request = PermitRequest {
        semaphore: Semaphore::Creations,
        hold: SignedDuration::from_hours(1),
        patience: SignedDuration::ZERO,
        intent: intent(ComponentName::ACCOUNT, "create-account"),
        creation: Some(CreationRules {
            switch: "creations",
            stopped_secs: 300,
            budget: None,
            follows: &FOLLOWED_BY,
        }),
    };
    let clock: tenantry_aws::clock::Clock = Arc::new(|| at(0));
    let permit = bench.ledger.take_permit(&lease, &request, &clock).await;
    let Ok(Permit::Granted(granted)) = permit else {
        panic!("{permit:?}");
    };
    let begun = bench
        .ledger
        .creation_begun(&lease, &granted, &request.intent, REQUEST, at(0));
    let rows = begun.await.unwrap();
    (tenant, lease, rows)
}

fn made(tenant: &tenancy::Tenant) -> AccountMade {
    AccountMade {
        account: "012345678901".parse().unwrap(),
        attempt: Attempt {
            tenant: tenant.id.clone(),
            number: 1,
            at: at(20),
            outcome: CreationOutcome::Made,
        },
        acquired_by: at(0),
        switch: "creations",
        request: Some(REQUEST.into()),
        networks: NetworksWanted {
            regions: vec![region()],
            prefix: 16,
            pool: "10.0.0.0/15".parse().unwrap(),
        },
        intents: vec![intent(ComponentName::ACCESS, "planted")],
    }
}

/// Whether the account is recorded, and how many networks, slots, watched creations, attempts and intents there are.
async fn recorded(bench: &Bench, tenant: &tenancy::Tenant) -> (bool, [usize; 5]) {
    let ledger = &bench.ledger;
    let now = ledger.tenant(&tenant.id).await.unwrap();
    let usage = ledger.semaphore_usage(Semaphore::Creations, at(20));
    let counts = [
        now.cidrs.len(),
        usage.await.unwrap().holders.len(),
        ledger.watched().await.unwrap().len(),
        ledger.attempts(at(20), None).await.unwrap().attempts.len(),
        ledger.intents(&tenant.id).await.unwrap().len(),
    ];
    (now.account_id.is_some(), counts)
}

#[tokio::test]
async fn an_account_is_recorded_with_networks_slot_watch_outcome_and_intent_or_with_none_of_them() {
    let bench = Bench::start().await;
    let ledger = &bench.ledger;
    let (tenant, lease) = in_flight(&bench).await;
    assert_eq!(recorded(&bench, &tenant).await, (false, [0, 1, 1, 0, 1]));
    let rows = async || {
        let rows = ledger.made_rows(&tenant.id, "creations", at(20));
        rows.await.unwrap()
    };
    // What was read before is out of date: another tenant's slot, and its network.
    let stale = rows().await;
    let other = bench.create("other").await;
    let others = bench.lease(&other).await;
    let slot = ledger.acquire_slot(Semaphore::Creations, &other.id, at(5), MINUTE, 9);
    slot.await.unwrap();
    let pool = "10.0.0.0/16".parse().unwrap();
    let block = ledger.allocate_cidr(&others, &region(), 16, pool).await;
    let block = block.unwrap();
    let made = made(&tenant);
    ledger
        .account_made(&lease, &made, stale, at(20))
        .await
        .unwrap();
    assert_eq!(recorded(&bench, &tenant).await, (true, [1, 1, 0, 1, 2]));
    let own = ledger.tenant(&tenant.id).await.unwrap().cidrs;
    assert_ne!(own[&region()], block);
    // Again, as after a lost answer: nothing more.
    let again = rows().await;
    ledger
        .account_made(&lease, &made, again, at(21))
        .await
        .unwrap();
    assert_eq!(recorded(&bench, &tenant).await, (true, [1, 1, 0, 1, 2]));
}

#[tokio::test]
async fn an_account_of_another_tenant_or_a_lost_lease_records_nothing_and_a_full_pool_only_the_account()
 {
    let bench = Bench::start().await;
    let ledger = &bench.ledger;
    let (tenant, lease) = in_flight(&bench).await;
    let other = bench.create("other").await;
    let others = bench.lease(&other).await;
    let made = made(&tenant);
    ledger.save_account(&others, &made.account).await.unwrap();
    let record = async |made: &AccountMade| {
        let rows = ledger.made_rows(&tenant.id, "creations", at(20));
        let rows = rows.await.unwrap();
        ledger.account_made(&lease, made, rows, at(20)).await
    };
    let taken = record(&made).await;
    assert!(
        matches!(taken, Err(LedgerError::Conflict { .. })),
        "{taken:?}"
    );
    assert_eq!(recorded(&bench, &tenant).await, (false, [0, 1, 1, 0, 1]));

    let mut full = made.clone();
    full.account = "123456789012".parse().unwrap();
    full.networks.pool = "10.0.0.0/24".parse().unwrap();
    record(&full).await.unwrap();
    assert_eq!(recorded(&bench, &tenant).await, (true, [0, 0, 0, 1, 2]));

    let later = ledger.acquire_lease(&tenant.id, "another", at(90), MINUTE);
    later.await.unwrap().unwrap();
    assert_eq!(record(&full).await.err(), Some(LedgerError::LostLease));
}

#[tokio::test]
async fn who_polls_a_creation_has_taken_the_tokens_for_it_and_for_what_follows() {
    let bench = Bench::start().await;
    let ledger = &bench.ledger;
    let (tenant, _lease) = in_flight(&bench).await;
    let calls = FOLLOWED_BY;
    let follow = async |who: &'static str, second: i64| {
        let asked = ledger.follow_creation(&tenant.id, REQUEST, who, (&calls, None), at(second));
        let followed = asked.await.unwrap();
        (followed.answer, followed.tokens)
    };
    let free = async |call: &str| {
        let all = ledger.calls(at(60)).await.unwrap();
        let state = all.into_iter().find(|state| state.rate.call == call);
        let state = state.unwrap();
        state.limit.burst - state.free
    };
    // Fresh: nothing is asked of Organizations.
    let (cached, none) = follow("one", 5).await;
    assert_eq!(cached, WatchAnswer::Cached(WatchedState::InProgress));
    assert_eq!(none, []);
    let (poll, tokens) = follow("one", 60).await;
    assert_eq!(poll, WatchAnswer::Poll(vec![REQUEST.into()]));
    let names: Vec<_> = tokens.iter().map(|(call, _)| *call).collect();
    assert_eq!(names, calls);
    for (call, count) in tokens {
        assert!(count > 0);
        assert_eq!(free(call).await, count, "{call}");
    }
    // Another pass polls: no token is taken for one that does not.
    let before = free(calls[0]).await;
    let (cached, none) = follow("two", 60).await;
    assert_eq!(cached, WatchAnswer::Cached(WatchedState::InProgress));
    assert_eq!((none, free(calls[0]).await), (vec![], before));
}

#[tokio::test]
async fn a_creation_that_has_begun_is_followed_by_the_rows_it_left_and_read_again_where_others_wrote()
 {
    let bench = Bench::start().await;
    let ledger = &bench.ledger;
    let (tenant, _lease, rows) = begun(&bench).await;
    // Nothing has to be read: it has what is there.
    let read = ledger.creation_rows(&FOLLOWED_BY).await.unwrap();
    assert_eq!(rows, read);

    let follow = async |who: &'static str, rows: &CreationRows| {
        let read = (&FOLLOWED_BY[..], Some(rows.clone()));
        let asked = ledger.follow_creation(&tenant.id, REQUEST, who, read, at(60));
        asked.await.unwrap()
    };
    let first = follow("one", &rows).await;
    assert_eq!(first.answer, WatchAnswer::Poll(vec![REQUEST.into()]));
    // Another process has older rows: it sees that the first polls.
    let second = follow("two", &rows).await;
    assert_eq!(second.answer, WatchAnswer::Cached(WatchedState::InProgress));
    assert_eq!(second.tokens, []);
}

#[tokio::test]
async fn who_asks_before_it_has_the_lease_keeps_nobody_from_polling_and_watches_nothing_anew() {
    let bench = Bench::start().await;
    let ledger = &bench.ledger;
    let (tenant, _lease, rows) = begun(&bench).await;
    let ahead = async |second: i64| {
        let read = (&FOLLOWED_BY[..], Some(rows.clone()));
        let now = at(second);
        let asked = ledger.follow_creation_ahead(&tenant.id, REQUEST, "one", read, now);
        asked.await.map(|followed| followed.answer)
    };
    let polls = WatchAnswer::Poll(vec![REQUEST.into()]);
    assert_eq!(ahead(60).await, Ok(polls.clone()));
    ledger.leave_poll("one").await.unwrap();
    let other = ledger.creation_state(&tenant.id, REQUEST, "two", at(61));
    assert_eq!(other.await, Ok(polls));

    // The other finds the account made, and records it.
    ledger.forget_creation(REQUEST, "two").await.unwrap();
    let forgotten = ahead(62).await;
    assert!(matches!(forgotten, Err(LedgerError::NotFound { .. })));
    assert!(ledger.watched().await.unwrap().is_empty());
}
