//! A request for a change: who, when, under which idempotency key and on which version.

use axum::extract::FromRequestParts;
use data_encoding::HEXLOWER;
use http::{HeaderMap, header, request::Parts};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tenancy::{
    Operation, OperationId, OperationKind, OperationState, Tenant, Timestamp, spec::FieldError,
    validate::quoted,
};
use tenantry_aws::ledger::{Idempotency, Request};

use crate::{frame::Caller, refusal::Refusal};

const KEY: &str = "Idempotency-Key";

/// A request for a change, read from all but its body.
#[derive(Debug, Clone)]
pub struct Call {
    /// The ARN of the caller.
    pub actor: String,
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
            actor: caller.arn.clone(),
            at: now(),
            if_match,
            request_id: caller.request_id.clone(),
            line: format!("{} {}", parts.method, parts.uri.path()),
            key,
        })
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
    /// The request as the ledger takes it. What is hashed is the body's meaning, so that white space is no difference.
    pub fn request(&self, body: &Value) -> Request {
        let idempotency = self.key.as_ref().map(|key| Idempotency {
            caller: self.actor.clone(),
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

    /// The request id.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }
}

fn idempotency_key(headers: &HeaderMap, errors: &mut Vec<FieldError>) -> Option<String> {
    let mut given = headers.get_all("idempotency-key").iter();
    let first = given.next()?;
    let fits = |bytes: &[u8]| {
        (1..=128).contains(&bytes.len()) && bytes.iter().all(|b| (0x21..=0x7e).contains(b))
    };
    match first.to_str() {
        Ok(key) if fits(key.as_bytes()) && given.next().is_none() => Some(key.to_owned()),
        _ => {
            let shown = quoted(&String::from_utf8_lossy(first.as_bytes()));
            let allowed = "one key of 1 to 128 printable ASCII characters without spaces";
            errors.push(FieldError::new(
                KEY,
                format!("{shown} is not allowed"),
                allowed,
            ));
            None
        }
    }
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
        .and_then(|number| number.parse().ok());
    if version.is_none() || given.next().is_some() {
        let allowed = "an ETag of an earlier answer, such as \"3\", or *";
        let detail = format!("{} is not allowed", quoted(text));
        errors.push(FieldError::new("If-Match", detail, allowed));
    }
    version
}
