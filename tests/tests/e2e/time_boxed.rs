//! Access for a time, through the deployed machine: asked for, approved by another, used, revoked; and the session that was open is refused.

use aws_config::SdkConfig;
use aws_sdk_iam::Client as Iam;
use scenarios::machine::AnyError;
use serde_json::{Value, json};
use tenancy::names;

use crate::{
    permissions,
    site::{OPERATOR, Site, answer, creation, text},
};

/// An IAM user of the tooling account who may call the API.
struct Caller<'a> {
    site: &'a Site,
    arn: String,
    key: (String, String),
}

impl<'a> Caller<'a> {
    async fn new(site: &'a Site, name: &str) -> Result<Self, AnyError> {
        let iam = Iam::new(&site.management());
        let made = iam.create_user().user_name(name).send().await?;
        let calls = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*" }
        ] });
        let policy = iam.put_user_policy().user_name(name).policy_name("calls");
        policy.policy_document(calls.to_string()).send().await?;
        let key = iam.create_access_key().user_name(name).send().await?;
        let key = key.access_key.ok_or("no key")?;
        Ok(Self {
            site,
            arn: made.user.ok_or("no user")?.arn,
            key: (key.access_key_id, key.secret_access_key),
        })
    }

    #[track_caller]
    fn ask(&self, words: &[&str]) -> Value {
        answer(self.run(words))
    }

    fn run(&self, words: &[&str]) -> std::process::Output {
        let mut command = self.site.stack.tenantry().unwrap();
        command.args(words).args(["--output", "json"]);
        command
            .env("AWS_ACCESS_KEY_ID", &self.key.0)
            .env("AWS_SECRET_ACCESS_KEY", &self.key.1);
        command.output().unwrap()
    }

    #[track_caller]
    fn opened(&self, role: &str) -> SdkConfig {
        let given = self.ask(&["aws", "credentials", "acme", "--role", role]);
        self.site.with(
            text(&given, "AccessKeyId"),
            text(&given, "SecretAccessKey"),
            text(&given, "SessionToken"),
        )
    }
}

async fn works(session: &SdkConfig) -> bool {
    let ec2 = aws_sdk_ec2::Client::new(session);
    ec2.describe_vpcs().send().await.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_approved_for_a_time_is_used_and_once_it_is_revoked_the_open_session_is_refused()
-> Result<(), AnyError> {
    let site = Site::open(&json!({ "Operators": OPERATOR }))?;
    site.ask(&creation("acme", &["--mode", "observe-only", "--wait"]));
    let ann = Caller::new(&site, "ann").await?;
    let held = site.ask(&[
        "access",
        "grant",
        &ann.arn,
        "developer",
        "--tenant",
        "acme",
        "--reason",
        "works there",
    ]);
    let by_own = ann.opened("developer");
    let wanted = [
        "--for",
        "1h",
        "--reason",
        "an incident",
        "--ticket",
        "OPS-1",
    ];
    let asked = ann.ask(&[&["access", "request", "acme", "tenant-admin"], &wanted[..]].concat());
    let request = text(&asked, "id");
    let refused = ann.run(&["access", "approve", "acme", request]);
    assert_eq!(refused.status.code(), Some(6), "{refused:?}");
    let refused = ann.run(&["aws", "credentials", "acme", "--role", "administrator"]);
    assert_eq!(refused.status.code(), Some(6), "{refused:?}");
    let approved = site.ask(&["access", "approve", "acme", request]);
    let grant = text(&approved, "grant");
    let by_approved = ann.opened("administrator");
    assert!(works(&by_approved).await && works(&by_own).await);

    let revoked = site.ask(&["access", "revoke", grant, "--tenant", "acme"]);
    let operation = text(&revoked, "operation");
    let ended = site.ask(&["operation", "wait", operation]);
    assert_eq!(text(&ended, "state"), "succeeded", "{ended:#}");
    assert!(!works(&by_approved).await, "the session that was open");
    assert!(works(&by_own).await, "the one by another grant");
    let again = ann.run(&["aws", "credentials", "acme", "--role", "administrator"]);
    assert_eq!(again.status.code(), Some(6), "{again:?}");
    assert!(works(&ann.opened("developer")).await);
    it_is_on_record(&site, grant);
    what_somebody_takes_away_is_drift(&site).await?;

    // All that ann holds is revoked: nothing of hers works.
    let revoked = site.ask(&["access", "revoke", text(&held, "id"), "--tenant", "acme"]);
    let operation = text(&revoked, "operation");
    site.ask(&["operation", "wait", operation]);
    assert!(!works(&by_own).await && !works(&by_approved).await);
    permissions::every_policy_allowed_what_was_needed_and_names_no_wildcard(&site).await
}

fn it_is_on_record(site: &Site, grant: &str) {
    let history = site.ask(&["tenant", "history", "acme"]);
    let items = history["items"].as_array().unwrap();
    for action in [
        "access-requested",
        "access-request-approved",
        "access-granted",
        "access-revoked",
        "access-sessions-refused",
    ] {
        let found = items.iter().any(|entry| entry["action"] == action);
        assert!(found, "{action}: {history:#}");
    }
    let revoked = items.iter().find(|it| it["action"] == "access-revoked");
    assert_eq!(revoked.unwrap()["details"]["grant"], grant);
}

/// Whoever takes the refusal off the role is found.
async fn what_somebody_takes_away_is_drift(site: &Site) -> Result<(), AnyError> {
    let tenant = site.ask(&["tenant", "show", "acme"]);
    let iam = Iam::new(&site.root(text(&tenant, "accountId")));
    let taken = iam.delete_role_policy().role_name(names::READ_ONLY);
    let taken = taken.policy_name(names::REFUSED_SESSIONS);
    taken.send().await?;
    site.ask(&["audit", "acme", "--wait"]);
    let found = site.ask(&["findings", "acme"]).to_string();
    let key = format!(
        "role.{}.inline.{}",
        names::READ_ONLY,
        names::REFUSED_SESSIONS
    );
    assert!(found.contains(&key), "{found}");
    Ok(())
}
