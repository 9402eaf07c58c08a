//! How a worker function is called: with a batch of messages, or by the clock.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Unreadable;

/// What a worker function is called with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invocation {
    /// Messages of its queue.
    Batch(SqsBatch),
    /// The clock: sweep for what is due.
    Tick(Tick),
}

/// What we read of a batch of SQS messages. Source: Lambda Developer Guide, "Using Lambda with Amazon SQS".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SqsBatch {
    /// The messages.
    #[serde(rename = "Records")]
    pub records: Vec<SqsRecord>,
}

/// What we read of one SQS message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SqsRecord {
    /// Id of the message; its failure is reported by it.
    pub message_id: String,
    /// Its body: see [`crate::Message`].
    pub body: String,
}

/// What we read of a scheduled event. Source: EventBridge User Guide, "Creating a rule that runs on a schedule".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Tick {
    /// `Scheduled Event`.
    pub detail_type: TickType,
    /// `aws.events` for a rule, `aws.scheduler` for a schedule.
    pub source: String,
}

/// The detail-type of a scheduled event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TickType {
    /// A schedule was due.
    #[serde(rename = "Scheduled Event")]
    ScheduledEvent,
}

impl Invocation {
    /// Reads the payload of an invocation.
    ///
    /// # Errors
    /// If it is neither.
    pub fn parse(payload: Value) -> Result<Self, Unreadable> {
        let read = if payload.get("Records").is_some() {
            serde_json::from_value(payload).map(Self::Batch)
        } else {
            serde_json::from_value(payload).map(Self::Tick)
        };
        read.map_err(|error| Unreadable {
            detail: format!("neither a batch nor a scheduled event: {error}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(text: &str) -> Result<Invocation, Unreadable> {
        Invocation::parse(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn a_batch_and_a_tick_are_told_apart_and_all_else_is_refused() {
        let batch = example(include_str!("../examples/SqsBatch.json"));
        assert!(matches!(batch, Ok(Invocation::Batch(batch)) if batch.records.len() == 2));
        let tick = example(include_str!("../examples/ScheduledEvent.json"));
        assert!(matches!(tick, Ok(Invocation::Tick(_))));
        for bad in [
            "{}",
            "null",
            r#"{"Records":7}"#,
            r#"{"detail-type":"x","source":"y"}"#,
        ] {
            assert!(example(bad).is_err(), "{bad}");
        }
    }
}
