//! A request for a change: who, when, under which idempotency key and on which version.

use axum::extract::FromRequestParts;
use data_encoding::HEXLOWER;
use http::{HeaderMap, header, request::Parts};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tenancy::{
    Operation, OperationId, OperationKind, OperationState, Tenant, Timestamp,
    access::Principal,
    spec::FieldError,
    validate::{self, quoted},
};
use tenantry_aws::ledger::{Idempotency, Request};

use crate::{authorization::Permitted, frame::Caller, refusal::Refusal};

const KEY: &str = "Idempotency-Key";
/// What stands before a tenant in a path.
const TENANTS: &str = "/v1/tenants/";

/// A request for a change, read from all but its body.
#[derive(Debug, Clone)]
pub struct Call {
    /// The caller, as the history names it.
    pub actor: String,
    /// Whose idempotency keys are used: a role, not one of its sessions.
    principal: String,
    /// Now.
    pub at: Timestamp,
    /// The version the caller knows, if it said so.
    pub if_match: Option<u64>,
    request_id: String,
    line: String,
    key: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Call {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let mut errors = Vec::new();
        let key = idempotency_key(&parts.headers, &mut errors);
        let if_match = if_match(&parts.headers, &mut errors);
        if !errors.is_empty() {
            return Err(Refusal::invalid(errors));
        }
        let caller = parts.extensions.get::<Caller>();
        let caller = caller.ok_or_else(|| Refusal::of_status(http::StatusCode::UNAUTHORIZED))?;
        Ok(Self {
            actor: caller.actor.clone(),
            principal: key_owner(caller),
            at: now(),
            if_match,
            request_id: caller.request_id.clone(),
            line: line(parts),
            key,
        })
    }
}

/// What a request asks for, but for its body: method and path, with the tenant by its id. A slug may be another tenant's tomorrow, and what that
/// one is asked for is another request.
fn line(parts: &Parts) -> String {
    let path = parts.uri.path();
    let permitted = parts.extensions.get::<Permitted>();
    let tenant = permitted.and_then(|permitted| permitted.resource.tenant());
    match (tenant, path.strip_prefix(TENANTS)) {
        (Some(id), Some(rest)) => {
            let below = rest.find('/').and_then(|at| rest.get(at..));
            let below = below.unwrap_or_default();
            format!("{} {TENANTS}{id}{below}", parts.method)
        }
        _ => format!("{} {path}", parts.method),
    }
}

/// Whose idempotency keys a caller uses. Of a person, a hash: unlike an ARN, the text that names one may hold anything.
fn key_owner(caller: &Caller) -> String {
    match &caller.principal {
        Some(Principal::Person(_)) => {
            format!("person:{}", HEXLOWER.encode(&Sha256::digest(&caller.actor)))
        }
        Some(Principal::Machine(_)) | None => principal(&caller.actor).to_owned(),
    }
}

/// The principal of a caller: of a session of an assumed role, the role. Whoever works under a role starts a new session every
/// hour or so, and its repetitions are still its own.
fn principal(arn: &str) -> &str {
    let session = arn.split_once(":assumed-role/").and_then(|(_, rest)| {
        // The role's name, and perhaps its path, come before the name of the session.
        rest.rsplit_once('/').map(|(_, session)| session)
    });
    match session {
        Some(session) => arn
            .strip_suffix(session)
            .unwrap_or(arn)
            .trim_end_matches('/'),
        None => arn,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where a request gets its time"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

impl Call {
    /// The request as the ledger takes it. What is hashed is the body's meaning, so that neither white space nor the order of fields is a difference.
    pub fn request(&self, body: &Value) -> Request {
        let mut body = body.clone();
        body.sort_all_objects();
        let idempotency = self.key.as_ref().map(|key| Idempotency {
            caller: self.principal.clone(),
            key: key.clone(),
            request_hash: HEXLOWER.encode(&Sha256::digest(format!("{}\n{body}", self.line))),
        });
        Request {
            actor: self.actor.clone(),
            request_id: self.request_id.clone(),
            at: self.at,
            idempotency,
        }
    }

    /// An operation on a tenant, requested by this call.
    pub fn operation(&self, tenant: &Tenant, kind: OperationKind) -> Operation {
        Operation {
            id: OperationId::from_random(&tenant.id, rand::random()),
            tenant_id: tenant.id.clone(),
            kind,
            state: OperationState::Pending,
            spec_version: tenant.spec_version,
            requested_by: self.actor.clone(),
            created_at: self.at,
            updated_at: self.at,
            obstacles: Vec::new(),
            requested_again_at: None,
            again_because: None,
            outcome: None,
            other: Default::default(),
        }
    }

    /// Refuses when the caller knows another version.
    pub fn check_version(&self, current: u64) -> Result<(), Refusal> {
        match self.if_match {
            Some(known) if known != current => Err(Refusal::version_mismatch(current)),
            _ => Ok(()),
        }
    }
}

fn idempotency_key(headers: &HeaderMap, errors: &mut Vec<FieldError>) -> Option<String> {
    let first = headers.get("idempotency-key")?;
    // Two headers of one name come as one, joined by a comma and a space.
    let key = validate::idempotency_key(KEY, &String::from_utf8_lossy(first.as_bytes()));
    key.map_err(|error| errors.push(error)).ok()
}

/// `If-Match: "3"`; `*` means any version there is.
fn if_match(headers: &HeaderMap, errors: &mut Vec<FieldError>) -> Option<u64> {
    let mut given = headers.get_all(header::IF_MATCH).iter();
    let first = given.next()?;
    let text = first.to_str().unwrap_or_default().trim();
    if text == "*" {
        return None;
    }
    let version = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .and_then(validate::digits);
    if version.is_none() || given.next().is_some() {
        let allowed = "an ETag of an earlier answer, such as \"3\", or *";
        let detail = format!("{} is not allowed", quoted(text));
        errors.push(FieldError::new("If-Match", detail, allowed));
    }
    version
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sessions_of_a_role_are_one_principal_and_others_are_their_own() {
        let sts = "arn:aws:sts::111111111111";
        for (arn, wanted) in [
            (
                format!("{sts}:assumed-role/platform/ann"),
                format!("{sts}:assumed-role/platform"),
            ),
            (
                format!("{sts}:assumed-role/platform/i-0abc"),
                format!("{sts}:assumed-role/platform"),
            ),
            (
                format!("{sts}:assumed-role/other/ann"),
                format!("{sts}:assumed-role/other"),
            ),
            (
                format!("{sts}:federated-user/ann"),
                format!("{sts}:federated-user/ann"),
            ),
            (
                "arn:aws:iam::111111111111:user/ann".into(),
                "arn:aws:iam::111111111111:user/ann".into(),
            ),
            (
                "arn:aws:iam::111111111111:root".into(),
                "arn:aws:iam::111111111111:root".into(),
            ),
        ] {
            assert_eq!(principal(&arn), wanted);
        }
    }
}
