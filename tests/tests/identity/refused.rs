//! Sessions that are refused in the account before they end.

use aws_config::SdkConfig;
use tenancy::access::{GrantId, RefusedSessions, source_identity_ending};

use super::*;

async fn works(session: &SdkConfig) -> bool {
    let ec2 = aws_sdk_ec2::Client::new(session);
    ec2.describe_vpcs().send().await.is_ok()
}

async fn inline(iam: &Client, role: &str) -> Result<Vec<String>, AnyError> {
    let listed = iam.list_role_policies().role_name(role).send().await?;
    Ok(listed.policy_names)
}

#[tokio::test]
async fn sessions_of_a_revoked_grant_and_of_a_person_are_refused_and_no_others_until_they_have_ended()
-> Result<(), AnyError> {
    let mut scene = built().await?;
    let [revoked, other] = [1, 2].map(|n| GrantId::from_random([n; 10]));
    let ann = format!("ann@acme.example{}", source_identity_ending("ann"));
    let bob = format!("ann@acme.example{}", source_identity_ending("bob"));
    let by = async |name: &str, grant: Option<&GrantId>| {
        let grant = grant.map(GrantId::as_str);
        let opened = scene.opened_for(names::DEVELOPER, name, grant);
        opened.await
    };
    let by_revoked = by(&bob, Some(&revoked)).await?;
    let by_other = by(&bob, Some(&other)).await?;
    let of_ann = by(&ann, Some(&other)).await?;
    let of_operator = by(&bob, None).await?;
    let all = [&by_revoked, &by_other, &of_ann, &of_operator];
    for session in all {
        assert!(works(session).await);
    }
    let now = jiff::Timestamp::now();
    scene.desired.refused_sessions = vec![
        RefusedSessions::of_grant(&revoked, now),
        RefusedSessions::of_person("ann", now),
    ];
    let found = scene.audit(&BOTH).await?;
    let policy = format!("inline.{}", names::REFUSED_SESSIONS);
    let missing = |role: &str| format!("role.{role}.{policy}");
    let entered = [names::ADMINISTRATOR, names::DEVELOPER, names::READ_ONLY];
    assert_eq!(keys(&found), entered.map(missing));
    ready(
        &scene
            .reconcile(Verb::Onboard, &scene.desired, &BOTH)
            .await?,
    );
    let mut still = Vec::new();
    for session in all {
        still.push(works(session).await);
    }
    assert_eq!(still, [false, true, false, true]);
    // What somebody takes away is drift, and put back.
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let taken = iam
        .delete_role_policy()
        .role_name(names::DEVELOPER)
        .policy_name(names::REFUSED_SESSIONS);
    taken.send().await?;
    assert!(works(&by_revoked).await);
    let found = scene.audit(&BOTH).await?;
    assert_eq!(keys(&found), [missing(names::DEVELOPER)]);
    ready(
        &scene
            .reconcile(Verb::Onboard, &scene.desired, &BOTH)
            .await?,
    );
    assert!(!works(&by_revoked).await);
    // When they have ended, nothing is left of it.
    scene.desired.refused_sessions.clear();
    ready(
        &scene
            .reconcile(Verb::Onboard, &scene.desired, &BOTH)
            .await?,
    );
    for role in entered {
        assert_eq!(inline(&iam, role).await?, [""; 0], "{role}");
    }
    assert!(works(&by_revoked).await);
    ready(&scene.audit(&BOTH).await?);
    Ok(())
}

#[tokio::test]
async fn a_session_that_begins_after_those_of_the_same_person_were_ended_goes_on()
-> Result<(), AnyError> {
    let mut scene = built().await?;
    let ann = format!("ann@acme.example{}", source_identity_ending("ann"));
    let long_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(5);
    scene.desired.refused_sessions = vec![RefusedSessions::of_person("ann", long_ago)];
    ready(
        &scene
            .reconcile(Verb::Onboard, &scene.desired, &BOTH)
            .await?,
    );
    let session = scene.opened_for(names::READ_ONLY, &ann, None).await?;
    assert!(works(&session).await);
    Ok(())
}

#[tokio::test]
async fn the_tenants_administrator_changes_neither_who_is_trusted_by_its_roles_nor_what_they_may()
-> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.opened(names::ADMINISTRATOR).await?);
    let nobody = r#"{"Version":"2012-10-17","Statement":[]}"#;
    for role in [
        names::ADMINISTRATOR,
        names::DEVELOPER,
        names::READ_ONLY,
        names::INSTANCE,
    ] {
        let trust = iam.update_assume_role_policy().role_name(role);
        let trust = trust.policy_document(nobody).send().await;
        let inline = iam.put_role_policy().role_name(role).policy_name("x");
        let inline = inline.policy_document(nobody).send().await;
        let attach = iam.attach_role_policy().role_name(role);
        let attach = attach.policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess");
        assert!(trust.is_err() && inline.is_err(), "{role}");
        assert!(attach.send().await.is_err(), "{role}");
        assert!(
            iam.get_role().role_name(role).send().await.is_ok(),
            "{role}"
        );
    }
    // Its own are its own.
    let own = iam.create_role().role_name("own");
    let own = own.assume_role_policy_document(nobody);
    let boundary = baseline::policy::boundary_arn(&ACCOUNT.parse()?);
    own.permissions_boundary(boundary).send().await?;
    let trust = iam.update_assume_role_policy().role_name("own");
    trust.policy_document(nobody).send().await?;
    Ok(())
}
