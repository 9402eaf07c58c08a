//! The control endpoints under `/_proxy/`, for loopback clients only.

use std::net::SocketAddr;

use http::{Method, Request};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::answer::Answer;
use super::check;
use super::fault::Fault;
use super::identify::pairs;
use super::root_user::{self, RootUser};
use super::state::State;

/// Largest body of a control request.
const LARGEST: usize = 1 << 20;

/// Answers a control request.
pub async fn answer(state: &State, peer: SocketAddr, request: Request<Incoming>) -> Answer {
    if !peer.ip().is_loopback() {
        return Answer::json(
            403,
            &json!({ "error": "control endpoints are for loopback clients only" }),
        );
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LARGEST).collect().await else {
        return Answer::json(413, &json!({ "error": "the body is too large" }));
    };
    let body = body.to_bytes();
    let query = pairs(parts.uri.query().unwrap_or_default());
    let parameter = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    match (parts.method, parts.uri.path()) {
        (Method::GET, "/_proxy/health") => Answer::json(200, &json!({ "status": "up" })),
        (Method::GET, "/_proxy/calls") => calls(
            state,
            parameter("since")
                .and_then(|since| since.parse().ok())
                .unwrap_or(0),
        ),
        (Method::POST, "/_proxy/reset") => {
            state.reset();
            Answer::json(200, &json!({}))
        }
        (Method::GET, "/_proxy/faults") => tally(state),
        (Method::POST, "/_proxy/faults") => add(state, &body),
        (Method::DELETE, "/_proxy/faults") => {
            state.faults.clear(parameter("name"));
            Answer::json(200, &json!({}))
        }
        (Method::POST, "/_proxy/root-user") => {
            root_user(state, parameter("account").unwrap_or_default(), &body).await
        }
        (Method::GET, "/_proxy/clock") => clock(state),
        (Method::POST, "/_proxy/clock") => advance(state, &body),
        (method, path) => Answer::json(404, &json!({ "error": format!("no `{method} {path}`") })),
    }
}

fn calls(state: &State, since: u64) -> Answer {
    Answer::json(200, &json!({ "calls": state.recorder.since(since) }))
}

fn tally(state: &State) -> Answer {
    let faults: Vec<_> = state
        .faults
        .tally()
        .into_iter()
        .map(|(name, seen, hits)| json!({ "name": name, "seen": seen, "hits": hits }))
        .collect();
    Answer::json(
        200,
        &json!({ "faults": faults, "dark": state.faults.dark() }),
    )
}

/// Adds one fault or a list of them.
fn add(state: &State, body: &[u8]) -> Answer {
    // Told apart first, so that what is wrong is said of the one or of the list.
    let list = body.trim_ascii_start().starts_with(b"[");
    let faults = if list {
        check::read::<Vec<Fault>>(body)
    } else {
        check::read(body).map(|one| vec![one])
    };
    let faults = faults.and_then(|faults| {
        faults.iter().try_for_each(check::fault)?;
        Ok(faults)
    });
    match faults {
        Ok(faults) => {
            let names: Vec<_> = faults
                .into_iter()
                .map(|fault| state.faults.add(fault))
                .collect();
            Answer::json(200, &json!({ "names": names }))
        }
        Err(error) => Answer::json(400, &json!({ "error": error })),
    }
}

/// Gives an account's root user credentials.
async fn root_user(state: &State, account: &str, body: &[u8]) -> Answer {
    let root: RootUser = match check::read(body) {
        Ok(root) => root,
        Err(error) => return Answer::json(400, &json!({ "error": error })),
    };
    match root_user::set(state, account, root).await {
        Ok(()) => Answer::json(200, &json!({})),
        Err(error) => Answer::json(502, &json!({ "error": error.to_string() })),
    }
}

fn clock(state: &State) -> Answer {
    Answer::json(200, &json!(state.clock.reading()))
}

fn advance(state: &State, body: &[u8]) -> Answer {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    match body.get("advance_secs").and_then(Value::as_f64) {
        Some(secs) => {
            state.clock.advance(secs);
            clock(state)
        }
        None => Answer::json(400, &json!({ "error": "`advance_secs` is missing" })),
    }
}
