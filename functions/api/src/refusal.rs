//! Every refusal: the problem that goes out, and its headers.

use api_types::{Problem, ProblemKind};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use tenancy::{Failure, FieldError, validate::MOST_ERRORS};
use tenantry_aws::ledger::LedgerError;

/// The longest text of a complaint, in characters.
const LONGEST: usize = 500;

/// A refusal. Path and request id are filled in on the way out.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// The body of the answer.
    pub(crate) problem: Problem,
    /// Headers of the answer.
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// A refusal of a kind.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            problem: Problem::new(kind, detail),
            headers: Vec::new(),
        }
    }

    /// The refusal of a bare status, such as a router's own answer.
    pub fn of_status(status: StatusCode) -> Self {
        let kind = ProblemKind::of_status(status.as_u16());
        Self::new(kind, kind.title)
    }

    /// Fields that are not allowed.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.to_string(),
            many => format!("{} fields are not allowed; see `errors`", many.len()),
        };
        Self::new(ProblemKind::INVALID, detail).with_errors(errors)
    }

    /// Something that is not there.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::NOT_FOUND, detail)
    }

    #[must_use]
    pub(crate) fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.problem.errors = errors
            .into_iter()
            .take(MOST_ERRORS)
            .map(shortened)
            .collect();
        self
    }

    #[must_use]
    pub(crate) fn with_remedy(mut self, remedy: &str) -> Self {
        self.problem.remedy = Some(remedy.to_owned());
        self
    }

    #[must_use]
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    #[must_use]
    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.problem.retryable = true;
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }
}

/// The ledger did not answer: what AWS said is for the log only.
impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        tracing::error!(
            error.doing = failure.doing,
            error.detail = failure.detail,
            error.kind = ?failure.kind,
            "AWS failed"
        );
        let seconds = failure.retry_after_secs().unwrap_or(30).clamp(1, 60);
        Self::new(ProblemKind::UNAVAILABLE, "the ledger did not answer")
            .with_remedy(
                "Send the same request again, with the same Idempotency-Key if it had one.",
            )
            .retry_after(seconds)
    }
}

impl From<LedgerError> for Refusal {
    fn from(error: LedgerError) -> Self {
        let detail = error.to_string();
        match error {
            LedgerError::SlugTaken { slug } => Self::new(ProblemKind::SLUG_TAKEN, detail)
                .with_errors(vec![FieldError::new(
                    "slug",
                    format!("`{slug}` is taken"),
                    "a slug that no other tenant has",
                )])
                .with_remedy("Choose another slug, or change the tenant that has it."),
            LedgerError::VersionMismatch { current } => Self::version_mismatch(current),
            LedgerError::Leaving => Self::leaving(),
            LedgerError::NotFound { .. } => Self::not_found(detail),
            LedgerError::IdempotencyReused => Self::new(ProblemKind::KEY_REUSED, detail)
                .with_errors(vec![FieldError::new(
                    "Idempotency-Key",
                    "was used for a different request within 24 hours",
                    "a key of its own for each request",
                )])
                .with_remedy("Send the first request unchanged, or this one with a new key."),
            LedgerError::BadCursor => Self::invalid(vec![FieldError::new(
                "cursor",
                "does not belong to this list",
                "the `nextCursor` of the previous page of the same list",
            )]),
            LedgerError::Retired { .. } => Self::new(ProblemKind::CONFLICT, detail).with_remedy(
                "Choose a version that is not retired (`tenantry blueprint list`), or publish another.",
            ),
            LedgerError::Conflict { .. } | LedgerError::PoolExhausted { .. } => {
                Self::new(ProblemKind::CONFLICT, detail)
            }
            LedgerError::LostLease => Self::concurrent(),
            LedgerError::Failed(failure) => failure.into(),
        }
    }
}

impl Refusal {
    pub(crate) fn version_mismatch(current: u64) -> Self {
        Self::new(
            ProblemKind::VERSION_MISMATCH,
            format!("the tenant is at version {current}"),
        )
        .with_errors(vec![FieldError::new(
            "If-Match",
            "is not the tenant's version",
            format!("\"{current}\""),
        )])
        .with_remedy("Read the tenant again and repeat the change if it is still wanted.")
    }

    /// Others kept changing the same thing: nothing was done, and the same request may succeed in a moment.
    pub(crate) fn concurrent() -> Self {
        Self::new(
            ProblemKind::CONCURRENT_CHANGE,
            "concurrent changes won; nothing was changed",
        )
        .with_remedy("Send the same request again, with the same Idempotency-Key if it had one.")
        .retry_after(1)
    }

    pub(crate) fn leaving() -> Self {
        Self::new(
            ProblemKind::TENANT_LEAVING,
            "the tenant is leaving and takes no more changes",
        )
    }
}

/// A complaint of bounded size: a field can be named by as long a path as somebody likes to send.
fn shortened(error: FieldError) -> FieldError {
    let cut = |text: String| match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    };
    FieldError::new(cut(error.field), cut(error.detail), cut(error.allowed))
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status);
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.headers_mut().extend(self.headers.clone());
        // The body is written by the frame, which knows path and request id.
        response.extensions_mut().insert(self);
        response
    }
}
