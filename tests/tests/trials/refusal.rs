//! A right that is refused for a moment.

use scenarios::{
    machine::APP,
    proxy::{Effect, Fault, Match},
    trial::stage::{STANDARD, Stage, quick},
};
use tenancy::{ComponentName, ComponentState, Phase};
use tenantry_aws::worker::Verb;

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
        if let Some(status) = found.components.get(&ComponentName::Network) {
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
