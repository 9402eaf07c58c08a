//! Waiting for an operation: poll, show changes, stop when it is finished or parked, or at the timeout.

use std::time::Duration;

use api_types::OperationView;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tenancy::{Failure, OperationId, OperationKind, OperationState};
use tokio::time::{Instant, sleep};

use crate::{
    client::{Call, decode},
    error::CliError,
    progress::Progress,
    session::Session,
};

const SHORTEST_POLL: Duration = Duration::from_millis(300);
const LONGEST_POLL: Duration = Duration::from_secs(5);
/// How often the times on the screen are updated.
const TICK: Duration = Duration::from_millis(500);
/// How long an operation that was just resumed may still be reported as parked.
const RESUME_GRACE: Duration = Duration::from_secs(60);

/// What to wait for.
#[derive(Debug, Clone)]
pub struct Wait {
    /// The operation.
    pub operation: OperationId,
    /// How long at most.
    pub timeout: SignedDuration,
    /// It was parked and has just been resumed: until it changes, that it is reported as parked is stale.
    pub resumed: bool,
}

/// An operation that is finished or parked.
#[derive(Debug, Clone)]
pub struct Ended {
    /// The API's answer.
    pub body: Value,
    /// The same, decoded.
    pub view: OperationView,
}

/// Waits.
///
/// # Errors
/// At the timeout, or if the API refuses. While the API is unavailable, waiting goes on.
pub async fn follow(session: &Session<'_>, wait: &Wait) -> Result<Ended, CliError> {
    let operation = &wait.operation;
    session.resume.set(format!(
        "the operation continues; wait for it again with `tenantry operation wait {operation}`"
    ));
    let mut follower = Follower {
        session,
        wait,
        progress: Progress::new(&session.printer),
        began: Instant::now(),
        pause: SHORTEST_POLL,
        first_update: None,
    };
    let ended = follower.until_finished().await;
    session.resume.clear();
    ended
}

/// What to wait for as one of many.
#[derive(Debug, Clone)]
pub struct Quietly {
    /// The operation.
    pub operation: OperationId,
    /// Since when all of them are waited for.
    pub began: Instant,
    /// How long at most, since then.
    pub timeout: SignedDuration,
}

/// Waits without a word. While the API is unavailable, waiting goes on. What is over is found so even after the timeout.
///
/// # Errors
/// At the timeout, or if the API refuses.
pub async fn follow_quietly(session: &Session<'_>, wait: Quietly) -> Result<Ended, CliError> {
    let mut pause = SHORTEST_POLL;
    let call = show_call(&wait.operation);
    loop {
        sleep(pause).await;
        pause = pause.mul_f64(1.4).min(LONGEST_POLL);
        match session.send(&call).await {
            Ok(answer) => {
                let view: OperationView = decode(&call.doing, &answer.body)?;
                let state = view.operation.state;
                if state.is_final() || state == OperationState::Parked {
                    let body = answer.body;
                    return Ok(Ended { body, view });
                }
            }
            Err(error) if error.is_transient() => {}
            Err(error) => return Err(error),
        }
        if wait.began.elapsed() >= wait.timeout.unsigned_abs() {
            return Err(CliError::TimedOut {
                operation: wait.operation,
                waited: format!("{:#}", wait.timeout),
            });
        }
    }
}

struct Follower<'w> {
    session: &'w Session<'w>,
    wait: &'w Wait,
    progress: Progress,
    began: Instant,
    pause: Duration,
    /// When the operation had last changed at our first poll, by the API's clock.
    first_update: Option<Timestamp>,
}

impl Follower<'_> {
    async fn until_finished(&mut self) -> Result<Ended, CliError> {
        loop {
            if let Some(ended) = self.poll().await? {
                return Ok(ended);
            }
            self.rest().await?;
        }
    }

    async fn poll(&mut self) -> Result<Option<Ended>, CliError> {
        let call = show_call(&self.wait.operation);
        let body = match self.session.send(&call).await {
            Ok(answer) => answer.body,
            Err(error) if error.is_transient() => {
                self.progress.note(&format!("{error}; still waiting"));
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let view: OperationView = decode(&call.doing, &body)?;
        self.first_update.get_or_insert(view.operation.updated_at);
        if self.progress.show(&view) {
            self.pause = SHORTEST_POLL;
        }
        let finished = self.is_finished(&view);
        Ok(finished.then_some(Ended { body, view }))
    }

    fn is_finished(&self, view: &OperationView) -> bool {
        match view.operation.state {
            OperationState::Parked => {
                let stale = self.wait.resumed
                    && self.first_update == Some(view.operation.updated_at)
                    && self.began.elapsed() < RESUME_GRACE;
                !stale
            }
            state => state.is_final(),
        }
    }

    /// Sleeps until the next poll and updates the times on the screen.
    async fn rest(&mut self) -> Result<(), CliError> {
        let limit = self.wait.timeout.unsigned_abs();
        let next_poll = Instant::now() + self.pause;
        while Instant::now() < next_poll {
            let left = limit.saturating_sub(self.began.elapsed());
            if left.is_zero() {
                return Err(self.timed_out());
            }
            sleep(TICK.min(left).min(next_poll - Instant::now())).await;
            self.progress.tick();
        }
        self.pause = self.pause.mul_f64(1.4).min(LONGEST_POLL);
        Ok(())
    }

    fn timed_out(&self) -> CliError {
        CliError::TimedOut {
            operation: self.wait.operation.clone(),
            waited: format!("{:#}", self.wait.timeout),
        }
    }
}

/// The call that reads an operation.
pub fn show_call(operation: &OperationId) -> Call {
    Call::get(
        format!("/v1/operations/{operation}"),
        format!("reading operation `{operation}`"),
    )
}

impl Ended {
    /// Whether the operation succeeded.
    ///
    /// # Errors
    /// If the operation is parked or was canceled.
    pub fn result(&self) -> Result<(), CliError> {
        let operation = &self.view.operation;
        match operation.state {
            OperationState::Parked => Err(CliError::Parked {
                kind: kind_in_words(operation.kind),
                tenant: operation.tenant_id.to_string(),
                reasons: self.reasons(),
            }),
            OperationState::Canceled => Err(CliError::Canceled(
                operation
                    .outcome
                    .clone()
                    .unwrap_or_else(|| "another operation replaced it".into()),
            )),
            _ => Ok(()),
        }
    }

    /// Reason and remedy of everything that a person must resolve, each once.
    fn reasons(&self) -> Vec<String> {
        let of_components = self
            .view
            .components
            .values()
            .filter_map(|c| c.obstacle.as_ref());
        let obstacles = self.view.operation.obstacles.iter().chain(of_components);
        let mut reasons: Vec<String> = Vec::new();
        for line in obstacles.filter_map(parked_in_words) {
            if !reasons.contains(&line) {
                reasons.push(line);
            }
        }
        reasons
    }
}

fn parked_in_words(failure: &Failure) -> Option<String> {
    let (reason, remedy) = failure.for_a_person()?;
    Some(format!("{reason}: {failure}\n    remedy: {remedy}"))
}

/// An operation's kind as a word.
pub fn kind_in_words(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Onboard => "onboarding",
        OperationKind::Update => "update",
        OperationKind::Audit => "audit",
        OperationKind::Repair => "repair",
        OperationKind::Offboard => "offboarding",
        OperationKind::RotateKeyPair => "rotation of the key pair",
        OperationKind::EndSessions => "end of sessions",
        OperationKind::Other(word) => word.as_str(),
    }
}
