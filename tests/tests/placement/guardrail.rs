//! The guardrail changed or deleted by hand: whoever asks sees it at once, and a repair puts it back for every process.

use scenarios::machine::APP;
use serde_json::Value;
use tenancy::{FindingState, TenantId, names};
use tenantry_aws::worker::Worker;

use super::*;

/// For how long whoever has made something of the organization keeps others from it.
const LOCKED_SECS: i64 = 60;

/// What somebody does to the guardrail.
#[derive(Clone, Copy, Debug)]
enum ByHand {
    Changed,
    Deleted,
}

impl ByHand {
    /// The finding that says so.
    fn finding(self) -> &'static str {
        match self {
            Self::Changed => "placement.policy.tenantry-guardrail.content",
            Self::Deleted => "placement.policy.tenantry-guardrail",
        }
    }

    async fn happens(self, machine: &Machine) {
        let client = organizations(machine);
        let guardrail = policy_id(machine, "tenantry-guardrail").await.unwrap();
        match self {
            Self::Changed => {
                let harmless = json!({"Version": "2012-10-17", "Statement": [
                    {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}]});
                let call = client.update_policy().policy_id(&guardrail);
                call.content(harmless.to_string()).send().await.unwrap();
            }
            Self::Deleted => {
                let call = client.detach_policy().policy_id(&guardrail);
                let call = call.target_id(unit_of_tenants(machine).await);
                call.send().await.unwrap();
                let call = client.delete_policy().policy_id(&guardrail);
                call.send().await.unwrap();
            }
        }
    }
}

async fn unit_of_tenants(machine: &Machine) -> String {
    let mut units = units(machine).await.into_iter();
    units.find(|(name, _)| name == "tenants").unwrap().1
}

/// The document of the guardrail, where it is on the unit of tenants.
async fn guardrail(machine: &Machine) -> Value {
    let on = policies_on(machine, &unit_of_tenants(machine).await).await;
    assert!(on.contains(&"tenantry-guardrail".to_owned()), "{on:?}");
    let id = policy_id(machine, "tenantry-guardrail").await.unwrap();
    serde_json::from_str(&content(machine, &id).await).unwrap()
}

/// A tenant that is as its spec wants it.
async fn settled() -> (Machine, TenantId) {
    let regions = ["us-east-1", "eu-central-1"];
    let machine = Machine::start_in(Config::default(), &regions).await;
    let machine = machine.unwrap();
    let tenant = request(&machine, "acme").await;
    let onboard = machine.worker(Verb::Onboard).await.unwrap();
    machine.settle(&onboard, &tenant.id, 40).await.unwrap();
    machine.advance(LOCKED_SECS);
    (machine, tenant.id)
}

async fn ask(machine: &Machine, tenant: &TenantId, kind: OperationKind) {
    let operation = machine.operation(tenant, kind);
    let request = machine.request();
    let asked = machine.ledger.request_operation(&operation, &request);
    asked.await.unwrap();
}

async fn open(machine: &Machine, tenant: &TenantId) -> Vec<String> {
    let state = Some(FindingState::Open);
    let found = machine.ledger.findings(tenant, state, None, 10, None);
    let found = found.await.unwrap().items.into_iter();
    found.map(|finding| finding.difference.key).collect()
}

/// Scheduled audits until each process goes by what all of them share, and reads nothing of the guardrail.
async fn warm(machine: &Machine, tenant: &TenantId, processes: [&Worker; 2]) {
    for worker in processes {
        worker.work(tenant).await.unwrap();
    }
    machine.aws.proxy.forget_calls();
    for worker in processes {
        worker.work(tenant).await.unwrap();
    }
    let calls = machine.aws.proxy.calls();
    let read = calls
        .iter()
        .filter(|call| call.operation == "DescribePolicy");
    assert_eq!(read.count(), 0, "what is shared is warm");
    assert_eq!(open(machine, tenant).await, [""; 0]);
}

#[tokio::test]
async fn a_requested_audit_sees_at_once_that_the_guardrail_was_changed_or_deleted() {
    let (machine, tenant) = settled().await;
    let asked = machine.worker(Verb::Audit).await.unwrap();
    let other = machine.worker(Verb::Audit).await.unwrap();
    let before = guardrail(&machine).await;
    for by_hand in [ByHand::Changed, ByHand::Deleted] {
        warm(&machine, &tenant, [&asked, &other]).await;
        by_hand.happens(&machine).await;
        ask(&machine, &tenant, OperationKind::Audit).await;
        asked.work(&tenant).await.unwrap();
        assert_eq!(open(&machine, &tenant).await, [by_hand.finding()]);
        // And so does every scheduled audit of another process from then on.
        machine.advance(1);
        other.work(&tenant).await.unwrap();
        assert_eq!(open(&machine, &tenant).await, [by_hand.finding()]);

        ask(&machine, &tenant, OperationKind::Repair).await;
        let repairs = machine.worker(Verb::Onboard).await.unwrap();
        machine.settle(&repairs, &tenant, 10).await.unwrap();
        assert_eq!(guardrail(&machine).await, before, "{by_hand:?}");
        assert_eq!(open(&machine, &tenant).await, [""; 0], "{by_hand:?}");
        machine.advance(LOCKED_SECS);
    }
}

#[tokio::test]
async fn a_repair_that_no_audit_came_before_puts_a_changed_or_deleted_guardrail_back() {
    let (machine, tenant) = settled().await;
    let asked = machine.worker(Verb::Audit).await.unwrap();
    let other = machine.worker(Verb::Audit).await.unwrap();
    let repairs = machine.worker(Verb::Onboard).await.unwrap();
    let before = guardrail(&machine).await;
    for by_hand in [ByHand::Changed, ByHand::Deleted] {
        warm(&machine, &tenant, [&asked, &other]).await;
        by_hand.happens(&machine).await;
        ask(&machine, &tenant, OperationKind::Repair).await;
        machine.settle(&repairs, &tenant, 10).await.unwrap();
        assert_eq!(guardrail(&machine).await, before, "{by_hand:?}");

        // Processes that remember the guardrail from before the repair, and before what came before it.
        other.work(&tenant).await.unwrap();
        assert_eq!(open(&machine, &tenant).await, [""; 0], "{by_hand:?}");
        ask(&machine, &tenant, OperationKind::Audit).await;
        asked.work(&tenant).await.unwrap();
        assert_eq!(open(&machine, &tenant).await, [""; 0], "{by_hand:?}");
        machine.advance(LOCKED_SECS);
    }
}

/// It remembers for a while what it has made, and must not take that for what is there.
#[tokio::test]
async fn a_process_that_repaired_the_guardrail_a_moment_ago_repairs_what_was_done_to_it_since() {
    let (machine, tenant) = settled().await;
    let repairs = machine.worker(Verb::Onboard).await.unwrap();
    let before = guardrail(&machine).await;
    for by_hand in [ByHand::Changed, ByHand::Deleted, ByHand::Changed] {
        by_hand.happens(&machine).await;
        ask(&machine, &tenant, OperationKind::Repair).await;
        machine.settle(&repairs, &tenant, 10).await.unwrap();
        assert_eq!(guardrail(&machine).await, before, "{by_hand:?}");
    }
}

#[tokio::test]
async fn a_unit_that_somebody_tags_as_anothers_is_critical_and_tagged_back() {
    let (machine, tenant) = settled().await;
    let unit = unit_of_tenants(&machine).await;
    let client = organizations(&machine);
    let read = client.list_tags_for_resource().resource_id(&unit);
    let before = read.clone().send().await.unwrap().tags.unwrap();
    let theirs = aws_sdk_organizations::types::Tag::builder();
    let theirs = theirs.key(names::TAG_INSTALLATION).value("another");
    let call = client.tag_resource().resource_id(&unit);
    call.tags(theirs.build().unwrap()).send().await.unwrap();

    ask(&machine, &tenant, OperationKind::Audit).await;
    let audit = machine.worker(Verb::Audit).await.unwrap();
    audit.work(&tenant).await.unwrap();
    let state = Some(FindingState::Open);
    let found = machine.ledger.findings(&tenant, state, None, 10, None);
    let found = found.await.unwrap().items;
    let [finding] = found.as_slice() else {
        panic!("{found:#?}");
    };
    assert_eq!(finding.difference.key, "placement.mark.tenants");
    assert_eq!(finding.difference.severity, tenancy::Severity::Critical);
    assert!(finding.difference.found.contains("another"), "{finding:#?}");

    ask(&machine, &tenant, OperationKind::Repair).await;
    let repair = machine.worker(Verb::Onboard).await.unwrap();
    machine.settle(&repair, &tenant, 10).await.unwrap();
    assert_eq!(read.send().await.unwrap().tags.unwrap(), before);
    assert_eq!(open(&machine, &tenant).await, [""; 0]);
}

/// The names of all service control policies.
async fn policies(machine: &Machine) -> Vec<String> {
    let call = organizations(machine).list_policies();
    let all = call.filter("SERVICE_CONTROL_POLICY".into()).send();
    let all = all.await.unwrap();
    let names = all.policies().iter().filter_map(|policy| policy.name());
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort();
    names
}

/// Units and policies whose tags are not found, though they are there.
fn hide_tags(machine: &Machine) {
    machine.aws.proxy.add_fault(Fault {
        matching: Match {
            service: Some("organizations".into()),
            operation: Some("ListTagsForResource".into()),
            app: Some(APP.into()),
            ..Match::default()
        },
        effect: Effect::Refuse {
            code: "TargetNotFoundException".into(),
            status: 400,
            message: String::new(),
            reason: None,
        },
        ..Fault::default()
    });
}

#[tokio::test]
async fn units_and_policies_whose_tags_are_not_visible_are_nobody_elses_and_nothing_is_made_beside_them()
 {
    let (machine, tenant) = settled().await;
    let before = (units(&machine).await, policies(&machine).await);
    hide_tags(&machine);
    ask(&machine, &tenant, OperationKind::Audit).await;
    let audit = machine.worker(Verb::Audit).await.unwrap();
    let _ = audit.work(&tenant).await;
    assert_eq!(open(&machine, &tenant).await, [""; 0]);

    ask(&machine, &tenant, OperationKind::Repair).await;
    let repair = machine.worker(Verb::Onboard).await.unwrap();
    for _ in 0..3 {
        let _ = repair.work(&tenant).await;
        machine.advance(10);
    }
    assert_eq!((units(&machine).await, policies(&machine).await), before);
    machine.aws.proxy.clear_faults();
    machine.settle(&repair, &tenant, 10).await.unwrap();
    assert_eq!((units(&machine).await, policies(&machine).await), before);
    assert_eq!(open(&machine, &tenant).await, [""; 0]);
}

#[tokio::test]
async fn a_unit_whose_creation_was_not_answered_and_whose_tags_are_not_visible_is_waited_for() {
    let machine = Machine::start(Config::default()).await.unwrap();
    machine.aws.proxy.add_fault(Fault {
        matching: Match {
            service: Some("organizations".into()),
            operation: Some("CreateOrganizationalUnit".into()),
            app: Some(APP.into()),
            ..Match::default()
        },
        effect: Effect::DropAnswer,
        times: Some(1),
        ..Fault::default()
    });
    let tenant = request(&machine, "acme").await;
    let onboard = machine.worker(Verb::Onboard).await.unwrap();
    let _ = onboard.work(&tenant.id).await;
    hide_tags(&machine);
    for _ in 0..3 {
        let _ = onboard.work(&tenant.id).await;
        machine.advance(30);
    }
    machine.aws.proxy.clear_faults();
    machine.settle(&onboard, &tenant.id, 40).await.unwrap();
    let names: Vec<String> = units(&machine)
        .await
        .into_iter()
        .map(|unit| unit.0)
        .collect();
    assert_eq!(names, ["quarantine", "suspended", "tenants"]);
}
