//! Calls that AWS refuses for a while: for a permission that is not in force yet, for a session that was revoked.

use scenarios::{
    machine::APP,
    proxy::{Effect, Fault, Match, Record},
    trial::environment::{Environment, STANDARD, without_delays},
};
use tenancy::{ComponentName, ComponentState, Phase, Verb};

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

/// If the component were parked during the pass, even briefly, a pass that dies just then would leave it parked.
#[tokio::test(flavor = "multi_thread")]
async fn a_transient_denial_never_shows_as_parked() {
    let environment = Environment::new(without_delays()).await.unwrap();
    let tenant = environment
        .machine
        .request_tenant(STANDARD.spec("refused"))
        .await;
    let tenant = tenant.unwrap().id;
    let refused = Effect::Refuse {
        code: "UnauthorizedOperation".to_owned(),
        status: 403,
        message: "no policy allows it yet".to_owned(),
        reason: None,
    };
    let proxy = &environment.machine.aws.proxy;
    proxy.add_fault(Fault {
        times: Some(1),
        name: "refused".to_owned(),
        ..on(Some("CreateVpc"), None, refused)
    });
    // Slow enough for the state in between to be observed.
    proxy.add_fault(on(None, Some("dynamodb"), Effect::Latency { ms: 50 }));
    let mut shown = Vec::new();
    let mut observe = async || {
        let found = environment.tenant(&tenant).await.unwrap();
        if let Some(status) = found.components.get(&ComponentName::NETWORK) {
            shown.push(status.state);
        }
    };
    let settled = {
        let mut settle = std::pin::pin!(environment.settle(Verb::Onboard, &tenant));
        loop {
            tokio::select! {
                settled = &mut settle => break settled,
                () = observe() => {}
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
    assert_eq!(
        environment.tenant(&tenant).await.unwrap().phase(),
        Phase::Active
    );
    assert!(shown.contains(&ComponentState::Failed), "{shown:?}");
    assert!(!shown.contains(&ComponentState::Parked), "{shown:?}");
}

/// Sessions of a role that was created again, or that a person revoked, are refused until they expire.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_refused_is_not_used_again() {
    let environment = Environment::new(without_delays()).await.unwrap();
    let machine = &environment.machine;
    let tenant = machine.request_tenant(STANDARD.spec("revoked")).await;
    let tenant = tenant.unwrap().id;
    environment.settle(Verb::Onboard, &tenant).await.unwrap();
    let auditor = machine.worker(Verb::Audit).await.unwrap();
    let opened = async || {
        let before = machine.aws.proxy.calls().len();
        auditor.work(&tenant).await.unwrap();
        let calls = machine.aws.proxy.calls().split_off(before);
        let assumes = |call: &&Record| call.operation == "AssumeRole";
        calls.iter().filter(assumes).count()
    };
    assert!(opened().await > 0, "the first pass opens its sessions");
    assert_eq!(opened().await, 0, "and they are cached");
    let refused = Effect::Refuse {
        code: "InvalidClientTokenId".to_owned(),
        status: 403,
        message: "The security token included in the request is invalid.".to_owned(),
        reason: None,
    };
    machine.aws.proxy.add_fault(on(None, Some("iam"), refused));
    assert_eq!(opened().await, 0, "the refused session is a cached one");
    machine.aws.proxy.clear_faults();
    assert!(opened().await > 0, "so the next pass opens another");
    assert_eq!(opened().await, 0);
}
