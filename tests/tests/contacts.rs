//! The alternate contacts of a tenant's account, with IAM enforced.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod account_support;
#[path = "contacts/of_the_spec.rs"]
mod of_the_spec;

use account_support::{ACCOUNT, Scene};
use aws_sdk_account::types::AlternateContactType::{self, Billing, Operations, Security};
use baseline::Recorded;
use scenarios::machine::AnyError;
use serde_json::json;
use tenancy::{ComponentName, ComponentState, Verb};

const CONTACTS: ComponentName = ComponentName::new("contacts");

/// A tenant whose bills and security incidents reach somebody by telephone, and its operations by mail.
async fn reachable() -> Result<Scene, AnyError> {
    let mut scene = Scene::begin().await?;
    scene.desired.spec.contacts = serde_json::from_value(json!({
        "billing": { "name": "Ann Müller", "email": "ann@acme.example", "phone": "+49 30 1234", "title": "CFO" },
        "operations": { "name": "Bea", "email": "bea@acme.example" },
        "security": { "name": "株式会社テナント", "email": "soc@acme.example", "phone": "(1) 555-0100" },
    }))?;
    settle(&scene).await?;
    Ok(scene)
}

async fn settle(scene: &Scene) -> Result<(), AnyError> {
    let names = [ComponentName::ACCESS, CONTACTS];
    let outcomes = scene.reconcile(Verb::Onboard, &scene.desired, &names);
    for outcome in outcomes.await? {
        assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    }
    scene.machine.aws.proxy.forget_calls();
    Ok(())
}

/// The contact as AWS knows it: name, title and telephone number.
async fn known(
    scene: &Scene,
    kind: AlternateContactType,
) -> Result<Option<(String, String, String)>, AnyError> {
    let root = scene.machine.account_root(ACCOUNT)?;
    let call = aws_sdk_account::Client::new(&root).get_alternate_contact();
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
        let text = |value: Option<String>| value.unwrap_or_default();
        (
            text(contact.name),
            text(contact.title),
            text(contact.phone_number),
        )
    }))
}

#[tokio::test]
async fn contacts_with_a_telephone_number_are_set_and_a_second_pass_only_reads()
-> Result<(), AnyError> {
    let scene = reachable().await?;
    let ann = ("Ann Müller".into(), "CFO".into(), "+49 30 1234".into());
    assert_eq!(known(&scene, Billing).await?, Some(ann));
    let soc = (
        "株式会社テナント".into(),
        "Security".into(),
        "(1) 555-0100".into(),
    );
    assert_eq!(known(&scene, Security).await?, Some(soc));
    assert_eq!(known(&scene, Operations).await?, None);
    scene.machine.aws.proxy.forget_calls();
    let outcomes = scene
        .reconcile(Verb::Onboard, &scene.desired, &[CONTACTS])
        .await?;
    assert_eq!(outcomes[0].state, ComponentState::Ready, "{outcomes:#?}");
    let calls = scene.calls();
    let reads = calls.iter().filter(|call| call.service == "account");
    assert!(calls.iter().all(|call| call.is_read()), "{calls:#?}");
    assert_eq!(reads.count(), 2);
    Ok(())
}

#[tokio::test]
async fn a_changed_and_a_deleted_contact_are_found_and_put_back() -> Result<(), AnyError> {
    let scene = reachable().await?;
    let root = scene.machine.account_root(ACCOUNT)?;
    let account = aws_sdk_account::Client::new(&root);
    let eve = account
        .put_alternate_contact()
        .alternate_contact_type(Billing);
    let eve = eve
        .name("Eve")
        .title("CFO")
        .email_address("eve@evil.example");
    eve.phone_number("1").send().await?;
    let call = account.delete_alternate_contact();
    call.alternate_contact_type(Security).send().await?;

    let outcomes = scene.audit(&[CONTACTS]).await?;
    let keys: Vec<&str> = outcomes[0]
        .remaining
        .iter()
        .map(|d| d.key.as_str())
        .collect();
    assert_eq!(
        keys,
        [
            "contact.billing.name",
            "contact.billing.email",
            "contact.billing.phone",
            "contact.security"
        ]
    );
    settle(&scene).await?;
    let outcomes = scene.audit(&[CONTACTS]).await?;
    assert_eq!(outcomes[0].state, ComponentState::Ready, "{outcomes:#?}");
    Ok(())
}

#[tokio::test]
async fn a_contact_that_is_taken_out_of_the_spec_is_deleted_and_one_of_the_tenants_own_stays()
-> Result<(), AnyError> {
    let mut scene = reachable().await?;
    let outcomes = scene.audit(&[CONTACTS]).await?;
    scene.desired.recorded = Recorded::new([(CONTACTS, outcomes[0].resources.clone())]);
    let root = scene.machine.account_root(ACCOUNT)?;
    let own = aws_sdk_account::Client::new(&root).put_alternate_contact();
    let own = own
        .alternate_contact_type(Operations)
        .name("Own")
        .title("Own");
    let own = own.email_address("own@acme.example").phone_number("2");
    own.send().await?;
    scene.desired.spec.contacts = Default::default();
    settle(&scene).await?;
    assert_eq!(known(&scene, Billing).await?, None);
    assert_eq!(known(&scene, Security).await?, None);
    assert!(known(&scene, Operations).await?.is_some());
    Ok(())
}
