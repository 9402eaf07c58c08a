//! Being built: the surface first.
#![expect(unused_variables, reason = "bodies follow")]
use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use jiff::SignedDuration;
use tenancy::{
    history::{Flaw, HistoryEntry},
    *,
};

use super::*;

fn unbuilt() -> LedgerError {
    Failure::bug("asking the ledger", "not built yet").into()
}

impl Ledger {
    /// Records a new tenant with its slug, e-mail address, first operation and first history entry, all or nothing. A repetition gives back the first answer.
    ///
    /// # Errors
    /// `SlugTaken`, `IdempotencyReused`, `Conflict` (id or e-mail address used before), `Failed`.
    pub async fn create_tenant(
        &self,
        tenant: &Tenant,
        operation: &Operation,
        request: &Request,
    ) -> Result<Accepted, LedgerError> {
        Err(unbuilt())
    }

    /// The answer to an earlier request with the same idempotency key, if there was one within 24 hours. The other operations look by themselves; this is for a caller that wants to know before it does anything else.
    ///
    /// # Errors
    /// `IdempotencyReused`, `Failed`.
    pub async fn replayed(&self, request: &Request) -> Result<Option<Accepted>, LedgerError> {
        Err(unbuilt())
    }

    /// Records a changed spec and the operation that carries it out, and makes the tenant due. `operation.spec_version` is filled in. A spec equal to the present one changes nothing and gives no operation. Give the version the new spec was made from as `expected_version`, or a concurrent change is overwritten.
    ///
    /// # Errors
    /// `NotFound`, `VersionMismatch`, `Leaving`, `IdempotencyReused`, `Conflict` (the slug differs, or too many operations are open), `Failed`.
    pub async fn change_spec(
        &self,
        id: &TenantId,
        expected_version: Option<u64>,
        spec: &Spec,
        operation: &Operation,
        request: &Request,
    ) -> Result<Accepted, LedgerError> {
        Err(unbuilt())
    }

    /// Records that the tenant is to leave, cancels its other open operations, adds the offboard operation and makes the tenant due. For a tenant that is leaving already it gives back the operation there is.
    ///
    /// # Errors
    /// `NotFound`, `VersionMismatch`, `IdempotencyReused`, `Failed`.
    pub async fn request_departure(
        &self,
        id: &TenantId,
        expected_version: Option<u64>,
        operation: &Operation,
        request: &Request,
    ) -> Result<Accepted, LedgerError> {
        Err(unbuilt())
    }

    /// Adds an audit or repair and makes the tenant due. If one of the same kind has not begun yet, gives back that one.
    ///
    /// # Errors
    /// `NotFound`, `Leaving`, `IdempotencyReused`, `Conflict` (too many operations are open), `Failed`.
    pub async fn request_operation(
        &self,
        operation: &Operation,
        request: &Request,
    ) -> Result<Accepted, LedgerError> {
        Err(unbuilt())
    }

    /// Makes the tenant due at `at` or earlier; a pass that is running now will not undo it.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn mark_due(&self, id: &TenantId, at: Timestamp) -> Result<(), LedgerError> {
        Err(unbuilt())
    }

    /// A tenant, tombstones included.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn tenant(&self, id: &TenantId) -> Result<Tenant, LedgerError> {
        Err(unbuilt())
    }

    /// The living tenant with a slug.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn tenant_by_slug(&self, slug: &Slug) -> Result<Tenant, LedgerError> {
        Err(unbuilt())
    }

    /// The tenant an account belongs to, or belonged to.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn tenant_by_account(&self, account: &AccountId) -> Result<Tenant, LedgerError> {
        Err(unbuilt())
    }

    /// All a pass needs, in one query.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn load(&self, id: &TenantId) -> Result<Loaded, LedgerError> {
        Err(unbuilt())
    }

    /// Tenants that match, oldest first, at most `limit` of them; a page is short only at the end.
    ///
    /// # Errors
    /// `BadCursor`, `Failed`.
    pub async fn list_tenants(
        &self,
        filter: &TenantFilter,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Page<Tenant>, LedgerError> {
        Err(unbuilt())
    }

    /// Tenants whose next pass is due, in no order that means anything. Eventually consistent.
    ///
    /// # Errors
    /// `BadCursor`, `Failed`.
    pub async fn due(
        &self,
        now: Timestamp,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Page<Tenant>, LedgerError> {
        Err(unbuilt())
    }

    /// Every tenant that is not a tombstone, page by page. Eventually consistent.
    ///
    /// # Errors
    /// `BadCursor`, `Failed`.
    pub async fn all_tenants(
        &self,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Page<Tenant>, LedgerError> {
        Err(unbuilt())
    }

    /// Every account the ledger knows, closed ones included, read to the end. Eventually consistent.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn accounts(&self) -> Result<BTreeMap<AccountId, TenantId>, LedgerError> {
        Err(unbuilt())
    }

    /// An operation and its tenant.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn operation(&self, id: &OperationId) -> Result<Progress, LedgerError> {
        Err(unbuilt())
    }

    /// All operations of a tenant, newest first.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn operations(&self, id: &TenantId) -> Result<Vec<Operation>, LedgerError> {
        Err(unbuilt())
    }

    /// Findings of a tenant in a state (`None` for all) and of a severity (`None` for all), by key.
    ///
    /// # Errors
    /// `NotFound`, `BadCursor`, `Failed`.
    pub async fn findings(
        &self,
        id: &TenantId,
        state: Option<FindingState>,
        severity: Option<Severity>,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Page<Finding>, LedgerError> {
        Err(unbuilt())
    }

    /// The history of a tenant from the beginning.
    ///
    /// # Errors
    /// `NotFound`, `BadCursor`, `Failed`.
    pub async fn history(
        &self,
        id: &TenantId,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Page<HistoryEntry>, LedgerError> {
        Err(unbuilt())
    }

    /// The whole history of a tenant, checked against what its record says.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn verify_history(&self, id: &TenantId) -> Result<Vec<Flaw>, LedgerError> {
        Err(unbuilt())
    }

    /// Adds to the history of a tenant; under a lease if one is given.
    ///
    /// # Errors
    /// `NotFound`, `LostLease`, `Failed`.
    pub async fn append_history(
        &self,
        id: &TenantId,
        lease: Option<&Lease>,
        entries: &[NewEntry],
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        Err(unbuilt())
    }

    /// Takes the lease of a tenant if nobody has it, or it has expired, and makes the tenant due at its end, so that a pass that dies comes back. `None` if another pass has it.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn acquire_lease(
        &self,
        id: &TenantId,
        holder: &str,
        now: Timestamp,
        ttl: SignedDuration,
    ) -> Result<Option<Lease>, LedgerError> {
        Err(unbuilt())
    }

    /// Keeps a lease for longer.
    ///
    /// # Errors
    /// `LostLease`, `Failed`.
    pub async fn renew_lease(
        &self,
        lease: &mut Lease,
        now: Timestamp,
        ttl: SignedDuration,
    ) -> Result<(), LedgerError> {
        Err(unbuilt())
    }

    /// Gives a lease back without recording a pass, and says when the next is due. A lease that was given back already, or lost, is no error: there is nothing left to do.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn release_lease(
        &self,
        lease: &Lease,
        due_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        Err(unbuilt())
    }

    /// Records one component while the pass goes on.
    ///
    /// # Errors
    /// `LostLease`, `Failed`.
    pub async fn save_component(
        &self,
        lease: &Lease,
        name: ComponentName,
        status: &ComponentStatus,
    ) -> Result<(), LedgerError> {
        Err(unbuilt())
    }

    /// Records whose an account is, for ever. Recording the same again is fine.
    ///
    /// # Errors
    /// `LostLease`, `Conflict` (the account belongs to another tenant, or the tenant has another one), `Failed`.
    pub async fn save_account(
        &self,
        lease: &Lease,
        account: &AccountId,
    ) -> Result<(), LedgerError> {
        Err(unbuilt())
    }

    /// Gives the tenant its next generation after its account was closed from outside: a new e-mail address and no account.
    ///
    /// # Errors
    /// `LostLease`, `Conflict` (the address was used before), `Failed`.
    pub async fn next_generation(
        &self,
        lease: &Lease,
        email: &Email,
    ) -> Result<Tenant, LedgerError> {
        Err(unbuilt())
    }

    /// The last write of a pass: records it, sets when the next is due and gives the lease back, in one transaction (several only if the record has more than 90 parts).
    ///
    /// # Errors
    /// `LostLease`, `Failed`.
    pub async fn save_pass(
        &self,
        lease: &Lease,
        record: &PassRecord,
        now: Timestamp,
    ) -> Result<PassSaved, LedgerError> {
        Err(unbuilt())
    }

    /// Notes what is about to be asked of AWS, all or nothing. An intent that is there already counts one attempt more and loses its outcome.
    ///
    /// # Errors
    /// `LostLease`, `Failed`.
    pub async fn put_intents(
        &self,
        lease: &Lease,
        intents: &[NewIntent],
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        Err(unbuilt())
    }

    /// Notes what came of an intent.
    ///
    /// # Errors
    /// `LostLease`, `NotFound`, `Failed`.
    pub async fn settle_intent(
        &self,
        lease: &Lease,
        component: ComponentName,
        key: &str,
        outcome: &str,
    ) -> Result<(), LedgerError> {
        Err(unbuilt())
    }

    /// Forgets intents; those that are not there are no error.
    ///
    /// # Errors
    /// `LostLease`, `Failed`.
    pub async fn clear_intents(
        &self,
        lease: &Lease,
        keys: &[IntentKey],
    ) -> Result<(), LedgerError> {
        Err(unbuilt())
    }

    /// All intents of a tenant.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn intents(&self, id: &TenantId) -> Result<Vec<Intent>, LedgerError> {
        Err(unbuilt())
    }

    /// The tenant's network in a Region: the one it has, whatever its size, or a new block of `prefix` (16 to 24) from `pool` that overlaps with no other.
    ///
    /// # Errors
    /// `LostLease`, `PoolExhausted`, `Conflict` (prefix outside 16 to 24), `Failed`.
    pub async fn allocate_cidr(
        &self,
        lease: &Lease,
        region: &Region,
        prefix: u8,
        pool: Ipv4Net,
    ) -> Result<Ipv4Net, LedgerError> {
        Err(unbuilt())
    }

    /// Gives the tenant's networks back to the pool. [`Ledger::save_pass`] does so when it closes a tenant.
    ///
    /// # Errors
    /// `LostLease`, `Failed`.
    pub async fn release_cidrs(&self, lease: &Lease) -> Result<(), LedgerError> {
        Err(unbuilt())
    }

    /// Takes one creation from the budget of the hour and the day (UTC).
    ///
    /// # Errors
    /// `Failed`.
    pub async fn take_creation(
        &self,
        now: Timestamp,
        per_hour: u32,
        per_day: u32,
    ) -> Result<Budget, LedgerError> {
        Err(unbuilt())
    }

    /// Lets a tenant through a gate, or puts it in line. To be asked again until it answers [`Turn::Entered`]; a tenant that does not ask for 15 minutes loses its place. Inside, the place expires after `hold` unless asked again.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn enter(
        &self,
        gate: Gate,
        tenant: &TenantId,
        now: Timestamp,
        hold: SignedDuration,
    ) -> Result<Turn, LedgerError> {
        Err(unbuilt())
    }

    /// Gives a place back, inside or in line, and says whose turn it is now (worth marking due).
    ///
    /// # Errors
    /// `Failed`.
    pub async fn leave(
        &self,
        gate: Gate,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Vec<TenantId>, LedgerError> {
        Err(unbuilt())
    }

    /// Who is inside a gate and who waits.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn line(&self, gate: Gate, now: Timestamp) -> Result<Line, LedgerError> {
        Err(unbuilt())
    }

    /// A switch; `None` if it was never touched, which means on.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn switch(&self, name: &str) -> Result<Option<Switch>, LedgerError> {
        Err(unbuilt())
    }

    /// Turns a switch.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn turn_switch(&self, name: &str, switch: &Switch) -> Result<(), LedgerError> {
        Err(unbuilt())
    }

    /// A shared document, such as the ids of organizational units.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn shared(&self, name: &str) -> Result<Option<Shared>, LedgerError> {
        Err(unbuilt())
    }

    /// Writes a shared document; `expected` is the version it was read at, `None` if it was not there.
    ///
    /// # Errors
    /// `VersionMismatch`, `Failed`.
    pub async fn put_shared(
        &self,
        name: &str,
        content: &serde_json::Value,
        expected: Option<u64>,
    ) -> Result<Shared, LedgerError> {
        Err(unbuilt())
    }
}
