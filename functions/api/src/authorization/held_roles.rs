//! The roles that somebody holds, by the installation's parameter and by grants.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Mutex,
};

use access::{Broken, Engine, HeldRole, Operators, Question, roles_of};
use jiff::SignedDuration;
use tenancy::{
    TenantId, Timestamp,
    access::{Grant, Grantee, Principal, Scope},
};
use tenantry_aws::ledger::{Ledger, LedgerError};

use super::Permitted;

/// How long grants are used that were read once. A grant that was revoked elsewhere counts no longer than this.
pub const CACHED: SignedDuration = SignedDuration::from_secs(30);
/// Grants that are kept, and answers that there are none: some megabytes. Who holds more than that is read each time.
const MOST_CACHED: usize = 10_000;

/// The policies, the first operators, and grants that were read lately.
#[derive(Debug)]
pub(crate) struct Access {
    pub(super) engine: &'static Engine,
    operators: Operators,
    cache: Mutex<HashMap<String, (Timestamp, Vec<Grant>)>>,
}

/// The tenants that somebody may see.
#[derive(Debug)]
pub(crate) enum Visible {
    /// All.
    All,
    /// These.
    These(Vec<TenantId>),
}

/// Which grants of somebody were read.
#[derive(Debug, Clone, Copy)]
enum Of<'a> {
    /// Those at the installation and, if one is named, in a tenant.
    Scope(Option<&'a TenantId>),
    /// Those in all tenants.
    Tenants,
}

/// A name for what was read of a principal with its groups, of which each is a line.
fn name_of(grantees: &[Grantee], of: Of<'_>) -> String {
    let place = match of {
        Of::Scope(tenant) => tenant.map_or("", TenantId::as_str),
        Of::Tenants => "*",
    };
    let names = grantees.iter().map(ToString::to_string);
    let names: Vec<String> = std::iter::once(place.to_owned()).chain(names).collect();
    names.join("\n")
}

impl Access {
    pub(crate) fn new(operators: Operators) -> Result<Self, Broken> {
        Ok(Self {
            engine: Engine::shared()?,
            operators,
            cache: Mutex::default(),
        })
    }

    /// Whether everybody whom IAM lets call is an operator, because nobody is named.
    pub(crate) fn everybody_is_operator(&self) -> bool {
        self.operators.is_everybody()
    }

    /// What somebody holds at the installation and in this tenant, as it was read at most [`CACHED`] ago: enough for reading
    /// something.
    pub(crate) async fn cached_roles(
        &self,
        ledger: &Ledger,
        principal: &Principal,
        tenant: Option<&TenantId>,
        at: Timestamp,
    ) -> Result<Vec<HeldRole>, LedgerError> {
        let name = name_of(&principal.grantees(), Of::Scope(tenant));
        match self.cached(&name, at) {
            Some(grants) if !self.is_operator(principal) => Ok(roles_of(&grants, at)),
            _ => self.current_roles(ledger, principal, tenant, at).await,
        }
    }

    /// What somebody holds there now: whose grant was revoked a second ago changes nothing and gives nothing on.
    pub(crate) async fn current_roles(
        &self,
        ledger: &Ledger,
        principal: &Principal,
        tenant: Option<&TenantId>,
        at: Timestamp,
    ) -> Result<Vec<HeldRole>, LedgerError> {
        if self.is_operator(principal) {
            return Ok(vec![HeldRole::operator()]);
        }
        let grantees = principal.grantees();
        let grants = ledger.grants_of(&grantees, tenant).await?;
        let held = roles_of(&grants, at);
        self.keep(name_of(&grantees, Of::Scope(tenant)), at, grants);
        Ok(held)
    }

    /// What somebody holds in all tenants.
    async fn roles_in_tenants(
        &self,
        ledger: &Ledger,
        principal: &Principal,
        at: Timestamp,
    ) -> Result<Vec<HeldRole>, LedgerError> {
        let grantees = principal.grantees();
        let name = name_of(&grantees, Of::Tenants);
        if let Some(grants) = self.cached(&name, at) {
            return Ok(roles_of(&grants, at));
        }
        let grants = ledger.grants_in_tenants(&grantees).await?;
        let held = roles_of(&grants, at);
        self.keep(name, at, grants);
        Ok(held)
    }

    fn keep(&self, name: String, at: Timestamp, grants: Vec<Grant>) {
        if let Ok(mut cache) = self.cache.lock() {
            let size = |grants: &[Grant]| grants.len().max(1);
            let kept: usize = cache.values().map(|(_, grants)| size(grants)).sum();
            if kept + size(&grants) > MOST_CACHED {
                cache.clear();
            }
            if size(&grants) <= MOST_CACHED {
                cache.insert(name, (at, grants));
            }
        }
    }

    fn is_operator(&self, principal: &Principal) -> bool {
        matches!(principal, Principal::Machine(machine) if self.operators.names(machine))
    }

    fn cached(&self, name: &str, at: Timestamp) -> Option<Vec<Grant>> {
        let cache = self.cache.lock().ok()?;
        let (read_at, grants) = cache.get(name)?;
        let age = at.duration_since(*read_at);
        (SignedDuration::ZERO..CACHED)
            .contains(&age)
            .then(|| grants.clone())
    }

    /// Forgets what was read: grants have changed.
    pub(crate) fn forget(&self) {
        if let Ok(mut cache) = self.cache.lock() {
            cache.clear();
        }
    }

    /// The tenants in which whoever asks may do this: all of them, however many there are.
    pub(crate) async fn visible(
        &self,
        ledger: &Ledger,
        permitted: &Permitted,
        action: &str,
        at: Timestamp,
    ) -> Result<Visible, LedgerError> {
        let principal = &permitted.principal;
        let sees = |held: &[HeldRole], tenant: TenantId| {
            let question = Question {
                principal,
                held,
                action,
                resource: &Scope::Tenant(tenant),
                self_service: &[],
            };
            self.engine.decide(&question).allowed
        };
        if sees(&of_installation(&permitted.held), nowhere()) {
            return Ok(Visible::All);
        }
        let mut by_tenant: BTreeMap<TenantId, Vec<HeldRole>> = BTreeMap::new();
        for held in self.roles_in_tenants(ledger, principal, at).await? {
            if let Some(tenant) = held.scope.tenant().cloned() {
                by_tenant.entry(tenant).or_default().push(held);
            }
        }
        by_tenant.retain(|tenant, held| sees(held, tenant.clone()));
        Ok(Visible::These(by_tenant.into_keys().collect()))
    }
}

/// What is held at the installation.
pub(super) fn of_installation(held: &[HeldRole]) -> Vec<HeldRole> {
    let held = held.iter();
    held.filter(|held| held.scope == Scope::Installation)
        .cloned()
        .collect()
}

/// A tenant that stands for any, where it does not matter which.
pub(super) fn nowhere() -> TenantId {
    TenantId::from_random([0; 10])
}

impl Access {
    /// The policies.
    pub(crate) fn engine(&self) -> &Engine {
        self.engine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_used_for_half_a_minute_and_never_after_a_change() {
        let access = Access::new(Operators::everybody()).unwrap();
        let read_at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let keep = || {
            let mut cache = access.cache.lock().unwrap();
            cache.insert("ann".to_owned(), (read_at, Vec::new()));
        };
        let is_kept = |seconds| {
            let at = read_at + SignedDuration::from_secs(seconds);
            access.cached("ann", at).is_some()
        };
        keep();
        assert!(is_kept(0) && is_kept(29));
        assert!(!is_kept(30) && !is_kept(3600) && !is_kept(-1));
        access.forget();
        assert!(!is_kept(0));
    }

    #[test]
    fn what_is_kept_is_bounded_by_the_grants_and_not_by_those_who_hold_them() {
        let access = Access::new(Operators::everybody()).unwrap();
        let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let grant = Grant {
            id: tenancy::access::GrantId::from_random([1; 10]),
            principal: "group:installation:ops".parse().unwrap(),
            role: tenancy::access::Role::Operator,
            scope: Scope::Installation,
            reason: "a test".to_owned(),
            granted_by: "ann".to_owned(),
            granted_at: at,
            expires_at: None,
            request: None,
        };
        let kept = || {
            let cache = access.cache.lock().unwrap();
            cache
                .values()
                .map(|(_, grants)| grants.len())
                .sum::<usize>()
        };
        for number in 0..30 {
            access.keep(number.to_string(), at, vec![grant.clone(); 1000]);
            assert!(kept() <= MOST_CACHED);
        }
        let before = kept();
        assert!(before > 0);
        access.keep("all".to_owned(), at, vec![grant; MOST_CACHED + 1]);
        assert!(access.cached("all", at).is_none());
    }
}
