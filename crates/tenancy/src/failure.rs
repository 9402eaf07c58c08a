//! What went wrong, and what the loop does next: the two questions every failure answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::stored::{OtherFields, Word};

/// A failed step: what was being done, to what, why it failed, and what happens next.
///
/// The text is for administrators: lower case, names in backticks, no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{doing}: {detail}")]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// What was being done and to what, such as "creating trail `tenantry`".
    pub doing: String,
    /// The error, with the AWS error code where there is one.
    pub detail: String,
    /// Its class.
    pub kind: FailureKind,
    /// What happens next.
    pub next: Next,
}

/// The class of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// AWS asked us to slow down.
    Throttled,
    /// A passing fault: a 5xx, a lost connection, a concurrent modification.
    Transient,
    /// Something new is not usable yet: a fresh account, role or Region.
    NotReady,
    /// AWS denied permission.
    Denied,
    /// A quota or budget is used up.
    Quota,
    /// Something that is not ours is in the way.
    Conflict,
    /// AWS says that the request or the configuration is wrong.
    Invalid,
    /// The outcome is unknown: the answer was lost. The next pass reads before it writes anything.
    Unknown,
    /// A defect of tenantry.
    Bug,
    /// What another release wrote.
    #[serde(untagged)]
    Other(Word),
}

/// What happens after a failure. Nothing is ever dropped: a pass either comes back by itself or a person is told what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "action")]
pub enum Next {
    /// The pass comes back by itself.
    #[serde(rename_all = "camelCase")]
    Retry {
        /// Not before this many seconds.
        after_secs: u32,
    },
    /// The pass comes back by itself when something expected has happened.
    #[serde(rename_all = "camelCase")]
    Wait {
        /// What is waited for, in words.
        waiting_for: String,
        /// Try again after this many seconds.
        after_secs: u32,
    },
    /// Trying again cannot help until a person has acted.
    #[serde(rename_all = "camelCase")]
    Park {
        /// A stable word for the reason, such as `account-quota-reached`; the runbook has a heading for each.
        reason: String,
        /// What a person must do, in one or two sentences.
        remedy: String,
    },
    /// It has been retried for too long: a person must act, and it is still retried.
    #[serde(rename_all = "camelCase")]
    Stall {
        /// A stable word for the reason, such as `failing-for-long`; the runbook has a heading for each.
        reason: String,
        /// What a person must do, in one or two sentences.
        remedy: String,
        /// Not before this many seconds.
        after_secs: u32,
    },
    /// What another release wrote.
    #[serde(untagged)]
    Other(OtherFields),
}

impl Failure {
    /// A failure that comes back by itself after `after_secs`.
    pub fn retry(
        kind: FailureKind,
        doing: impl Into<String>,
        detail: impl Into<String>,
        after_secs: u32,
    ) -> Self {
        Self {
            doing: doing.into(),
            detail: detail.into(),
            kind,
            next: Next::Retry { after_secs },
        }
    }

    /// A failure that a person must resolve.
    pub fn park(
        kind: FailureKind,
        doing: impl Into<String>,
        detail: impl Into<String>,
        reason: &str,
        remedy: &str,
    ) -> Self {
        let next = Next::Park {
            reason: reason.to_owned(),
            remedy: remedy.to_owned(),
        };
        Self {
            doing: doing.into(),
            detail: detail.into(),
            kind,
            next,
        }
    }

    /// Something that is not ours has the name, or the place, that ours must have: a person must decide about it.
    pub fn name_taken(doing: impl Into<String>, detail: impl Into<String>, remedy: &str) -> Self {
        Self::park(FailureKind::Conflict, doing, detail, "name-taken", remedy)
    }

    /// A step that waits for something expected.
    pub fn wait(doing: impl Into<String>, waiting_for: impl Into<String>, after_secs: u32) -> Self {
        let waiting_for = waiting_for.into();
        let detail = format!("waiting for {waiting_for}");
        Self {
            doing: doing.into(),
            detail,
            kind: FailureKind::NotReady,
            next: Next::Wait {
                waiting_for,
                after_secs,
            },
        }
    }

    /// A defect of tenantry: reported, and tried again an hour later in case a new version has been deployed.
    pub fn bug(doing: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::retry(FailureKind::Bug, doing, detail, 3600)
    }

    /// Seconds until the pass should come back; `None` when only a person can help.
    pub fn retry_after_secs(&self) -> Option<u32> {
        match &self.next {
            Next::Retry { after_secs }
            | Next::Wait { after_secs, .. }
            | Next::Stall { after_secs, .. } => Some(*after_secs),
            Next::Park { .. } | Next::Other(_) => None,
        }
    }

    /// Why a person must act and what to do, where one must.
    pub fn for_a_person(&self) -> Option<(&str, &str)> {
        match &self.next {
            Next::Park { reason, remedy } | Next::Stall { reason, remedy, .. } => {
                Some((reason, remedy))
            }
            Next::Retry { .. } | Next::Wait { .. } | Next::Other(_) => None,
        }
    }
}
