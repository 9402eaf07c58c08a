//! Why a request is not answered as it was asked.

use sign_in::Refused;
use tenancy::Failure;
use tenantry_aws::ledger::LedgerError;

/// Why not. The text is for the person; what AWS said is in the log only.
#[derive(Debug)]
pub struct Trouble {
    /// HTTP status.
    pub status: u16,
    /// A sentence that helps.
    pub sentence: String,
}

impl Trouble {
    pub fn new(status: u16, sentence: impl Into<String>) -> Self {
        Self {
            status,
            sentence: sentence.into(),
        }
    }

    /// There is no such page. That a tenant has no provider is not told apart from there being no tenant.
    pub fn nobody() -> Self {
        let sentence =
            "Nobody can sign in at this address. Check its spelling, or ask who gave it to you.";
        Self::new(404, sentence)
    }

    /// A sign-in that was not begun here, or too long ago.
    pub fn stale() -> Self {
        let sentence = "This sign-in was not begun in this browser, was used before, or took longer than ten minutes. Begin again at \
                        your sign-in address.";
        Self::new(400, sentence)
    }
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Self {
        tracing::warn!(error.detail = %refused, "nobody was signed in");
        let status = match refused {
            Refused::UnverifiedEmail | Refused::ForeignEmail | Refused::Declined { .. } => 403,
            _ => 502,
        };
        let mut sentence = refused.to_string();
        if let Some(first) = sentence.get(..1).map(str::to_uppercase) {
            sentence.replace_range(..1, &first);
        }
        Self::new(status, format!("{sentence}."))
    }
}

impl From<Failure> for Trouble {
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

impl From<LedgerError> for Trouble {
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
