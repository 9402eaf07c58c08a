use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use jiff::SignedDuration;
use tenancy::{ComponentName, Tenant, TenantId};
use tenantry_aws::{
    clock::Clock,
    ledger::{
        Admission, CreationBudget, CreationRules, Lease, LedgerError, NewIntent, Permit,
        PermitRequest, Semaphore, Switch, Tokens, rate,
    },
};

use crate::bench::{Bench, MINUTE, TABLE, at, tenant};

type Row = HashMap<String, AttributeValue>;

#[tokio::test]
async fn the_semaphore_admits_five_however_many_come_at_once() {
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
}

const USUAL: CreationBudget = CreationBudget {
    per_hour: 4,
    per_day: 20,
};

fn creation(budget: Option<CreationBudget>) -> PermitRequest {
    PermitRequest {
        semaphore: Semaphore::Creations,
        hold: SignedDuration::from_hours(1),
        patience: SignedDuration::from_secs(2),
        intent: NewIntent {
            component: ComponentName::ACCOUNT,
            key: "create-account".into(),
            token: Some("an address".into()),
        },
        creation: Some(CreationRules {
            switch: "creations",
            stopped_secs: 300,
            budget,
            follows: &["DescribeCreateAccountStatus"],
        }),
    }
}

fn stands_at(second: i64) -> Clock {
    Arc::new(move || at(second))
}

/// Tenants with the leases of their passes.
async fn leased(bench: &Bench, count: usize) -> Vec<(Tenant, Lease)> {
    let mut leased = Vec::new();
    for number in 0..count {
        let tenant = bench.create(&format!("t-{number}")).await;
        let lease = bench.lease(&tenant).await;
        leased.push((tenant, lease));
    }
    leased
}

/// Creations of the budget, tokens, slots and intents that are taken.
async fn taken(bench: &Bench, tenants: &[(Tenant, Lease)], second: i64) -> [usize; 4] {
    let ledger = &bench.ledger;
    let spent = ledger.spending(at(second), USUAL).await.unwrap().today;
    let calls = ledger.calls(at(second)).await.unwrap();
    let create = calls.iter().find(|it| it.rate.call == "CreateAccount");
    let create = create.unwrap();
    let usage = ledger.semaphore_usage(Semaphore::Creations, at(second));
    let holders = usage.await.unwrap().holders.len();
    let mut intents = 0;
    for (tenant, _) in tenants {
        intents += ledger.intents(&tenant.id).await.unwrap().len();
    }
    let tokens = create.limit.burst - create.free;
    [spent as usize, tokens as usize, holders, intents]
}

#[tokio::test]
async fn however_many_ask_at_once_what_a_creation_needs_is_taken_together_or_not_at_all() {
    let bench = Bench::start().await;
    let tenants = leased(&bench, 9).await;
    let (request, clock) = (creation(Some(USUAL)), stands_at(0));
    let ask = |lease| bench.ledger.take_permit(lease, &request, &clock);
    let permits = join_all(tenants.iter().map(|(_, lease)| ask(lease))).await;
    let mut answers = BTreeMap::<&str, usize>::new();
    for permit in permits {
        let answer = match permit.unwrap() {
            Permit::Granted(_) => "granted",
            Permit::Throttled { .. } => "throttled",
            Permit::Queued { .. } => "queued",
            Permit::Stopped { .. } | Permit::UsedUp { .. } => "refused",
        };
        *answers.entry(answer).or_default() += 1;
    }
    // Two tokens are there. Who waits for one keeps its slot, and spends nothing.
    let expected = [("granted", 2), ("queued", 4), ("throttled", 3)];
    assert_eq!(answers, expected.into());
    assert_eq!(taken(&bench, &tenants, 0).await, [2, 2, 5, 2]);
}

#[tokio::test]
async fn a_pass_that_lost_its_lease_takes_neither_slot_nor_token_nor_budget() {
    let bench = Bench::start().await;
    let tenants = leased(&bench, 1).await;
    let (tenant, lease) = &tenants[0];
    let later = bench
        .ledger
        .acquire_lease(&tenant.id, "another", at(90), MINUTE);
    later.await.unwrap().unwrap();
    let (request, clock) = (creation(Some(USUAL)), stands_at(91));
    let permit = bench.ledger.take_permit(lease, &request, &clock).await;
    assert_eq!(permit.err(), Some(LedgerError::LostLease));
    assert_eq!(taken(&bench, &tenants, 91).await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn who_is_refused_for_the_switch_or_the_budget_lines_up_and_spends_nothing() {
    let bench = Bench::start().await;
    let tenants = leased(&bench, 3).await;
    let none = CreationBudget {
        per_hour: 0,
        per_day: 20,
    };
    let ask = async |index: usize, budget, second| {
        let (request, clock) = (creation(budget), stands_at(second));
        let lease = &tenants[index].1;
        bench
            .ledger
            .take_permit(lease, &request, &clock)
            .await
            .unwrap()
    };
    let used_up = ask(0, Some(none), 1).await;
    assert!(matches!(used_up, Permit::UsedUp { .. }), "{used_up:?}");
    let mut switch = Switch {
        on: false,
        reason: "maintenance".into(),
        by: "ann".into(),
        at: at(2),
    };
    bench.ledger.set_switch("creations", &switch).await.unwrap();
    let stopped = ask(1, Some(USUAL), 3).await;
    let Permit::Stopped { admission, .. } = stopped else {
        panic!("{stopped:?}");
    };
    assert!(matches!(
        admission,
        Admission::Queued {
            position: 2,
            length: 2,
            ..
        }
    ));
    assert_eq!(taken(&bench, &tenants, 3).await, [0, 0, 0, 0]);
    switch.on = true;
    bench.ledger.set_switch("creations", &switch).await.unwrap();
    // An account that was requested before costs nothing more, and is requested when it has a slot.
    let first = ask(0, None, 4).await;
    assert!(matches!(first, Permit::Granted(_)), "{first:?}");
    assert_eq!(taken(&bench, &tenants, 4).await, [0, 1, 1, 1]);
}

#[tokio::test]
async fn of_many_tenants_at_once_five_are_in_flight_none_is_refused_and_none_starves() {
    const MANY: usize = 30;
    let bench = Bench::start().await;
    let tenants = leased(&bench, MANY).await;
    let budget = CreationBudget {
        per_hour: 100,
        per_day: 100,
    };
    let request = creation(Some(budget));
    let second = Arc::new(AtomicI64::new(0));
    let clock: Clock = {
        let second = Arc::clone(&second);
        Arc::new(move || at(second.load(SeqCst)))
    };
    let mut made = BTreeMap::<TenantId, i64>::new();
    let mut in_flight = BTreeMap::<TenantId, i64>::new();
    // Everybody asks every ten seconds, and a creation takes forty: five of them and the rate allow one each ten.
    for round in 0..60 {
        second.store(round * 10, SeqCst);
        let ended = in_flight.iter().filter(|(_, at)| **at + 4 <= round);
        let ended: Vec<TenantId> = ended.map(|(id, _)| id.clone()).collect();
        for id in ended {
            in_flight.remove(&id);
            let released = bench
                .ledger
                .release_slot(Semaphore::Creations, &id, clock());
            released.await.unwrap();
        }
        let waiting = tenants
            .iter()
            .filter(|(tenant, _)| !made.contains_key(&tenant.id));
        let asks = waiting.map(async |(tenant, lease)| {
            let permit = bench.ledger.take_permit(lease, &request, &clock).await;
            (tenant.id.clone(), permit.unwrap())
        });
        for (id, permit) in join_all(asks).await {
            if matches!(permit, Permit::Granted(_)) {
                made.insert(id.clone(), round);
                in_flight.insert(id, round);
            }
        }
        assert!(in_flight.len() <= 5, "{in_flight:?}");
    }
    assert_eq!(made.len(), MANY, "somebody starved");
    let last = *made.values().max().unwrap();
    assert!(last <= 32, "the last of {MANY} after {last} rounds");
    // The rate: two at once, then one in ten seconds.
    for from in 0..last {
        for to in from..=last {
            let calls = made
                .values()
                .filter(|round| (from..=to).contains(*round))
                .count();
            assert!(calls <= 2 + usize::try_from(to - from).unwrap(), "{made:?}");
        }
    }
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

/// The rows of a queue behind its front, by sort key: how many bytes their content has.
async fn rows_behind(bench: &Bench) -> BTreeMap<String, usize> {
    let query = bench.client.query().table_name(TABLE);
    let query = query.key_condition_expression("pk = :pk");
    let queue = AttributeValue::S("QUEUE#creations".into());
    let rows = query.expression_attribute_values(":pk", queue).send().await;
    let text = |row: &Row, name: &str| row.get(name).and_then(|it| it.as_s().ok()).cloned();
    let sizes = rows.unwrap().items.unwrap_or_default();
    let size = |row: &Row| text(row, "doc").map_or(0, |doc| doc.len());
    let sizes = sizes
        .iter()
        .map(|row| (text(row, "sk").unwrap(), size(row)));
    sizes.collect()
}

#[tokio::test]
async fn the_one_row_of_the_release_before_moves_into_pages_and_all_are_served_in_order() {
    const OLD: usize = 300;
    const ALL: usize = 340;
    let bench = Bench::start().await;
    let ids: Vec<TenantId> = (0..ALL)
        .map(|_| TenantId::from_random(rand::random()))
        .collect();
    let waiting = ids.iter().take(OLD).map(|id| {
        let (queued_at, retry_by) = (at(-100).as_second(), at(3600).as_second());
        serde_json::json!({"t": id, "c": queued_at, "b": retry_by})
    });
    let doc =
        serde_json::json!({"inside": {}, "waiting": waiting.collect::<Vec<_>>(), "recent": []});
    let row = [
        ("pk", "GOVERNOR"),
        ("sk", "GATE#creations"),
        ("doc", &doc.to_string()),
    ];
    let mut put = bench.client.put_item().table_name(TABLE);
    for (name, text) in row {
        put = put.item(name, AttributeValue::S(text.into()));
    }
    let put = put.item("version", AttributeValue::N("7".into()));
    put.send().await.unwrap();

    let semaphore = Semaphore::Creations;
    let ledger = &bench.ledger;
    let place = async |index: usize, second| {
        let found = ledger
            .queue_position(semaphore, &ids[index], at(second))
            .await;
        found.unwrap().map(|found| (found.position, found.length))
    };
    let acquire = async |index: usize, second| {
        let got = ledger.acquire_slot(semaphore, &ids[index], at(second), MINUTE * 60, 999);
        got.await.unwrap()
    };
    for index in OLD..ALL {
        let joined = acquire(index, 1).await;
        let Admission::Queued {
            position, length, ..
        } = joined
        else {
            panic!("{joined:?}");
        };
        assert_eq!((position, length), (index + 1, index + 1));
    }
    let behind = rows_behind(&bench).await;
    let pages = behind.keys().filter(|key| key.starts_with("PAGE#")).count();
    assert_eq!(pages, 3, "{behind:?}");
    assert!(behind.values().all(|size| *size < 5000), "{behind:?}");
    for index in [0, 171, 172, 235, 299, 300, 339] {
        assert_eq!(place(index, 2).await, Some((index + 1, ALL)));
    }
    // Five at a time, each giving its slot to the next.
    for index in 0..5 {
        assert_eq!(acquire(index, 3).await, Admission::Admitted);
    }
    for index in 0..280 {
        let next = ledger
            .release_slot(semaphore, &ids[index], at(4))
            .await
            .unwrap();
        assert_eq!(next, [ids[index + 5].clone()]);
        assert_ne!(acquire(index + 6, 4).await, Admission::Admitted);
        assert_eq!(acquire(index + 5, 4).await, Admission::Admitted);
    }
    assert_eq!(place(339, 5).await, Some((55, 55)));
    let behind = rows_behind(&bench).await;
    let pages = behind.keys().filter(|key| key.starts_with("PAGE#")).count();
    // What is left are notes of those who have not asked since.
    assert!(pages == 0 && behind.len() <= 60, "{behind:?}");
    // Who leaves the queue from the front, where it was moved, leaves nothing behind.
    ledger
        .release_slot(semaphore, &ids[339], at(6))
        .await
        .unwrap();
    assert_eq!(place(339, 7).await, None);
    let note = format!("TENANT#{}", ids[339]);
    assert!(!rows_behind(&bench).await.contains_key(&note));
}
