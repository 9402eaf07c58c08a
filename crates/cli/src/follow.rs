//! Waiting for an operation: poll, show what changed, stop when it is over, parked, or the time is up.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tenancy::{Failure, Next, OperationId, OperationKind, OperationState};
use tokio::time::{Instant, sleep};

use crate::{
    client::Call,
    progress::Progress,
    session::Session,
    stop::Stop,
    wire::{self, OperationView},
};

const SHORTEST_POLL: Duration = Duration::from_millis(300);
const LONGEST_POLL: Duration = Duration::from_secs(5);
/// How often times on the screen are brought up to date.
const TICK: Duration = Duration::from_millis(500);
/// How long an operation that was just asked to go on may still look parked.
const UNPARK: Duration = Duration::from_secs(60);

/// What to wait for.
#[derive(Debug, Clone)]
pub struct Wait {
    /// The operation.
    pub operation: OperationId,
    /// How long at most.
    pub timeout: SignedDuration,
    /// It was parked and has been asked to go on: as long as nothing about it changes, that it is parked is old news.
    pub resumed: bool,
}

/// An operation that is over, or parked.
#[derive(Debug, Clone)]
pub struct Ended {
    /// The API's answer.
    pub body: Value,
    /// The same, read.
    pub view: OperationView,
}

/// Waits.
///
/// # Errors
/// If the time is up or the API refuses; an API that does not answer for a while is waited out.
pub async fn follow(session: &Session<'_>, wait: &Wait) -> Result<Ended, Stop> {
    let operation = &wait.operation;
    session.resume.set(format!(
        "the operation goes on by itself; wait for it again with `tenantry operation wait {operation}`"
    ));
    let mut follower = Follower {
        session,
        wait,
        progress: Progress::new(&session.screen),
        began: Instant::now(),
        pause: SHORTEST_POLL,
        first_update: None,
    };
    let ended = follower.until_over().await;
    session.resume.clear();
    ended
}

struct Follower<'w> {
    session: &'w Session<'w>,
    wait: &'w Wait,
    progress: Progress,
    began: Instant,
    pause: Duration,
    /// When the operation had last changed at our first look, by the API's clock.
    first_update: Option<Timestamp>,
}

impl Follower<'_> {
    async fn until_over(&mut self) -> Result<Ended, Stop> {
        loop {
            if let Some(ended) = self.poll().await? {
                return Ok(ended);
            }
            self.rest().await?;
        }
    }

    async fn poll(&mut self) -> Result<Option<Ended>, Stop> {
        let call = show_call(&self.wait.operation);
        let body = match self.session.send(&call).await {
            Ok(answer) => answer.body,
            Err(stop) if stop.is_passing() => {
                self.progress.note(&format!("{stop}; still waiting"));
                return Ok(None);
            }
            Err(stop) => return Err(stop),
        };
        let view: OperationView = wire::read(&call.doing, &body)?;
        self.first_update.get_or_insert(view.operation.updated_at);
        if self.progress.show(&view) {
            self.pause = SHORTEST_POLL;
        }
        let over = self.is_over(&view);
        Ok(over.then_some(Ended { body, view }))
    }

    fn is_over(&self, view: &OperationView) -> bool {
        match view.operation.state {
            OperationState::Parked => {
                let old_news = self.wait.resumed
                    && self.first_update == Some(view.operation.updated_at)
                    && self.began.elapsed() < UNPARK;
                !old_news
            }
            state => state.is_final(),
        }
    }

    /// Sleeps until the next poll, keeping the times on the screen going.
    async fn rest(&mut self) -> Result<(), Stop> {
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

    fn timed_out(&self) -> Stop {
        Stop::TimedOut {
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
    /// Whether what was asked for came about.
    ///
    /// # Errors
    /// If the operation is parked or was canceled.
    pub fn verdict(&self) -> Result<(), Stop> {
        let operation = &self.view.operation;
        match operation.state {
            OperationState::Parked => Err(Stop::Parked {
                kind: kind_in_words(operation.kind),
                tenant: operation.tenant_id.to_string(),
                reasons: self.reasons(),
            }),
            OperationState::Canceled => Err(Stop::Canceled(
                operation
                    .outcome
                    .clone()
                    .unwrap_or_else(|| "something else replaced it".into()),
            )),
            _ => Ok(()),
        }
    }

    /// Reason and remedy of everything that only a person can clear, each once.
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
    match &failure.next {
        Next::Park { reason, remedy } => Some(format!("{reason}: {failure}\n    remedy: {remedy}")),
        _ => None,
    }
}

/// An operation's kind as a word.
pub fn kind_in_words(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Onboard => "onboarding",
        OperationKind::Update => "update",
        OperationKind::Audit => "audit",
        OperationKind::Repair => "repair",
        OperationKind::Offboard => "offboarding",
        OperationKind::Other(word) => word.as_str(),
    }
}
