//! What other calls tell of a resource is not found though the resource is: it was made a moment ago, and is taken for nobody else's.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod account_support;

use account_support::{ACCOUNT, Scene};
use baseline::{Outcome, Recorded};
use scenarios::{
    machine::{APP, AnyError},
    proxy::{Effect, Fault, Match},
};
use serde_json::json;
use tenancy::{ComponentName, ComponentState, Egress, Verb};

const ALERTING: ComponentName = ComponentName::new("alerting");
const BILLING: ComponentName = ComponentName::new("billing");
const DASHBOARD: ComponentName = ComponentName::new("dashboard");
const FORWARDING: ComponentName = ComponentName::new("event-forwarding");
const GROUPS: ComponentName = ComponentName::new("resource-group");
const IDENTITY: ComponentName = ComponentName::IDENTITY;
const KEYS: ComponentName = ComponentName::KEYS;
const KEY_PAIR: ComponentName = ComponentName::KEY_PAIR;
const TRAIL: ComponentName = ComponentName::new("trail");

/// The components that have such resources, in the order in which they are built.
const BUILT: [ComponentName; 10] = [
    ComponentName::ACCESS,
    IDENTITY,
    KEYS,
    KEY_PAIR,
    TRAIL,
    ALERTING,
    BILLING,
    GROUPS,
    FORWARDING,
    DASHBOARD,
];

/// Every read that tells what the one that finds a resource does not: whose it is, what is part of it, or how one property is set. With the
/// code by which AWS says that it does not find the resource.
const TELLING: [(ComponentName, &str, &str, &str); 22] = [
    (ALERTING, "sns", "ListTagsForResource", "ResourceNotFound"),
    (
        ALERTING,
        "monitoring",
        "ListTagsForResource",
        "ResourceNotFoundException",
    ),
    (
        BILLING,
        "budgets",
        "ListTagsForResource",
        "NotFoundException",
    ),
    (
        DASHBOARD,
        "monitoring",
        "ListTagsForResource",
        "ResourceNotFoundException",
    ),
    (
        FORWARDING,
        "events",
        "ListTagsForResource",
        "ResourceNotFoundException",
    ),
    (
        FORWARDING,
        "events",
        "ListTargetsByRule",
        "ResourceNotFoundException",
    ),
    (GROUPS, "resource-groups", "GetTags", "NotFoundException"),
    (IDENTITY, "iam", "ListAccessKeys", "NoSuchEntity"),
    (KEYS, "kms", "GetKeyPolicy", "NotFoundException"),
    (KEYS, "kms", "GetKeyRotationStatus", "NotFoundException"),
    (KEYS, "kms", "ListResourceTags", "NotFoundException"),
    (
        KEY_PAIR,
        "secretsmanager",
        "GetResourcePolicy",
        "ResourceNotFoundException",
    ),
    (
        TRAIL,
        "cloudtrail",
        "GetEventSelectors",
        "TrailNotFoundException",
    ),
    (
        TRAIL,
        "cloudtrail",
        "GetTrailStatus",
        "TrailNotFoundException",
    ),
    (TRAIL, "cloudtrail", "ListTags", "ResourceNotFoundException"),
    (
        TRAIL,
        "logs",
        "ListTagsForResource",
        "ResourceNotFoundException",
    ),
    (TRAIL, "s3", "GetBucketEncryption", "NoSuchBucket"),
    (
        TRAIL,
        "s3",
        "GetBucketLifecycleConfiguration",
        "NoSuchBucket",
    ),
    (TRAIL, "s3", "GetBucketOwnershipControls", "NoSuchBucket"),
    (TRAIL, "s3", "GetBucketPolicy", "NoSuchBucket"),
    (TRAIL, "s3", "GetBucketTagging", "NoSuchBucket"),
    (TRAIL, "s3", "GetPublicAccessBlock", "NoSuchBucket"),
];

/// From now on, or so many times, such a call of ours says that what it asks for is not found.
fn hide(scene: &Scene, (service, operation, code): (&str, &str, &str), times: Option<u64>) {
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            app: Some(APP.into()),
            service: Some(service.into()),
            operation: Some(operation.into()),
            ..Match::default()
        },
        times,
        effect: Effect::Refuse {
            code: code.into(),
            status: 404,
            message: String::new(),
            reason: None,
        },
        ..Fault::default()
    });
}

/// A tenant that has every such component, built.
async fn built() -> Result<Scene, AnyError> {
    let mut scene = Scene::begin().await?;
    let spec = &mut scene.desired.spec;
    (spec.keys, spec.alerting, spec.dashboard) = (true, true, true);
    (spec.event_forwarding, spec.resource_group) = (true, true);
    spec.key_pair = true;
    spec.trail_log_retention_days = Some(365);
    spec.egress = Egress::None;
    spec.budget = serde_json::from_value(json!({ "monthlyUsd": 499.5 }))?;
    let iam = aws_sdk_iam::Client::new(&scene.machine.account_root(ACCOUNT)?);
    iam.create_user().user_name("somebody").send().await?;
    for _ in 0..4 {
        let desired = scene.desired.clone();
        let outcomes = scene.reconcile(Verb::Onboard, &desired, &BUILT).await?;
        let recorded = outcomes
            .iter()
            .map(|outcome| (outcome.component, outcome.resources.clone()));
        scene.desired.recorded = Recorded::new(recorded);
        let is_ready = |outcome: &Outcome| outcome.state == ComponentState::Ready;
        if outcomes.iter().all(is_ready) {
            return Ok(scene);
        }
        println!("{outcomes:#?}");
        scene.machine.advance(60);
    }
    Err("the components are not settled".into())
}

#[tokio::test]
async fn what_is_there_and_whose_tags_or_parts_are_not_found_is_becoming_visible_and_never_anothers()
-> Result<(), AnyError> {
    let mut scene = built().await?;
    let known = scene.desired.recorded.clone();
    let mut wrong = Vec::new();
    for (component, service, operation, code) in TELLING {
        // As an earlier pass found it, and as one finds it whose record was lost.
        for recorded in [known.clone(), Recorded::default()] {
            scene.desired.recorded = recorded;
            hide(&scene, (service, operation, code), None);
            let outcome = scene.audit_of(component).await?;
            scene.machine.aws.proxy.clear_faults();
            let waits = outcome.state == ComponentState::Waiting && outcome.pending;
            if !waits || !outcome.failures.is_empty() || !outcome.remaining.is_empty() {
                wrong.push(format!("{service}:{operation} {outcome:#?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    scene.desired.recorded = known;
    for component in BUILT.into_iter().skip(1) {
        let outcome = scene.audit_of(component).await?;
        assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    }
    Ok(())
}

/// S3 answers a creation in us-east-1 with success where the account has such a bucket already (S3 API reference, `CreateBucket`).
#[tokio::test]
async fn a_bucket_of_the_tenants_own_that_was_not_visible_for_a_moment_is_not_adopted_in_us_east_1()
-> Result<(), AnyError> {
    let mut scene = Scene::begin().await?;
    scene.desired.spec.regions = vec!["us-east-1".parse()?];
    let root = aws_sdk_s3::Client::new(&scene.root_in("us-east-1")?);
    let bucket = format!("tenantry-trail-{ACCOUNT}-us-east-1");
    root.create_bucket().bucket(&bucket).send().await?;
    hide(
        &scene,
        ("s3", "GetBucketVersioning", "NoSuchBucket"),
        Some(1),
    );
    let outcome = scene.pass_over(TRAIL, Verb::Onboard).await?;
    scene.machine.aws.proxy.clear_faults();
    let made = scene.calls().into_iter();
    let made = made.filter(|call| call.app == APP && call.operation == "CreateBucket");
    assert_eq!(made.count(), 1, "{outcome:#?}");
    assert_eq!(outcome.state, ComponentState::Waiting, "{outcome:#?}");
    assert!(outcome.resources.is_empty(), "{outcome:#?}");

    let outcome = scene.pass_over(TRAIL, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Parked, "{outcome:#?}");
    let versioning = root.get_bucket_versioning().bucket(&bucket);
    assert_eq!(versioning.send().await?.status(), None);
    assert!(
        root.get_bucket_policy()
            .bucket(bucket)
            .send()
            .await
            .is_err()
    );
    Ok(())
}
