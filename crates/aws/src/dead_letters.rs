//! The dead-letter queues: messages that a worker could not process, for a person to inspect and send back.
//!
//! # Guarantees
//! Reading removes nothing: whatever was received is handed back at once, and would come back by itself if that failed. A
//! message is sent to its work queue before it is deleted here, so that a crash in between leaves two of it, never none; two
//! do no harm, for a message is only a hint.

mod letter;

use std::{collections::BTreeMap, ops::ControlFlow};

use aws_sdk_sqs::types::{ChangeMessageVisibilityBatchRequestEntry, MessageSystemAttributeName};
use futures::future::try_join_all;
use tenancy::{Failure, Verb};

pub use letter::DeadLetter;

use letter::{position, written};

use crate::{
    errors,
    ledger::{LedgerError, cursor},
};

/// How long messages are hidden from others while they are read, in seconds.
const HIDDEN_SECS: i32 = 60;
/// How long SQS may wait for messages, in seconds: with 0 it asks only some of its servers, and an empty answer means nothing.
const WAIT_SECS: i32 = 1;
/// Messages in one answer, and in one batch, at most (SQS Developer Guide, "Message quotas").
const BATCH: i32 = 10;
/// Messages of one queue that are read for one answer, at most: each ten are one call, of some milliseconds.
const MOST: usize = 2000;

/// A work queue and where its dead letters lie.
#[derive(Debug, Clone)]
pub struct DeadQueue {
    /// Whose work it is.
    pub verb: Verb,
    /// URL of the work queue.
    pub work: String,
    /// URL of its dead-letter queue.
    pub dead: String,
}

/// The dead-letter queues. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    client: aws_sdk_sqs::Client,
    queues: Vec<DeadQueue>,
    most: usize,
}

/// One page of dead letters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeadLetterPage {
    /// The messages, oldest first.
    pub letters: Vec<DeadLetter>,
    /// Where the next page begins; `None` at the end.
    pub next_cursor: Option<String>,
    /// Whether a queue holds more messages than are read for one answer: those that were not read are on no page.
    pub incomplete: bool,
}

impl DeadLetters {
    /// The dead letters of some queues.
    pub fn new(client: aws_sdk_sqs::Client, queues: Vec<DeadQueue>) -> Self {
        Self {
            client,
            queues,
            most: MOST,
        }
    }

    /// The same queues, of which at most so many messages each are read for one answer.
    #[must_use]
    pub fn reading_at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// One page of dead letters, of all queues or of one, oldest first. SQS has no pages: each reads the queues, and keeps what
    /// comes after the cursor. Bodies are cut to `longest` bytes.
    ///
    /// # Errors
    /// `BadCursor`, `Failed`.
    pub async fn list(
        &self,
        of: Option<Verb>,
        limit: usize,
        longest: usize,
        cursor: Option<&str>,
    ) -> Result<DeadLetterPage, LedgerError> {
        let question = format!("dead letters {of:?}");
        let after = cursor::open(&question, cursor)?;
        let after = after.map(|text| position(&text)).transpose()?;
        let queues = self
            .queues
            .iter()
            .filter(|queue| of.is_none_or(|verb| verb == queue.verb));
        let read = queues.map(async |queue| {
            let mut kept = BTreeMap::new();
            let complete = self.scan(queue, |mut letter| {
                let position = letter.position();
                if after.as_ref().is_none_or(|after| position > *after) {
                    letter.shorten(longest);
                    kept.insert(position, letter);
                    // One more than wanted, so that the last page is known to be the last.
                    if kept.len() > limit + 1 {
                        kept.pop_last();
                    }
                }
                ControlFlow::Continue(())
            });
            complete.await.map(|complete| (kept, complete))
        });
        let read = try_join_all(read).await?;
        let incomplete = read.iter().any(|(_, complete)| !complete);
        let all: BTreeMap<_, _> = read.into_iter().flat_map(|(kept, _)| kept).collect();
        let more = all.len() > limit;
        let letters: Vec<DeadLetter> = all.into_values().take(limit).collect();
        let last = letters.last().filter(|_| more);
        Ok(DeadLetterPage {
            next_cursor: last.map(|last| cursor::seal(&question, &written(&last.position()))),
            letters,
            incomplete,
        })
    }

    /// The dead letter with an id; `None` if it is not there (any more).
    ///
    /// # Errors
    /// SQS did not answer.
    pub async fn find(&self, id: &str) -> Result<Option<DeadLetter>, Failure> {
        let found = self.queues.iter().map(async |queue| {
            let mut found = None;
            let scan = self.scan(queue, |letter| {
                if letter.id == id {
                    found = Some(letter);
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            });
            scan.await.map(|_| found)
        });
        Ok(try_join_all(found).await?.into_iter().flatten().next())
    }

    /// Puts a dead letter back into its work queue.
    ///
    /// # Errors
    /// SQS did not answer: the letter is still here, perhaps in both queues.
    pub async fn send_back(&self, letter: &DeadLetter) -> Result<(), Failure> {
        let queue = self.queue(letter)?;
        let doing = || format!("sending message `{}` back to its queue", letter.id);
        self.client
            .send_message()
            .queue_url(&queue.work)
            .message_body(&letter.body)
            .send()
            .await
            .map_err(|error| errors::failure(doing(), &error))?;
        // The last receipt is good even after the message was handed back, until somebody else receives it.
        self.client
            .delete_message()
            .queue_url(&queue.dead)
            .receipt_handle(&letter.receipt)
            .send()
            .await
            .map(drop)
            .map_err(|error| errors::failure(doing(), &error))
    }

    fn queue(&self, letter: &DeadLetter) -> Result<&DeadQueue, Failure> {
        let mine = self.queues.iter().find(|queue| queue.verb == letter.verb);
        mine.ok_or_else(|| Failure::bug("finding the queue of a dead letter", "there is none"))
    }

    /// Receives messages until there are no more, too many, or `each` has what it wants, and hands them back. Says whether all
    /// were received.
    async fn scan(
        &self,
        queue: &DeadQueue,
        mut each: impl FnMut(DeadLetter) -> ControlFlow<()>,
    ) -> Result<bool, Failure> {
        let mut receipts: BTreeMap<String, String> = BTreeMap::new();
        let outcome = loop {
            let some = match self.receive(queue).await {
                Ok(some) => some,
                Err(failure) => break Err(failure),
            };
            let before = receipts.len();
            let mut flow = ControlFlow::Continue(());
            for letter in some {
                let known = receipts.insert(letter.id.clone(), letter.receipt.clone());
                if known.is_none() && flow.is_continue() {
                    flow = each(letter);
                }
            }
            // Nothing, or only what came round again: that was all.
            if receipts.len() == before {
                break Ok(true);
            }
            if flow.is_break() || receipts.len() >= self.most {
                break Ok(false);
            }
        };
        self.hand_back(queue, receipts.into_values().collect())
            .await;
        outcome
    }

    async fn receive(&self, queue: &DeadQueue) -> Result<Vec<DeadLetter>, Failure> {
        let answer = self
            .client
            .receive_message()
            .queue_url(&queue.dead)
            .max_number_of_messages(BATCH)
            .visibility_timeout(HIDDEN_SECS)
            .wait_time_seconds(WAIT_SECS)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .message_attribute_names("All")
            .send()
            .await
            .map_err(|error| {
                let whose = queue.verb.as_str();
                errors::failure(format!("reading the dead letters of {whose}"), &error)
            })?;
        let messages = answer.messages.unwrap_or_default().into_iter();
        Ok(messages
            .filter_map(|message| DeadLetter::read(queue.verb, message))
            .collect())
    }

    /// Makes messages visible again. If it fails they become so by themselves.
    async fn hand_back(&self, queue: &DeadQueue, receipts: Vec<String>) {
        for some in receipts.chunks(usize::try_from(BATCH).unwrap_or(1)) {
            let entries: Vec<_> = some
                .iter()
                .enumerate()
                .filter_map(|(place, receipt)| {
                    ChangeMessageVisibilityBatchRequestEntry::builder()
                        .id(place.to_string())
                        .receipt_handle(receipt)
                        .visibility_timeout(0)
                        .build()
                        .ok()
                })
                .collect();
            let call = self
                .client
                .change_message_visibility_batch()
                .queue_url(&queue.dead)
                .set_entries(Some(entries));
            if let Err(error) = call.send().await {
                let failure = errors::failure("handing dead letters back", &error);
                tracing::warn!("{failure}");
            }
        }
    }
}
