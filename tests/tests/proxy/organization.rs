//! Short words for what the tests of Organizations do.

use std::time::Duration;

use aws_sdk_organizations::types::{
    AccountState, CreateAccountState, CreateAccountStatus, PolicyType,
};
use scenarios::emulator::LocalAws;
use scenarios::proxy::Config;
use scenarios::proxy::config::Organizations;

use crate::clients::{Account, account};

pub const BOOTSTRAP: &str = "OrganizationAccountAccessRole";

pub fn with(organizations: Organizations) -> Config {
    Config {
        organizations: Some(organizations),
        ..Config::default()
    }
}

pub async fn create(root: &Account, email: &str) -> Result<CreateAccountStatus, String> {
    let answer = root
        .organizations()
        .create_account()
        .email(email)
        .account_name("a tenant")
        .send()
        .await;
    answer
        .map(|answer| answer.create_account_status.unwrap())
        .map_err(|error| format!("{error:?}"))
}

pub async fn status(root: &Account, id: &str) -> CreateAccountStatus {
    let answer = root
        .organizations()
        .describe_create_account_status()
        .create_account_request_id(id)
        .send()
        .await
        .unwrap();
    answer.create_account_status.unwrap()
}

pub async fn settled(root: &Account, id: &str) -> CreateAccountStatus {
    for _ in 0..200 {
        let now = status(root, id).await;
        if now.state() != Some(&CreateAccountState::InProgress) {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("`{id}` did not settle")
}

/// Takes a role that is about to appear.
pub async fn entered(root: &Account, arn: &str) -> Account {
    for _ in 0..200 {
        if let Ok(account) = root.assume(arn, "bootstrap").await {
            return account;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("`{arn}` cannot be taken")
}

pub async fn state_of(root: &Account, id: &str) -> Option<AccountState> {
    root.organizations()
        .describe_account()
        .account_id(id)
        .send()
        .await
        .unwrap()
        .account
        .unwrap()
        .state
}

/// A new account of the organization: its id, and its root.
pub async fn make_account(aws: &LocalAws, root: &Account) -> (String, Account) {
    let begun = create(root, "aws+one@example.com").await.unwrap();
    let made = settled(root, begun.id().unwrap()).await;
    let id = made.account_id.unwrap();
    let tenant = account(aws, &id);
    (id, tenant)
}

/// A policy of a type that is attached to a target; returns its id.
pub async fn attach(root: &Account, kind: PolicyType, content: &str, target: &str) -> String {
    let client = root.organizations();
    let enable = client.enable_policy_type().policy_type(kind.clone());
    // It may be on already.
    let _ = enable.root_id(root_of(root).await).send().await;
    let create = client.create_policy().r#type(kind).content(content);
    let made = create.name(target).description("").send().await.unwrap();
    let summary = made.policy.unwrap().policy_summary.unwrap();
    let id = summary.id.unwrap();
    let attach = client.attach_policy().policy_id(&id).target_id(target);
    attach.send().await.unwrap();
    id
}

/// The id of the organization's root.
pub async fn root_of(root: &Account) -> String {
    let answer = root.organizations().list_roots().send().await.unwrap();
    answer.roots()[0].id().unwrap().to_owned()
}
