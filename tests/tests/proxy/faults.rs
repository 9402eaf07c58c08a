//! Faults on demand.

use crate::clients::{Account, make_vpc, management};
use aws_sdk_ec2::types::Filter;
use scenarios::emulator::LocalAws;
use scenarios::proxy::{Config, Effect, Fault, Match, Moment, Spoiled};

fn operation(name: &str) -> Match {
    Match {
        operation: Some(name.to_owned()),
        ..Match::default()
    }
}

/// VPCs of ours, counted past the proxy.
async fn vpcs(aws: &LocalAws) -> usize {
    let direct = Account::new(&aws.emulator.url(), "test", "test", None);
    let filter = Filter::builder().name("cidr").values("10.9.0.0/16").build();
    direct
        .ec2()
        .describe_vpcs()
        .filters(filter)
        .send()
        .await
        .unwrap()
        .vpcs()
        .len()
}

#[tokio::test]
async fn each_service_is_throttled_in_its_own_words() {
    let aws = LocalAws::start(false, Config::default()).await.unwrap();
    let root = management(&aws);
    aws.proxy.add_fault(Fault {
        effect: Effect::Throttle,
        ..Fault::default()
    });
    let ec2 = format!("{:?}", root.ec2().describe_vpcs().send().await.unwrap_err());
    assert!(
        ec2.contains("RequestLimitExceeded") && ec2.contains("503"),
        "{ec2}"
    );
    let iam = format!("{:?}", root.iam().list_roles().send().await.unwrap_err());
    assert!(iam.contains("Throttling"), "{iam}");
    let s3 = format!("{:?}", root.s3().list_buckets().send().await.unwrap_err());
    assert!(s3.contains("SlowDown") && s3.contains("503"), "{s3}");
    let table = root
        .dynamodb()
        .describe_table()
        .table_name("t")
        .send()
        .await
        .unwrap_err();
    assert!(
        format!("{table:?}").contains("ProvisionedThroughputExceeded"),
        "{table:?}"
    );
    let organizations = root
        .organizations()
        .list_accounts()
        .send()
        .await
        .unwrap_err();
    assert!(
        organizations
            .into_service_error()
            .is_too_many_requests_exception()
    );
    let trail = format!(
        "{:?}",
        root.cloudtrail()
            .describe_trails()
            .send()
            .await
            .unwrap_err()
    );
    assert!(trail.contains("ThrottlingException"), "{trail}");
    let sts = format!(
        "{:?}",
        root.sts().get_caller_identity().send().await.unwrap_err()
    );
    assert!(sts.contains("Throttling"), "{sts}");
    assert!(
        aws.proxy
            .calls()
            .iter()
            .all(|call| call.fault.as_deref() == Some("throttle-1") && call.error.is_some())
    );
}

#[tokio::test]
async fn a_refused_call_has_no_effect_and_a_lost_answer_has() {
    let aws = LocalAws::start(false, Config::default()).await.unwrap();
    let root = management(&aws);
    let once = |effect| Fault {
        matching: operation("CreateVpc"),
        times: Some(1),
        effect,
        ..Fault::default()
    };
    aws.proxy.add_fault(once(Effect::Refuse {
        code: "VpcLimitExceeded".into(),
        status: 400,
        message: String::new(),
        reason: None,
    }));
    assert!(
        make_vpc(&root)
            .await
            .unwrap_err()
            .contains("VpcLimitExceeded")
    );
    aws.proxy.add_fault(once(Effect::Empty { status: 503 }));
    assert!(make_vpc(&root).await.unwrap_err().contains("503"));
    aws.proxy.add_fault(once(Effect::Cut));
    make_vpc(&root).await.unwrap_err();
    assert_eq!(vpcs(&aws).await, 0);
    aws.proxy.add_fault(once(Effect::DropAnswer));
    make_vpc(&root).await.unwrap_err();
    assert_eq!(vpcs(&aws).await, 1);
    aws.proxy
        .add_fault(once(Effect::LoseAnswer { status: 500 }));
    make_vpc(&root).await.unwrap_err();
    assert_eq!(vpcs(&aws).await, 2);
    let statuses: Vec<_> = aws.proxy.calls().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [400, 503, 0, 0, 500]);
}

#[tokio::test]
async fn a_spoiled_answer_cannot_be_read_though_its_call_took_effect() {
    let aws = LocalAws::start(false, Config::default()).await.unwrap();
    let root = management(&aws);
    let spoil = |name: &str, how| Fault {
        matching: operation(name),
        times: Some(1),
        effect: Effect::SpoilAnswer { how },
        ..Fault::default()
    };
    aws.proxy.add_fault(spoil("CreateVpc", Spoiled::Html));
    make_vpc(&root).await.unwrap_err();
    assert_eq!(vpcs(&aws).await, 1);
    for how in [Spoiled::Html, Spoiled::Cut] {
        aws.proxy.add_fault(spoil("DescribeTrails", how));
        let answer = root.cloudtrail().describe_trails().send().await;
        answer.unwrap_err();
    }
    let statuses: Vec<_> = aws.proxy.calls().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [200, 200, 200]);
}

#[tokio::test]
async fn power_is_lost_at_a_call_and_stays_away() {
    let aws = LocalAws::start(false, Config::default()).await.unwrap();
    let root = management(&aws);
    for (when, made) in [(Moment::Before, 1), (Moment::After, 3)] {
        let effect = Effect::PowerLoss {
            when,
            whose: Box::default(),
        };
        aws.proxy.add_fault(Fault {
            matching: operation("Create*"),
            nth: Some(2),
            effect,
            ..Fault::default()
        });
        make_vpc(&root).await.unwrap();
        make_vpc(&root).await.unwrap_err();
        make_vpc(&root).await.unwrap_err();
        root.sts().get_caller_identity().send().await.unwrap_err();
        assert!(aws.proxy.is_dark());
        assert_eq!(vpcs(&aws).await, made);
        aws.proxy.clear_faults();
        root.sts().get_caller_identity().send().await.unwrap();
    }
}

#[tokio::test]
async fn reads_are_stale_for_a_while_after_a_write() {
    let aws = LocalAws::start(false, Config::default()).await.unwrap();
    let root = management(&aws);
    let matching = Match {
        service: Some("ec2".into()),
        reads: Some(true),
        ..Match::default()
    };
    aws.proxy.add_fault(Fault {
        matching,
        effect: Effect::Stale {
            ms: 60_000,
            secs: None,
            reads: Some(2),
        },
        ..Fault::default()
    });
    let read = || async {
        root.ec2()
            .describe_vpcs()
            .send()
            .await
            .unwrap()
            .vpcs()
            .len()
    };
    let before = read().await;
    make_vpc(&root).await.unwrap();
    assert_eq!((read().await, read().await), (before, before));
    assert_eq!(read().await, before + 1);
    assert_eq!(read().await, before + 1);
    let stale = aws
        .proxy
        .calls()
        .iter()
        .filter(|call| call.fault.is_some())
        .count();
    assert_eq!(stale, 2);
}

#[tokio::test]
async fn half_of_all_calls_fail_alike_for_one_seed() {
    let mut runs = Vec::new();
    for seed in [3, 3, 4] {
        let aws = LocalAws::start(
            false,
            Config {
                seed,
                ..Config::default()
            },
        )
        .await
        .unwrap();
        aws.proxy.add_fault(Fault {
            probability: Some(0.5),
            effect: Effect::Throttle,
            ..Fault::default()
        });
        let root = management(&aws);
        for _ in 0..40 {
            let _ = root.sts().get_caller_identity().send().await;
        }
        runs.push(
            aws.proxy
                .calls()
                .iter()
                .map(|call| call.status)
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    let failed = runs[0].iter().filter(|status| **status == 400).count();
    assert!((10..30).contains(&failed), "{failed}");
}
