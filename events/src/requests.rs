//! Events: a change was requested. They wake a function; everything else is in the ledger.

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
            /// When it was requested.
            #[schemars(with = "String")]
            pub at: Timestamp,
            /// What happened, in a sentence.
            pub summary: String,
        }

        impl $name {
            /// The event, about `tenant`, at `at`.
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
    /// A new tenant was requested.
    TenantRequested,
    "a tenant was requested"
);
request!(
    /// The spec of a tenant was changed.
    TenantSpecChanged,
    "the tenant's spec changed"
);
request!(
    /// A repair of a tenant was requested.
    TenantRepairRequested,
    "a repair was requested"
);
request!(
    /// A tenant is to be retried now, such as after a person resolved what it was parked for.
    TenantRetryRequested,
    "a retry was requested"
);
request!(
    /// An audit of a tenant was requested.
    TenantAuditRequested,
    "an audit was requested"
);
request!(
    /// New private keys of a tenant's key pairs were requested.
    TenantKeyPairRotationRequested,
    "a rotation of the key pair was requested"
);
request!(
    /// The end of sessions in the account of a tenant was requested.
    TenantSessionsEndRequested,
    "the end of sessions in the account was requested"
);
request!(
    /// The deletion of a tenant was requested.
    TenantOffboardingRequested,
    "the deletion of the tenant was requested"
);
