//! What can go wrong in the ledger, as its callers need to tell apart.

use tenancy::{Failure, Slug};

/// Why the ledger did not do what it was asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LedgerError {
    /// Another living tenant has the slug.
    #[error("the slug `{slug}` is taken")]
    SlugTaken {
        /// The slug that was requested.
        slug: Slug,
    },
    /// The tenant is not at the version the caller knows.
    #[error("the tenant is at version {current}")]
    VersionMismatch {
        /// The version it is at.
        current: u64,
    },
    /// The tenant is leaving or closed, and takes no more changes.
    #[error("the tenant is leaving")]
    Leaving,
    /// There is no such thing.
    #[error("there is no {what}")]
    NotFound {
        /// What was requested, such as "tenant `t-…`".
        what: String,
    },
    /// The idempotency key was used for a different request within the last 24 hours.
    #[error("the idempotency key was used for a different request")]
    IdempotencyReused,
    /// No block of the asked size is free in the pool.
    #[error("no /{prefix} block is free in the pool `{pool}`")]
    PoolExhausted {
        /// Prefix length that was requested.
        prefix: u8,
        /// The pool.
        pool: String,
    },
    /// The lease ended or another pass has it: nothing was written, and the pass must stop.
    #[error("the lease is lost")]
    LostLease,
    /// The cursor was not made by this ledger for this question.
    #[error("the cursor does not belong to this question")]
    BadCursor,
    /// The blueprint takes no new tenants any more.
    #[error("blueprint `{blueprint}` was retired")]
    Retired {
        /// The blueprint, by name and version.
        blueprint: String,
    },
    /// What was asked contradicts what is recorded.
    #[error("{detail}")]
    Conflict {
        /// What contradicts what.
        detail: String,
    },
    /// The table did not answer, refused, or holds something that cannot be read.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl LedgerError {
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::Conflict {
            detail: detail.into(),
        }
    }

    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }
}
