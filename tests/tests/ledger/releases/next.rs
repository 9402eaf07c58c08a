//! The ledger of a later release: words, fields, attributes and rows that this one does not know.

use std::collections::BTreeSet;

use scenarios::stored::{self, NEXT_RELEASE, Values};
use serde_json::json;
use tenancy::{
    ComponentState, DesiredState, FindingState, Mode, OperationKind, OperationState, Phase, Spec,
    Tenant,
    blueprint::Catalog,
    validate::{self, Deployment},
};
use tenantry_aws::ledger::{Begun, LedgerError, NewEntry, NewIntent, PassRecord};

use super::{by_slug, component, listed, status, word};
use crate::bench::{Bench, MINUTE, TABLE, at, operation, request};

async fn next() -> (Bench, Values) {
    let bench = Bench::start().await;
    stored::load(&bench.client, TABLE, NEXT_RELEASE).await;
    let values = stored::values(&bench.client, TABLE).await;
    (bench, values)
}

/// What was lost or changed of the rows of a tenant, as `sk path`.
async fn changes(bench: &Bench, before: &Values, tenant: &Tenant) -> BTreeSet<String> {
    let after = stored::values(&bench.client, TABLE).await;
    let mut before = before.clone();
    for row in after.keys().filter(|row| row.contains(" PASTOP#")) {
        // It is finished, and has moved.
        if let Some(mut values) = before.remove(&row.replace("PASTOP#", "OP#")) {
            values.remove("sk");
            before.insert(row.clone(), values);
        }
    }
    let partition = format!("T#{} ", tenant.id);
    let mut all = BTreeSet::new();
    for (row, paths) in stored::changes(&before, &after) {
        let sk = row.strip_prefix(&partition).unwrap_or(&row);
        all.extend(paths.into_iter().map(|path| format!("{sk} {path}")));
    }
    all
}

fn changed(spec: &Spec, patch: serde_json::Value) -> Spec {
    let deployment = Deployment {
        catalog: Catalog::built_in().unwrap(),
        allowed_regions: vec!["eu-central-1".parse().unwrap()],
        home_region: "eu-central-1".parse().unwrap(),
    };
    validate::changed(spec, &patch, &deployment).unwrap().spec
}

#[tokio::test]
async fn what_a_later_release_wrote_is_shown_by_name() {
    let (bench, _) = next().await;
    let nova = by_slug(&bench, "nova").await;
    let capacitor = status(&nova, "flux-capacitor");
    assert_eq!(word(capacitor.state), "half-done");
    let obstacle = capacitor.obstacle.as_ref().unwrap();
    assert_eq!(
        (word(obstacle.kind), obstacle.retry_after_secs()),
        ("haunted".into(), None)
    );
    assert_eq!(
        status(&nova, "network").resources["eu-central-1.vpc"],
        "vpc-1"
    );
    let spec = serde_json::to_value(&nova.spec).unwrap();
    assert_eq!(spec["egress"], "central-nat");
    assert_eq!(spec["dataResidency"]["only"], "eu");
    assert_eq!(
        nova.spec.mode,
        Mode::ObserveOnly,
        "an unknown mode changes nothing unasked"
    );
    let findings = bench
        .ledger
        .findings(&nova.id, None, None, 10, None)
        .await
        .unwrap()
        .items;
    let words: Vec<_> = findings
        .iter()
        .map(|f| (word(f.state), word(f.difference.severity)))
        .collect();
    let both =
        [("muted", "catastrophic"), ("open", "high")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(words, both);
    let operations = bench.ledger.operations(&nova.id).await.unwrap();
    let words: BTreeSet<_> = operations
        .iter()
        .map(|o| (word(o.kind), word(o.state)))
        .collect();
    let three = [
        ("audit", "pending"),
        ("rotate", "paused"),
        ("update", "awaiting-approval"),
    ];
    assert_eq!(
        words,
        three.map(|(a, b)| (a.to_owned(), b.to_owned())).into()
    );
    let iris = by_slug(&bench, "iris").await;
    assert_eq!(word(iris.desired_state), "frozen");
}

#[tokio::test]
async fn one_row_that_cannot_be_read_hides_no_other() {
    let (bench, _) = next().await;
    let shown = listed(&bench).await;
    let slugs: Vec<&str> = shown.iter().map(|(slug, _)| slug.as_str()).collect();
    assert_eq!(slugs, ["nova", "iris"], "and `void` is named in the log");
    let due = bench.ledger.due(at(100), 10, None).await.unwrap();
    let earlier = bench.ledger.due_by_earlier_rows(at(100)).await.unwrap();
    assert_eq!(due.items.len() + earlier.len(), 2);
    assert_eq!(
        bench
            .ledger
            .all_tenants(10, None)
            .await
            .unwrap()
            .items
            .len(),
        2
    );
    let nova = by_slug(&bench, "nova").await;
    // The row of its component cannot be read either; its state in the main row can.
    assert_eq!(status(&nova, "time-machine").state, ComponentState::Ready);
    let intents = bench.ledger.intents(&nova.id).await.unwrap();
    let named: Vec<_> = intents
        .iter()
        .map(|i| (i.component.as_str(), i.key.as_str()))
        .collect();
    assert_eq!(
        named,
        [
            ("flux-capacitor", "charge"),
            ("network", "eu-central-1.vpc")
        ]
    );
    assert_eq!(bench.ledger.verify_history(&nova.id).await.unwrap(), []);
    let missing = "t-vvvvvvvvvvvvvvvv".parse().unwrap();
    let void = bench.ledger.tenant(&missing).await;
    assert!(
        matches!(void, Err(LedgerError::Failed(_))),
        "there is one, and it cannot be read"
    );
}

#[tokio::test]
async fn an_intent_without_its_time_is_looked_up_before_it_is_requested_again() {
    let (bench, _) = next().await;
    let nova = by_slug(&bench, "nova").await;
    let intents = bench.ledger.intents(&nova.id).await.unwrap();
    let vpc = &intents[1];
    assert_eq!(vpc.asked_at, tenancy::Timestamp::UNIX_EPOCH);
    assert_eq!(vpc.outcome.as_deref(), Some("vpc-1"));
}

#[tokio::test]
async fn a_pass_over_a_tenant_of_a_later_release_loses_nothing_of_it() {
    let (bench, before) = next().await;
    let nova = by_slug(&bench, "nova").await;
    let ledger = &bench.ledger;
    let begun = ledger
        .begin(&nova.id, "pass", at(20), MINUTE, Some(at(20)))
        .await
        .unwrap();
    let Begun::Pass(begun) = begun else {
        panic!("{begun:?}");
    };
    let (lease, loaded) = *begun;
    // Its state is as it was: only its own row changes.
    let mut account = status(&nova, "account").clone();
    account.resources.insert("alias".into(), "nova".into());
    ledger
        .save_component(&lease, component("account"), &account, &[], at(21))
        .await
        .unwrap();
    let main = changes(&bench, &before, &nova).await;
    let leased = [
        "META phase",
        "META due_at",
        "META due_pk",
        "META due_sk",
        "META lease_epoch",
        "META revision",
    ];
    let leased: BTreeSet<String> = leased.map(str::to_owned).into();
    assert!(main.is_subset(&leased), "{main:?}");
    let mut network = status(&nova, "network").clone();
    (network.state, network.since) = (ComponentState::Drifted, at(22));
    let done = NewEntry {
        actor: "tenantry/tenantry-auditor".into(),
        action: "changes-applied".into(),
        summary: "1 change".into(),
        details: serde_json::Map::new(),
    };
    ledger
        .save_component(&lease, component("network"), &network, &[done], at(22))
        .await
        .unwrap();
    let intent = NewIntent {
        component: component("network"),
        key: "eu-central-1.vpc".into(),
        token: None,
    };
    ledger.put_intents(&lease, &[intent], at(22)).await.unwrap();
    let mut audit = loaded
        .operations
        .iter()
        .find(|o| o.kind == OperationKind::Audit)
        .unwrap()
        .clone();
    audit.state = OperationState::Succeeded;
    let mut finding = loaded.findings["network.flow-logs"].clone();
    finding.state = FindingState::Resolved;
    let pass = PassRecord {
        operations: vec![audit.clone()],
        findings: vec![finding],
        audited_at: Some(at(23)),
        due_at: Some(at(500)),
        ..PassRecord::default()
    };
    let saved = ledger.save_pass(&lease, &pass, at(23)).await.unwrap();
    assert_eq!(
        (saved.tenant.phase(), saved.tenant.open_findings),
        (Phase::Drifted, 0)
    );
    let expected = [
        "C#network doc/since",
        "C#network doc/state",
        "C#network state",
        "F#network.flow-logs doc/state",
        "F#network.flow-logs state",
        "I#network#eu-central-1.vpc outcome",
        "META doc/auditedAt",
        "META doc/components/network/since",
        "META doc/components/network/state",
        "META doc/historyHead",
        "META doc/historyLength",
        "META doc/openFindings",
        "META doc/openOperations",
        "META due_at",
        "META due_pk",
        "META due_sk",
        "META lease_epoch",
        "META phase",
        "META revision",
    ]
    .map(str::to_owned);
    let audited = format!("PASTOP#{} doc/state", audit.id);
    let expected: BTreeSet<String> = expected.into_iter().chain([audited]).collect();
    assert_eq!(changes(&bench, &before, &nova).await, expected);
    let open = by_slug(&bench, "nova").await.open_operations;
    assert_eq!(open.len(), 2, "those of the later release stay open");
}

#[tokio::test]
async fn requests_about_a_tenant_of_a_later_release_lose_nothing_of_it() {
    let (bench, before) = next().await;
    let nova = by_slug(&bench, "nova").await;
    let spec = changed(
        &nova.spec,
        json!({"name": "Supernova", "contacts": {"billing": {"name": "Zoe"}}}),
    );
    let update = operation(&nova, OperationKind::Update);
    let asked = bench
        .ledger
        .change_spec(&nova.id, Some(3), &spec, &update, &request(30))
        .await
        .unwrap();
    assert_eq!(asked.operation.unwrap().spec_version, 4);
    let repair = operation(&nova, OperationKind::Repair);
    bench
        .ledger
        .request_operation(&repair, &request(31))
        .await
        .unwrap();
    bench.ledger.mark_due(&nova.id, at(5)).await.unwrap();
    let mut expected = BTreeSet::from(
        [
            "META asked",
            "META doc/historyHead",
            "META doc/historyLength",
            "META doc/openOperations",
            "META doc/spec/contacts/billing/name",
            "META doc/spec/name",
            "META doc/specVersion",
            "META doc/updatedAt",
            "META due_at",
            "META due_pk",
            "META due_sk",
            "META phase",
            "META revision",
        ]
        .map(str::to_owned),
    );
    assert_eq!(changes(&bench, &before, &nova).await, expected);

    let leave = operation(&nova, OperationKind::Offboard);
    bench
        .ledger
        .request_departure(&nova.id, None, &leave, &request(40))
        .await
        .unwrap();
    expected.insert("META doc/desiredState".into());
    let changed = changes(&bench, &before, &nova).await;
    let beside: Vec<_> = changed.difference(&expected).collect();
    for path in &beside {
        let canceled = path.starts_with("PASTOP#")
            && ["doc/state", "doc/updatedAt", "doc/obstacles"]
                .iter()
                .any(|end| path.ends_with(end));
        assert!(canceled, "{beside:?}");
    }
}

#[tokio::test]
async fn a_desired_state_of_a_later_release_takes_no_change_but_a_departure() {
    let (bench, before) = next().await;
    let iris = by_slug(&bench, "iris").await;
    let repair = operation(&iris, OperationKind::Repair);
    let refused = bench.ledger.request_operation(&repair, &request(30)).await;
    assert!(
        matches!(refused, Err(LedgerError::Conflict { .. })),
        "{refused:?}"
    );
    assert_eq!(changes(&bench, &before, &iris).await, BTreeSet::new());
    let leave = operation(&iris, OperationKind::Offboard);
    let left = bench
        .ledger
        .request_departure(&iris.id, None, &leave, &request(31))
        .await
        .unwrap();
    assert_eq!(left.tenant.desired_state, DesiredState::Absent);
}
