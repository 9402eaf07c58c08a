//! Eventual consistency: for a while after a write, reads show what was there before.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::analysis::is_read;
use super::answer::Answer;
use super::call::Call;

/// The last answers, and when each account and service was last written to.
#[derive(Debug, Default)]
pub struct Stale(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    /// Answers by account, service, Region, path and body.
    answers: HashMap<String, Remembered>,
    /// When, and when in simulated time.
    written: HashMap<(String, String), (Instant, f64)>,
}

#[derive(Debug)]
struct Remembered {
    answer: Answer,
    at: Instant,
    reads: u64,
}

/// Most answers remembered; beyond it new ones are not.
const MOST: usize = 50_000;

/// How long a read may be stale.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Real milliseconds after the write.
    pub ms: u64,
    /// Simulated seconds after the write.
    pub secs: Option<f64>,
    /// Reads of one thing.
    pub reads: Option<u64>,
}

impl Stale {
    /// The answer from before the last write, if that was recent and it was seen fewer than `reads` times.
    pub fn before_last_write(&self, call: &Call, now: f64, limits: Limits) -> Option<Answer> {
        if !eventual(call) {
            return None;
        }
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (written, simulated) = *memory.written.get(&place(call))?;
        let remembered = memory.answers.get_mut(&key(call))?;
        let recent = written.elapsed() < Duration::from_millis(limits.ms)
            && limits.secs.is_none_or(|secs| now - simulated < secs);
        if !recent
            || remembered.at >= written
            || limits.reads.is_some_and(|reads| remembered.reads >= reads)
        {
            return None;
        }
        remembered.reads += 1;
        Some(remembered.answer.clone())
    }

    /// Takes note of a call that took effect, begun at `started`, at `now` of simulated time.
    pub fn remember(&self, call: &Call, answer: &Answer, started: Instant, now: f64) {
        if !answer.status.is_success() {
            return;
        }
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_read(&call.identity.service, &call.identity.operation) {
            memory.written.insert(place(call), (Instant::now(), now));
        } else if eventual(call) && (memory.answers.len() < MOST) {
            memory.answers.insert(
                key(call),
                Remembered {
                    answer: answer.clone(),
                    at: started,
                    reads: 0,
                },
            );
        }
    }

    /// Forgets all.
    pub fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Memory::default();
    }
}

/// Reads that may lag. Credentials are no state, and the ledger and its queues are read consistently.
fn eventual(call: &Call) -> bool {
    let identity = &call.identity;
    is_read(&identity.service, &identity.operation)
        && !matches!(
            identity.service.as_str(),
            "sts" | "dynamodb" | "sqs" | "execute-api" | "unsigned"
        )
}

fn place(call: &Call) -> (String, String) {
    (call.account().to_owned(), call.identity.service.clone())
}

fn key(call: &Call) -> String {
    let identity = &call.identity;
    let body = String::from_utf8_lossy(&call.body);
    format!(
        "{}|{}|{}|{}|{}|{body}",
        call.account(),
        identity.service,
        identity.region,
        identity.operation,
        call.path_and_query
    )
}
