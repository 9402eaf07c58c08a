//! One dead letter, and where it stands in a list.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::{Message as SqsMessage, MessageSystemAttributeName};
use events::{Message, Unreadable};
use tenancy::{Timestamp, Verb};

use crate::ledger::LedgerError;

/// A message that a worker could not process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id in SQS.
    pub id: String,
    /// Whose work it was.
    pub verb: Verb,
    /// Its content; cut in a list.
    pub body: String,
    /// What the message asks for; an error if it is none of tenantry's, for it would fail each time.
    pub message: Result<Message, Unreadable>,
    /// When it was first sent.
    pub sent_at: Option<Timestamp>,
    /// What a rule that could not deliver it wrote on it, such as `ERROR_CODE`.
    pub notes: BTreeMap<String, String>,
    pub(super) receipt: String,
}

/// Where a message stands in a list.
pub(super) type Position = (Option<Timestamp>, String);

impl DeadLetter {
    pub(super) fn read(verb: Verb, message: SqsMessage) -> Option<Self> {
        let sent = message
            .attributes
            .as_ref()
            .and_then(|all| all.get(&MessageSystemAttributeName::SentTimestamp))
            .and_then(|millis| Timestamp::from_millisecond(millis.parse().ok()?).ok());
        let notes = message.message_attributes.unwrap_or_default();
        let body = message.body.unwrap_or_default();
        Some(Self {
            id: message.message_id?,
            verb,
            message: Message::parse(&body),
            body,
            sent_at: sent,
            notes: notes
                .into_iter()
                .filter_map(|(name, value)| Some((name, value.string_value?)))
                .collect(),
            receipt: message.receipt_handle?,
        })
    }

    pub(super) fn position(&self) -> Position {
        (self.sent_at, self.id.clone())
    }

    /// Cuts the body and each note after `most` bytes, or a little before, and says whether anything was cut.
    pub fn shorten(&mut self, most: usize) -> bool {
        let texts = self.notes.values_mut().chain([&mut self.body]);
        texts.fold(false, |cut, text| {
            let end = text.floor_char_boundary(most);
            let longer = end < text.len();
            text.truncate(end);
            cut || longer
        })
    }
}

/// A position as it stands in a cursor.
pub(super) fn written((sent_at, id): &Position) -> String {
    let millis = sent_at.map_or(i64::MIN, |at| at.as_millisecond());
    format!("{millis} {id}")
}

/// A position out of a cursor.
pub(super) fn position(text: &str) -> Result<Position, LedgerError> {
    let (millis, id) = text.split_once(' ').ok_or(LedgerError::BadCursor)?;
    let millis: i64 = millis.parse().map_err(|_| LedgerError::BadCursor)?;
    Ok((Timestamp::from_millisecond(millis).ok(), id.to_owned()))
}
