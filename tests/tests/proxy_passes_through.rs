//! The proxy changes nothing that it need not: signatures, bodies, hosts; and it tells who called what.

mod proxy_support;

use aws_sdk_s3::primitives::ByteStream;
use proxy_support::{Account, account, management};
use scenarios::emulator::LocalAws;
use scenarios::proxy::analysis::{count_by_account, count_by_operation, longest_chain, writes};
use scenarios::proxy::{Config, Effect, Fault};

#[tokio::test]
async fn signatures_stay_valid_and_every_call_is_recorded_with_its_caller() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let root = management(&aws);
    let who = root.sts().get_caller_identity().send().await.unwrap();
    assert_eq!(who.account(), Some("111111111111"));
    root.ec2()
        .create_vpc()
        .cidr_block("10.1.0.0/16")
        .send()
        .await
        .unwrap();
    let tenant = account(&aws, "222222222222");
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#;
    tenant
        .iam()
        .create_role()
        .role_name("visitor")
        .assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    let visitor = root
        .assume("arn:aws:iam::222222222222:role/visitor", "visit-1")
        .await
        .unwrap();
    // The role has no policy: the emulator must see the signature as good and the permission as missing.
    let denied = visitor.ec2().describe_vpcs().send().await.unwrap_err();
    assert!(
        format!("{denied:?}").contains("UnauthorizedOperation"),
        "{denied:?}"
    );
    let forged = Account::new(&aws.proxy.url(), "222222222222", "wrong", None);
    let refused = forged.ec2().describe_vpcs().send().await.unwrap_err();
    assert!(
        format!("{refused:?}").contains("AuthFailure"),
        "{refused:?}"
    );

    let calls = aws.proxy.calls();
    let operations = count_by_operation(&calls);
    assert_eq!(operations["ec2:CreateVpc"], 1);
    assert_eq!(operations["iam:CreateRole"], 1);
    assert_eq!(count_by_account(&calls)["222222222222"], 3);
    let visit = calls.iter().find(|call| call.session == "visit-1").unwrap();
    assert_eq!(
        (
            visit.account.as_str(),
            visit.role.as_str(),
            visit.error.as_deref()
        ),
        ("222222222222", "visitor", Some("UnauthorizedOperation"))
    );
    assert_eq!(visit.region, "us-east-1");
    assert_eq!(writes(&calls).len(), 2);
}

#[tokio::test]
async fn large_bodies_pass_in_both_directions() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let s3 = management(&aws).s3();
    s3.create_bucket().bucket("big").send().await.unwrap();
    let body: Vec<u8> = (0..9_000_000u32)
        .map(|number| (number % 251) as u8)
        .collect();
    s3.put_object()
        .bucket("big")
        .key("a/b c+d")
        .body(ByteStream::from(body.clone()))
        .send()
        .await
        .unwrap();
    let read = s3
        .get_object()
        .bucket("big")
        .key("a/b c+d")
        .send()
        .await
        .unwrap()
        .body
        .collect()
        .await
        .unwrap()
        .into_bytes();
    assert!(read == body, "the object came back different");
    assert_eq!(
        s3.list_objects_v2()
            .bucket("big")
            .send()
            .await
            .unwrap()
            .key_count(),
        Some(1)
    );
    let head = s3
        .head_object()
        .bucket("big")
        .key("a/b c+d")
        .send()
        .await
        .unwrap();
    assert_eq!(head.content_length(), Some(9_000_000));
    let operations = count_by_operation(&aws.proxy.calls());
    for name in [
        "s3:CreateBucket",
        "s3:PutObject",
        "s3:GetObject",
        "s3:ListObjectsV2",
        "s3:HeadObject",
    ] {
        assert_eq!(operations.get(name), Some(&1), "{name} in {operations:?}");
    }
}

#[tokio::test]
async fn a_latency_makes_the_longest_chain_exact() {
    let aws = LocalAws::start(false, Config::default()).await.unwrap();
    aws.proxy.add_fault(Fault {
        effect: Effect::Latency { ms: 100 },
        ..Fault::default()
    });
    let ec2 = management(&aws).ec2();
    let look = || ec2.describe_vpcs().send();
    let (one, two, three) = tokio::join!(look(), look(), look());
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    look().await.unwrap();
    assert_eq!(longest_chain(&aws.proxy.calls()), 2);
}

#[tokio::test]
async fn control_endpoints_show_calls_and_take_faults() {
    let aws = LocalAws::start(false, Config::default()).await.unwrap();
    management(&aws)
        .sts()
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    let control = proxy_support::Control::new(aws.proxy.address());
    let calls = control.request("GET", "/_proxy/calls?since=0", "").await;
    assert!(calls.contains("GetCallerIdentity"), "{calls}");
    let added = control
        .request(
            "POST",
            "/_proxy/faults",
            r#"{"matching":{"service":"sts"},"effect":{"kind":"throttle"}}"#,
        )
        .await;
    assert!(added.contains("throttle-1"), "{added}");
    let refused = management(&aws)
        .sts()
        .get_caller_identity()
        .send()
        .await
        .unwrap_err();
    assert!(format!("{refused:?}").contains("Throttling"), "{refused:?}");
    let wrong = control
        .request("POST", "/_proxy/faults", r#"{"efect":1}"#)
        .await;
    assert!(wrong.contains("unknown field"), "{wrong}");
    control.request("DELETE", "/_proxy/faults", "").await;
    management(&aws)
        .sts()
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    let clock = control
        .request("POST", "/_proxy/clock", r#"{"advance_secs":86400}"#)
        .await;
    assert!(
        clock.contains("now_secs") && aws.proxy.clock().now_secs > 86_400.0,
        "{clock}"
    );
    control.request("POST", "/_proxy/reset", "").await;
    assert!(aws.proxy.calls().is_empty());
}
