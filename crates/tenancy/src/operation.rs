//! Something slow that was requested and can be followed.

use jiff::Timestamp;
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
}
