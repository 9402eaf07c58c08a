//! The private key of a tenant's key pair, from the account to a file, through the deployed machine.

use std::{path::Path, process::Command};

use scenarios::{machine::AnyError, trial::temporary::TemporaryDirectory};
use serde_json::{Value, json};
use tenancy::names;

use crate::{
    permissions,
    site::{Site, creation, text},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_key_is_handed_out_on_record_rotated_and_read_by_nobody_else()
-> Result<(), AnyError> {
    let site = Site::open(&json!({}))?;
    let mut words = creation("acme", &["--mode", "observe-only", "--wait"]);
    let blueprint = words.iter_mut().find(|word| **word == "standard@1.0.0");
    *blueprint.ok_or("no blueprint")? = "regulated";
    site.ask(&words);
    let tenant = site.ask(&["tenant", "show", "acme"]);
    let directory = TemporaryDirectory::new()?;
    let first = directory.path().join("first.pem");
    fetch(&site, &first);
    assert_eq!(public_half(&first)?, imported(&site, &tenant).await?);
    it_is_on_record(&site, &tenant, 1);
    the_reader_read_one_secret_and_nothing_else(&site, &tenant);
    nobody_else_gets_in(&site, &tenant).await?;

    site.ask(&["key-pair", "rotate", "acme", "--wait"]);
    let second = directory.path().join("second.pem");
    fetch(&site, &second);
    assert_eq!(public_half(&second)?, imported(&site, &tenant).await?);
    assert_ne!(public_half(&second)?, public_half(&first)?);
    it_is_on_record(&site, &tenant, 2);
    site.ask(&["audit", "acme", "--wait"]);
    let found = site.ask(&["findings", "acme"]);
    let of_key_pair = found["items"].as_array().into_iter().flatten();
    let mut of_key_pair = of_key_pair.filter(|one| one["component"] == "key-pair");
    assert!(of_key_pair.next().is_none(), "{found:#}");
    permissions::every_policy_allowed_what_was_needed_and_names_no_wildcard(&site).await
}

/// As JSON, of which the file gets the private key.
fn fetch(site: &Site, path: &Path) {
    let mut command = site.stack.tenantry().unwrap();
    command.args(["key-pair", "acme", "--out"]).arg(path);
    let ran = command.output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
}

/// Kind and key, without the comment.
fn both(text: &str) -> String {
    text.split_whitespace()
        .take(2)
        .collect::<Vec<_>>()
        .join(" ")
}

fn public_half(path: &Path) -> Result<String, AnyError> {
    let mut keygen = Command::new("ssh-keygen");
    let said = keygen.arg("-y").arg("-f").arg(path).output()?;
    assert!(said.status.success(), "{said:?}");
    Ok(both(&String::from_utf8(said.stdout)?))
}

async fn imported(site: &Site, tenant: &Value) -> Result<String, AnyError> {
    let ec2 = aws_sdk_ec2::Client::new(&site.root(text(tenant, "accountId")));
    let call = ec2.describe_key_pairs().include_public_key(true);
    let pairs = call.send().await?.key_pairs.unwrap_or_default();
    assert_eq!(pairs.len(), 1);
    Ok(both(pairs[0].public_key().ok_or("no public key")?))
}

fn it_is_on_record(site: &Site, tenant: &Value, times: usize) {
    let history = site.ask(&["tenant", "history", text(tenant, "id")]);
    let entries = history["items"].as_array().unwrap();
    let given = entries
        .iter()
        .filter(|entry| entry["action"] == "private-key-handed-out");
    let given: Vec<_> = given.collect();
    assert_eq!(given.len(), times, "{history:#}");
    assert!(text(given[0], "actor").starts_with("arn:aws:"));
    assert!(text(given[0], "summary").contains("SHA256:"));
    assert!(!history.to_string().contains("PRIVATE KEY"));
}

fn the_reader_read_one_secret_and_nothing_else(site: &Site, tenant: &Value) {
    let account = text(tenant, "accountId");
    let mut calls = site.product_calls();
    calls.retain(|call| call.role == names::KEY_READER);
    let made: Vec<String> = calls
        .iter()
        .map(|call| format!("{} {}", call.account, call.operation))
        .collect();
    assert_eq!(made, [format!("{account} GetSecretValue")]);
}

/// Not the function `api`, and not the function itself by another tenant's id or as another role.
async fn nobody_else_gets_in(site: &Site, tenant: &Value) -> Result<(), AnyError> {
    let account = text(tenant, "accountId").parse()?;
    let id = text(tenant, "id");
    let reader = names::management_role_arn(&account, names::KEY_READER);
    for other in ["api", "audit", "onboard", "offboard"] {
        let function = permissions::function(site, other).await?;
        assert!(
            site.assume(&function, &reader, Some(id)).await.is_err(),
            "{other}"
        );
    }
    let own = permissions::function(site, "credentials").await?;
    for wrong in [None, Some("t-aaaaaaaaaaaaaaaa")] {
        assert!(
            site.assume(&own, &reader, wrong).await.is_err(),
            "{wrong:?}"
        );
    }
    for role in [names::PROVISIONER, names::AUDITOR, names::REMOVER] {
        let arn = names::management_role_arn(&account, role);
        assert!(site.assume(&own, &arn, Some(id)).await.is_err(), "{role}");
    }
    let session = site.assume(&own, &reader, Some(id)).await?;
    let secrets = aws_sdk_secretsmanager::Client::new(&session);
    assert!(secrets.list_secrets().send().await.is_err());
    let ec2 = aws_sdk_ec2::Client::new(&session);
    assert!(ec2.describe_key_pairs().send().await.is_err());
    Ok(())
}
