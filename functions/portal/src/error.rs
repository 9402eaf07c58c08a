//! Why a request is refused, or cannot be answered.

use sign_in::Refused;
use tenancy::Failure;
use tenantry_aws::ledger::LedgerError;

/// Why not. The text is for the person; what AWS said is in the log only.
#[derive(Debug)]
pub struct PortalError {
    /// HTTP status.
    pub status: u16,
    /// What the person reads: a sentence that helps.
    pub message: String,
}

impl PortalError {
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    /// There is no such page. That a tenant has no provider is not told apart from there being no tenant.
    pub fn no_such_address() -> Self {
        let message =
            "Nobody can sign in at this address. Check its spelling, or ask who gave it to you.";
        Self::new(404, message)
    }

    /// A sign-in that was not begun here, or too long ago.
    pub fn stale() -> Self {
        let message = "This sign-in was not begun in this browser, was used before, or took longer than ten minutes. Begin again at \
                        your sign-in address.";
        Self::new(400, message)
    }
}

impl From<Refused> for PortalError {
    fn from(refused: Refused) -> Self {
        tracing::warn!(error.detail = %refused, "nobody was signed in");
        let status = match refused {
            Refused::UnverifiedEmail | Refused::ForeignEmail | Refused::Declined { .. } => 403,
            _ => 502,
        };
        let mut message = refused.to_string();
        if let Some(first) = message.get(..1).map(str::to_uppercase) {
            message.replace_range(..1, &first);
        }
        Self::new(status, format!("{message}."))
    }
}

impl From<Failure> for PortalError {
    fn from(failure: Failure) -> Self {
        tracing::error!(
            error.doing = failure.doing,
            error.detail = failure.detail,
            error.kind = ?failure.kind,
            "AWS failed"
        );
        Self::new(
            503,
            "The sign-in is unavailable at the moment. Try again in a minute.",
        )
    }
}

impl From<LedgerError> for PortalError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Failed(failure) => failure.into(),
            other => {
                tracing::error!(error.detail = %other, "the ledger refused");
                Self::new(
                    503,
                    "The sign-in is unavailable at the moment. Try again in a minute.",
                )
            }
        }
    }
}
