//! Alarms of a tenant's account and who is told of them, with IAM enforced.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod account_support;

use std::time::{Duration, Instant};

use account_support::{ACCOUNT, Scene};
use aws_config::Region as SdkRegion;
use aws_sdk_cloudwatch::types::{ComparisonOperator, Statistic};
use aws_sdk_cloudwatchlogs::types::{InputLogEvent, MetricTransformation};
use baseline::{Outcome, Recorded, keys::Keys};
use scenarios::{
    machine::AnyError,
    proxy::{Effect, Fault, Match},
};
use serde_json::json;
use tenancy::{ComponentName, ComponentState, Egress, Severity, Verb, names, spec::Contacts};

const ALERTING: ComponentName = ComponentName::new("alerting");
const TRAIL: ComponentName = ComponentName::TRAIL;
const ANN: &str = "ann@acme.example";

async fn begin() -> Result<Scene, AnyError> {
    let mut scene = Scene::begin().await?;
    let spec = &mut scene.desired.spec;
    spec.alerting = true;
    spec.trail_log_retention_days = Some(365);
    spec.egress = Egress::None;
    spec.contacts = contacts()?;
    Ok(scene)
}

fn contacts() -> Result<Contacts, AnyError> {
    let ann = json!({"name": "Ann", "email": ANN});
    Ok(serde_json::from_value(json!({"security": ann}))?)
}

/// A pass over some components, and what it leaves in the ledger.
async fn pass(scene: &mut Scene, verb: Verb) -> Result<Outcome, AnyError> {
    let (desired, names) = match verb {
        Verb::Offboard => (scene.leaving(), vec![ALERTING]),
        _ => (
            scene.desired.clone(),
            vec![ComponentName::ACCESS, TRAIL, ALERTING],
        ),
    };
    let outcomes = scene.reconcile(verb, &desired, &names).await?;
    let recorded = outcomes
        .iter()
        .map(|outcome| (outcome.component, outcome.resources.clone()));
    scene.desired.recorded = Recorded::new(recorded);
    let outcome = outcomes.into_iter().last().ok_or("no outcome")?;
    Ok(outcome)
}

async fn settle(scene: &mut Scene) -> Result<(), AnyError> {
    for _ in 0..4 {
        let outcome = pass(scene, Verb::Onboard).await?;
        if outcome.state == ComponentState::Ready {
            scene.machine.aws.proxy.forget_calls();
            return Ok(());
        }
        println!("{outcome:#?}");
        scene.machine.advance(60);
    }
    Err("alerting is not settled".into())
}

async fn audit(scene: &Scene) -> Result<Vec<(String, String)>, AnyError> {
    let outcomes = scene.audit(&[ALERTING]).await?;
    let outcome = outcomes.into_iter().next().ok_or("no outcome")?;
    assert!(outcome.failures.is_empty(), "{outcome:#?}");
    let all = outcome.remaining.into_iter().chain(outcome.findings);
    let all = all.map(|found| (found.key, found.found));
    Ok(all.collect())
}

/// What is found, but for the recipient who has not confirmed.
async fn drift(scene: &Scene) -> Result<Vec<String>, AnyError> {
    let found = audit(scene).await?.into_iter().map(|(key, _)| key);
    Ok(found
        .filter(|key| !key.ends_with(".confirmation"))
        .collect())
}

struct Account {
    logs: aws_sdk_cloudwatchlogs::Client,
    cloudwatch: aws_sdk_cloudwatch::Client,
    sns: aws_sdk_sns::Client,
    sqs: aws_sdk_sqs::Client,
    kms: aws_sdk_kms::Client,
    topic: String,
    region: String,
}

/// The account's root user, in the tenant's first Region.
fn root(scene: &Scene) -> Result<Account, AnyError> {
    let region = scene.desired.home_region().ok_or("no Region")?;
    let root = scene.machine.account_root(ACCOUNT)?.to_builder();
    let root = root.region(SdkRegion::new(region.to_string())).build();
    Ok(Account {
        logs: aws_sdk_cloudwatchlogs::Client::new(&root),
        cloudwatch: aws_sdk_cloudwatch::Client::new(&root),
        sns: aws_sdk_sns::Client::new(&root),
        sqs: aws_sdk_sqs::Client::new(&root),
        kms: aws_sdk_kms::Client::new(&root),
        topic: names::alerts_topic_arn(&ACCOUNT.parse()?, region),
        region: region.to_string(),
    })
}

impl Account {
    /// The one subscription there is.
    async fn subscription(&self) -> Result<String, AnyError> {
        let call = self.sns.list_subscriptions_by_topic();
        let answer = call.topic_arn(&self.topic).send().await?;
        let one = answer.subscriptions().first();
        let arn = one.and_then(|one| one.subscription_arn());
        Ok(arn.ok_or("no subscription")?.to_owned())
    }

    /// A queue that receives what is published to the topic.
    async fn listen(&self) -> Result<String, AnyError> {
        let queue = format!("arn:aws:sqs:{}:{ACCOUNT}:listener", self.region);
        let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage",
            "Principal": {"Service": "sns.amazonaws.com"}, "Resource": queue}]});
        let made = self.sqs.create_queue().queue_name("listener");
        let made = made.attributes(
            aws_sdk_sqs::types::QueueAttributeName::Policy,
            policy.to_string(),
        );
        let url = made.send().await?.queue_url.ok_or("no queue")?;
        let call = self.sns.subscribe().topic_arn(&self.topic);
        call.protocol("sqs").endpoint(queue).send().await?;
        Ok(url)
    }

    /// An event in the trail's log group, as CloudTrail delivers it.
    async fn record(&self, event: serde_json::Value) -> Result<(), AnyError> {
        let group = names::trail_log_group();
        let call = self.logs.create_log_stream().log_group_name(group);
        // The stream is there from the second event on.
        drop(call.log_stream_name("trail").send().await);
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
        let event = InputLogEvent::builder()
            .message(event.to_string())
            .timestamp(i64::try_from(now.as_millis())?)
            .build()?;
        let call = self.logs.put_log_events().log_group_name(group);
        let call = call.log_stream_name("trail").log_events(event);
        call.send().await?;
        Ok(())
    }

    /// The first message within some seconds.
    async fn received(&self, queue: &str, seconds: u64) -> Result<Option<String>, AnyError> {
        let until = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < until {
            let call = self.sqs.receive_message().queue_url(queue);
            let answer = call.wait_time_seconds(1).send().await?;
            let message = answer.messages.into_iter().flatten().next();
            if let Some(message) = message {
                return Ok(message.body);
            }
        }
        Ok(None)
    }

    async fn alarms(&self) -> Result<usize, AnyError> {
        let answer = self.cloudwatch.describe_alarms().send().await?;
        Ok(answer.metric_alarms().len())
    }

    async fn filters(&self) -> Result<usize, AnyError> {
        let call = self.logs.describe_metric_filters();
        let answer = call.log_group_name(names::trail_log_group()).send().await?;
        Ok(answer.metric_filters().len())
    }

    async fn has_topic(&self) -> bool {
        let call = self.sns.get_topic_attributes().topic_arn(&self.topic);
        call.send().await.is_ok()
    }
}

fn root_use() -> serde_json::Value {
    json!({"eventName": "GetObject", "eventType": "AwsApiCall", "userIdentity": {"type": "Root"}})
}

#[tokio::test]
async fn the_use_of_the_root_user_is_told_through_the_encrypted_topic() -> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.keys = true;
    let names = [ComponentName::ACCESS, ComponentName::KEYS];
    scene
        .reconcile(Verb::Onboard, &scene.desired, &names)
        .await?;
    let account = root(&scene)?;
    let key = account.kms.describe_key().key_id(names::KEY_ALIAS);
    let key = key.send().await?.key_metadata.and_then(|key| key.arn);
    let home = scene.desired.home_region().cloned();
    let outputs = &mut scene.desired.outputs;
    outputs.set(
        ComponentName::KEYS,
        Keys::ARN,
        home.as_ref(),
        key.ok_or("no key")?,
    );
    settle(&mut scene).await?;
    let queue = account.listen().await?;

    let by_a_person = json!({"eventName": "GetObject", "eventType": "AwsApiCall", "userIdentity": {"type": "IAMUser"}});
    account.record(by_a_person).await?;
    assert_eq!(account.received(&queue, 5).await?, None);
    account.record(root_use()).await?;
    let message = account
        .received(&queue, 30)
        .await?
        .ok_or("nothing was published")?;
    assert!(message.contains("tenantry-root-use"), "{message}");
    Ok(())
}

#[tokio::test]
async fn a_second_pass_reads_five_times_and_whose_each_alarm_is_and_asks_nobody_to_confirm_again()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    settle(&mut scene).await?;
    let account = root(&scene)?;
    assert_eq!(
        (account.alarms().await?, account.filters().await?),
        (15, 15)
    );
    scene.machine.aws.proxy.forget_calls();
    let outcome = pass(&mut scene, Verb::Onboard).await?;
    assert!(outcome.applied.is_empty(), "{outcome:#?}");
    let calls = scene.calls();
    assert!(calls.iter().all(|call| call.is_read()), "{calls:#?}");
    let of_alerting = |operation: &str| {
        [
            "DescribeAlarms",
            "DescribeMetricFilters",
            "GetTopicAttributes",
            "ListSubscriptionsByTopic",
        ]
        .contains(&operation)
    };
    let own = calls.iter().filter(|call| {
        of_alerting(&call.operation) || ["sns", "monitoring"].contains(&call.service.as_str())
    });
    // Whose an alarm is takes a read of each where the ledger does not say that all was well.
    assert_eq!(own.count(), 5 + 15, "{calls:#?}");

    let found = audit(&scene).await?;
    let [(key, pending)] = found.as_slice() else {
        return Err(format!("{found:?}").into());
    };
    assert!(key.ends_with(".confirmation"), "{key}");
    assert_eq!(pending, "pending");
    // The token of the mail is its address here.
    let call = account.sns.confirm_subscription();
    let call = call.topic_arn(&account.topic).token(ANN);
    call.send().await?;
    assert_eq!(audit(&scene).await?, []);

    // Somebody lets nothing through to the recipient.
    let arn = account.subscription().await?;
    let call = account.sns.set_subscription_attributes();
    let call = call.subscription_arn(&arn).attribute_name("FilterPolicy");
    let call = call.attribute_value(r#"{"never": ["ever"]}"#);
    call.send().await?;
    let found = audit(&scene).await?;
    let [(key, filter)] = found.as_slice() else {
        return Err(format!("{found:?}").into());
    };
    assert!(key.ends_with(".filter"), "{key}");
    assert!(filter.contains("never"), "{filter}");
    settle(&mut scene).await?;
    assert_eq!(audit(&scene).await?, []);

    pass(&mut scene, Verb::Onboard).await?;
    scene.desired.spec.contacts = Contacts::default();
    settle(&mut scene).await?;
    let call = account.sns.list_subscriptions_by_topic();
    let left = call.topic_arn(&account.topic).send().await?;
    assert_eq!(left.subscriptions().len(), 0, "{left:?}");
    Ok(())
}

#[tokio::test]
async fn what_somebody_does_to_alarms_filters_and_topic_is_found_and_put_back()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.tags.insert("team".into(), "core".into());
    settle(&mut scene).await?;
    scene.desired.spec.tags.clear();
    scene.desired.retired_tags.insert("team".into());
    let account = root(&scene)?;
    let call = account.cloudwatch.disable_alarm_actions();
    call.alarm_names("tenantry-root-use").send().await?;
    let call = account.cloudwatch.delete_alarms();
    call.alarm_names("tenantry-vpc-changes").send().await?;
    let call = account
        .cloudwatch
        .put_metric_alarm()
        .alarm_name("tenantry-iam-changes")
        .metric_name("tenantry-iam-changes")
        .namespace("tenantry/trail")
        .statistic(Statistic::Sum)
        .period(60)
        .evaluation_periods(10)
        .datapoints_to_alarm(9)
        .threshold(1000.0)
        .comparison_operator(ComparisonOperator::LessThanThreshold)
        .treat_missing_data("ignore");
    call.send().await?;
    let group = names::trail_log_group();
    let call = account.logs.delete_metric_filter().log_group_name(group);
    call.filter_name("tenantry-config-changes").send().await?;
    let metric = MetricTransformation::builder()
        .metric_name("other")
        .metric_namespace("theirs")
        .metric_value("0")
        .build()?;
    let call = account.logs.put_metric_filter().log_group_name(group);
    let call = call
        .filter_name("tenantry-root-use")
        .filter_pattern("never");
    call.metric_transformations(metric).send().await?;
    let open = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*"}]}"#;
    for (name, value) in [("Policy", open), ("KmsMasterKeyId", "alias/aws/sns")] {
        let call = account.sns.set_topic_attributes().topic_arn(&account.topic);
        let call = call.attribute_name(name).attribute_value(value);
        call.send().await?;
    }
    let call = account.sns.untag_resource().resource_arn(&account.topic);
    call.tag_keys(names::TAG_COMPONENT).send().await?;

    let found = drift(&scene).await?;
    for key in [
        "alarm.tenantry-root-use.acts",
        "alarm.tenantry-vpc-changes",
        "alarm.tenantry-iam-changes.actions",
        "alarm.tenantry-iam-changes.comparison",
        "alarm.tenantry-iam-changes.datapoints",
        "alarm.tenantry-iam-changes.evaluations",
        "alarm.tenantry-iam-changes.missingData",
        "alarm.tenantry-iam-changes.period",
        "alarm.tenantry-iam-changes.statistic",
        "alarm.tenantry-iam-changes.threshold",
        "metric-filter.tenantry-config-changes",
        "metric-filter.tenantry-root-use.pattern",
        "metric-filter.tenantry-root-use.metric",
        "metric-filter.tenantry-root-use.namespace",
        "metric-filter.tenantry-root-use.value",
        "topic.policy",
        "topic.key",
        "topic.tags",
    ] {
        assert!(
            found.iter().any(|one| one.ends_with(key)),
            "{key} in {found:#?}"
        );
    }
    settle(&mut scene).await?;
    assert_eq!(drift(&scene).await?, Vec::<String>::new());
    let tags = account.sns.list_tags_for_resource();
    let tags = tags.resource_arn(&account.topic).send().await?;
    assert!(tags.tags().iter().all(|tag| tag.key != "team"), "{tags:?}");
    Ok(())
}

#[tokio::test]
async fn an_alarm_and_a_topic_of_ours_that_are_retagged_are_critical_and_get_their_tags_back()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    settle(&mut scene).await?;
    // What is ours by its id only is what the ledger recorded.
    pass(&mut scene, Verb::Onboard).await?;
    let account = root(&scene)?;
    let alarm = |name: &str| {
        let region = &account.region;
        format!("arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:{name}")
    };
    let other = aws_sdk_cloudwatch::types::Tag::builder();
    let other = other.key(names::TAG_TENANT).value("t-other").build();
    let call = account.cloudwatch.tag_resource().tags(other);
    call.resource_arn(alarm("tenantry-root-use")).send().await?;
    let call = account.cloudwatch.untag_resource();
    let call = call.resource_arn(alarm("tenantry-vpc-changes"));
    call.tag_keys(names::TAG_TENANT).send().await?;
    let other = aws_sdk_sns::types::Tag::builder();
    let other = other.key(names::TAG_TENANT).value("t-other").build()?;
    let call = account.sns.tag_resource().tags(other);
    call.resource_arn(&account.topic).send().await?;

    let outcomes = scene.audit(&[ALERTING]).await?;
    let outcome = outcomes.into_iter().next().ok_or("no outcome")?;
    assert!(outcome.failures.is_empty(), "{outcome:#?}");
    let found = outcome.remaining.iter();
    let found: Vec<(&str, Severity)> = found.map(|d| (d.key.as_str(), d.severity)).collect();
    for (name, severity) in [
        ("alarm.tenantry-root-use.tags", Severity::Critical),
        ("alarm.tenantry-vpc-changes.tags", Severity::Low),
        ("topic.tags", Severity::Critical),
    ] {
        let is_it = |(key, found): &(&str, Severity)| key.ends_with(name) && *found == severity;
        assert!(found.iter().any(is_it), "{name} in {found:#?}");
    }
    assert_eq!(found.len(), 3, "{found:#?}");
    settle(&mut scene).await?;
    assert_eq!(drift(&scene).await?, Vec::<String>::new());
    assert_eq!(account.alarms().await?, 15);
    let call = account.cloudwatch.list_tags_for_resource();
    let call = call.resource_arn(alarm("tenantry-root-use"));
    let tags = call.send().await?;
    let tenant = tags.tags().iter();
    let mut tenant = tenant.filter(|tag| tag.key() == Some(names::TAG_TENANT));
    let tenant = tenant.next().and_then(|tag| tag.value());
    assert_eq!(tenant, Some(scene.desired.tenant.as_str()));
    Ok(())
}

#[tokio::test]
async fn a_topic_and_an_alarm_of_others_with_our_names_are_named_and_left_alone()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    let account = root(&scene)?;
    let call = account.sns.create_topic().name(names::ALERTS_TOPIC);
    call.attributes("DisplayName", "theirs").send().await?;
    let call = account
        .cloudwatch
        .put_metric_alarm()
        .alarm_name("tenantry-root-use")
        .metric_name("theirs")
        .namespace("theirs")
        .statistic(Statistic::Sum)
        .period(60)
        .evaluation_periods(1)
        .threshold(5.0)
        .comparison_operator(ComparisonOperator::GreaterThanThreshold);
    call.send().await?;
    let outcome = pass(&mut scene, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Parked, "{outcome:#?}");
    let failures: Vec<String> = outcome.failures.iter().map(ToString::to_string).collect();
    for name in ["tenantry-alerts", "tenantry-root-use"] {
        assert!(
            failures.iter().any(|one| one.contains(name)),
            "{name} in {failures:?}"
        );
    }
    let call = account.cloudwatch.describe_alarms();
    let alarms = call.alarm_names("tenantry-root-use").send().await?;
    assert_eq!(alarms.metric_alarms()[0].metric_name(), Some("theirs"));
    let call = account.sns.get_topic_attributes().topic_arn(&account.topic);
    let attributes = call.send().await?.attributes.unwrap_or_default();
    assert_eq!(attributes["DisplayName"], "theirs");
    Ok(())
}

#[tokio::test]
async fn a_blueprint_without_alerting_and_a_departure_take_everything_away() -> Result<(), AnyError>
{
    let mut scene = begin().await?;
    settle(&mut scene).await?;
    let account = root(&scene)?;
    scene.desired.spec.alerting = false;
    let outcome = pass(&mut scene, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Absent, "{outcome:#?}");
    assert_eq!((account.alarms().await?, account.filters().await?), (0, 0));
    assert!(!account.has_topic().await);
    scene.machine.aws.proxy.forget_calls();
    let outcome = pass(&mut scene, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Absent, "{outcome:#?}");
    let asked = ["sns", "monitoring"];
    let calls = scene.calls();
    assert!(
        calls
            .iter()
            .all(|call| !asked.contains(&call.service.as_str())),
        "{calls:#?}"
    );

    scene.desired.spec.alerting = true;
    settle(&mut scene).await?;
    let call = account.sns.confirm_subscription();
    let call = call.topic_arn(&account.topic).token(ANN);
    call.send().await?;
    // Whose it all is, is told by tags where nothing was recorded.
    scene.desired.recorded = Recorded::default();
    assert_eq!(audit(&scene).await?, []);
    let outcome = pass(&mut scene, Verb::Offboard).await?;
    assert_eq!(outcome.state, ComponentState::Absent, "{outcome:#?}");
    assert_eq!((account.alarms().await?, account.filters().await?), (0, 0));
    assert!(!account.has_topic().await);
    Ok(())
}

#[tokio::test]
async fn the_local_aws_refuses_a_pattern_that_is_none_and_publishes_only_by_policy()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    settle(&mut scene).await?;
    let account = root(&scene)?;
    for pattern in ["{ $.a = }", "{ ($.a = 1 }", "{ $.a ~ 1 }", "{ a = 1 }"] {
        let metric = MetricTransformation::builder()
            .metric_name("m")
            .metric_namespace("n")
            .metric_value("1")
            .build()?;
        let call = account.logs.put_metric_filter();
        let call = call.log_group_name(names::trail_log_group());
        let call = call.filter_name("bad").filter_pattern(pattern);
        let answer = call.metric_transformations(metric).send().await;
        assert!(answer.is_err(), "{pattern}");
    }
    let closed = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:Publish",
        "Principal": {"Service": "budgets.amazonaws.com"}, "Resource": account.topic}]});
    let call = account.sns.set_topic_attributes().topic_arn(&account.topic);
    let call = call
        .attribute_name("Policy")
        .attribute_value(closed.to_string());
    call.send().await?;
    let queue = account.listen().await?;
    account.record(root_use()).await?;
    assert_eq!(account.received(&queue, 8).await?, None);
    Ok(())
}

#[tokio::test]
async fn a_former_contact_who_confirms_late_is_unsubscribed() -> Result<(), AnyError> {
    let mut scene = begin().await?;
    settle(&mut scene).await?;
    let account = root(&scene)?;
    pass(&mut scene, Verb::Onboard).await?;
    scene.desired.spec.contacts = Contacts::default();
    for _ in 0..2 {
        // Nothing can be done about it yet, and nothing is.
        let outcome = pass(&mut scene, Verb::Onboard).await?;
        assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
        assert!(outcome.applied.is_empty(), "{outcome:#?}");
    }
    let call = account.sns.confirm_subscription();
    let call = call.topic_arn(&account.topic).token(ANN);
    call.send().await?;
    let outcome = pass(&mut scene, Verb::Onboard).await?;
    assert_eq!(outcome.applied.len(), 1, "{outcome:#?}");
    let call = account.sns.list_subscriptions_by_topic();
    let left = call.topic_arn(&account.topic).send().await?;
    assert_eq!(left.subscriptions().len(), 0, "{left:?}");
    Ok(())
}

#[tokio::test]
async fn a_subscription_of_others_is_reported_where_the_spec_names_nobody_either()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.contacts = Contacts::default();
    settle(&mut scene).await?;
    root(&scene)?.listen().await?;
    let found = audit(&scene).await?;
    let said = found.iter().find(|(key, _)| key == "TNT.ALERTING.1");
    let said = said.map(|(_, found)| found.as_str()).unwrap_or_default();
    assert!(said.contains("sqs arn:aws:sqs"), "{found:?}");
    Ok(())
}

#[tokio::test]
async fn where_subscriptions_cannot_be_read_nobody_says_that_there_are_none_of_others()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.contacts = Contacts::default();
    settle(&mut scene).await?;
    root(&scene)?.listen().await?;
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            operation: Some("ListSubscriptionsByTopic".into()),
            ..Match::default()
        },
        effect: Effect::Refuse {
            code: "InternalError".into(),
            status: 500,
            message: String::new(),
            reason: None,
        },
        ..Fault::default()
    });
    let outcomes = scene.audit(&[ALERTING]).await?;
    let outcome = outcomes.first().ok_or("no outcome")?;
    assert!(
        outcome.unseen && !outcome.failures.is_empty(),
        "{outcome:#?}"
    );
    let strangers = outcome.verdicts.get(&"TNT.ALERTING.1".parse()?);
    assert_ne!(strangers, Some(&baseline::Verdict::Passed));
    Ok(())
}

#[tokio::test]
async fn a_subscription_of_others_to_our_topic_is_reported_and_stays() -> Result<(), AnyError> {
    let mut scene = begin().await?;
    settle(&mut scene).await?;
    let account = root(&scene)?;
    assert_eq!(drift(&scene).await?, Vec::<String>::new());
    account.listen().await?;
    let found = audit(&scene).await?;
    let said = found.iter().find(|(key, _)| key == "TNT.ALERTING.1");
    let said = said.map(|(_, found)| found.as_str()).unwrap_or_default();
    assert!(said.contains("sqs arn:aws:sqs"), "{found:?}");
    pass(&mut scene, Verb::Onboard).await?;
    let call = account.sns.list_subscriptions_by_topic();
    let left = call.topic_arn(&account.topic).send().await?;
    let mut left = left.subscriptions().iter();
    assert!(left.any(|one| one.protocol() == Some("sqs")));
    Ok(())
}
