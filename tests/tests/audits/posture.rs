//! What audits and repairs leave of a tenant's posture.

use scenarios::machine::AnyError;
use tenancy::{ControlState, FindingState, OperationKind, Verb};

use crate::Audited;

const DAY: i64 = 24 * 60 * 60;

#[tokio::test(flavor = "multi_thread")]
async fn posture_is_recorded_when_it_changes_and_an_audit_without_change_writes_no_finding()
-> Result<(), AnyError> {
    let audited = Audited::begin("standard").await?;
    let (machine, id) = (&audited.machine, &audited.tenant.id);
    let ledger = &machine.ledger;
    let audit = machine.worker(Verb::Audit).await?;
    audit.work(id).await?;
    let first = ledger.posture(id).await?.rows;
    let controls = first.controls.clone().ok_or("nothing was recorded")?;
    let day = controls.day.ok_or("no day was recorded")?;
    assert_eq!(day.score, Some(100), "{day:?}");
    let state = |name: &str| {
        controls
            .controls
            .get(&name.parse().ok()?)
            .map(|it| it.state)
    };
    assert_eq!(state("TNT.TRAIL.101"), Some(ControlState::Passed));
    assert_eq!(state("TNT.TRAIL.1"), Some(ControlState::NotApplicable));
    assert_eq!(state("TNT.KEYS.101"), Some(ControlState::NotApplicable));

    machine.advance(DAY);
    audit.work(id).await?;
    assert_eq!(ledger.posture(id).await?.rows, first);

    let account = ledger.tenant(id).await?.account_id.ok_or("no account")?;
    let root = machine.account_root(account.as_str())?;
    let cloudtrail = aws_sdk_cloudtrail::Client::new(&root);
    cloudtrail
        .stop_logging()
        .name("tenantry-trail")
        .send()
        .await?;
    machine.advance(DAY);
    audit.work(id).await?;
    let failed = ledger.posture(id).await?;
    let now = failed.rows.controls();
    let trail = &now.controls[&"TNT.TRAIL.101".parse()?];
    assert_eq!(trail.state, ControlState::Failed);
    assert!(now.day.as_ref().is_some_and(|day| day.score < Some(100)));
    let open = |finding: &&tenancy::Finding| finding.state == FindingState::Open;
    let stored = failed.findings.iter().find(open).ok_or("no finding")?;

    machine.advance(DAY);
    audit.work(id).await?;
    let again = ledger.posture(id).await?;
    assert_eq!(again.rows, failed.rows, "nothing changed");
    let seen = again.findings.iter().find(open).ok_or("no finding")?;
    assert_eq!(seen.first_seen, stored.first_seen);
    assert!(
        seen.last_seen > stored.last_seen,
        "seen until the last audit"
    );

    audited.ask(OperationKind::Repair).await?;
    let onboard = machine.worker(Verb::Onboard).await?;
    machine.settle(&onboard, id, 20).await?;
    let repaired = ledger.posture(id).await?.rows.controls();
    let trail = &repaired.controls[&"TNT.TRAIL.101".parse()?];
    assert_eq!(trail.state, ControlState::Passed);
    assert_eq!(repaired.repairs.count, 1);
    let lasted = repaired.repairs.mean_seconds().unwrap_or_default();
    assert!(lasted >= DAY.unsigned_abs(), "{lasted}");
    assert!(repaired.day.is_some_and(|day| day.score == Some(100)));
    Ok(())
}
