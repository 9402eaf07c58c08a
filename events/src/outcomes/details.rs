//! What each event says.

use jiff::Timestamp;
use tenancy::{
    AccountId, ComponentName, Failure, Region, Severity, Slug, TenantId, access::AccountSession,
};

use super::{
    TenantDriftFound, TenantDriftResolved, TenantOffboarded, TenantOnboarded, TenantParked,
    TenantPrivateKeyHandedOut, TenantResumed, TenantSessionOpened, TenantStalled, TenantUpdated,
    UnknownAccountFound,
};
use crate::V1;

/// How many keys of findings an event names at most; the rest is in the ledger.
const MOST_KEYS: usize = 20;

impl TenantOnboarded {
    /// The event, from `requested` to `at`.
    pub fn new(
        tenant: &TenantId,
        slug: &Slug,
        account: &AccountId,
        requested: Timestamp,
        at: Timestamp,
    ) -> Self {
        let seconds = u64::try_from(at.duration_since(requested).as_secs()).unwrap_or_default();
        Self {
            version: V1,
            tenant_id: tenant.clone(),
            at,
            summary: format!("tenant `{slug}` is ready in account `{account}`"),
            slug: slug.clone(),
            account_id: account.clone(),
            seconds,
            portal_url: None,
        }
    }
}

impl TenantPrivateKeyHandedOut {
    /// The event.
    pub fn new(
        tenant: &TenantId,
        region: &Region,
        fingerprint: &str,
        requested_by: &str,
        at: Timestamp,
    ) -> Self {
        Self {
            version: V1,
            tenant_id: tenant.clone(),
            at,
            summary: format!("the private key of `{region}` was handed out"),
            region: region.clone(),
            fingerprint: fingerprint.to_owned(),
            requested_by: requested_by.to_owned(),
        }
    }
}

impl TenantSessionOpened {
    /// The event.
    pub fn new(session: &AccountSession) -> Self {
        let role = session.role;
        Self {
            version: V1,
            tenant_id: session.tenant_id.clone(),
            at: session.opened_at,
            summary: match session.emergency {
                true => format!("an operator was given a session as `{role}` in the account"),
                false => format!("a session as `{role}` in the account was given"),
            },
            session: session.id.clone(),
            role,
            opened_by: session.opened_by.clone(),
            source_identity: session.source_identity.clone(),
            emergency: session.emergency,
            reason: session.reason.clone(),
            expires_at: session.expires_at,
        }
    }
}

impl TenantUpdated {
    /// The event that the tenant is at `spec_version`.
    pub fn new(tenant: &TenantId, spec_version: u64, at: Timestamp) -> Self {
        Self {
            version: V1,
            tenant_id: tenant.clone(),
            at,
            summary: format!("version {spec_version} of the spec has been applied"),
            spec_version,
        }
    }
}

impl TenantParked {
    /// The event that `component` is parked.
    pub fn new(
        tenant: &TenantId,
        component: ComponentName,
        reason: &str,
        remedy: &str,
        at: Timestamp,
    ) -> Self {
        Self {
            version: V1,
            tenant_id: tenant.clone(),
            at,
            summary: format!("`{component}` is parked: {reason}"),
            component,
            reason: reason.to_owned(),
            remedy: remedy.to_owned(),
        }
    }
}

impl TenantStalled {
    /// The event that `component` has stalled, by what failed last.
    pub fn new(
        tenant: &TenantId,
        component: ComponentName,
        failure: &Failure,
        at: Timestamp,
    ) -> Self {
        let (reason, remedy) = failure.for_a_person().unwrap_or_default();
        Self {
            version: V1,
            tenant_id: tenant.clone(),
            at,
            summary: format!("`{component}` has stalled: {reason}"),
            component,
            reason: reason.to_owned(),
            remedy: remedy.to_owned(),
            last_error: failure.to_string(),
        }
    }
}

impl TenantResumed {
    /// The event that `component` has resumed.
    pub fn new(tenant: &TenantId, component: ComponentName, at: Timestamp) -> Self {
        Self {
            version: V1,
            tenant_id: tenant.clone(),
            at,
            summary: format!("`{component}` has resumed"),
            component,
        }
    }
}

impl TenantDriftFound {
    /// The event that the findings of these keys are new.
    pub fn new(tenant: &TenantId, keys: &[String], worst: Severity, at: Timestamp) -> Self {
        Self {
            version: V1,
            tenant_id: tenant.clone(),
            at,
            summary: format!("new findings: {}", keys.len()),
            count: count(keys),
            severity: worst,
            keys: keys.iter().take(MOST_KEYS).cloned().collect(),
        }
    }
}

impl TenantDriftResolved {
    /// The event that the findings of these keys are resolved.
    pub fn new(tenant: &TenantId, keys: &[String], still_open: u32, at: Timestamp) -> Self {
        Self {
            version: V1,
            tenant_id: tenant.clone(),
            at,
            summary: format!(
                "findings resolved: {}, still open: {still_open}",
                keys.len()
            ),
            count: count(keys),
            keys: keys.iter().take(MOST_KEYS).cloned().collect(),
            still_open,
        }
    }
}

impl TenantOffboarded {
    /// The event that the tenant was deleted.
    pub fn new(tenant: &TenantId, account: Option<&AccountId>, at: Timestamp) -> Self {
        Self {
            version: V1,
            tenant_id: tenant.clone(),
            at,
            summary: "the tenant was deleted and its account is closed".to_owned(),
            account_id: account.cloned(),
        }
    }
}

impl UnknownAccountFound {
    /// The event that `account` is not in the ledger.
    pub fn new(account: &AccountId, organizational_unit: &str, at: Timestamp) -> Self {
        Self {
            version: V1,
            at,
            summary: format!("account `{account}` in `{organizational_unit}` is not in the ledger"),
            account_id: account.clone(),
            organizational_unit: organizational_unit.to_owned(),
        }
    }
}

fn count(keys: &[String]) -> u32 {
    u32::try_from(keys.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_names_a_few_findings_and_counts_them_all() {
        let keys: Vec<String> = (0..50).map(|i| format!("network.{i}")).collect();
        let tenant = TenantId::from_random([1; 10]);
        let event = TenantDriftFound::new(&tenant, &keys, Severity::High, Timestamp::UNIX_EPOCH);
        assert_eq!((event.count, event.keys.len()), (50, MOST_KEYS));
    }
}
