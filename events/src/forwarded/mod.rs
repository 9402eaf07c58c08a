//! What happened in the account of a tenant, as it is forwarded to the bus of the installation: read and classified. Pure.
//!
//! # Guarantees
//! Whose it is, is told by the account of the envelope, which EventBridge writes; what the event says inside is never asked for that.
//! What is not forwarded, what cannot be read and what is too large is dropped, with the reason; texts are cut.
//! # Caveats
//! An event may arrive twice or never: [`TenantEvent::id`] is the same for both. What it says may be over by then.

mod services;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tenancy::{AccountId, Region, Severity};

/// The largest event that EventBridge delivers, in bytes (EventBridge User Guide, "Quotas").
const LARGEST: usize = 256 * 1024;
/// The longest text that is kept of an event, in characters.
const LONGEST: usize = 300;

/// Something that happened in the account of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantEvent {
    /// The id that EventBridge gave the event.
    pub id: String,
    /// The account it happened in.
    pub account: AccountId,
    /// The Region it was published in.
    pub region: Region,
    /// When it was published.
    pub time: Timestamp,
    /// What kind of thing it is about.
    pub kind: TenantEventKind,
    /// What it is about: by it a later event of the same thing is known, within account, Region and kind.
    pub subject: String,
    /// What it says, in a sentence of AWS's.
    pub says: String,
    /// What it means for the subject.
    pub state: TenantEventState,
}

/// What kind of thing an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TenantEventKind {
    /// An alarm of CloudWatch.
    Alarm,
    /// An event of AWS Health.
    Health,
    /// A finding of GuardDuty or Security Hub.
    SecurityFinding,
    /// A finding of IAM Access Analyzer.
    AccessFinding,
    /// A resource under a rule of AWS Config.
    Compliance,
    /// A job or a vault of AWS Backup.
    Backup,
    /// A change of a budget.
    BudgetChange,
}

/// What an event means for what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantEventState {
    /// A fault, of this severity.
    Fault(Severity),
    /// The fault is over.
    Resolved,
    /// Neither: for information.
    Informational,
}

/// Why an event was dropped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Dropped {
    /// It is larger than EventBridge makes them.
    #[error("an event of {0} bytes is too large")]
    TooLarge(usize),
    /// It is no event, or lacks what events of its kind have.
    #[error("reading an event of a tenant: {0}")]
    Unreadable(String),
    /// Nothing like it is forwarded.
    #[error("events of `{0}` are not forwarded")]
    NotForwarded(String),
}

/// What is read of the envelope.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Envelope {
    id: String,
    source: String,
    detail_type: String,
    account: AccountId,
    region: Region,
    time: Timestamp,
    detail: Value,
}

impl TenantEvent {
    /// Reads an event as EventBridge delivers it.
    ///
    /// # Errors
    /// Why it is dropped.
    pub fn parse(body: &str) -> Result<Self, Dropped> {
        if body.len() > LARGEST {
            return Err(Dropped::TooLarge(body.len()));
        }
        let envelope: Envelope = serde_json::from_str(body)
            .map_err(|error| Dropped::Unreadable(cut(&error.to_string())))?;
        let said = services::said(&envelope.source, &envelope.detail_type, &envelope.detail)?;
        Ok(Self {
            id: cut(&envelope.id),
            account: envelope.account,
            region: envelope.region,
            time: envelope.time,
            kind: said.kind,
            subject: cut(&said.subject),
            says: cut(&said.says),
            state: said.state,
        })
    }
}

/// As much of a text as is kept, on one line.
fn cut(text: &str) -> String {
    let shown = text.chars().take(LONGEST);
    shown
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect()
}

#[cfg(test)]
mod tests;
