//! Access and identity in a tenant's account, with IAM enforced.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod account_support;

use std::collections::BTreeMap;

use account_support::{ACCOUNT, Scene};
use aws_sdk_ec2::error::ProvideErrorMetadata;
use aws_sdk_iam::Client;
use baseline::{
    BASELINE, Outcome,
    policy::{Rights, Scope, management_policies},
    resources::AccountAlias,
};
use scenarios::{
    machine::AnyError,
    proxy::{Effect, Fault, Match},
};
use tenancy::{ComponentName, ComponentState, Severity, TenantId, Verb, names};

const BOTH: [ComponentName; 2] = [ComponentName::ACCESS, ComponentName::IDENTITY];

async fn built() -> Result<Scene, AnyError> {
    let scene = Scene::begin().await?;
    let outcomes = scene
        .reconcile(Verb::Onboard, &scene.desired, &BOTH)
        .await?;
    ready(&outcomes);
    scene.machine.aws.proxy.forget_calls();
    Ok(scene)
}

/// The account's own policies, by name.
async fn policies(iam: &Client) -> Result<Vec<String>, AnyError> {
    let listed = iam.list_policies().scope("Local".into()).send().await?;
    let names = listed.policies.unwrap_or_default().into_iter();
    let mut names: Vec<String> = names.filter_map(|policy| policy.policy_name).collect();
    names.sort();
    Ok(names)
}

/// The policies that our three roles have, and how often one of them is attached to a role.
fn expected_policies() -> (Vec<String>, usize) {
    let scope = Scope {
        tenant: TenantId::from_random([1; 10]),
        account: ACCOUNT.parse().unwrap(),
    };
    let policies = management_policies(&scope, BASELINE);
    let given = |verb: Verb| {
        let given = policies.iter();
        given.filter(move |(rights, ..)| Rights::of(verb).contains(rights))
    };
    let attached = Verb::ALL.into_iter().flat_map(given).count();
    let mut names: Vec<String> = policies.iter().map(|(_, name, _)| name.clone()).collect();
    names.sort();
    (names, attached)
}

#[track_caller]
fn ready(outcomes: &[Outcome]) {
    for outcome in outcomes {
        assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    }
}

fn keys(outcomes: &[Outcome]) -> Vec<String> {
    let mut keys: Vec<String> = outcomes
        .iter()
        .flat_map(|outcome| &outcome.remaining)
        .map(|difference| difference.key.clone())
        .collect();
    keys.sort();
    keys
}

fn management(role: &str) -> String {
    names::management_role_arn(&ACCOUNT.parse().unwrap(), role)
}

#[tokio::test]
async fn roles_are_installed_once_and_the_bootstrap_role_is_never_used_again()
-> Result<(), AnyError> {
    let scene = Scene::begin().await?;
    let outcomes = scene
        .reconcile(Verb::Onboard, &scene.desired, &BOTH)
        .await?;
    ready(&outcomes);
    let calls = scene.calls();
    println!("onboarding access and identity: {} calls", calls.len());
    for call in &calls {
        println!(
            "{:>9} {:>9} {} {}:{} {}",
            call.start_us, call.end_us, call.role, call.service, call.operation, call.status
        );
    }
    assert!(calls.len() <= 40, "{}", calls.len());
    let by_bootstrap = calls
        .iter()
        .filter(|call| call.role == "OrganizationAccountAccessRole");
    let mut made: BTreeMap<&str, usize> = BTreeMap::new();
    for call in by_bootstrap {
        *made.entry(call.operation.as_str()).or_default() += 1;
    }
    let (policies, attached) = expected_policies();
    let expected = BTreeMap::from([
        ("CreateRole", 3),
        ("CreatePolicy", policies.len()),
        ("AttachRolePolicy", attached),
    ]);
    assert_eq!(made, expected);
    assert!(
        calls
            .iter()
            .all(|call| call.error.is_none() || call.error.as_deref() == Some("NoSuchEntity")),
        "{calls:#?}"
    );

    scene.machine.aws.proxy.forget_calls();
    let again = scene
        .reconcile(Verb::Onboard, &scene.desired, &BOTH)
        .await?;
    ready(&again);
    assert!(again.iter().all(|outcome| outcome.applied.is_empty()));
    let calls = scene.calls();
    assert!(calls.iter().all(|call| call.is_read()), "{calls:#?}");
    assert!(
        calls.iter().all(|call| call.role == names::PROVISIONER),
        "{calls:#?}"
    );
    Ok(())
}

#[tokio::test]
async fn an_audit_of_a_settled_account_reads_a_little_and_finds_nothing() -> Result<(), AnyError> {
    let scene = built().await?;
    let outcomes = scene.audit(&BOTH).await?;
    ready(&outcomes);
    let calls = scene.calls();
    println!("audit of access and identity: {} calls", calls.len());
    assert!(calls.len() <= 11, "{calls:#?}");
    assert!(
        calls
            .iter()
            .all(|call| call.is_read() && call.role == names::AUDITOR),
        "{calls:#?}"
    );
    Ok(())
}

#[tokio::test]
async fn each_role_does_what_it_is_for_and_no_more() -> Result<(), AnyError> {
    let scene = built().await?;
    let account = ACCOUNT.parse()?;
    let root = scene.machine.account_root(ACCOUNT)?;
    let refused = async |config: &aws_config::SdkConfig| {
        let ec2 = aws_sdk_ec2::Client::new(config);
        ec2.describe_vpcs().send().await.unwrap();
        let answer = ec2.create_vpc().cidr_block("10.9.0.0/16").send().await;
        answer
            .err()
            .and_then(|error| error.code().map(str::to_owned))
    };
    let denied = Some("UnauthorizedOperation".to_owned());

    let reader = scene
        .assume(
            &root,
            &names::tenant_role_arn(&account, names::READ_ONLY),
            None,
        )
        .await?;
    assert_eq!(refused(&reader).await, denied);
    let administrator = scene
        .assume(
            &root,
            &names::tenant_role_arn(&account, names::ADMINISTRATOR),
            None,
        )
        .await?;
    assert_eq!(refused(&administrator).await, None);

    let audit = scene.function(Verb::Audit).await?;
    let auditor = scene
        .assume(&audit, &management(names::AUDITOR), Some(&scene.tenant.id))
        .await?;
    assert_eq!(refused(&auditor).await, denied);

    let stranger = TenantId::from_random([9; 10]);
    for external_id in [None, Some(&stranger)] {
        assert!(
            scene
                .assume(&audit, &management(names::AUDITOR), external_id)
                .await
                .is_err()
        );
    }
    for role in [names::PROVISIONER, names::REMOVER] {
        assert!(
            scene
                .assume(&audit, &management(role), Some(&scene.tenant.id))
                .await
                .is_err()
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_tenants_administrator_does_not_get_across_the_boundary() -> Result<(), AnyError> {
    let scene = built().await?;
    let root = scene.machine.account_root(ACCOUNT)?;
    let arn = names::tenant_role_arn(&ACCOUNT.parse()?, names::ADMINISTRATOR);
    let iam = Client::new(&scene.assume(&root, &arn, None).await?);
    let boundary = baseline::identity::boundary_arn(&ACCOUNT.parse()?);
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let unbounded = iam
        .create_role()
        .role_name("own")
        .assume_role_policy_document(trust);
    assert!(unbounded.clone().send().await.is_err());
    unbounded.permissions_boundary(&boundary).send().await?;
    assert!(
        iam.delete_role_permissions_boundary()
            .role_name("own")
            .send()
            .await
            .is_err()
    );
    let install = iam
        .put_role_policy()
        .role_name(names::PROVISIONER)
        .policy_name("x");
    assert!(install.policy_document(trust).send().await.is_err());
    let widen = iam
        .create_policy_version()
        .policy_arn(&boundary)
        .set_as_default(true);
    assert!(widen.policy_document(trust).send().await.is_err());
    Ok(())
}

#[tokio::test]
async fn what_is_changed_behind_our_back_is_found_put_right_and_nothing_else_touched()
-> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let open = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}}]}"#;
    let all =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let power = "arn:aws:iam::aws:policy/PowerUserAccess";
    iam.create_role()
        .role_name("theirs")
        .assume_role_policy_document(open)
        .send()
        .await?;
    iam.attach_role_policy()
        .role_name("theirs")
        .policy_arn(power)
        .send()
        .await?;
    iam.attach_role_policy()
        .role_name(names::AUDITOR)
        .policy_arn(power)
        .send()
        .await?;
    iam.put_role_policy()
        .role_name(names::AUDITOR)
        .policy_name("extra")
        .policy_document(all)
        .send()
        .await?;
    iam.update_assume_role_policy()
        .role_name(names::REMOVER)
        .policy_document(open)
        .send()
        .await?;
    iam.delete_role_permissions_boundary()
        .role_name(names::DEVELOPER)
        .send()
        .await?;
    iam.attach_role_policy()
        .role_name(names::READ_ONLY)
        .policy_arn(power)
        .send()
        .await?;
    iam.untag_role()
        .role_name(names::READ_ONLY)
        .tag_keys(names::TAG_BLUEPRINT)
        .send()
        .await?;
    iam.create_account_alias()
        .account_alias("something-else")
        .send()
        .await?;
    iam.update_account_password_policy()
        .minimum_password_length(6)
        .max_password_age(90)
        .send()
        .await?;
    iam.remove_role_from_instance_profile()
        .instance_profile_name(names::INSTANCE)
        .role_name(names::INSTANCE)
        .send()
        .await?;

    let outcomes = scene.audit(&BOTH).await?;
    let expected = [
        "alias.name",
        "instance-profile.tenant-instance.role",
        "password-policy.capitals",
        "password-policy.digits",
        "password-policy.expiresAfter",
        "password-policy.mayChange",
        "password-policy.minimumLength",
        "password-policy.reusePrevention",
        "password-policy.smallLetters",
        "password-policy.symbols",
        "role.tenant-developer.boundary",
        "role.tenant-read-only.attached.arn:aws:iam::aws:policy/PowerUserAccess",
        "role.tenant-read-only.tags",
        "role.tenantry-auditor.attached.arn:aws:iam::aws:policy/PowerUserAccess",
        "role.tenantry-auditor.inline.extra",
        "role.tenantry-remover.trust",
    ];
    assert_eq!(keys(&outcomes), expected);
    let critical = outcomes.iter().flat_map(|outcome| &outcome.remaining);
    assert_eq!(
        critical
            .filter(|difference| difference.severity == Severity::Critical)
            .count(),
        4
    );

    let repaired = scene
        .reconcile(Verb::Onboard, &scene.desired, &BOTH)
        .await?;
    ready(&repaired);
    ready(&scene.audit(&BOTH).await?);
    let theirs = iam
        .list_attached_role_policies()
        .role_name("theirs")
        .send()
        .await?;
    assert_eq!(theirs.attached_policies().len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_leaving_tenant_loses_what_we_made_and_keeps_what_it_made() -> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let theirs = iam
        .create_role()
        .role_name("theirs")
        .assume_role_policy_document(trust);
    theirs.send().await?;
    let outcomes = scene
        .reconcile(Verb::Offboard, &scene.leaving(), &[ComponentName::IDENTITY])
        .await?;
    assert_eq!(outcomes[0].state, ComponentState::Absent, "{outcomes:#?}");
    println!("leaving: {} calls", scene.calls().len());
    let roles = iam.list_roles().send().await?;
    let mut left: Vec<&str> = roles.roles().iter().map(|role| role.role_name()).collect();
    left.sort_unstable();
    assert_eq!(
        left,
        [
            "OrganizationAccountAccessRole",
            names::AUDITOR,
            names::PROVISIONER,
            names::REMOVER,
            "theirs"
        ]
    );
    assert!(
        iam.list_account_aliases()
            .send()
            .await?
            .account_aliases()
            .is_empty()
    );
    // Those of our own roles go with the account.
    assert_eq!(policies(&iam).await?, expected_policies().0);
    Ok(())
}

#[tokio::test]
async fn a_boundary_the_tenant_uses_itself_stays_and_does_not_hold_the_departure_up()
-> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let theirs = iam
        .create_role()
        .role_name("theirs")
        .assume_role_policy_document(trust);
    theirs
        .permissions_boundary(baseline::identity::boundary_arn(&ACCOUNT.parse()?))
        .send()
        .await?;
    let outcomes = scene
        .reconcile(Verb::Offboard, &scene.leaving(), &[ComponentName::IDENTITY])
        .await?;
    assert_eq!(outcomes[0].state, ComponentState::Absent, "{outcomes:#?}");
    Ok(())
}

#[tokio::test]
async fn when_our_role_no_longer_lets_us_in_the_tenant_is_parked_and_the_bootstrap_role_left_alone()
-> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let closed = r#"{"Version":"2012-10-17","Statement":[]}"#;
    iam.update_assume_role_policy()
        .role_name(names::PROVISIONER)
        .policy_document(closed)
        .send()
        .await?;
    scene.machine.advance(3600);
    scene.machine.aws.proxy.forget_calls();
    let outcomes = scene
        .reconcile(Verb::Onboard, &scene.desired, &[ComponentName::ACCESS])
        .await?;
    assert_eq!(outcomes[0].state, ComponentState::Parked);
    let failure = serde_json::to_value(&outcomes[0].failures)?;
    assert_eq!(failure[0]["next"]["reason"], "access-lost");
    assert!(scene.calls().is_empty(), "{:#?}", scene.calls());
    Ok(())
}

#[tokio::test]
async fn a_role_that_has_our_name_elsewhere_is_in_the_way_and_left_alone() -> Result<(), AnyError> {
    let scene = Scene::begin().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let theirs = iam
        .create_role()
        .role_name(names::DEVELOPER)
        .assume_role_policy_document(trust);
    theirs.send().await?;
    let outcomes = scene
        .reconcile(Verb::Onboard, &scene.desired, &BOTH)
        .await?;
    assert_eq!(outcomes[1].state, ComponentState::Parked, "{outcomes:#?}");
    let failure = serde_json::to_value(&outcomes[1].failures)?;
    assert_eq!(failure[0]["next"]["reason"], "name-taken");
    let role = iam.get_role().role_name(names::DEVELOPER).send().await?;
    assert_eq!(role.role().unwrap().path(), "/");
    Ok(())
}

/// Takes the roles back to what an earlier release left: one inline policy each.
async fn as_earlier_release(scene: &Scene, iam: &Client) -> Result<(), AnyError> {
    let documents = include_str!("../../crates/baseline/tests/previous/roles.json")
        .replace("TENANT", scene.tenant.id.as_str())
        .replace("ACCOUNT", ACCOUNT);
    let documents: BTreeMap<String, serde_json::Value> = serde_json::from_str(&documents)?;
    for (role, document) in documents {
        let attached = iam.list_attached_role_policies().role_name(&role);
        for policy in attached.send().await?.attached_policies() {
            let call = iam.detach_role_policy().role_name(&role);
            call.set_policy_arn(policy.policy_arn.clone())
                .send()
                .await?;
        }
        let call = iam.put_role_policy().role_name(role);
        let call = call.policy_name(names::MANAGEMENT_POLICY);
        call.policy_document(document.to_string()).send().await?;
    }
    for policy in policies(iam).await? {
        if policy.starts_with("tenantry-") {
            let arn = names::policy_arn(&ACCOUNT.parse()?, &policy);
            iam.delete_policy().policy_arn(arn).send().await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn roles_of_an_earlier_release_are_brought_up_to_date_without_a_refusal()
-> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    as_earlier_release(&scene, &iam).await?;

    // Its auditor may not list roles: that is waited for, and parks nothing.
    let audited = scene.audit(&BOTH).await?;
    assert_eq!(audited[0].state, ComponentState::Drifted, "{audited:#?}");
    assert_eq!(audited[1].state, ComponentState::Waiting, "{audited:#?}");
    let waiting = &audited[1].waits[0].waiting_for;
    assert_eq!(waiting, "the auditor's policies to be brought up to date");

    scene.machine.aws.proxy.forget_calls();
    let access = [ComponentName::ACCESS];
    scene
        .reconcile(Verb::Onboard, &scene.desired, &access)
        .await?;
    let calls = scene.calls();
    // Only what is not there yet is not found.
    let is_well = |code: &Option<String>| code.as_deref().is_none_or(|code| code == "NoSuchEntity");
    assert!(calls.iter().all(|call| is_well(&call.error)), "{calls:#?}");
    let position = |operation: &str| calls.iter().position(|call| call.operation == operation);
    let last = |operation: &str| calls.iter().rposition(|call| call.operation == operation);
    assert!(position("PutRolePolicy") < position("CreatePolicy"));
    assert!(last("AttachRolePolicy") < position("DeleteRolePolicy"));

    ready(
        &scene
            .reconcile(Verb::Onboard, &scene.desired, &BOTH)
            .await?,
    );
    ready(&scene.audit(&BOTH).await?);
    for verb in Verb::ALL {
        let inline = iam
            .list_role_policies()
            .role_name(verb.role())
            .send()
            .await?;
        assert!(inline.policy_names().is_empty(), "{verb:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_boundary_with_five_versions_is_put_right_and_deleted() -> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let arn = baseline::identity::boundary_arn(&ACCOUNT.parse()?);
    let other =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    for _ in 0..4 {
        let call = iam
            .create_policy_version()
            .policy_arn(&arn)
            .policy_document(other);
        call.set_as_default(true).send().await?;
    }
    let found = scene.audit(&BOTH).await?;
    assert_eq!(keys(&found), ["policy.tenant-boundary.document"]);
    ready(
        &scene
            .reconcile(Verb::Onboard, &scene.desired, &BOTH)
            .await?,
    );
    ready(&scene.audit(&BOTH).await?);
    let outcomes = scene
        .reconcile(Verb::Offboard, &scene.leaving(), &[ComponentName::IDENTITY])
        .await?;
    assert_eq!(outcomes[0].state, ComponentState::Absent, "{outcomes:#?}");
    let left = policies(&iam).await?;
    assert!(!left.contains(&names::BOUNDARY.to_owned()), "{left:?}");
    Ok(())
}

#[tokio::test]
async fn a_role_in_a_profile_of_the_tenants_own_stays_with_its_boundary_and_is_named()
-> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let profile = iam
        .create_instance_profile()
        .instance_profile_name("theirs");
    profile.send().await?;
    iam.add_role_to_instance_profile()
        .instance_profile_name("theirs")
        .role_name(names::INSTANCE)
        .send()
        .await?;
    let outcomes = scene
        .reconcile(Verb::Offboard, &scene.leaving(), &[ComponentName::IDENTITY])
        .await?;
    assert_eq!(outcomes[0].state, ComponentState::Absent, "{outcomes:#?}");
    let held = &outcomes[0].resources["role.tenant-instance.held-by"];
    assert_eq!(held, "instance profile `theirs`");
    let left = policies(&iam).await?;
    assert!(left.contains(&names::BOUNDARY.to_owned()), "{left:?}");
    Ok(())
}

#[tokio::test]
async fn a_policy_with_our_name_that_is_not_ours_is_in_the_way_and_left_alone()
-> Result<(), AnyError> {
    let scene = Scene::begin().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let other =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let call = iam.create_policy().policy_name("tenantry-reads-1");
    call.policy_document(other).send().await?;
    let outcomes = scene
        .reconcile(Verb::Onboard, &scene.desired, &[ComponentName::ACCESS])
        .await?;
    assert_eq!(outcomes[0].state, ComponentState::Parked, "{outcomes:#?}");
    let failure = serde_json::to_value(&outcomes[0].failures)?;
    assert_eq!(failure[0]["next"]["reason"], "name-taken");
    Ok(())
}

/// Refuses the next so many aliases, as if other AWS customers had them.
fn others_have(scene: &Scene, aliases: u64) {
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            operation: Some("CreateAccountAlias".into()),
            ..Match::default()
        },
        times: Some(aliases),
        effect: Effect::Refuse {
            code: "EntityAlreadyExists".into(),
            status: 409,
            message: "The account alias already exists.".into(),
            reason: None,
        },
        ..Fault::default()
    });
}

#[tokio::test]
async fn an_alias_that_other_customers_have_gives_way_to_the_next_and_at_last_parks()
-> Result<(), AnyError> {
    let scene = Scene::begin().await?;
    others_have(&scene, 2);
    let outcomes = scene
        .reconcile(Verb::Onboard, &scene.desired, &BOTH)
        .await?;
    assert_eq!(outcomes[1].state, ComponentState::Parked, "{outcomes:#?}");
    let failure = serde_json::to_value(&outcomes[1].failures)?;
    assert_eq!(failure[0]["next"]["reason"], "alias-taken");

    others_have(&scene, 1);
    let outcomes = scene
        .reconcile(Verb::Onboard, &scene.desired, &BOTH)
        .await?;
    ready(&outcomes);
    let [_, fallback] = AccountAlias::candidates(&scene.desired);
    let url = format!("https://{fallback}.signin.aws.amazon.com/console");
    assert_eq!(outcomes[1].resources["sign-in"], url);
    Ok(())
}
