//! S3's public access block of an account, by way of S3 Control.

use aws_sdk_organizations::types::PolicyType;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3control::types::PublicAccessBlockConfiguration;
use scenarios::emulator::LocalAws;
use scenarios::proxy::analysis::{count_by_operation, writes};
use scenarios::proxy::{Config, Effect, Fault, Match};
use scenarios::trial::temporary::TemporaryDirectory;

use crate::clients::{Account, account, limited, management};
use crate::organization::{attach, make_account};

const TENANT: &str = "222222222222";

fn block(all: bool) -> PublicAccessBlockConfiguration {
    PublicAccessBlockConfiguration::builder()
        .block_public_acls(all)
        .ignore_public_acls(all)
        .block_public_policy(true)
        .restrict_public_buckets(all)
        .build()
}

/// The block as it is told, or the code of the error.
async fn told(account: &Account, id: &str) -> Result<PublicAccessBlockConfiguration, String> {
    let get = account.s3control().get_public_access_block();
    let answer = get.account_id(id).send().await;
    answer
        .map(|answer| answer.public_access_block_configuration.unwrap())
        .map_err(|error| error.code().unwrap_or("no code").to_owned())
}

async fn put(account: &Account, id: &str, all: bool) -> Result<(), String> {
    let put = account.s3control().put_public_access_block();
    let put = put.public_access_block_configuration(block(all));
    let answer = put.account_id(id).send().await;
    answer
        .map(drop)
        .map_err(|error| error.code().unwrap_or("no code").to_owned())
}

async fn delete(account: &Account, id: &str) -> Result<(), String> {
    let delete = account.s3control().delete_public_access_block();
    let answer = delete.account_id(id).send().await;
    answer
        .map(drop)
        .map_err(|error| error.code().unwrap_or("no code").to_owned())
}

fn none<T>() -> Result<T, String> {
    Err("NoSuchPublicAccessBlockConfiguration".into())
}

#[tokio::test]
async fn the_block_is_of_the_whole_account_and_can_be_removed() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let tenant = account(&aws, TENANT);
    assert_eq!(told(&tenant, TENANT).await, none());
    put(&tenant, TENANT, false).await.unwrap();
    let elsewhere = tenant.in_region("eu-west-1");
    assert_eq!(told(&elsewhere, TENANT).await, Ok(block(false)));
    put(&elsewhere, TENANT, true).await.unwrap();
    assert_eq!(told(&tenant, TENANT).await, Ok(block(true)));

    let other = account(&aws, "333333333333");
    assert_eq!(told(&other, "333333333333").await, none());
    let denied = Err("AccessDenied".to_owned());
    assert_eq!(told(&other, TENANT).await, denied);

    let directory = TemporaryDirectory::new().unwrap();
    let kept = aws.proxy.keep(directory.path()).await.unwrap();
    delete(&tenant, TENANT).await.unwrap();
    assert_eq!(told(&tenant, TENANT).await, none());
    delete(&tenant, TENANT).await.unwrap();
    aws.proxy.restore_account(&kept, TENANT).await.unwrap();
    assert_eq!(told(&tenant, TENANT).await, Ok(block(true)));
}

#[tokio::test]
async fn reading_and_writing_are_two_permissions_and_deleting_has_none_of_its_own() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let denied = || Err("AccessDenied".to_owned());
    let read = r#"{"Effect":"Allow","Action":"s3:GetAccountPublicAccessBlock","Resource":"*"}"#;
    let reader = limited(&aws, TENANT, "reader", read).await;
    assert_eq!(told(&reader, TENANT).await, none());
    assert_eq!(put(&reader, TENANT, true).await, denied());
    assert_eq!(delete(&reader, TENANT).await, denied());
    let write = r#"{"Effect":"Allow","Action":"s3:PutAccountPublicAccessBlock","Resource":"*"}"#;
    let writer = limited(&aws, TENANT, "writer", write).await;
    assert_eq!(told(&writer, TENANT).await.unwrap_err(), "AccessDenied");
    put(&writer, TENANT, true).await.unwrap();
    assert_eq!(told(&reader, TENANT).await, Ok(block(true)));
    delete(&writer, TENANT).await.unwrap();
    assert_eq!(told(&reader, TENANT).await, none());
    // The signatures of sessions are checked, with the account in front of the address or not.
    let wrong = writer.with_secret("wrong");
    assert_eq!(
        put(&wrong, TENANT, true).await.unwrap_err(),
        "SignatureDoesNotMatch"
    );
}

#[tokio::test]
async fn calls_are_told_from_those_about_a_bucket_and_fail_on_demand() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let tenant = account(&aws, TENANT);
    put(&tenant, TENANT, true).await.unwrap();
    told(&tenant, TENANT).await.unwrap();
    delete(&tenant, TENANT).await.unwrap();
    let calls = aws.proxy.calls();
    let counts = count_by_operation(&calls);
    for name in ["Get", "Put", "Delete"] {
        assert_eq!(counts[&format!("s3control:{name}PublicAccessBlock")], 1);
    }
    assert_eq!(writes(&calls).len(), 2);
    assert!(calls.iter().all(|call| call.account == TENANT));

    let matching = Match {
        service: Some("s3control".into()),
        ..Match::default()
    };
    aws.proxy.add_fault(Fault {
        matching,
        effect: Effect::Throttle,
        ..Fault::default()
    });
    assert_eq!(told(&tenant, TENANT).await.unwrap_err(), "SlowDown");
    tenant.s3().list_buckets().send().await.unwrap();
}

#[tokio::test]
async fn a_bucket_without_a_block_of_its_own_obeys_the_accounts() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let tenant = account(&aws, TENANT);
    let s3 = tenant.s3();
    s3.create_bucket().bucket("open").send().await.unwrap();
    let unblock = s3.delete_public_access_block().bucket("open");
    unblock.send().await.unwrap();
    let public = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::open/*"}]}"#;
    let publish = || s3.put_bucket_policy().bucket("open").policy(public).send();
    publish().await.unwrap();
    put(&tenant, TENANT, false).await.unwrap();
    assert_eq!(publish().await.unwrap_err().code(), Some("AccessDenied"));
    delete(&tenant, TENANT).await.unwrap();
    publish().await.unwrap();
}

#[tokio::test]
async fn a_policy_of_the_organization_turns_all_on_and_cannot_be_overridden() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let root = management(&aws);
    let (id, tenant) = make_account(&aws, &root).await;
    put(&tenant, &id, false).await.unwrap();
    let say = |what: &str| {
        format!(
            r#"{{"s3_attributes":{{"public_access_block_configuration":{{"@@assign":"{what}"}}}}}}"#
        )
    };
    let policy = attach(&root, PolicyType::S3Policy, &say("all"), &id).await;
    assert_eq!(told(&tenant, &id).await, Ok(block(true)));
    let denied = || Err("AccessDenied".to_owned());
    assert_eq!(put(&tenant, &id, true).await, denied());
    assert_eq!(delete(&tenant, &id).await, denied());
    let update = root.organizations().update_policy().policy_id(policy);
    update.content(say("none")).send().await.unwrap();
    assert_eq!(told(&tenant, &id).await, Ok(block(false)));
}
