//! What happens in a tenant's account, forwarded to the installation, with IAM enforced.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod account_support;

use account_support::{ACCOUNT, Scene};
use aws_sdk_eventbridge::{
    Client,
    types::{RetryPolicy, RuleState, Tag, Target},
};
use scenarios::{
    machine::AnyError,
    proxy::{Effect, Fault, Match},
};
use serde_json::json;
use tenancy::{ComponentName, ComponentState, Verb, names};

const FORWARDING: ComponentName = ComponentName::EVENT_FORWARDING;
const REGIONS: [&str; 2] = ["eu-central-1", "us-east-1"];
const RULE: &str = names::FORWARDING_RULE;

async fn begin() -> Result<Scene, AnyError> {
    let mut scene = Scene::begin().await?;
    scene.desired.spec.event_forwarding = true;
    scene.desired.spec.regions = REGIONS.map(|name| name.parse().unwrap()).to_vec();
    Ok(scene)
}

async fn forwarded() -> Result<Scene, AnyError> {
    let mut scene = begin().await?;
    scene.settle(FORWARDING).await?;
    Ok(scene)
}

fn events(scene: &Scene, region: &'static str) -> Result<Client, AnyError> {
    Ok(Client::new(&scene.root_in(region)?))
}

fn arn(region: &str) -> String {
    format!("arn:aws:events:{region}:{ACCOUNT}:rule/{RULE}")
}

async fn rules(client: &Client) -> Result<usize, AnyError> {
    Ok(client.list_rules().send().await?.rules().len())
}

/// The targets of our rule.
async fn targets(client: &Client) -> Result<Vec<Target>, AnyError> {
    let call = client.list_targets_by_rule().rule(RULE);
    Ok(call.send().await?.targets.unwrap_or_default())
}

async fn has_role(scene: &Scene) -> Result<bool, AnyError> {
    let iam = aws_sdk_iam::Client::new(&scene.root_in(REGIONS[1])?);
    let call = iam.get_role().role_name(names::FORWARDER);
    Ok(call.send().await.is_ok())
}

#[tokio::test]
async fn each_region_forwards_to_the_installations_bus_and_a_second_pass_reads_three_times_in_each()
-> Result<(), AnyError> {
    let mut scene = forwarded().await?;
    let client = events(&scene, REGIONS[0])?;
    let found = targets(&client).await?;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].arn(), scene.desired.deployment.bus_arn);
    let role = names::management_role_arn(&ACCOUNT.parse()?, names::FORWARDER);
    assert_eq!(found[0].role_arn(), Some(role.as_str()));
    scene.machine.aws.proxy.forget_calls();
    let outcome = scene.pass_over(FORWARDING, Verb::Onboard).await?;
    assert!(outcome.applied.is_empty(), "{outcome:#?}");
    let calls = scene.calls();
    assert!(calls.iter().all(|call| call.is_read()), "{calls:#?}");
    let reads = calls.iter().filter(|call| call.service == "events");
    assert_eq!(reads.count(), 3 * REGIONS.len(), "{calls:#?}");
    Ok(())
}

#[tokio::test]
async fn what_somebody_does_to_rule_target_and_role_is_found_and_put_back() -> Result<(), AnyError>
{
    let mut scene = begin().await?;
    scene.desired.spec.tags.insert("team".into(), "core".into());
    scene.settle(FORWARDING).await?;
    let (first, second) = (events(&scene, REGIONS[0])?, events(&scene, REGIONS[1])?);
    let pattern = json!({"source": ["aws.health"]}).to_string();
    let call = first.put_rule().name(RULE).event_pattern(pattern);
    let call = call.state(RuleState::Disabled).description("theirs");
    let call = call.schedule_expression("rate(1 hour)");
    let call = call.role_arn(format!("arn:aws:iam::{ACCOUNT}:role/x"));
    call.send().await?;
    let role = names::management_role_arn(&ACCOUNT.parse()?, names::FORWARDER);
    let own = Target::builder().id(names::FORWARDING_TARGET);
    let own = own.arn(&scene.desired.deployment.bus_arn).role_arn(&role);
    let retries = RetryPolicy::builder().maximum_retry_attempts(0);
    let own = own.input("{}").retry_policy(retries.build()).build()?;
    let theirs = Target::builder().id("theirs");
    let theirs = theirs.arn(format!("arn:aws:sqs:{}:{ACCOUNT}:theirs", REGIONS[0]));
    let call = first.put_targets().rule(RULE).targets(own);
    call.targets(theirs.build()?).send().await?;
    let call = first.untag_resource().resource_arn(arn(REGIONS[0]));
    call.tag_keys(names::TAG_COMPONENT).send().await?;
    let call = second.remove_targets().rule(RULE);
    call.ids(names::FORWARDING_TARGET).send().await?;
    second.delete_rule().name(RULE).send().await?;
    let iam = aws_sdk_iam::Client::new(&scene.root_in(REGIONS[1])?);
    let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let call = iam.put_role_policy().role_name(names::FORWARDER);
    let call = call.policy_name("theirs").policy_document(all.to_string());
    call.send().await?;

    let outcome = scene.audit_of(FORWARDING).await?;
    let found = outcome.remaining.iter();
    let found: Vec<(&str, &str)> = found.map(|d| (d.key.as_str(), d.found.as_str())).collect();
    let keys: Vec<&str> = found.iter().map(|(key, _)| *key).collect();
    assert_eq!(
        keys,
        [
            "forwarder.inline.theirs",
            "eu-central-1.rule.pattern",
            "eu-central-1.rule.state",
            "eu-central-1.rule.schedule",
            "eu-central-1.rule.description",
            "eu-central-1.rule.role",
            "eu-central-1.rule.targets.tenantry",
            "eu-central-1.rule.targets.theirs",
            "eu-central-1.rule.tags",
            "us-east-1.rule",
        ],
        "{found:#?}"
    );
    let target = found
        .iter()
        .find(|(key, _)| key.ends_with(".targets.tenantry"));
    let (_, said) = target.unwrap();
    assert!(
        said.contains("input={}") && said.contains("retries=0"),
        "{said}"
    );
    // A tag that the spec no longer has comes off in the same pass.
    scene.desired.spec.tags.clear();
    scene.desired.retired_tags.insert("team".into());
    scene.settle(FORWARDING).await?;
    let outcome = scene.audit_of(FORWARDING).await?;
    assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    let rule = first.describe_rule().name(RULE).send().await?;
    assert_eq!((rule.schedule_expression(), rule.role_arn()), (None, None));
    let tags = first.list_tags_for_resource().resource_arn(arn(REGIONS[0]));
    let tags = tags.send().await?;
    assert!(tags.tags().iter().all(|tag| tag.key != "team"), "{tags:?}");
    Ok(())
}

#[tokio::test]
async fn a_rule_of_somebody_else_at_our_name_is_named_and_left_alone() -> Result<(), AnyError> {
    let mut scene = begin().await?;
    let client = events(&scene, REGIONS[0])?;
    let theirs = json!({"source": ["theirs"]}).to_string();
    let call = client.put_rule().name(RULE).event_pattern(&theirs);
    let tag = Tag::builder().key("owner").value("them").build()?;
    call.tags(tag).send().await?;
    let outcome = scene.pass_over(FORWARDING, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Parked, "{outcome:#?}");
    assert!(format!("{:?}", outcome.failures).contains(RULE));
    let rule = client.describe_rule().name(RULE).send().await?;
    assert_eq!(rule.event_pattern(), Some(theirs.as_str()));
    assert!(targets(&client).await?.is_empty());
    let leaving = scene.leaving();
    let outcomes = scene
        .reconcile(Verb::Offboard, &leaving, &[FORWARDING])
        .await?;
    assert_eq!(outcomes[0].state, ComponentState::Absent, "{outcomes:#?}");
    assert_eq!(rules(&client).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_rule_of_somebody_else_that_is_not_found_once_is_not_overwritten() -> Result<(), AnyError>
{
    let mut scene = begin().await?;
    let client = events(&scene, REGIONS[0])?;
    let theirs = json!({"source": ["theirs"]}).to_string();
    let call = client.put_rule().name(RULE).event_pattern(&theirs);
    call.send().await?;
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            service: Some("events".into()),
            operation: Some("DescribeRule".into()),
            region: Some(REGIONS[0].into()),
            ..Match::default()
        },
        times: Some(1),
        effect: Effect::Refuse {
            code: "ResourceNotFoundException".into(),
            status: 400,
            message: format!("Rule {RULE} does not exist on EventBus default."),
            reason: None,
        },
        ..Fault::default()
    });
    for _ in 0..2 {
        scene.pass_over(FORWARDING, Verb::Onboard).await?;
        scene.machine.advance(60);
    }
    let outcome = scene.pass_over(FORWARDING, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Parked, "{outcome:#?}");
    let rule = client.describe_rule().name(RULE).send().await?;
    assert_eq!(rule.event_pattern(), Some(theirs.as_str()));
    assert!(targets(&client).await?.is_empty());
    let tags = client
        .list_tags_for_resource()
        .resource_arn(arn(REGIONS[0]));
    assert!(tags.send().await?.tags().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_dropped_region_another_blueprint_and_a_departure_take_everything_away()
-> Result<(), AnyError> {
    let mut scene = forwarded().await?;
    let (first, second) = (events(&scene, REGIONS[0])?, events(&scene, REGIONS[1])?);
    scene.desired.spec.regions.remove(0);
    scene.settle(FORWARDING).await?;
    assert_eq!((rules(&first).await?, rules(&second).await?), (0, 1));
    scene.desired.spec.event_forwarding = false;
    let outcome = scene.pass_over(FORWARDING, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Absent, "{outcome:#?}");
    assert_eq!(rules(&second).await?, 0);
    assert!(!has_role(&scene).await?);
    scene.machine.aws.proxy.forget_calls();
    scene.pass_over(FORWARDING, Verb::Onboard).await?;
    let calls = scene.calls();
    let asked = calls.iter().any(|call| call.service == "events");
    assert!(!asked, "{calls:#?}");

    scene.desired.spec.event_forwarding = true;
    scene.settle(FORWARDING).await?;
    let leaving = scene.leaving();
    let outcomes = scene
        .reconcile(Verb::Offboard, &leaving, &[FORWARDING])
        .await?;
    assert_eq!(outcomes[0].state, ComponentState::Absent, "{outcomes:#?}");
    assert_eq!(rules(&second).await?, 0);
    assert!(!has_role(&scene).await?);
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_rule_and_a_role_that_is_not_visible_yet_is_waited_for()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    let at = |operation: &str| Match {
        service: Some("events".into()),
        operation: Some(operation.into()),
        ..Match::default()
    };
    let once = |operation: &str, effect| Fault {
        matching: at(operation),
        times: Some(1),
        effect,
        ..Fault::default()
    };
    let proxy = &scene.machine.aws.proxy;
    proxy.add_fault(once("PutRule", Effect::DropAnswer));
    let role = names::management_role_arn(&ACCOUNT.parse()?, names::FORWARDER);
    let refused = Effect::Refuse {
        code: "ValidationException".into(),
        status: 400,
        message: format!(
            "Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'."
        ),
        reason: None,
    };
    proxy.add_fault(once("PutTargets", refused));
    for _ in 0..3 {
        let outcome = scene.pass_over(FORWARDING, Verb::Onboard).await?;
        assert_ne!(outcome.state, ComponentState::Parked, "{outcome:#?}");
        scene.machine.advance(60);
    }
    scene.settle(FORWARDING).await?;
    for region in REGIONS {
        let client = events(&scene, region)?;
        assert_eq!(
            (rules(&client).await?, targets(&client).await?.len()),
            (1, 1)
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_rule_whose_targets_are_still_seen_is_deleted_a_moment_later() -> Result<(), AnyError> {
    let mut scene = forwarded().await?;
    let client = events(&scene, REGIONS[0])?;
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            service: Some("events".into()),
            operation: Some("DeleteRule".into()),
            ..Match::default()
        },
        times: Some(1),
        effect: Effect::Refuse {
            code: "ValidationException".into(),
            status: 400,
            message: "Rule can't be deleted since it has targets.".into(),
            reason: None,
        },
        ..Fault::default()
    });
    scene.desired.spec.regions.remove(0);
    let outcome = scene.pass_over(FORWARDING, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Failed, "{outcome:#?}");
    scene.machine.advance(10);
    scene.settle(FORWARDING).await?;
    assert_eq!(rules(&client).await?, 0);
    Ok(())
}

/// What AWS says of a role that EventBridge cannot assume, and what it does not deliver.
#[tokio::test]
async fn the_local_aws_refuses_a_role_that_lets_nobody_in_and_a_deletion_with_targets()
-> Result<(), AnyError> {
    let scene = forwarded().await?;
    let client = events(&scene, REGIONS[0])?;
    let refused = client.delete_rule().name(RULE).send().await;
    assert!(refused.is_err(), "{refused:?}");
    let role = names::management_role_arn(&ACCOUNT.parse()?, names::AUDITOR);
    let target = Target::builder().id("x").role_arn(role);
    let target = target.arn(&scene.desired.deployment.bus_arn).build()?;
    let refused = client.put_targets().rule(RULE).targets(target).send().await;
    let said = format!("{refused:?}");
    assert!(said.contains("cannot be assumed"), "{said}");
    Ok(())
}
