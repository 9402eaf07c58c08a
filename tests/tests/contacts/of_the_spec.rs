//! Contacts of a spec, given with the tenant and changed as the API changes it, carried out by the worker.

use aws_config::SdkConfig;
use aws_sdk_account::types::AlternateContactType::{self, Billing, Security};
use scenarios::{
    machine::{AnyError, Machine},
    proxy::Config,
};
use serde_json::{Value, json};
use tenancy::{OperationKind, TenantId, Verb, blueprint::Catalog, validate};
use tenantry_aws::worker::Worker;

/// A contact as AWS has it: name, title, e-mail address and telephone number.
type Known = Option<[String; 4]>;

async fn known(root: &SdkConfig, kind: AlternateContactType) -> Result<Known, AnyError> {
    let call = aws_sdk_account::Client::new(root).get_alternate_contact();
    let answer = match call.alternate_contact_type(kind).send().await {
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_resource_not_found_exception()) =>
        {
            return Ok(None);
        }
        answer => answer?,
    };
    Ok(answer.alternate_contact.map(|contact| {
        let parts = [
            contact.name,
            contact.title,
            contact.email_address,
            contact.phone_number,
        ];
        parts.map(Option::unwrap_or_default)
    }))
}

fn contact(parts: [&str; 4]) -> Known {
    Some(parts.map(str::to_owned))
}

/// How often the workers made this call since the last time.
fn calls(machine: &Machine, operation: &str) -> usize {
    let calls = machine.aws.proxy.calls().into_iter();
    let made = calls.filter(|call| call.service == "account" && call.operation == operation);
    made.count()
}

/// Changes the spec as the API does, and lets the worker carry it out.
async fn change(
    machine: &Machine,
    worker: &Worker,
    tenant: &TenantId,
    patch: &Value,
) -> Result<(), AnyError> {
    let before = machine.ledger.tenant(tenant).await?;
    let offered = validate::Deployment {
        catalog: Catalog::built_in()?,
        allowed_regions: machine.settings.deployment.allowed_regions.clone(),
        home_region: machine.settings.home_region.clone(),
    };
    let checked = validate::changed(&before.spec, patch, &offered);
    let checked = checked.map_err(|errors| format!("{errors:?}"))?;
    let update = machine.operation(tenant, OperationKind::Update);
    let version = Some(before.spec_version);
    let (ledger, request) = (&machine.ledger, machine.request());
    ledger
        .change_spec(tenant, version, &checked.spec, &update, &request)
        .await?;
    machine.aws.proxy.forget_calls();
    machine.settle(worker, tenant, 20).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_of_a_spec_reach_aws_and_so_does_each_change_of_them() -> Result<(), AnyError> {
    let regions = ["us-east-1", "eu-central-1"];
    let machine = Machine::start_in(Config::default(), &regions).await?;
    let spec = json!({
        "slug": "acme", "name": "Acme", "blueprint": "sandbox",
        "contacts": {
            "billing": { "name": "Ann Müller", "email": "ann@acme.example", "phone": "+49 30 1234", "title": "CFO" },
            "security": { "name": "Bo", "email": "soc@acme.example", "phone": "(1) 555-0100" },
        },
    });
    let tenant = machine.request_tenant(spec).await?.id;
    let worker = machine.worker(Verb::Onboard).await?;
    machine.settle(&worker, &tenant, 40).await?;
    let account = machine.ledger.tenant(&tenant).await?.account_id;
    let account = account.ok_or("no account")?;
    let root = machine.account_root(account.as_str())?;
    let ann = contact(["Ann Müller", "CFO", "ann@acme.example", "+49 30 1234"]);
    assert_eq!(known(&root, Billing).await?, ann);
    // AWS asks for a title: without one in the spec it is what the contact is for.
    let bo = contact(["Bo", "Security", "soc@acme.example", "(1) 555-0100"]);
    assert_eq!(known(&root, Security).await?, bo);
    assert_eq!(calls(&machine, "PutAlternateContact"), 2);

    let eve =
        json!({ "name": "Eve", "email": "eve@acme.example", "phone": "+49 30 99", "title": null });
    let patch = json!({ "contacts": { "billing": eve } });
    change(&machine, &worker, &tenant, &patch).await?;
    let eve = contact(["Eve", "Billing", "eve@acme.example", "+49 30 99"]);
    assert_eq!(known(&root, Billing).await?, eve);
    assert_eq!(known(&root, Security).await?, bo, "it was not changed");
    assert_eq!(calls(&machine, "PutAlternateContact"), 1);

    let patch = json!({ "contacts": { "security": null } });
    change(&machine, &worker, &tenant, &patch).await?;
    assert_eq!(calls(&machine, "DeleteAlternateContact"), 1);
    assert_eq!(known(&root, Security).await?, None);
    assert_eq!(known(&root, Billing).await?, eve);
    assert_eq!(calls(&machine, "PutAlternateContact"), 0);
    Ok(())
}
