//! The dead-letter queues: what could not be worked on, for a person to read and send back.
//!
//! # Guarantees
//! Reading removes nothing: whatever was received is handed back at once, and would come back by itself if that failed. A
//! message is sent to its work queue before it is deleted here, so that a crash in between leaves two of it, never none; two
//! do no harm, for a message is only a hint.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, Message as SqsMessage, MessageSystemAttributeName,
};
use events::{Message, Unreadable};
use futures::future::try_join_all;
use tenancy::{Failure, Timestamp, Verb};

use crate::errors;

/// Visibility timeout while messages are read, in seconds.
const HIDDEN_SECS: i32 = 20;
/// How long SQS may look for messages, in seconds: with 0 it asks only some of its servers, and an empty answer means nothing.
const WAIT_SECS: i32 = 1;
/// Messages in one answer, and in one batch, at most (SQS Developer Guide, "Message quotas").
const BATCH: i32 = 10;
/// Messages of one queue that are looked through for one of them, at most: each ten are one call.
const MOST: usize = 500;

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
}

/// A message that could not be worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id in SQS.
    pub id: String,
    /// Whose work it was.
    pub verb: Verb,
    /// What it says.
    pub body: String,
    /// When it was first sent.
    pub sent_at: Option<Timestamp>,
    /// What a rule that could not deliver it wrote on it, such as `ERROR_CODE`.
    pub notes: BTreeMap<String, String>,
    receipt: String,
}

/// Dead letters as listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeadLetterPage {
    /// The messages, oldest first.
    pub letters: Vec<DeadLetter>,
    /// Whether there are more than were requested.
    pub more: bool,
}

impl DeadLetter {
    /// What the message asks for.
    ///
    /// # Errors
    /// If it is none of ours: it would fail each time.
    pub fn message(&self) -> Result<Message, Unreadable> {
        Message::parse(&self.body)
    }

    fn read(verb: Verb, message: SqsMessage) -> Option<Self> {
        let sent = message
            .attributes
            .as_ref()
            .and_then(|all| all.get(&MessageSystemAttributeName::SentTimestamp))
            .and_then(|millis| Timestamp::from_millisecond(millis.parse().ok()?).ok());
        let notes = message.message_attributes.unwrap_or_default();
        Some(Self {
            id: message.message_id?,
            verb,
            body: message.body.unwrap_or_default(),
            sent_at: sent,
            notes: notes
                .into_iter()
                .filter_map(|(name, value)| Some((name, value.string_value?)))
                .collect(),
            receipt: message.receipt_handle?,
        })
    }
}

impl DeadLetters {
    /// The dead letters of some queues.
    pub fn new(client: aws_sdk_sqs::Client, queues: Vec<DeadQueue>) -> Self {
        Self { client, queues }
    }

    /// At most `most` dead letters, of all queues or of one.
    ///
    /// # Errors
    /// SQS did not answer.
    pub async fn list(&self, of: Option<Verb>, most: usize) -> Result<DeadLetterPage, Failure> {
        let queues = self
            .queues
            .iter()
            .filter(|queue| of.is_none_or(|verb| verb == queue.verb));
        let found = try_join_all(queues.map(|queue| self.receive_all(queue, most + 1))).await?;
        let mut letters: Vec<DeadLetter> = found.into_iter().flatten().collect();
        letters.sort_by(|a, b| (a.sent_at, &a.id).cmp(&(b.sent_at, &b.id)));
        let more = letters.len() > most;
        letters.truncate(most);
        Ok(DeadLetterPage { letters, more })
    }

    /// The dead letter with an id; `None` if it is not there (any more).
    ///
    /// # Errors
    /// SQS did not answer.
    pub async fn find(&self, id: &str) -> Result<Option<DeadLetter>, Failure> {
        let found = try_join_all(
            self.queues
                .iter()
                .map(|queue| self.receive_all(queue, MOST)),
        )
        .await?;
        Ok(found.into_iter().flatten().find(|letter| letter.id == id))
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

    /// Receives messages until there are no more, or `most`, and hands them back.
    async fn receive_all(
        &self,
        queue: &DeadQueue,
        most: usize,
    ) -> Result<Vec<DeadLetter>, Failure> {
        let mut letters: Vec<DeadLetter> = Vec::new();
        let mut seen = BTreeSet::new();
        let outcome = loop {
            let some = match self.receive(queue).await {
                Ok(some) => some,
                Err(failure) => break Err(failure),
            };
            let before = letters.len();
            letters.extend(some.into_iter().filter(|l| seen.insert(l.id.clone())));
            // Nothing, or only what came round again: that was all.
            if letters.len() == before || letters.len() >= most {
                break Ok(());
            }
        };
        self.hand_back(queue, &letters).await;
        outcome.map(|()| letters)
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
    async fn hand_back(&self, queue: &DeadQueue, letters: &[DeadLetter]) {
        for some in letters.chunks(usize::try_from(BATCH).unwrap_or(1)) {
            let entries: Vec<_> = some
                .iter()
                .enumerate()
                .filter_map(|(place, letter)| {
                    ChangeMessageVisibilityBatchRequestEntry::builder()
                        .id(place.to_string())
                        .receipt_handle(&letter.receipt)
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
