//! What must never be written down: the credentials of the sessions we work in, and the private key of the tenant's key pair.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::{
    io,
    sync::{Arc, Mutex},
};

use baseline::key_pair::KeyPairs;
use scenarios::{
    machine::{Machine, REGION, TABLE},
    proxy::Config,
};
use serde_json::json;
use tenancy::{ComponentName, OperationKind, Phase, TenantId, Verb, names};
use tenantry_aws::{
    key_reader::{KeyOf, KeyReader},
    session::Aws,
    telemetry,
};
use tracing_subscriber::layer::SubscriberExt;

/// Everything that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

async fn whole_ledger(machine: &Machine) -> String {
    let client = aws_sdk_dynamodb::Client::new(machine.root());
    let mut pages = client.scan().table_name(TABLE).into_paginator().send();
    let mut text = String::new();
    while let Some(page) = pages.next().await {
        text += &format!("{:?}", page.unwrap().items());
    }
    text
}

/// The private half of the tenant's key pair, as the account's root user reads it.
async fn private_key(machine: &Machine, tenant: &TenantId) -> String {
    let known = machine.ledger.tenant(tenant).await.unwrap();
    let root = machine.account_root(known.account_id.unwrap().as_str());
    let call = aws_sdk_secretsmanager::Client::new(&root.unwrap()).get_secret_value();
    let answer = call.secret_id(names::KEY_PAIR_SECRET).send().await.unwrap();
    answer.secret_string.unwrap()
}

/// The private key as the function `credentials` reads it, to hand it out.
async fn handed_out(machine: &Machine, tenant: &TenantId) -> String {
    let known = machine.ledger.tenant(tenant).await.unwrap();
    let region = REGION.parse().unwrap();
    let recorded = &known.components[&ComponentName::KEY_PAIR].resources;
    let key = KeyOf {
        tenant,
        account: known.account_id.as_ref().unwrap(),
        region: &region,
        fingerprint: &recorded[&KeyPairs::recorded_fingerprint(&region)],
        requester: "arn:aws:iam::111111111111:user/ann",
    };
    let aws = Aws::new(machine.function_named("credentials").await.unwrap());
    let read = KeyReader::new(aws).read(&key, machine.clock()()).await;
    read.unwrap().pem().unwrap()
}

/// On one thread, so that the log is this test's alone.
#[tokio::test]
async fn no_credential_and_no_private_key_reaches_the_log_or_the_ledger_however_much_is_logged() {
    let log = Log::default();
    let writer = log.clone();
    let lines = telemetry::lines().with_writer(move || writer.clone());
    let filtered = tracing_subscriber::registry()
        .with(telemetry::filter("trace"))
        .with(lines);
    let _guard = tracing::subscriber::set_default(filtered);
    let machine = Machine::start(Config::default()).await.unwrap();
    let spec = json!({"slug": "acme", "name": "Acme", "blueprint": "regulated"});
    let tenant = machine.request_tenant(spec).await.unwrap().id;
    let onboard = machine.worker(Verb::Onboard).await.unwrap();
    machine.settle(&onboard, &tenant, 60).await.unwrap();
    let operation = machine.operation(&tenant, OperationKind::Audit);
    let asked = machine.request();
    let ledger = &machine.ledger;
    ledger.request_operation(&operation, &asked).await.unwrap();
    let audit = machine.worker(Verb::Audit).await.unwrap();
    audit.work(&tenant).await.unwrap();
    assert_eq!(ledger.tenant(&tenant).await.unwrap().phase(), Phase::Active);

    let private = private_key(&machine, &tenant).await;
    assert_eq!(handed_out(&machine, &tenant).await, private);
    let (text, rows) = (log.text(), whole_ledger(&machine).await);
    // Both hold what they should, the SDK's own words about requests too, so a secret would have been found in them.
    assert!(text.contains(tenant.as_str()) && rows.contains(tenant.as_str()));
    assert!(text.contains("aws_smithy_runtime") && text.contains("\"level\":\"TRACE\""));
    let mut secrets = machine.aws.proxy.secrets();
    assert!(secrets.len() > 10, "{}", secrets.len());
    // The lines between the first and the last, and the random bytes that the key follows from.
    let lines = private.lines().filter(|line| !line.starts_with('-'));
    secrets.extend(lines.map(str::to_owned));
    let seed = ssh_key::PrivateKey::from_openssh(&private).unwrap();
    let seed = seed.key_data().ed25519().unwrap().private.to_bytes();
    secrets.push(seed.iter().map(|byte| format!("{byte:02x}")).collect());
    secrets.push(format!("{seed:?}"));
    for secret in &secrets {
        assert!(secret.len() > 15);
        let at = text.find(secret.as_str());
        let around = at.map(|at| &text[at.saturating_sub(300)..at]);
        assert_eq!(around, None, "a secret follows this in the log");
        assert!(!rows.contains(secret.as_str()), "a secret is in the ledger");
    }
}
