//! Sessions in a tenant's account, from the command line to AWS, through the deployed machine.

use aws_sdk_sts::types::Tag;
use scenarios::machine::AnyError;
use serde_json::{Value, json};
use tenancy::names;

use crate::{
    permissions::{self, opened},
    site::{OPERATOR, Site, creation, text},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_in_the_account_is_what_its_role_allows_on_record_and_nobody_elses()
-> Result<(), AnyError> {
    let site = Site::open(&json!({ "Operators": OPERATOR }))?;
    site.ask(&creation("acme", &["--mode", "observe-only", "--wait"]));
    let tenant = site.ask(&["tenant", "show", "acme"]);
    each_role_is_what_it_says(&site, &tenant).await?;
    who_was_there_is_on_record(&site);
    a_command_runs_in_a_session(&site)?;
    nobody_else_gets_in(&site, &tenant).await?;
    nothing_is_written_down(&site, &tenant)?;
    site.ask(&["audit", "acme", "--wait"]);
    let found = site.ask(&["findings", "acme"]);
    let mut of_identity = found["items"].as_array().into_iter().flatten();
    let of_identity =
        of_identity.find(|one| one["component"] == "identity" && one["repair"] == "tenantry");
    assert!(of_identity.is_none(), "{found:#}");
    permissions::every_policy_allowed_what_was_needed_and_names_no_wildcard(&site).await
}

async fn each_role_is_what_it_says(site: &Site, tenant: &Value) -> Result<(), AnyError> {
    let account = text(tenant, "accountId");
    for (role, iam_role, may_write, may_give) in [
        ("administrator", names::ADMINISTRATOR, true, true),
        ("developer", names::DEVELOPER, true, false),
        ("read-only", names::READ_ONLY, false, false),
        ("billing", names::READ_ONLY, false, false),
    ] {
        let session = opened(site, "acme", role);
        let who = aws_sdk_sts::Client::new(&session);
        let arn = who.get_caller_identity().send().await?.arn;
        let expected = format!("arn:aws:sts::{account}:assumed-role/{iam_role}/");
        assert!(arn.is_some_and(|arn| arn.starts_with(&expected)), "{role}");
        let ec2 = aws_sdk_ec2::Client::new(&session);
        let listed = ec2.describe_vpcs().send().await;
        assert_eq!(listed.is_ok(), role != "billing", "{role}: {listed:?}");
        let queues = aws_sdk_sqs::Client::new(&session);
        let made = queues.create_queue().queue_name(role).send().await;
        assert_eq!(made.is_ok(), may_write, "{role}: {made:?}");
        let iam = aws_sdk_iam::Client::new(&session);
        let boundary = names::policy_arn(&account.parse()?, names::BOUNDARY);
        let user = iam.create_user().user_name(role);
        let made = user.permissions_boundary(boundary).send().await;
        assert_eq!(made.is_ok(), may_give, "{role}: {made:?}");
    }
    Ok(())
}

fn who_was_there_is_on_record(site: &Site) {
    let sessions = site.ask(&["aws", "sessions", "acme"]);
    let sessions = sessions["items"].as_array().unwrap();
    let roles: Vec<&str> = sessions.iter().map(|one| text(one, "role")).collect();
    assert_eq!(
        roles,
        ["billing", "read-only", "developer", "administrator"]
    );
    for session in sessions {
        assert!(text(session, "openedBy").starts_with("arn:aws:"));
        assert_eq!(session["reason"], "a scenario");
        assert_eq!(session["emergency"], true, "{session:#}");
    }
}

fn a_command_runs_in_a_session(site: &Site) -> Result<(), AnyError> {
    let mut command = site.stack.tenantry()?;
    let words = [
        "aws",
        "exec",
        "acme",
        "--role",
        "read-only",
        "--duration",
        "900",
        "--reason",
        "a scenario",
    ];
    let script = "test -n \"$AWS_SESSION_TOKEN\" && test -z \"$AWS_PROFILE\" && exit 7";
    command.args(words).args(["--", "sh", "-c", script]);
    let ran = command.output()?;
    assert_eq!(ran.status.code(), Some(7), "{ran:?}");
    let mut command = site.stack.tenantry()?;
    let ran = command
        .args(["aws", "credentials", "acme", "--role", "read-only"])
        .output()?;
    assert_eq!(ran.status.code(), Some(6), "{ran:?}");
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(said.contains("reason"), "{said}");
    Ok(())
}

/// Not another function, and not this one without the tenant's id, without a name, for another tenant, or as a role of ours.
async fn nobody_else_gets_in(site: &Site, tenant: &Value) -> Result<(), AnyError> {
    let account = text(tenant, "accountId").parse()?;
    let (id, other) = (text(tenant, "id"), "t-aaaaaaaaaaaaaaaa");
    let arn = names::tenant_role_arn(&account, names::DEVELOPER);
    let ask = async |function: &str, external_id: &str, tag: &str, name: Option<&str>| {
        let from = permissions::function(site, function).await.unwrap();
        let tag = Tag::builder().key(names::TAG_TENANT).value(tag).build();
        let call = aws_sdk_sts::Client::new(&from).assume_role();
        let call = call.role_arn(&arn).role_session_name("scenario");
        let call = call.external_id(external_id).tags(tag.unwrap());
        let call = call.set_source_identity(name.map(str::to_owned));
        call.send().await.is_ok()
    };
    assert!(ask("access", id, id, Some("ann")).await);
    assert!(!ask("access", id, id, None).await, "nobody's name");
    assert!(
        !ask("access", other, id, Some("ann")).await,
        "another tenant's id"
    );
    assert!(
        !ask("access", id, other, Some("ann")).await,
        "another tenant's tag"
    );
    for function in [
        "api",
        "onboard",
        "audit",
        "offboard",
        "portal",
        "credentials",
    ] {
        assert!(!ask(function, id, id, Some("ann")).await, "{function}");
    }
    let own = permissions::function(site, "access").await?;
    for role in [
        names::PROVISIONER,
        names::AUDITOR,
        names::REMOVER,
        names::KEY_READER,
    ] {
        let arn = names::management_role_arn(&account, role);
        assert!(site.assume(&own, &arn, Some(id)).await.is_err(), "{role}");
    }
    let root = site.root(text(tenant, "accountId"));
    assert!(
        site.assume(&root, &arn, None).await.is_err(),
        "the account itself"
    );
    let ledger = aws_sdk_dynamodb::Client::new(&own);
    let key = |name: &str| aws_sdk_dynamodb::types::AttributeValue::S(name.to_owned());
    let write = ledger.put_item().table_name("tenantry-ledger");
    let write = write
        .item("pk", key(&format!("T#{id}")))
        .item("sk", key("META"));
    assert!(write.send().await.is_err(), "a tenant's row");
    Ok(())
}

/// Neither in what is recorded, nor in what the functions log.
fn nothing_is_written_down(site: &Site, tenant: &Value) -> Result<(), AnyError> {
    let given = site.ask(&[
        "aws",
        "credentials",
        "acme",
        "--role",
        "read-only",
        "--reason",
        "a scenario",
    ]);
    let shown = site
        .ask(&["aws", "sessions", text(tenant, "id")])
        .to_string();
    for secret in ["SecretAccessKey", "SessionToken"] {
        assert!(!shown.contains(text(&given, secret)), "{secret}");
    }
    Ok(())
}
