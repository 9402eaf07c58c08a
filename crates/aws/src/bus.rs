//! The event bus: events out, nothing in.
//!
//! # Caveats
//! An event may arrive twice or never: `PutEvents` takes or refuses each entry by itself and its answer can be lost. Nothing
//! depends on an event, for the sweeps find in the ledger what is due.

use std::time::Duration;

use aws_sdk_eventbridge::{
    Client,
    types::{PutEventsRequestEntry, PutEventsResultEntry},
};
use events::{Event, SOURCE};
use tenancy::{Failure, FailureKind};

use crate::errors;

/// Entries one call takes. Source: EventBridge API reference, `PutEvents`.
const MOST_ENTRIES: usize = 10;
/// How often refused entries are offered.
const ATTEMPTS: u32 = 3;
/// How long the second attempt waits; each later one twice as long.
const BACKOFF: Duration = Duration::from_millis(100);

/// The bus. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bus {
    client: Client,
    name: String,
}

impl Bus {
    /// The bus called `name`.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self {
            client,
            name: name.into(),
        }
    }

    /// Publishes events, in order as far as the bus keeps one; entries that are refused are offered again, twice at most.
    ///
    /// # Errors
    /// What could not be published; some events may have been.
    pub async fn publish(&self, events: &[Event]) -> Result<(), Failure> {
        let entries = events
            .iter()
            .map(|event| self.entry(event))
            .collect::<Result<Vec<_>, _>>()?;
        for chunk in entries.chunks(MOST_ENTRIES) {
            self.put(chunk.to_vec()).await?;
        }
        Ok(())
    }

    async fn put(&self, mut entries: Vec<PutEventsRequestEntry>) -> Result<(), Failure> {
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                pause(BACKOFF * 2_u32.pow(attempt - 1)).await;
            }
            let sent = self
                .client
                .put_events()
                .set_entries(Some(entries.clone()))
                .send()
                .await;
            let answer = sent.map_err(|error| errors::failure(self.doing(), &error))?;
            if answer.failed_entry_count() == 0 {
                return Ok(());
            }
            let refused = refused(entries, answer.entries());
            tracing::warn!(bus.refused = refused.len(), "the bus refused some entries");
            entries = refused;
        }
        let detail = format!("{} entries were refused {ATTEMPTS} times", entries.len());
        Err(Failure::retry(
            FailureKind::Transient,
            self.doing(),
            detail,
            60,
        ))
    }

    fn entry(&self, event: &Event) -> Result<PutEventsRequestEntry, Failure> {
        let detail = event
            .detail()
            .map_err(|error| Failure::bug(self.doing(), error.to_string()))?;
        Ok(PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .detail_type(event.detail_type())
            .detail(detail)
            .build())
    }

    fn doing(&self) -> String {
        format!("publishing on the bus `{}`", self.name)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a fraction of a second, twice at most, within one call"
)]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// The entries that were not taken: answers stand in the order of the entries.
fn refused(
    entries: Vec<PutEventsRequestEntry>,
    answers: &[PutEventsResultEntry],
) -> Vec<PutEventsRequestEntry> {
    entries
        .into_iter()
        .zip(answers)
        .filter(|(_, answer)| answer.error_code().is_some())
        .map(|(entry, _)| entry)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_refused_is_offered_again() {
        let entry = |name: &str| PutEventsRequestEntry::builder().detail_type(name).build();
        let taken = PutEventsResultEntry::builder().event_id("1").build();
        let lost = PutEventsResultEntry::builder()
            .error_code("InternalFailure")
            .build();
        let left = refused(
            vec![entry("a"), entry("b"), entry("c")],
            &[taken.clone(), lost, taken],
        );
        assert_eq!(left, [entry("b")]);
    }
}
