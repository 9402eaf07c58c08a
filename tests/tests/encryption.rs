//! Trail, bucket and flow logs of a tenant, encrypted with its own key where the blueprint says so.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use aws_config::SdkConfig;
use scenarios::{
    machine::{AnyError, Machine},
    proxy::Config,
};
use serde_json::json;
use tenancy::{OperationKind, Tenant, TenantId, Verb, names};

/// How the three are encrypted.
#[derive(Debug, PartialEq, Eq)]
struct Keys {
    trail: Option<String>,
    bucket: (String, Option<String>, bool),
    group: Option<String>,
}

impl Keys {
    fn of(key: &str) -> Self {
        let key = Some(key.to_owned());
        Self {
            trail: key.clone(),
            bucket: ("aws:kms".into(), key.clone(), true),
            group: key,
        }
    }

    fn of_aws() -> Self {
        Self {
            trail: None,
            bucket: ("AES256".into(), None, false),
            group: None,
        }
    }
}

struct Scene {
    machine: Machine,
    tenant: TenantId,
    root: SdkConfig,
    bucket: String,
}

impl Scene {
    /// A tenant of this blueprint, settled.
    async fn of(blueprint: &str) -> Result<Self, AnyError> {
        let machine = Machine::start(Config::default()).await?;
        let spec = json!({"slug": "acme", "name": "Acme", "blueprint": blueprint, "regions": ["us-east-1"]});
        let tenant = machine.request_tenant(spec).await?.id;
        let worker = machine.worker(Verb::Onboard).await?;
        machine.settle(&worker, &tenant, 60).await?;
        let known = machine.ledger.tenant(&tenant).await?;
        assert!(known.ready_at.is_some(), "{:#?}", known.components);
        let account = known.account_id.ok_or("no account")?;
        let root = machine.account_root(account.as_str())?;
        machine.aws.proxy.forget_calls();
        Ok(Self {
            bucket: names::trail_bucket(&account, &"us-east-1".parse()?),
            machine,
            tenant,
            root,
        })
    }

    async fn known(&self) -> Result<Tenant, AnyError> {
        Ok(self.machine.ledger.tenant(&self.tenant).await?)
    }

    /// The ARN of the tenant's key.
    async fn key(&self) -> Result<String, AnyError> {
        let call = aws_sdk_kms::Client::new(&self.root).describe_key();
        let answer = call.key_id(names::KEY_ALIAS).send().await?;
        let key = answer.key_metadata.ok_or("no key")?;
        Ok(key.arn.ok_or("no ARN")?)
    }

    async fn keys(&self) -> Result<Keys, AnyError> {
        let trails = aws_sdk_cloudtrail::Client::new(&self.root).describe_trails();
        let mut trails = trails.send().await?.trail_list.unwrap_or_default();
        let s3 = aws_sdk_s3::Client::new(&self.root);
        let bucket = s3.get_bucket_encryption().bucket(&self.bucket);
        let bucket = bucket.send().await?.server_side_encryption_configuration;
        let rule = bucket.ok_or("no encryption")?.rules.remove(0);
        let default = rule
            .apply_server_side_encryption_by_default
            .ok_or("no default")?;
        let logs = aws_sdk_cloudwatchlogs::Client::new(&self.root).describe_log_groups();
        let mut groups = logs.send().await?.log_groups.unwrap_or_default();
        groups.retain(|group| group.log_group_name() == Some(names::flow_log_group()));
        Ok(Keys {
            trail: trails.remove(0).kms_key_id,
            bucket: (
                default.sse_algorithm.as_str().to_owned(),
                default.kms_master_key_id,
                rule.bucket_key_enabled == Some(true),
            ),
            group: groups.remove(0).kms_key_id,
        })
    }

    async fn ask(&self, kind: OperationKind, verb: Verb) -> Result<(), AnyError> {
        let operation = self.machine.operation(&self.tenant, kind);
        let ledger = &self.machine.ledger;
        let request = self.machine.request();
        ledger.request_operation(&operation, &request).await?;
        let worker = self.machine.worker(verb).await?;
        worker.work(&self.tenant).await?;
        Ok(())
    }

    /// Keys of what an audit finds now, with the values found.
    async fn found(&self) -> Result<Vec<(String, String)>, AnyError> {
        self.ask(OperationKind::Audit, Verb::Audit).await?;
        let ledger = &self.machine.ledger;
        let open = Some(tenancy::FindingState::Open);
        let page = ledger.findings(&self.tenant, open, None, 100, None).await?;
        let found = page.items.into_iter().map(|finding| finding.difference);
        Ok(found.map(|one| (one.key, one.found)).collect())
    }
}

#[tokio::test]
async fn what_is_recorded_is_encrypted_with_the_tenants_key_and_put_back_under_it()
-> Result<(), AnyError> {
    let scene = Scene::of("regulated").await?;
    let key = scene.key().await?;
    assert_eq!(scene.keys().await?, Keys::of(&key));
    assert_eq!(scene.found().await?, []);

    let trail = aws_sdk_cloudtrail::Client::new(&scene.root).update_trail();
    trail.name(names::TRAIL).kms_key_id("").send().await?;
    use aws_sdk_s3::types as s3;
    let default = s3::ServerSideEncryptionByDefault::builder();
    let default = default.sse_algorithm(s3::ServerSideEncryption::Aes256);
    let rule = s3::ServerSideEncryptionRule::builder();
    let rule = rule.apply_server_side_encryption_by_default(default.build()?);
    let rules = s3::ServerSideEncryptionConfiguration::builder().rules(rule.build());
    let call = aws_sdk_s3::Client::new(&scene.root).put_bucket_encryption();
    let call = call.server_side_encryption_configuration(rules.build()?);
    call.bucket(&scene.bucket).send().await?;
    let call = aws_sdk_cloudwatchlogs::Client::new(&scene.root).disassociate_kms_key();
    let call = call.log_group_name(names::flow_log_group());
    call.send().await?;
    assert_eq!(scene.keys().await?, Keys::of_aws());

    let found = scene.found().await?;
    for (key, value) in [
        ("trail.bucket.encryption", "AES256"),
        ("trail.bucket.encryption-key", "nothing"),
        ("trail.bucket.bucket-key", "off"),
        ("trail.key", "nothing"),
        ("network.us-east-1.flow-log-group.key", "nothing"),
    ] {
        let pair = (key.to_owned(), value.to_owned());
        assert!(found.contains(&pair), "{pair:?} in {found:?}");
    }
    scene.ask(OperationKind::Repair, Verb::Onboard).await?;
    assert_eq!(scene.keys().await?, Keys::of(&key));
    assert_eq!(scene.found().await?, []);
    Ok(())
}

#[tokio::test]
async fn another_version_of_the_blueprint_takes_the_records_on_and_off_the_key()
-> Result<(), AnyError> {
    let scene = Scene::of("regulated@1.0.0").await?;
    assert_eq!(scene.keys().await?, Keys::of_aws());
    let key = scene.key().await?;
    for (blueprint, keys) in [
        ("regulated@1.1.0", Keys::of(&key)),
        ("regulated@1.0.0", Keys::of_aws()),
    ] {
        let mut spec = scene.known().await?.spec;
        spec.blueprint = blueprint.parse()?;
        let machine = &scene.machine;
        let update = machine.operation(&scene.tenant, OperationKind::Update);
        let ledger = &machine.ledger;
        ledger
            .change_spec(&scene.tenant, None, &spec, &update, &machine.request())
            .await?;
        let worker = machine.worker(Verb::Onboard).await?;
        machine.settle(&worker, &scene.tenant, 30).await?;
        assert_eq!(scene.keys().await?, keys, "{blueprint}");
        assert_eq!(scene.key().await?, key);
    }
    Ok(())
}

#[tokio::test]
async fn a_departure_takes_the_trail_before_the_key_that_encrypts_it() -> Result<(), AnyError> {
    let scene = Scene::of("regulated").await?;
    let machine = &scene.machine;
    let operation = machine.operation(&scene.tenant, OperationKind::Offboard);
    let ledger = &machine.ledger;
    ledger
        .request_departure(&scene.tenant, None, &operation, &machine.request())
        .await?;
    let worker = machine.worker(Verb::Offboard).await?;
    machine.settle(&worker, &scene.tenant, 60).await?;
    let closed = scene.known().await?;
    assert!(closed.closed_at.is_some(), "{:#?}", closed.components);
    let account = closed.account_id.ok_or("no account")?.to_string();
    let mut calls = machine.aws.proxy.calls();
    // The secret of an identity provider is in the installation's own account.
    calls.retain(|call| call.account == account);
    let calls: Vec<&str> = calls.iter().map(|call| call.operation.as_str()).collect();
    let at = |operation| calls.iter().position(|call| *call == operation);
    let order = [
        at("DeleteKeyPair"),
        at("DeleteSecret"),
        at("DeleteTrail"),
        at("ScheduleKeyDeletion"),
    ];
    assert!(order.iter().all(Option::is_some), "{calls:?}");
    assert!(order.is_sorted(), "{order:?}");
    Ok(())
}
