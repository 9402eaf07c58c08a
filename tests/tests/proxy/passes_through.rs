//! The proxy changes nothing that it need not: signatures, bodies, hosts; and it tells who called what.

use std::ffi::OsStr;
use std::time::Duration;

use crate::clients::{Account, account, administrator, management};
use aws_sdk_s3::primitives::ByteStream;
use scenarios::emulator::{Emulator, LocalAws};
use scenarios::proxy::analysis::{count_by_account, count_by_operation, longest_chain, writes};
use scenarios::proxy::{Config, Effect, Fault, Record};

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
        .role_name("caller")
        .assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    let caller = root
        .assume("arn:aws:iam::222222222222:role/caller", "session-1")
        .await
        .unwrap();
    // The role has no policy: the emulator must see the signature as good and the permission as missing.
    let denied = caller.ec2().describe_vpcs().send().await.unwrap_err();
    assert!(
        format!("{denied:?}").contains("UnauthorizedOperation"),
        "{denied:?}"
    );
    let refused = caller
        .with_secret("wrong")
        .ec2()
        .describe_vpcs()
        .send()
        .await
        .unwrap_err();
    assert!(
        format!("{refused:?}").contains("AuthFailure"),
        "{refused:?}"
    );

    let calls = aws.proxy.calls();
    let operations = count_by_operation(&calls);
    assert_eq!(operations["ec2:CreateVpc"], 1);
    assert_eq!(operations["iam:CreateRole"], 1);
    assert_eq!(count_by_account(&calls)["222222222222"], 3);
    let called = calls
        .iter()
        .find(|call| call.session == "session-1")
        .unwrap();
    assert_eq!(
        (
            called.account.as_str(),
            called.role.as_str(),
            called.error.as_deref()
        ),
        ("222222222222", "caller", Some("UnauthorizedOperation"))
    );
    assert_eq!(called.region, "us-east-1");
    assert_eq!(writes(&calls).len(), 2);
}

#[tokio::test]
async fn large_bodies_pass_in_both_directions() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    // The emulator checks signatures of sessions, not of root keys.
    let s3 = administrator(&aws, "222222222222").await.s3();
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
    let read = || ec2.describe_vpcs().send();
    let (one, two, three) = tokio::join!(read(), read(), read());
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    read().await.unwrap();
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
    let control = crate::clients::Control::new(aws.proxy.address());
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

#[tokio::test]
async fn an_api_is_reached_by_path_and_by_host_name() {
    let aws = LocalAws::start(false, Config::default()).await.unwrap();
    let control = crate::clients::Control::new(aws.proxy.address());
    // No such API: what matters is that the emulator's API Gateway answers, and not some other part of it.
    let by_path = control
        .request("GET", "/_aws/execute-api/abcdef01/$default/v1/health", "")
        .await;
    let by_host = control
        .request_of(
            "abcdef01.execute-api.localhost:4566",
            "GET",
            "/v1/health",
            "",
        )
        .await;
    assert!(
        by_path.starts_with("HTTP/1.1 404") && by_host.starts_with("HTTP/1.1 404"),
        "{by_path} {by_host}"
    );
    assert_eq!(
        by_path.rsplit("\r\n\r\n").next(),
        by_host.rsplit("\r\n\r\n").next()
    );
    assert!(
        aws.proxy
            .calls()
            .iter()
            .all(|call| call.service == "execute-api" && call.is_read())
    );
}

#[tokio::test]
async fn the_program_writes_its_port_and_its_record() {
    let emulator = Emulator::start(false).await.unwrap();
    let folder = std::env::temp_dir().join(format!("local-aws-proxy-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (port_file, record, config) = (
        folder.join("port"),
        folder.join("calls.jsonl"),
        folder.join("config.json"),
    );
    std::fs::write(
        &config,
        r#"{"faults":[{"matching":{"service":"ec2"},"effect":{"kind":"throttle"}}]}"#,
    )
    .unwrap();
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_local-aws-proxy"))
        .args(["--listen", "127.0.0.1:0", "--upstream", &emulator.url()])
        .args([
            OsStr::new("--port-file"),
            port_file.as_os_str(),
            OsStr::new("--record"),
            record.as_os_str(),
        ])
        .args([OsStr::new("--config"), config.as_os_str()])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..200 {
        if port_file.exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let port = std::fs::read_to_string(&port_file).unwrap();
    let root = Account::new(
        &format!("http://127.0.0.1:{}", port.trim()),
        "test",
        "test",
        None,
    );
    root.sts().get_caller_identity().send().await.unwrap();
    root.ec2().describe_vpcs().send().await.unwrap_err();
    let lines = std::fs::read_to_string(&record).unwrap();
    let calls: Vec<Record> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    std::process::Command::new("kill")
        .arg(program.id().to_string())
        .status()
        .unwrap();
    assert!(
        program.wait().unwrap().success(),
        "SIGTERM must end it in order"
    );
    std::fs::remove_dir_all(folder).unwrap();
    assert_eq!(
        calls.iter().map(|call| call.status).collect::<Vec<_>>(),
        [200, 503]
    );
}

#[tokio::test]
async fn the_emulators_own_functions_and_unsigned_calls_pass_too() {
    let aws = LocalAws::start(false, Config::transparent()).await.unwrap();
    let control = crate::clients::Control::new(aws.proxy.address());
    assert!(
        control
            .request("GET", "/_ministack/health", "")
            .await
            .starts_with("HTTP/1.1 200")
    );
    let begun = management(&aws)
        .organizations()
        .create_account()
        .email("a@example.com")
        .account_name("a")
        .send()
        .await
        .unwrap();
    assert!(
        begun.create_account_status.unwrap().account_id.is_some(),
        "a transparent proxy shows the emulator as it is"
    );
}
