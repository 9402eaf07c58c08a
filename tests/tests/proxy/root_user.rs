//! What IAM tells of an account's root user: at once in the summary, and after a while in the credential report.

use std::collections::HashMap;

use aws_sdk_iam::error::ProvideErrorMetadata;
use aws_sdk_iam::types::{ReportStateType, SummaryKeyType};
use scenarios::emulator::LocalAws;
use scenarios::proxy::analysis::writes;
use scenarios::proxy::{Config, RootUser};
use scenarios::trial::temporary::TemporaryDirectory;

use crate::clients::{Account, Control, account, limited};

const TENANT: &str = "222222222222";
const HOUR: f64 = 3600.0;
const KEY_AND_PASSWORD: RootUser = RootUser {
    access_keys: 1,
    password: true,
    mfa: false,
};

/// Whether there is an access key, a password and an MFA device.
async fn summary(account: &Account) -> [i32; 3] {
    let answer = account.iam().get_account_summary().send().await.unwrap();
    let map = answer.summary_map.unwrap();
    [
        SummaryKeyType::AccountAccessKeysPresent,
        SummaryKeyType::AccountPasswordPresent,
        SummaryKeyType::AccountMfaEnabled,
    ]
    .map(|key| map[&key])
}

async fn generate(account: &Account) -> ReportStateType {
    let answer = account.iam().generate_credential_report().send().await;
    answer.unwrap().state.unwrap()
}

/// The line of the root user, by column, and when the report was generated; or the code of the error.
async fn report(account: &Account) -> Result<(HashMap<String, String>, i64), String> {
    let answer = account.iam().get_credential_report().send().await;
    let answer = answer.map_err(|error| error.code().unwrap_or_default().to_owned())?;
    let text = String::from_utf8(answer.content.unwrap().into_inner()).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned));
    let line = lines.next().unwrap().zip(lines.next().unwrap()).collect();
    Ok((line, answer.generated_time.unwrap().secs()))
}

#[tokio::test]
async fn a_root_user_has_no_credentials_until_it_is_given_some() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let tenant = account(&aws, TENANT);
    assert_eq!(summary(&tenant).await, [0, 0, 0]);
    // A user's device is not the root's.
    let iam = tenant.iam();
    iam.create_user().user_name("u").send().await.unwrap();
    let device = iam.create_virtual_mfa_device();
    let device = device.virtual_mfa_device_name("u").send().await.unwrap();
    let serial = device.virtual_mfa_device.unwrap().serial_number;
    iam.enable_mfa_device()
        .user_name("u")
        .serial_number(serial)
        .authentication_code1("000000")
        .authentication_code2("111111")
        .send()
        .await
        .unwrap();
    assert_eq!(summary(&tenant).await, [0, 0, 0]);

    let set = |root| aws.proxy.set_root_user(TENANT, root);
    set(KEY_AND_PASSWORD).await.unwrap();
    assert_eq!(summary(&tenant).await, [1, 1, 0]);
    assert_eq!(summary(&account(&aws, "333333333333")).await, [0, 0, 0]);
    let directory = TemporaryDirectory::new().unwrap();
    let kept = aws.proxy.keep(directory.path()).await.unwrap();
    set(RootUser::default()).await.unwrap();
    assert_eq!(summary(&tenant).await, [0, 0, 0]);
    aws.proxy.restore_account(&kept, TENANT).await.unwrap();
    assert_eq!(summary(&tenant).await, [1, 1, 0]);

    let control = Control::new(aws.proxy.address());
    let ask = |body| control.request("POST", "/_proxy/root-user?account=222222222222", body);
    let answer = ask(r#"{"password": true, "mfa": true}"#).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(summary(&tenant).await, [0, 1, 1]);
    let answer = ask(r#"{"keys": 1}"#).await;
    assert!(
        answer.contains("400") && answer.contains("access_keys"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_report_is_started_then_there_for_four_hours_as_it_was_started() {
    let slow = Config {
        credential_report_secs: Some(60.0),
        ..Config::default()
    };
    let aws = LocalAws::start(true, slow).await.unwrap();
    let tenant = account(&aws, TENANT);
    let code = |code: &str| Err(code.to_owned());
    assert_eq!(report(&tenant).await, code("ReportNotPresent"));
    let set = |root| aws.proxy.set_root_user(TENANT, root);
    set(KEY_AND_PASSWORD).await.unwrap();
    let begun = aws.proxy.clock().epoch_secs;
    assert_eq!(generate(&tenant).await, ReportStateType::Started);
    set(RootUser::default()).await.unwrap();
    assert_eq!(generate(&tenant).await, ReportStateType::Inprogress);
    assert_eq!(report(&tenant).await, code("ReportInProgress"));
    let other = account(&aws, "333333333333");
    assert_eq!(report(&other).await, code("ReportNotPresent"));

    aws.proxy.advance(61.0);
    assert_eq!(generate(&tenant).await, ReportStateType::Complete);
    let (root, generated) = report(&tenant).await.unwrap();
    assert_eq!(root["user"], "<root_account>");
    let column = |name: &str| root[name].as_str();
    let shown = [
        "password_enabled",
        "mfa_active",
        "access_key_1_active",
        "access_key_2_active",
    ];
    assert_eq!(shown.map(column), ["true", "false", "true", "false"]);
    let waited = generated as f64 - begun;
    assert!((59.0..=62.0).contains(&waited), "{waited}");

    // It is not made anew while it is young, and not given when it is old.
    aws.proxy.advance(3.9 * HOUR);
    assert_eq!(generate(&tenant).await, ReportStateType::Complete);
    assert_eq!(
        report(&tenant).await.unwrap().0["access_key_1_active"],
        "true"
    );
    aws.proxy.advance(0.1 * HOUR);
    assert_eq!(report(&tenant).await, code("ReportExpired"));
    assert_eq!(generate(&tenant).await, ReportStateType::Started);
    aws.proxy.advance(61.0);
    assert_eq!(
        report(&tenant).await.unwrap().0["access_key_1_active"],
        "false"
    );
    assert!(writes(&aws.proxy.calls()).is_empty());
}

#[tokio::test]
async fn a_world_that_is_kept_has_the_report_that_was_on_its_way() {
    let slow = Config {
        credential_report_secs: Some(60.0),
        ..Config::default()
    };
    let aws = LocalAws::start(true, slow).await.unwrap();
    let tenant = account(&aws, TENANT);
    let other = account(&aws, "333333333333");
    let directory = TemporaryDirectory::new().unwrap();
    let before = aws.proxy.keep(directory.path()).await.unwrap();
    generate(&tenant).await;
    let started = aws.proxy.keep(directory.path()).await.unwrap();
    generate(&other).await;
    aws.proxy.restore_account(&before, TENANT).await.unwrap();
    let code = |code: &str| Err(code.to_owned());
    assert_eq!(report(&tenant).await, code("ReportNotPresent"));
    assert_eq!(report(&other).await, code("ReportInProgress"));
    aws.proxy.restore(&started).await.unwrap();
    assert_eq!(report(&tenant).await, code("ReportInProgress"));
    assert_eq!(report(&other).await, code("ReportNotPresent"));
    aws.proxy.advance(61.0);
    report(&tenant).await.unwrap();
}

#[tokio::test]
async fn the_report_and_the_summary_need_permission_each() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    generate(&account(&aws, TENANT)).await;
    aws.proxy.advance(1.0);
    let statement = r#"{"Effect":"Allow","Action":"iam:GetAccountSummary","Resource":"*"}"#;
    let reader = limited(&aws, TENANT, "reader", statement).await;
    assert_eq!(summary(&reader).await, [0, 0, 0]);
    assert_eq!(report(&reader).await, Err("AccessDenied".to_owned()));
    let generate = reader.iam().generate_credential_report().send().await;
    assert_eq!(generate.unwrap_err().code(), Some("AccessDenied"));
}
