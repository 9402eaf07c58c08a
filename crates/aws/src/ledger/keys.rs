//! How keys are spelled. `docs/ledger.md` has the table of all rows.

use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use tenancy::{
    AccountId, ComponentName, Email, OperationId, Slug, TenantId, Timestamp,
    access::{AccessRequestId, AccountSession, GrantId, Grantee, Scope},
    blueprint::Version,
};

use super::item::Item;

/// Sort key of a tenant's main row.
pub(super) const META: &str = "META";
/// Sort key of the row of a tenant's lease.
pub(super) const LEASE: &str = "LEASE";
pub(super) const COMPONENT: &str = "C#";
pub(super) const FINDING: &str = "F#";
/// Findings that somebody suppresses.
pub(super) const SUPPRESSION: &str = "FS#";
/// Sort key of the row of what all controls come to.
pub(super) const CONTROLS: &str = "CONTROLS";
/// Days of posture. They sort behind the history: no pass reads them.
pub(super) const DAY: &str = "POSTURE#";
pub(super) const INTENT: &str = "I#";
pub(super) const OPERATION: &str = "OP#";
/// History. It sorts behind everything else of a tenant, so that one query reads all a pass needs and no history.
pub(super) const PAST: &str = "PAST#";
/// Finished operations. They sort behind the history: no pass reads them.
pub(super) const FINISHED: &str = "PASTOP#";
/// Partition of the indexes of tenants that holds every tenant, by age.
pub(super) const TENANTS: &str = "TENANTS";
/// Partition of the index `listing` that holds every account, by number.
pub(super) const ACCOUNTS: &str = "ACCOUNTS";
/// Partition of the pages of the address pool.
pub(super) const POOL: &str = "POOL";
/// Partition of what all passes share to keep to the organization's limits.
pub(super) const GOVERNOR: &str = "GOVERNOR";

/// Partition of the published blueprints. Only the function `api` may write there.
pub(super) const BLUEPRINTS: &str = "BLUEPRINTS";
/// Sort key of what somebody holds at the installation; behind a `#`, the tenant in which it is held.
const GRANTS_OF_INSTALLATION: &str = "GRANTS";
/// What the sort keys begin with of what somebody holds in tenants.
pub(super) const GRANTS_IN_TENANTS: &str = "GRANTS#";
pub(super) const GRANT: &str = "GRANT#";
pub(super) const PROJECT: &str = "PROJECT#";
pub(super) const REQUEST: &str = "REQUEST#";

/// How the sort key of a blueprint's retirement ends: it sorts right behind what the version says.
pub(super) const RETIRED: &str = "#RETIRED";

/// The partition of the index `due`.
pub(super) const DUE: &str = "DUE#0";
/// Partitions of the index `due` that releases before wrote beside it.
pub(super) const EARLIER_DUE: [&str; 3] = ["DUE#1", "DUE#2", "DUE#3"];

/// The primary key of a row.
pub(super) fn key(pk: impl Into<String>, sk: impl Into<String>) -> Item {
    Item::from([
        ("pk".to_owned(), AttributeValue::S(pk.into())),
        ("sk".to_owned(), AttributeValue::S(sk.into())),
    ])
}

pub(super) fn tenant(id: &TenantId) -> String {
    format!("T#{id}")
}

/// The tenant whose row this is.
pub(super) fn tenant_of(row: &Item) -> Option<TenantId> {
    let pk = row.get("pk")?.as_s().ok()?;
    pk.strip_prefix("T#")?.parse().ok()
}

pub(super) fn meta(id: &TenantId) -> Item {
    key(tenant(id), META)
}

pub(super) fn operation(tenant_id: &TenantId, id: &OperationId) -> Item {
    key(tenant(tenant_id), format!("{OPERATION}{id}"))
}

pub(super) fn lease(id: &TenantId) -> Item {
    key(tenant(id), LEASE)
}

pub(super) fn finished(tenant_id: &TenantId, id: &OperationId) -> Item {
    key(tenant(tenant_id), format!("{FINISHED}{id}"))
}

pub(super) fn component(tenant_id: &TenantId, name: ComponentName) -> Item {
    key(tenant(tenant_id), format!("{COMPONENT}{name}"))
}

pub(super) fn finding(tenant_id: &TenantId, name: &str) -> Item {
    key(tenant(tenant_id), format!("{FINDING}{name}"))
}

pub(super) fn suppression(tenant_id: &TenantId, id: &str) -> Item {
    key(tenant(tenant_id), format!("{SUPPRESSION}{id}"))
}

pub(super) fn controls(tenant_id: &TenantId) -> Item {
    key(tenant(tenant_id), CONTROLS)
}

/// The day of a time, in UTC.
pub(super) fn day(tenant_id: &TenantId, at: Timestamp) -> Item {
    let day = at.to_string().chars().take(10).collect::<String>();
    key(tenant(tenant_id), format!("{DAY}{day}"))
}

pub(super) fn intent(tenant_id: &TenantId, component: ComponentName, name: &str) -> Item {
    key(tenant(tenant_id), format!("{INTENT}{component}#{name}"))
}

pub(super) fn past(tenant_id: &TenantId, sequence: u64) -> Item {
    key(tenant(tenant_id), past_key(sequence))
}

pub(super) fn past_key(sequence: u64) -> String {
    format!("{PAST}{sequence:012}")
}

pub(super) fn slug(slug: &Slug) -> Item {
    key(format!("SLUG#{slug}"), "SLUG")
}

/// Addresses differ in case only for people: AWS takes them for the same.
pub(super) fn email(email: &Email) -> Item {
    key(
        format!("EMAIL#{}", email.as_str().to_ascii_lowercase()),
        "EMAIL",
    )
}

pub(super) fn account(account: &AccountId) -> Item {
    key(format!("ACCOUNT#{account}"), "ACCOUNT")
}

/// `caller` is an ARN or a hash, which has no `#`, so two callers never meet whatever their keys are.
pub(super) fn idempotency(caller: &str, name: &str) -> Item {
    key(format!("IDEMPOTENCY#{caller}#{name}"), "IDEMPOTENCY")
}

/// How much a caller changed in a minute. `caller` is a hash.
pub(super) fn caller(caller: &str, minute: i64) -> Item {
    key(format!("CALLER#{caller}"), format!("CHANGES#{minute}"))
}

/// A tenant's identity provider.
pub(super) fn identity_provider(id: &TenantId) -> Item {
    key(format!("PROVIDER#{id}"), "PROVIDER")
}

/// Until when the sessions of a person of this provider, the tenant's or the installation's, have ended.
pub(super) fn sessions_ended(tenant: Option<&TenantId>, person: &str) -> Item {
    let provider = match tenant {
        Some(tenant) => format!("PROVIDER#{tenant}"),
        None => format!("PROVIDER#{}", Scope::Installation),
    };
    key(provider, format!("ENDED#{person}"))
}

/// A row of a sign-in. All of them begin alike: the function `portal` may write there and nowhere else.
pub(super) fn sign_in(kind: &str, name: &str) -> Item {
    key(format!("SESSION#{kind}#{name}"), "SESSION")
}

/// What a version of a published blueprint says.
pub(super) fn blueprint(name: &str, version: Version) -> Item {
    key(BLUEPRINTS, blueprint_key(name, version))
}

/// That it is retired.
pub(super) fn retired_blueprint(name: &str, version: Version) -> Item {
    let sk = blueprint_key(name, version);
    key(BLUEPRINTS, format!("{sk}{RETIRED}"))
}

/// Whether a row is the retirement of this version.
pub(super) fn is_retirement_of(row: &Item, name: &str, version: Version) -> bool {
    retired_blueprint(name, version).get("sk") == row.get("sk")
}

/// Versions sort by number.
fn blueprint_key(name: &str, Version(major, minor, patch): Version) -> String {
    format!("{name}@{major:05}.{minor:05}.{patch:05}")
}

/// The partition of what a person, group or machine holds. Only the function `api` may write there.
pub(super) fn holder(grantee: &Grantee) -> String {
    format!("HOLDER#{grantee}")
}

/// What a person, group or machine holds in a tenant and its projects, or at the installation.
pub(super) fn grants_of(grantee: &Grantee, tenant: Option<&TenantId>) -> Item {
    let sort_key = match tenant {
        Some(tenant) => format!("{GRANTS_IN_TENANTS}{tenant}"),
        None => GRANTS_OF_INSTALLATION.to_owned(),
    };
    key(holder(grantee), sort_key)
}

/// The partition of the grants and projects of a tenant, or of the installation's grants. Only the function `api` may write there.
pub(super) fn access(tenant: Option<&TenantId>) -> String {
    match tenant {
        Some(tenant) => format!("ACCESS#{tenant}"),
        None => format!("ACCESS#{}", Scope::Installation),
    }
}

pub(super) fn grant(tenant: Option<&TenantId>, id: &GrantId) -> Item {
    key(access(tenant), format!("{GRANT}{id}"))
}

/// The record of a grant that was revoked.
pub(super) fn revoked(tenant: Option<&TenantId>, id: &GrantId) -> Item {
    key(access(tenant), format!("{PAST}{id}"))
}

/// A request for access to a tenant.
pub(super) fn access_request(tenant: &TenantId, id: &AccessRequestId) -> Item {
    key(access(Some(tenant)), format!("{REQUEST}{id}"))
}

/// What somebody asked for in a tenant that is not decided. `who` is a hash.
pub(super) fn pending_requests(tenant: &TenantId, who: &str) -> Item {
    key(access(Some(tenant)), format!("PENDING#{who}"))
}

pub(super) fn project(tenant: &TenantId, slug: &Slug) -> Item {
    key(access(Some(tenant)), format!("{PROJECT}{slug}"))
}

/// The partition of the sessions that were opened in a tenant's account. All of these begin alike: the function `access` may write there
/// and nowhere else.
pub(super) fn account_sessions(tenant: &TenantId) -> String {
    format!("OPENED#{tenant}")
}

/// Sorts newest first.
pub(super) fn account_session(session: &AccountSession) -> Item {
    let since_then = i64::MAX.saturating_sub(session.opened_at.as_millisecond());
    key(
        account_sessions(&session.tenant_id),
        format!("{since_then:019}#{}", session.id),
    )
}

/// A time as text that sorts like the time: always in milliseconds.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// Sort key in the indexes: by time, then by tenant.
pub(super) fn at(time_text: impl Display, id: &TenantId) -> String {
    format!("{time_text}#{id}")
}
