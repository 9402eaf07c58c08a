//! A deployed machine and what a test does with it: commands, plain AWS calls, faults, and the record of every call.

use std::{
    process::{Child, Output, Stdio},
    time::{Duration, Instant},
};

use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_organizations::types::Account;
use scenarios::{
    emulator::ServiceEndpoints,
    machine::{AnyError, REGION},
    proxy::Record,
    stack::Stack,
};
use serde_json::{Value, json};

/// What a test calls itself in its user agent.
pub const APP: &str = "scenario";

/// Who the command line calls as.
pub const OPERATOR: &str = "arn:aws:iam::111111111111:root";

/// A deployed machine.
pub struct Site {
    pub stack: Stack,
}

impl Site {
    pub fn open(parameters: &Value) -> Result<Self, AnyError> {
        let stack = Stack::start(parameters)?;
        Ok(Self { stack })
    }

    /// Begins a command of the command line; `--output json` is added.
    pub fn begin(&self, words: &[&str]) -> Result<Child, AnyError> {
        let mut command = self.stack.tenantry()?;
        command.args(words).args(["--output", "json"]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(command.spawn()?)
    }

    /// The answer of a command that succeeds.
    #[track_caller]
    pub fn ask(&self, words: &[&str]) -> Value {
        answer(self.begin(words).unwrap().wait_with_output().unwrap())
    }

    /// The root of an account: what somebody behind our back would use.
    pub fn root(&self, account: &str) -> SdkConfig {
        self.client(Credentials::new(account, "test", None, None, "root"))
    }

    /// The management account, which is the tooling account here.
    pub fn management(&self) -> SdkConfig {
        self.root("test")
    }

    /// A session in a role, from another identity.
    pub async fn assume(
        &self,
        from: &SdkConfig,
        arn: &str,
        external_id: Option<&str>,
    ) -> Result<SdkConfig, AnyError> {
        let given = aws_sdk_sts::Client::new(from)
            .assume_role()
            .role_arn(arn)
            .role_session_name("scenario")
            .set_external_id(external_id.map(str::to_owned))
            .send()
            .await?;
        let given = given.credentials.ok_or("no credentials")?;
        let token = Some(given.session_token);
        Ok(self.client(Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            token,
            None,
            "scenario",
        )))
    }

    /// Whoever has these credentials of a session.
    pub fn with(&self, key: &str, secret: &str, token: &str) -> SdkConfig {
        self.client(Credentials::new(
            key,
            secret,
            Some(token.to_owned()),
            None,
            "session",
        ))
    }

    fn client(&self, credentials: Credentials) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(self.stack.endpoint())
            .service_config(ServiceEndpoints::of(self.stack.endpoint()))
            .app_name(AppName::new(APP).unwrap())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build()
    }

    /// Every call that is finished, in the order they ended.
    pub fn calls(&self) -> Vec<Record> {
        let path = self.stack.state["record"].as_str().expect("a record");
        let text = std::fs::read_to_string(path).unwrap();
        // The last line may be half written.
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// The calls the functions made, under their own roles (which the record leaves empty) and those they assumed; those of
    /// deploying are among them, those of the test are not.
    pub fn product_calls(&self) -> Vec<Record> {
        let mut calls = self.calls();
        calls.retain(|call| call.app != APP && call.service != "execute-api");
        calls
    }

    /// How often somebody successfully did this, in all accounts.
    pub fn count(&self, service: &str, operation: &str) -> usize {
        let done = |call: &&Record| {
            call.service == service && call.operation == operation && call.error.is_none()
        };
        self.calls().iter().filter(done).count()
    }

    /// Arms a fault of the proxy.
    pub fn arm(&self, fault: &Value) {
        self.control("POST", "/_proxy/faults", fault);
    }

    /// Removes all faults.
    pub fn disarm(&self) {
        self.control("DELETE", "/_proxy/faults", &json!({}));
    }

    /// How often a fault has hit.
    pub fn hits(&self, name: &str) -> u64 {
        let tally = self.control("GET", "/_proxy/faults", &json!({}));
        let faults = tally["faults"].as_array().cloned().unwrap_or_default();
        let fault = faults.iter().find(|fault| fault["name"] == name);
        fault.and_then(|fault| fault["hits"].as_u64()).unwrap_or(0)
    }

    fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        self.stack.control(method, path, body).unwrap()
    }

    /// The accounts of the organization with this root address.
    pub async fn accounts(&self, email: &str) -> Vec<Account> {
        let organizations = aws_sdk_organizations::Client::new(&self.management());
        let mut pages = organizations.list_accounts().into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            found.extend(page.unwrap().accounts.unwrap_or_default());
        }
        found.retain(|account| account.email() == Some(email));
        found
    }

    /// The ids of the VPCs in a tenant's account that carry its tag.
    pub async fn vpcs(&self, tenant: &Value) -> Vec<String> {
        let ec2 = aws_sdk_ec2::Client::new(&self.root(text(tenant, "accountId")));
        let ours = aws_sdk_ec2::types::Filter::builder()
            .name("tag:tenantry:tenant")
            .values(text(tenant, "id"))
            .build();
        let seen = ec2.describe_vpcs().filters(ours).send().await.unwrap();
        let ids = seen.vpcs().iter().filter_map(|vpc| vpc.vpc_id());
        ids.map(str::to_owned).collect()
    }

    /// One account with the tenant's address and one VPC with its tag, made once each.
    pub async fn assert_one_of_each(&self, tenant: &Value) {
        let accounts = self.accounts(text(tenant, "accountEmail")).await;
        assert_eq!(accounts.len(), 1, "{accounts:#?}");
        assert_eq!(accounts[0].id(), tenant["accountId"].as_str());
        let vpcs = self.vpcs(tenant).await;
        assert_eq!(vpcs.len(), 1, "{vpcs:?}");
    }
}

/// What a command that succeeded printed.
#[track_caller]
pub fn answer(output: Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A text member of an object that must be there.
#[track_caller]
pub fn text<'a>(object: &'a Value, member: &str) -> &'a str {
    object[member]
        .as_str()
        .unwrap_or_else(|| panic!("no `{member}` in {object:#}"))
}

/// Waits until something holds.
#[track_caller]
pub fn wait_until(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < limit, "waited {limit:?} for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The words that ask for a tenant with this slug.
pub fn creation<'a>(slug: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut words = vec!["tenant", "create", "--slug", slug, "--name", slug];
    words.extend(["--blueprint", "standard@1.0.0", "--egress", "none"]);
    words.extend(more);
    words
}
