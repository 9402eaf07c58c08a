//! Events about outcomes, for billing, CRM and other consumers.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::{
    AccountId, ComponentName, Region, Severity, Slug, TenantId,
    access::{AccountRole, AccountSessionId},
};

use crate::V1;

mod details;

macro_rules! outcome {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// Version of this event.
            pub version: V1,
            /// The tenant.
            pub tenant_id: TenantId,
            /// When it happened.
            #[schemars(with = "String")]
            pub at: Timestamp,
            /// What happened, in a sentence.
            pub summary: String,
            $($(#[$field_meta])* pub $field: $type,)*
        }
    };
}

outcome!(
    /// A tenant matches its spec for the first time.
    TenantOnboarded {
        /// Its short name.
        slug: Slug,
        /// Its account.
        account_id: AccountId,
        /// Seconds from the request to now.
        seconds: u64,
        /// Where its people sign in at their identity provider, if the installation has a portal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        portal_url: Option<String>,
    }
);

outcome!(
    /// A changed spec has been applied.
    TenantUpdated {
        /// The version of the spec that the tenant is at.
        spec_version: u64,
    }
);

outcome!(
    /// Somebody was given the private key of a tenant's key pair. The key itself is in no event.
    TenantPrivateKeyHandedOut {
        /// The Region of the key pair.
        region: Region,
        /// The fingerprint of the key, as OpenSSH shows it.
        fingerprint: String,
        /// Who was given it: the ARN of the caller.
        requested_by: String,
    }
);

outcome!(
    /// Somebody was given a session in a tenant's account. Its credentials are in no event.
    TenantSessionOpened {
        /// The session: a tag of it in the account, and on record.
        session: AccountSessionId,
        /// What somebody is in the account.
        role: AccountRole,
        /// Who: as the history of the tenant names callers.
        opened_by: String,
        /// Who, as CloudTrail in the account names it.
        source_identity: String,
        /// Whether it rests on a role at the installation, of somebody who is not the tenant's.
        emergency: bool,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// When its credentials end.
        #[schemars(with = "String")]
        expires_at: Timestamp,
    }
);

outcome!(
    /// A tenant is parked until a person acts.
    TenantParked {
        /// The component that is parked.
        component: ComponentName,
        /// A stable word for the reason; the runbook has a heading for each.
        reason: String,
        /// What a person must do.
        remedy: String,
    }
);

outcome!(
    /// Something has been retried on a tenant for too long. It is still retried, but a person must act.
    TenantStalled {
        /// The component that is stalled.
        component: ComponentName,
        /// A stable word for the reason; the runbook has a heading for each.
        reason: String,
        /// What a person must do.
        remedy: String,
        /// What was tried last, and its result.
        last_error: String,
    }
);

outcome!(
    /// A parked or stalled tenant has resumed.
    TenantResumed {
        /// The component that was parked or stalled.
        component: ComponentName,
    }
);

outcome!(
    /// An audit found differences that were not there before.
    TenantDriftFound {
        /// How many.
        count: u32,
        /// The severity of the worst of them.
        severity: Severity,
        /// Their keys, at most 20.
        #[schemars(length(max = 20))]
        keys: Vec<String>,
    }
);

outcome!(
    /// Differences that were found before are resolved.
    TenantDriftResolved {
        /// How many.
        count: u32,
        /// Their keys, at most 20.
        #[schemars(length(max = 20))]
        keys: Vec<String>,
        /// How many are still open.
        still_open: u32,
    }
);

outcome!(
    /// A tenant was deleted and its account is closed.
    TenantOffboarded {
        /// Its account, if it ever had one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account_id: Option<AccountId>,
    }
);

/// An account in tenantry's organizational units is not in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnknownAccountFound {
    /// Version of this event.
    pub version: V1,
    /// When it was seen.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// What happened, in a sentence.
    pub summary: String,
    /// The account.
    pub account_id: AccountId,
    /// Id of the organizational unit it is in.
    pub organizational_unit: String,
}
