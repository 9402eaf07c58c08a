//! Facts that somebody asked for something. They wake a function; all else is in the ledger.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::TenantId;

use crate::V1;

macro_rules! request {
    ($(#[$doc:meta])* $name:ident, $summary:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// Version of this event.
            pub version: V1,
            /// The tenant.
            pub tenant_id: TenantId,
            /// When it was asked for.
            #[schemars(with = "String")]
            pub at: Timestamp,
            /// What happened, in a sentence.
            pub summary: String,
        }

        impl $name {
            /// The fact, about `tenant`, at `at`.
            pub fn new(tenant: &TenantId, at: Timestamp) -> Self {
                Self {
                    version: V1,
                    tenant_id: tenant.clone(),
                    at,
                    summary: $summary.to_owned(),
                }
            }
        }
    };
}

request!(
    /// A new tenant was asked for.
    TenantRequested,
    "a tenant was asked for"
);
request!(
    /// What is wanted of a tenant changed.
    TenantSpecChanged,
    "the tenant's spec changed"
);
request!(
    /// A tenant is to be put right.
    TenantRepairRequested,
    "a repair was asked for"
);
request!(
    /// A tenant is to be tried again now, such as after a person removed what it was parked for.
    TenantRetryRequested,
    "another try was asked for"
);
request!(
    /// A tenant is to be looked at.
    TenantAuditRequested,
    "an audit was asked for"
);
request!(
    /// A tenant is to leave.
    TenantOffboardingRequested,
    "the tenant is to leave"
);
