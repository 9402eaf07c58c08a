//! Two installations in one organization, each with a prefix of its own.

use baseline::Deployment;
use scenarios::machine::create_table_named;
use tenancy::FindingState;
use tenantry_aws::ledger::Ledger;

use super::*;

const NAMES: [&str; 2] = ["first", "second"];

/// From now on this installation works: with a ledger, a marker and a prefix of its own.
fn switch_to(machine: &mut Machine, name: &str) {
    let client = aws_sdk_dynamodb::Client::new(machine.root());
    machine.ledger = Ledger::new(client, name);
    machine.settings.table = name.to_owned();
    machine.settings.deployment = Arc::new(Deployment {
        installation: format!("111111111111/{name}"),
        name_prefix: format!("{name}-"),
        ..Deployment::clone(&machine.settings.deployment)
    });
}

/// Names of our policies on a unit.
async fn ours_on(machine: &Machine, unit: &str) -> Vec<String> {
    let mut on = policies_on(machine, unit).await;
    on.retain(|name| name.contains("tenantry"));
    on
}

/// Accounts that this installation finds in its units and does not know.
async fn strangers(machine: &Machine) -> usize {
    let aws = Aws::new(machine.root().clone());
    let now = machine.now();
    let clock: Clock = Arc::new(move || now);
    let reading = read_organization(&aws, &machine.settings, &machine.ledger, &clock).await;
    let unknown = reading.unwrap().unknown(&machine.ledger).await;
    unknown.unwrap().len()
}

/// What an audit that somebody requests finds.
async fn audited(machine: &Machine, tenant: &Tenant) -> Vec<String> {
    let operation = machine.operation(&tenant.id, OperationKind::Audit);
    let request = machine.request();
    let asked = machine.ledger.request_operation(&operation, &request);
    asked.await.unwrap();
    let audit = machine.worker(Verb::Audit).await.unwrap();
    audit.work(&tenant.id).await.unwrap();
    let state = Some(FindingState::Open);
    let found = machine.ledger.findings(&tenant.id, state, None, 10, None);
    let found = found.await.unwrap().items.into_iter();
    found.map(|finding| finding.difference.key).collect()
}

#[tokio::test]
async fn two_installations_with_prefixes_name_what_they_make_by_them_and_stay_apart() {
    let regions = ["us-east-1", "eu-central-1"];
    let machine = Machine::start_in(Config::default(), &regions).await;
    let mut machine = machine.unwrap();
    let mut tenants = Vec::new();
    for name in NAMES {
        create_table_named(machine.root(), name).await.unwrap();
        switch_to(&mut machine, name);
        let tenant = request(&machine, &format!("of-{name}")).await;
        let onboard = machine.worker(Verb::Onboard).await.unwrap();
        machine.settle(&onboard, &tenant.id, 40).await.unwrap();
        tenants.push(machine.ledger.tenant(&tenant.id).await.unwrap());
    }

    let units = units(&machine).await;
    let names: Vec<&str> = units.iter().map(|(name, _)| name.as_str()).collect();
    let wanted = [
        "first-quarantine",
        "first-suspended",
        "first-tenants",
        "second-quarantine",
        "second-suspended",
        "second-tenants",
    ];
    assert_eq!(names, wanted);
    for (name, tenant) in NAMES.into_iter().zip(&tenants) {
        let unit = |of: &str| {
            let called = format!("{name}-{of}");
            &units.iter().find(|(name, _)| *name == called).unwrap().1
        };
        let guardrail = format!("{name}-tenantry-guardrail");
        assert_eq!(ours_on(&machine, unit("tenants")).await, [guardrail]);
        for locked in ["quarantine", "suspended"] {
            let lockdown = format!("{name}-tenantry-lockdown");
            assert_eq!(ours_on(&machine, unit(locked)).await, [lockdown]);
        }
        let inside = organizations(&machine).list_accounts_for_parent();
        let inside = inside.parent_id(unit("tenants")).send().await.unwrap();
        let inside: Vec<_> = inside.accounts().iter().filter_map(|a| a.id()).collect();
        let own = tenant.account_id.as_ref().unwrap().as_str();
        assert_eq!(inside, [own], "{name}");
    }

    for (name, tenant) in NAMES.into_iter().zip(&tenants) {
        switch_to(&mut machine, name);
        assert_eq!(audited(&machine, tenant).await, [""; 0], "{name}");
        assert_eq!(strangers(&machine).await, 0, "{name}");
    }
}
