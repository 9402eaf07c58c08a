//! A request for access: somebody asks for a role for a time, others decide, and what is approved is a grant that ends.
//!
//! # Guarantees
//! A request is decided once. Nobody decides about his or her own, by whichever name. What is approved never lasts longer than was asked for.

mod new;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::new::{DenyAccessRequest, LONGEST_ACCESS, NewAccessRequest, SHORTEST_ACCESS};
use super::{Grant, Grantee, Identity, Role, Scope};
use crate::{
    id::{AccessRequestId, GrantId, TenantId},
    stored::{OtherFields, Word},
};

/// A request that nobody decides about in this time has expired.
pub const ANSWERED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RequestState {
    /// It waits for those who decide.
    Pending,
    /// It became a grant.
    Approved,
    /// Somebody said no.
    Denied,
    /// Whoever asked took it back.
    Canceled,
    /// Nobody decided in time.
    Expired,
    /// What another release wrote.
    #[serde(untagged)]
    Other(Word),
}

impl RequestState {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
            Self::Other(word) => word.as_str(),
        }
    }
}

/// What somebody said about a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Whether it was a yes.
    pub approved: bool,
    /// Who, as histories name it.
    pub by: String,
    /// Who, as grants name it.
    pub principal: Grantee,
    /// The name that he, she or it goes by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The grants by each of which whoever approved could give the role: without any of them, the approval counts no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<GrantId>,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Somebody asks for a role for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessRequest {
    /// Its immutable id.
    pub id: AccessRequestId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// Who asks, and would hold the role.
    pub principal: Grantee,
    /// The name that he, she or it goes by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Who asks, as histories name it.
    pub requested_by: String,
    /// What for.
    pub role: Role,
    /// Where: the tenant, or a project of it.
    pub scope: Scope,
    /// For how many seconds from the last approval.
    pub duration_secs: u32,
    /// Why.
    pub reason: String,
    /// Where it is written about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// How many have to approve.
    pub approvals_needed: u32,
    /// How far it is.
    pub state: RequestState,
    /// What was said about it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// When it was made.
    #[schemars(with = "String")]
    pub requested_at: Timestamp,
    /// When it expires, unless it is decided.
    #[schemars(with = "String")]
    pub expires_at: Timestamp,
    /// When it was decided or taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub decided_at: Option<Timestamp>,
    /// The grant that it became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
    /// When that grant ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub access_ends_at: Option<Timestamp>,
    /// What another release wrote beside.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: OtherFields,
}

/// Why a request is not decided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDecided {
    /// It is not pending any more.
    #[error("the request is {} already", .0.as_str())]
    Settled(RequestState),
    /// It is one's own.
    #[error("nobody approves his or her own request")]
    Own,
    /// Whoever decides has approved it before.
    #[error("you have approved it already, and another person has to")]
    Twice,
    /// It is somebody else's.
    #[error("only who made a request takes it back")]
    NotOwn,
}

impl AccessRequest {
    /// Who asks.
    pub fn requester(&self) -> Identity {
        Identity {
            principal: self.principal.clone(),
            name: self.name.clone(),
        }
    }

    /// How far it is at this time: nothing is written when a request expires.
    pub fn state_at(&self, now: Timestamp) -> RequestState {
        match self.state {
            RequestState::Pending if self.expires_at <= now => RequestState::Expired,
            state => state,
        }
    }

    /// As it is shown at this time.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        let state = self.state_at(now);
        Self { state, ..self }
    }

    /// The grant that it becomes if it is approved now.
    pub fn granting(&self, id: GrantId, granted_by: String, now: Timestamp) -> Grant {
        let lasts = SignedDuration::from_secs(i64::from(self.duration_secs));
        Grant {
            id,
            principal: self.principal.clone(),
            role: self.role,
            scope: self.scope.clone(),
            reason: self.reason.clone(),
            granted_by,
            granted_at: now,
            expires_at: Some(now.saturating_add(lasts).unwrap_or(now)),
            request: Some(self.id.clone()),
        }
    }

    /// The request after it became this grant.
    #[must_use]
    pub fn granted(mut self, grant: &Grant) -> Self {
        self.state = RequestState::Approved;
        self.decided_at = Some(grant.granted_at);
        self.grant = Some(grant.id.clone());
        self.access_ends_at = grant.expires_at;
        self
    }

    /// The request after an approval, and the grant if that was the last one needed.
    ///
    /// # Errors
    /// `Settled`, `Own`, `Twice`.
    pub fn approve(
        &self,
        decision: Decision,
        grant: GrantId,
    ) -> Result<(Self, Option<Grant>), NotDecided> {
        let now = decision.at;
        self.decidable(&decision)?;
        let decider = decision.decider();
        if self
            .decisions
            .iter()
            .any(|it| it.decider().may_be(&decider))
        {
            return Err(NotDecided::Twice);
        }
        let mut after = self.clone();
        after.decisions.push(decision);
        let approvals = after.decisions.iter().filter(|it| it.approved);
        let by: Vec<&str> = approvals.map(|it| it.by.as_str()).collect();
        if u32::try_from(by.len()).unwrap_or(u32::MAX) < self.approvals_needed {
            return Ok((after, None));
        }
        let grant = self.granting(grant, by.join(", "), now);
        Ok((after.granted(&grant), Some(grant)))
    }

    /// The request after somebody said no.
    ///
    /// # Errors
    /// `Settled`, `Own` (take it back instead).
    pub fn deny(&self, decision: Decision) -> Result<Self, NotDecided> {
        self.decidable(&decision)?;
        let mut after = self.clone();
        after.state = RequestState::Denied;
        after.decided_at = Some(decision.at);
        after.decisions.push(decision);
        Ok(after)
    }

    /// The request after whoever made it took it back.
    ///
    /// # Errors
    /// `Settled`, `NotOwn`.
    pub fn cancel(&self, by: &Grantee, now: Timestamp) -> Result<Self, NotDecided> {
        if *by != self.principal {
            return Err(NotDecided::NotOwn);
        }
        self.pending(now)?;
        let mut after = self.clone();
        after.state = RequestState::Canceled;
        after.decided_at = Some(now);
        Ok(after)
    }

    fn decidable(&self, decision: &Decision) -> Result<(), NotDecided> {
        if decision.decider().may_be(&self.requester()) {
            return Err(NotDecided::Own);
        }
        self.pending(decision.at)
    }

    fn pending(&self, now: Timestamp) -> Result<(), NotDecided> {
        match self.state_at(now) {
            RequestState::Pending => Ok(()),
            state => Err(NotDecided::Settled(state)),
        }
    }
}

impl Decision {
    /// Who decides.
    pub fn decider(&self) -> Identity {
        Identity {
            principal: self.principal.clone(),
            name: self.name.clone(),
        }
    }
}
