//! What roles may do, with IAM enforced, and what their policies say.

use aws_config::SdkConfig;
use aws_sdk_ec2::error::ProvideErrorMetadata;
use aws_sdk_iam::Client as Iam;
use aws_sdk_organizations::{Client as Organizations, types::Tag};
use percent_encoding::percent_decode_str;
use scenarios::machine::AnyError;
use serde_json::{Value, json};
use tenancy::names;

use crate::site::{Site, text};

const FUNCTIONS: [&str; 7] = [
    "api",
    "onboard",
    "audit",
    "offboard",
    "portal",
    "credentials",
    "access",
];

/// The tenant's readers and our auditor cannot write; nobody gets in who should not.
pub async fn no_role_does_more_than_it_is_for(site: &Site, tenant: &Value) -> Result<(), AnyError> {
    let account = text(tenant, "accountId").parse()?;
    let id = text(tenant, "id");
    assert_cannot_write(&opened(site, id, "read-only")).await;

    let audit = function(site, "audit").await?;
    let auditor = names::management_role_arn(&account, names::AUDITOR);
    assert_cannot_write(&site.assume(&audit, &auditor, Some(id)).await?).await;
    for wrong in [None, Some("t-aaaaaaaaaaaaaaaa")] {
        assert!(
            site.assume(&audit, &auditor, wrong).await.is_err(),
            "{wrong:?}"
        );
    }

    let api = function(site, "api").await?;
    for role in [names::PROVISIONER, names::AUDITOR, names::REMOVER] {
        let arn = names::management_role_arn(&account, role);
        assert!(site.assume(&api, &arn, Some(id)).await.is_err(), "{role}");
    }
    let bootstrap = format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole");
    for arn in [
        &bootstrap,
        &names::tenant_role_arn(&account, names::ADMINISTRATOR),
    ] {
        assert!(site.assume(&api, arn, None).await.is_err(), "{arn}");
    }
    Ok(())
}

/// A session in a tenant's account, by the command line.
pub fn opened(site: &Site, tenant: &str, role: &str) -> SdkConfig {
    let words = ["aws", "credentials", tenant, "--role", role];
    let given = site.ask(&[&words[..], &["--reason", "a scenario"]].concat());
    assert_eq!(given["Version"], 1);
    site.with(
        text(&given, "AccessKeyId"),
        text(&given, "SecretAccessKey"),
        text(&given, "SessionToken"),
    )
}

/// Reading works, and writing is refused as it is for want of a permission.
async fn assert_cannot_write(session: &SdkConfig) {
    let ec2 = aws_sdk_ec2::Client::new(session);
    ec2.describe_vpcs().send().await.unwrap();
    let answer = ec2.create_vpc().cidr_block("10.9.0.0/16").send().await;
    let code = answer
        .err()
        .and_then(|error| error.code().map(str::to_owned));
    assert_eq!(code.as_deref(), Some("UnauthorizedOperation"));
}

/// A session in a function's own role. Only Lambda is trusted by it, so this test is let in beside it for a moment.
pub async fn function(site: &Site, verb: &str) -> Result<SdkConfig, AnyError> {
    let management = site.management();
    let iam = Iam::new(&management);
    let name = format!("tenantry-{verb}");
    let role = iam
        .get_role()
        .role_name(&name)
        .send()
        .await?
        .role
        .ok_or("no role")?;
    let trust = role.assume_role_policy_document().unwrap_or_default();
    let trust = percent_decoded(trust);
    let mut document: Value = serde_json::from_str(&trust)?;
    let tester = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}});
    document["Statement"]
        .as_array_mut()
        .ok_or("no statements")?
        .push(tester);
    let write = iam.update_assume_role_policy().role_name(&name);
    write
        .clone()
        .policy_document(document.to_string())
        .send()
        .await?;
    let session = site.assume(&management, role.arn(), None).await;
    write.policy_document(trust).send().await?;
    session
}

/// A unit and a policy that somebody else has in the organization: their ids.
async fn made_by_others(site: &Site) -> Result<(String, String), AnyError> {
    let organizations = Organizations::new(&site.management());
    let roots = organizations.list_roots().send().await?;
    let root = roots.roots().first().and_then(|root| root.id());
    let make = organizations.create_organizational_unit().name("theirs");
    let made = make.parent_id(root.ok_or("no root")?).send().await?;
    let unit = made.organizational_unit.and_then(|unit| unit.id);
    let make = organizations.create_policy().name("theirs");
    let make = make.description("somebody else's");
    let make = make.r#type("SERVICE_CONTROL_POLICY".into());
    let made = make.content(DENIES_NOTHING).send().await?;
    let policy = made.policy.and_then(|made| made.policy_summary);
    let policy = policy.and_then(|policy| policy.id);
    Ok((unit.ok_or("no unit")?, policy.ok_or("no policy")?))
}

const DENIES_NOTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"arn:aws:s3:::none"}]}"#;

/// A policy or unit that does not carry the tag of this installation is not changed by a broker, nor given another tag than ours.
pub async fn no_broker_changes_what_others_made(site: &Site) -> Result<(), AnyError> {
    let (unit, policy) = made_by_others(site).await?;
    let all = Organizations::new(&site.management());
    let listed = all.list_policies().filter("SERVICE_CONTROL_POLICY".into());
    let listed = listed.send().await?;
    let ours = listed
        .policies()
        .iter()
        .find(|it| it.name() == Some(names::GUARDRAIL))
        .and_then(|it| it.id())
        .ok_or("no guardrail")?;
    let odd = Tag::builder().key("owner").value("tenantry").build()?;
    for (verb, role) in [
        ("onboard", "tenantry-broker"),
        ("offboard", "tenantry-broker-remover"),
    ] {
        let from = function(site, verb).await?;
        let arn = format!("arn:aws:iam::111111111111:role/{role}");
        let broker = Organizations::new(&site.assume(&from, &arn, None).await?);
        let update = broker.update_policy().policy_id(&policy);
        let update = update.content(DENIES_NOTHING).send().await;
        let attach = broker.attach_policy().policy_id(ours).target_id(&unit);
        let attach = attach.send().await;
        let theirs = broker.attach_policy().policy_id(&policy).target_id(&unit);
        let theirs = theirs.send().await;
        let tag = broker.tag_resource().resource_id(&policy).tags(odd.clone());
        let tag = tag.send().await;
        let codes = [
            update.err().and_then(|it| it.code().map(str::to_owned)),
            attach.err().and_then(|it| it.code().map(str::to_owned)),
            theirs.err().and_then(|it| it.code().map(str::to_owned)),
            tag.err().and_then(|it| it.code().map(str::to_owned)),
        ];
        for code in codes {
            assert_eq!(code.as_deref(), Some("AccessDeniedException"), "{role}");
        }
    }
    Ok(())
}

/// No call of a function was refused for want of a permission, and no policy of theirs is wider than it seems.
pub async fn every_policy_allowed_what_was_needed_and_names_no_wildcard(
    site: &Site,
) -> Result<(), AnyError> {
    let denied = [
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "403",
        "Client.UnauthorizedOperation",
    ];
    let mut calls = site.product_calls();
    for (service, role) in [
        ("dynamodb", ""),
        ("organizations", "tenantry-broker"),
        ("ec2", names::AUDITOR),
    ] {
        let made = calls
            .iter()
            .any(|call| call.service == service && call.role == role);
        assert!(made, "no call to {service} by `{role}`");
    }
    calls.retain(|call| {
        call.error
            .as_deref()
            .is_some_and(|code| denied.contains(&code))
    });
    let named = calls.iter().map(|call| {
        format!(
            "{} {}:{} {:?}",
            call.role, call.service, call.operation, call.error
        )
    });
    assert_eq!(named.collect::<Vec<_>>(), Vec::<String>::new());
    let iam = Iam::new(&site.management());
    for verb in FUNCTIONS {
        for document in policies(&iam, &format!("tenantry-{verb}")).await? {
            let wild = wildcards(&document);
            assert!(wild.is_empty(), "{verb} may do {wild:?}");
        }
    }
    Ok(())
}

/// Every policy of a role, inline and attached.
async fn policies(iam: &Iam, role: &str) -> Result<Vec<Value>, AnyError> {
    let mut documents = Vec::new();
    for name in iam
        .list_role_policies()
        .role_name(role)
        .send()
        .await?
        .policy_names()
    {
        let policy = iam.get_role_policy().role_name(role).policy_name(name);
        documents.push(percent_decoded(policy.send().await?.policy_document()));
    }
    let attached = iam
        .list_attached_role_policies()
        .role_name(role)
        .send()
        .await?;
    for policy in attached.attached_policies() {
        let arn = policy.policy_arn().ok_or("no ARN")?;
        let known = iam.get_policy().policy_arn(arn).send().await?;
        let version = known.policy.and_then(|policy| policy.default_version_id);
        let read = iam
            .get_policy_version()
            .policy_arn(arn)
            .set_version_id(version);
        let read = read.send().await?.policy_version.ok_or("no version")?;
        documents.push(percent_decoded(read.document().unwrap_or_default()));
    }
    assert!(documents.len() >= 2, "{role}: {documents:?}");
    documents
        .iter()
        .map(|text| Ok(serde_json::from_str(text)?))
        .collect()
}

/// The allowed actions with a star in them; every statement must name its actions.
fn wildcards(document: &Value) -> Vec<String> {
    let statements = document["Statement"]
        .as_array()
        .expect("a list of statements");
    let allowing = statements
        .iter()
        .filter(|statement| statement["Effect"] == "Allow");
    let actions = allowing.flat_map(|statement| match &statement["Action"] {
        Value::Array(actions) => actions.clone(),
        one => vec![one.clone()],
    });
    let named = actions.map(|action| action.as_str().expect("an action").to_owned());
    named.filter(|action| action.contains('*')).collect()
}

/// IAM gives policies back URL-encoded (RFC 3986).
fn percent_decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}
