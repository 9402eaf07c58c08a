//! Something slow that was requested and can be followed.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    failure::Failure,
    id::{OperationId, TenantId},
    stored::{OtherFields, Word},
    verb::Verb,
};

/// What was requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OperationKind {
    /// Build a new tenant.
    Onboard,
    /// Carry out a changed spec.
    Update,
    /// Check for drift.
    Audit,
    /// Repair drift.
    Repair,
    /// Remove the tenant.
    Offboard,
    /// Replace the private keys of the tenant's key pairs.
    RotateKeyPair,
    /// Refuse sessions in the tenant's account that were opened before.
    EndSessions,
    /// What another release does next. It is left alone.
    #[serde(untagged)]
    Other(Word),
}

impl OperationKind {
    /// Whether it changes what is wanted of a tenant: what differs because of it is no drift.
    pub fn changes_what_is_wanted(self) -> bool {
        match self {
            Self::Update | Self::RotateKeyPair | Self::EndSessions => true,
            Self::Onboard | Self::Audit | Self::Repair | Self::Offboard | Self::Other(_) => false,
        }
    }

    /// The verb whose passes carry it out; none of this release where another one takes it on.
    pub const fn verb(self) -> Option<Verb> {
        match self {
            Self::Onboard
            | Self::Update
            | Self::Repair
            | Self::RotateKeyPair
            | Self::EndSessions => Some(Verb::Onboard),
            Self::Audit => Some(Verb::Audit),
            Self::Offboard => Some(Verb::Offboard),
            Self::Other(_) => None,
        }
    }
}

/// Its progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OperationState {
    /// Not begun.
    Pending,
    /// A pass has worked on it; it may be waiting for AWS.
    Running,
    /// A person must act; the tenant says what.
    Parked,
    /// Done.
    Succeeded,
    /// Ended without success, because something else replaced it (an offboarding ends an onboarding).
    Canceled,
    /// What another release wrote. The operation is left alone.
    #[serde(untagged)]
    Other(Word),
}

impl OperationState {
    /// Whether nothing more will happen to it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Canceled)
    }

    /// Whether this release knows what it means.
    pub fn is_known(self) -> bool {
        !matches!(self, Self::Other(_))
    }
}

/// One request for something slow. The tenant's components show the detail of its progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// The tenant it is about.
    pub tenant_id: TenantId,
    /// What was requested.
    pub kind: OperationKind,
    /// Its progress.
    pub state: OperationState,
    /// The version of the spec it is to carry out.
    pub spec_version: u64,
    /// Who asked: the ARN of the caller.
    pub requested_by: String,
    /// When it was requested.
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// When anything about it last changed.
    #[schemars(with = "String")]
    pub updated_at: Timestamp,
    /// When somebody last asked for the same, while it was pending. What it comes to was observed after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub requested_again_at: Option<Timestamp>,
    /// The obstacle because of which the operation waits or is parked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obstacles: Vec<Failure>,
    /// Why the audit is repeated: what could not be observed yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_because: Option<String>,
    /// The outcome in one sentence, once it is finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// What another release wrote beside.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: OtherFields,
}

impl Operation {
    /// Whether this release knows what was requested, and how far it is. Others are left alone.
    pub fn is_known(&self) -> bool {
        self.state.is_known() && !matches!(self.kind, OperationKind::Other(_))
    }

    /// When it was last requested: whoever asks gets what is observed after that.
    pub fn last_requested_at(&self) -> Timestamp {
        self.requested_again_at.unwrap_or(self.created_at)
    }

    /// The operation once somebody has asked for the same again. Each request is later than the one before, also by a clock that is
    /// behind: a pass sees by it that it began too early.
    #[must_use]
    pub fn requested_again(&self, at: Timestamp) -> Self {
        let next = self.last_requested_at().checked_add(TICK);
        Self {
            requested_again_at: Some(at.max(next.unwrap_or(Timestamp::MAX))),
            ..self.clone()
        }
    }
}

/// The least by which a request is later than the one before.
const TICK: SignedDuration = SignedDuration::from_millis(1);

#[cfg(test)]
#[test]
fn each_request_for_an_operation_is_later_than_the_one_before_and_old_rows_are_read() {
    let at = |second: i64| Timestamp::from_second(second).unwrap();
    let id = TenantId::from_random([1; 10]);
    let row = serde_json::json!({
        "id": OperationId::from_random(&id, [2; 10]), "tenantId": id, "kind": "audit", "state": "pending",
        "specVersion": 1, "requestedBy": "somebody", "createdAt": at(100), "updatedAt": at(100),
    });
    let first: Operation = serde_json::from_value(row).unwrap();
    assert_eq!(first.last_requested_at(), at(100));
    let second = first.requested_again(at(200));
    assert_eq!(second.last_requested_at(), at(200));
    assert_eq!(second.created_at, at(100));
    let behind = second.requested_again(at(150));
    assert!(behind.last_requested_at() > at(200));
    let stored: Operation = serde_json::from_value(serde_json::to_value(&behind).unwrap()).unwrap();
    assert_eq!(stored, behind);
}
