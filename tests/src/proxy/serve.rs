//! From a connection to an answer: read, decide, let it take effect, record.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::answer::{Answer, refusal, refusal_with, throttle_of};
use super::call::Call;
use super::fault::{Effect, Verdict};
use super::identify::{Protocol, text};
use super::record::Record;
use super::spoiled::Spoiled;
use super::stale::Limits;
use super::state::State;
use super::upstream::{AnyError, Body, full, strip, whole};
use super::{
    control, credential_report, image_block, newborn, organizations, refused, tokens, trails,
    write_units,
};

/// Largest body of a service whose calls have to be read.
const LARGEST_READ: usize = 64 << 20;
/// Bodies above this are streamed through where the service allows it.
const LARGEST_HELD: u64 = 1 << 20;

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("connection cut")]
pub struct Cut;

/// What a client gets.
enum Outcome {
    Whole(Answer),
    Streamed(Response<Incoming>),
    Cut,
}

impl Outcome {
    fn succeeded(&self) -> bool {
        match self {
            Self::Whole(answer) => answer.status.is_success(),
            Self::Streamed(response) => response.status().is_success(),
            Self::Cut => true,
        }
    }
}

/// Accepts connections until dropped, and drops them all then.
pub async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => { connections.spawn(connection(stream, peer, Arc::clone(&state))); }
                // Out of file descriptors, most likely: let some close.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, state: Arc<State>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let state = Arc::clone(&state);
        async move { handle(state, peer, request).await }
    });
    // A cut connection ends here with an error, as it should.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn handle(
    state: Arc<State>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Body>, Cut> {
    if request.uri().path().starts_with("/_proxy/") {
        return Ok(response(control::answer(&state, peer, request).await));
    }
    // In a task of its own: a client that hangs up must not keep us from learning what took effect.
    match tokio::spawn(run(state, request)).await {
        Ok(Outcome::Whole(answer)) => Ok(response(answer)),
        Ok(Outcome::Streamed(streamed)) => {
            let (mut parts, body) = streamed.into_parts();
            strip(&mut parts.headers);
            Ok(Response::from_parts(
                parts,
                body.map_err(AnyError::from).boxed(),
            ))
        }
        Ok(Outcome::Cut) | Err(_) => Err(Cut),
    }
}

fn response(answer: Answer) -> Response<Body> {
    let mut response = Response::new(full(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

async fn run(state: Arc<State>, request: Request<Incoming>) -> Outcome {
    let start = state.clock.real();
    let at = jiff::Timestamp::now().to_string();
    let sequence = state.recorder.begin();
    let Ok((mut call, streamed)) = read(request).await else {
        return Outcome::Cut;
    };
    call.caller = state
        .keys
        .caller(&call.identity.access_key, &state.upstream)
        .await;
    state.recorder.use_actions(&call);
    let verdict = state.faults.decide(&call, &state.dice);
    if !verdict.latency.is_zero() {
        tokio::time::sleep(verdict.latency).await;
    }
    let lock = state.checkpoints.lock_if_recording().await;
    let counting = match state.config.write_units {
        true => write_units::before(&state, &call).await,
        false => None,
    };
    let (outcome, faulty) = respond(&state, &call, streamed, &verdict).await;
    if let Some(mut recording) = lock {
        recording
            .step(&state, sequence, &call, outcome.succeeded())
            .await;
    }
    let mut record = describe(&call, &outcome);
    record.sequence = sequence;
    record.at = at;
    record.start_us = micros(start);
    record.end_us = micros(state.clock.real());
    if let Some(counting) = counting {
        record.write_units = counting.units(&state, &call).await;
    }
    if state.config.written_rows {
        record.written_rows = refused::written(&call);
    }
    record.fault = faulty.then(|| verdict.names.join("+"));
    state.recorder.finish(record);
    outcome
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn describe(call: &Call, outcome: &Outcome) -> Record {
    let (status, error) = match outcome {
        Outcome::Whole(answer) => (answer.status.as_u16(), answer.error_code()),
        Outcome::Streamed(response) => (response.status().as_u16(), None),
        Outcome::Cut => (0, None),
    };
    let refused_rows = match outcome {
        Outcome::Whole(answer) => refused::rows(call, answer),
        _ => Vec::new(),
    };
    Record {
        account: call.caller.account.clone(),
        role: call.caller.role.clone(),
        session: call.caller.session.clone(),
        app: call.identity.app.clone(),
        service: call.identity.service.clone(),
        operation: call.identity.operation.clone(),
        region: call.identity.region.clone(),
        status,
        error,
        refused_rows,
        ..Record::default()
    }
}

/// Reads a request; a large body of a service that is told by its headers is left to be streamed.
async fn read(request: Request<Incoming>) -> Result<(Call, Option<Incoming>), AnyError> {
    let (parts, incoming) = request.into_parts();
    let path = parts
        .uri
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    let call = Call::new(parts.method, path, parts.headers, Bytes::new());
    if streamable(&call) && !small(&call.headers, incoming.size_hint_exact()) {
        return Ok((call, Some(incoming)));
    }
    let body = Limited::new(incoming, LARGEST_READ)
        .collect()
        .await?
        .to_bytes();
    Ok((
        Call::new(call.method, call.path_and_query, call.headers, body),
        None,
    ))
}

/// The exact length of a body, if it is known.
trait ExactLength {
    fn size_hint_exact(&self) -> Option<u64>;
}

impl ExactLength for Incoming {
    fn size_hint_exact(&self) -> Option<u64> {
        hyper::body::Body::size_hint(self).exact()
    }
}

fn streamable(call: &Call) -> bool {
    call.identity.protocol == Protocol::S3
        || matches!(
            call.identity.service.as_str(),
            "execute-api" | "lambda" | "unsigned"
        )
}

fn small(headers: &HeaderMap, exact: Option<u64>) -> bool {
    let told = text(headers, header::CONTENT_LENGTH.as_str()).parse().ok();
    exact
        .or(told)
        .is_some_and(|length: u64| length <= LARGEST_HELD)
}

/// The outcome, and whether a fault had a part in it.
async fn respond(
    state: &Arc<State>,
    call: &Call,
    streamed: Option<Incoming>,
    verdict: &Verdict,
) -> (Outcome, bool) {
    let Some(effect) = &verdict.effect else {
        return (take_effect(state, call, streamed).await, false);
    };
    let outcome = match effect {
        Effect::Refuse {
            code,
            status,
            message,
            reason,
        } => {
            let message = if message.is_empty() {
                "refused by a fault of the proxy"
            } else {
                message
            };
            let more = reason.as_ref().map_or(
                serde_json::Value::Null,
                |reason| serde_json::json!({ "Reason": reason }),
            );
            Outcome::Whole(refusal_with(call, *status, code, message, &more))
        }
        Effect::Throttle => Outcome::Whole(throttled(call)),
        Effect::Empty { status } => Outcome::Whole(Answer::empty(*status)),
        Effect::Cut => Outcome::Cut,
        Effect::DropAnswer => {
            take_effect(state, call, streamed).await;
            Outcome::Cut
        }
        Effect::LoseAnswer { status } => {
            take_effect(state, call, streamed).await;
            Outcome::Whole(Answer::empty(*status))
        }
        Effect::SpoilAnswer { how } => {
            spoiled(take_effect(state, call, streamed).await, *how).await
        }
        Effect::Stale { ms, secs, reads } => {
            let limits = Limits {
                ms: *ms,
                secs: *secs,
                reads: *reads,
            };
            let now = state.clock.now();
            match state.stale.before_last_write(call, now, limits) {
                Some(answer) => Outcome::Whole(answer),
                None => return (take_effect(state, call, streamed).await, false),
            }
        }
        // Latency and power loss were turned into something else by the verdict.
        Effect::Mark | Effect::Latency { .. } | Effect::PowerLoss { .. } => {
            take_effect(state, call, streamed).await
        }
    };
    (outcome, true)
}

/// The same outcome with an answer that cannot be read.
async fn spoiled(outcome: Outcome, how: Spoiled) -> Outcome {
    let answer = match outcome {
        Outcome::Whole(answer) => answer,
        Outcome::Streamed(response) => match whole(response).await {
            Ok(answer) => answer,
            Err(_) => return Outcome::Cut,
        },
        Outcome::Cut => return Outcome::Cut,
    };
    Outcome::Whole(how.of(answer))
}

/// The service's own way to say that one calls too often.
pub fn throttled(call: &Call) -> Answer {
    let (status, code) = throttle_of(&call.identity.service);
    refusal(call, status, code, "Rate exceeded")
}

async fn take_effect(state: &Arc<State>, call: &Call, streamed: Option<Incoming>) -> Outcome {
    let started = Instant::now();
    let result = if streamable(call) {
        pass(state, call, streamed).await
    } else {
        answer(state, call).await.map(Outcome::Whole)
    };
    let outcome = result.unwrap_or_else(|error| {
        tracing::warn!(%error, operation = call.identity.operation, "no answer from the emulator");
        Outcome::Whole(Answer::empty(502))
    });
    if let Outcome::Whole(answer) = &outcome {
        state.keys.learn(call, answer);
        state
            .stale
            .remember(call, answer, started, state.clock.now());
    }
    outcome
}

/// Passes a call through that may be large in either direction.
async fn pass(state: &State, call: &Call, streamed: Option<Incoming>) -> Result<Outcome, AnyError> {
    if let Some(refusal) = newborn::refusal(state, call) {
        return Ok(Outcome::Whole(refusal));
    }
    let body = match streamed {
        Some(incoming) => incoming.map_err(AnyError::from).boxed(),
        None => full(call.body.clone()),
    };
    let response = state
        .upstream
        .stream(
            call.method.clone(),
            &call.path_and_query,
            &call.headers,
            body,
        )
        .await?;
    if call.method != http::Method::HEAD
        && !small(response.headers(), response.body().size_hint_exact())
    {
        return Ok(Outcome::Streamed(response));
    }
    Ok(Outcome::Whole(whole(response).await?))
}

/// The answer of the emulator, or of whatever of AWS the proxy plays.
async fn answer(state: &Arc<State>, call: &Call) -> Result<Answer, AnyError> {
    if let Some(refusal) =
        organizations::access_refusal(state, call).or_else(|| newborn::refusal(state, call))
    {
        return Ok(refusal);
    }
    match call.identity.service.as_str() {
        "organizations" => organizations::answer(state, call).await,
        "ec2" => tokens::once(state, call, || image_block::answer(state, call)).await,
        "iam" => credential_report::answer(state, call).await,
        "cloudtrail" => trails::answer(state, call).await,
        _ => state.upstream.forward(call).await,
    }
}
