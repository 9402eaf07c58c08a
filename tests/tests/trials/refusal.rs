//! What is refused for a moment: a right, a session.

use scenarios::{
    machine::APP,
    proxy::{Effect, Fault, Match, Record},
    trial::stage::{STANDARD, Stage, quick},
};
use tenancy::Verb;
use tenancy::{ComponentName, ComponentState, Phase};

fn on(operation: Option<&str>, service: Option<&str>, effect: Effect) -> Fault {
    Fault {
        matching: Match {
            app: Some(APP.to_owned()),
            operation: operation.map(str::to_owned),
            service: service.map(str::to_owned),
            ..Match::default()
        },
        effect,
        ..Fault::default()
    }
}

/// If it were shown as parked for only as long as the pass lasts, a pass that dies just then would leave it so.
#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_refusal_is_at_no_moment_shown_as_parked() {
    let stage = Stage::new(quick()).await.unwrap();
    let tenant = stage.machine.request_tenant(STANDARD.spec("refused")).await;
    let tenant = tenant.unwrap().id;
    let refused = Effect::Refuse {
        code: "UnauthorizedOperation".to_owned(),
        status: 403,
        message: "no policy allows it yet".to_owned(),
        reason: None,
    };
    let proxy = &stage.machine.aws.proxy;
    proxy.add_fault(Fault {
        times: Some(1),
        name: "refused".to_owned(),
        ..on(Some("CreateVpc"), None, refused)
    });
    // So that what is shown in between can be seen.
    proxy.add_fault(on(None, Some("dynamodb"), Effect::Latency { ms: 50 }));
    let mut shown = Vec::new();
    let mut look = async || {
        let found = stage.tenant(&tenant).await.unwrap();
        if let Some(status) = found.components.get(&ComponentName::NETWORK) {
            shown.push(status.state);
        }
    };
    let settled = {
        let mut settle = std::pin::pin!(stage.settle(Verb::Onboard, &tenant));
        loop {
            tokio::select! {
                settled = &mut settle => break settled,
                () = look() => {}
            }
        }
    };
    settled.unwrap();
    let hits = proxy.fault_tally();
    assert!(
        hits.iter()
            .any(|(name, _, hits)| name == "refused" && *hits == 1),
        "{hits:?}"
    );
    assert_eq!(stage.tenant(&tenant).await.unwrap().phase(), Phase::Active);
    assert!(shown.contains(&ComponentState::Failed), "{shown:?}");
    assert!(!shown.contains(&ComponentState::Parked), "{shown:?}");
}

/// Sessions of a role that was made again, or that a person revoked, are refused for as long as they would have lasted.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_refused_is_not_used_again() {
    let stage = Stage::new(quick()).await.unwrap();
    let machine = &stage.machine;
    let tenant = machine.request_tenant(STANDARD.spec("revoked")).await;
    let tenant = tenant.unwrap().id;
    stage.settle(Verb::Onboard, &tenant).await.unwrap();
    let auditor = machine.worker(Verb::Audit).await.unwrap();
    let opened = async || {
        let before = machine.aws.proxy.calls().len();
        auditor.work(&tenant).await.unwrap();
        let calls = machine.aws.proxy.calls().split_off(before);
        let entered = |call: &&Record| call.operation == "AssumeRole";
        calls.iter().filter(entered).count()
    };
    assert!(opened().await > 0, "the first look opens its sessions");
    assert_eq!(opened().await, 0, "and they are kept");
    let refused = Effect::Refuse {
        code: "InvalidClientTokenId".to_owned(),
        status: 403,
        message: "The security token included in the request is invalid.".to_owned(),
        reason: None,
    };
    machine.aws.proxy.add_fault(on(None, Some("iam"), refused));
    assert_eq!(
        opened().await,
        0,
        "what is refused is a session that was kept"
    );
    machine.aws.proxy.clear_faults();
    assert!(opened().await > 0, "so the next look opens another");
    assert_eq!(opened().await, 0);
}
