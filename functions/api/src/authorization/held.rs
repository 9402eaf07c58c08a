//! What somebody holds, by the installation's parameter and by grants.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Mutex,
};

use access::{Broken, Engine, Held, Operators, Question, held_by};
use jiff::SignedDuration;
use tenancy::{
    TenantId, Timestamp,
    access::{Grant, Principal, Scope},
};
use tenantry_aws::ledger::{Ledger, LedgerError};

use super::Permitted;

/// How long grants are used that were read once. A grant that was revoked elsewhere counts no longer than this.
pub const CACHED: SignedDuration = SignedDuration::from_secs(30);
/// Callers whose grants are kept.
const MOST_CACHED: usize = 200;
/// Tenants of a list for somebody who may not see all.
const MOST_VISIBLE: usize = 1000;

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

/// A name for a principal with its groups, of which each is a line.
fn name_of(principal: &Principal) -> String {
    let grantees = principal.grantees();
    let names: Vec<String> = grantees.iter().map(ToString::to_string).collect();
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

    /// What somebody holds, as it was read at most [`CACHED`] ago: enough for looking at something.
    pub(crate) async fn held(
        &self,
        ledger: &Ledger,
        principal: &Principal,
        at: Timestamp,
    ) -> Result<Vec<Held>, LedgerError> {
        match self.cached(&name_of(principal), at) {
            Some(grants) if !self.is_operator(principal) => Ok(held_by(&grants, at)),
            _ => self.held_now(ledger, principal, at).await,
        }
    }

    /// What somebody holds now: whose grant was revoked a second ago changes nothing and gives nothing on.
    pub(crate) async fn held_now(
        &self,
        ledger: &Ledger,
        principal: &Principal,
        at: Timestamp,
    ) -> Result<Vec<Held>, LedgerError> {
        if self.is_operator(principal) {
            return Ok(vec![Held::operator()]);
        }
        let grantees = principal.grantees();
        let name = name_of(principal);
        let grants = ledger.held(&grantees).await?;
        let held = held_by(&grants, at);
        if let Ok(mut cache) = self.cache.lock() {
            if cache.len() >= MOST_CACHED {
                cache.clear();
            }
            cache.insert(name, (at, grants));
        }
        Ok(held)
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

    /// The tenants that whoever asks may see.
    pub(crate) fn visible(&self, permitted: &Permitted) -> Visible {
        let sees = |held: &[Held], tenant: TenantId| {
            let question = Question {
                principal: &permitted.principal,
                held,
                action: "getTenant",
                resource: &Scope::Tenant(tenant),
                self_service: &[],
            };
            self.engine.decide(&question).allowed
        };
        if sees(&of_installation(&permitted.held), nowhere()) {
            return Visible::All;
        }
        let named = permitted.held.iter().filter_map(|it| it.scope.tenant());
        let named: BTreeSet<&TenantId> = named.collect();
        let seen = named
            .into_iter()
            .filter(|id| sees(&permitted.held, (*id).clone()));
        Visible::These(seen.take(MOST_VISIBLE).cloned().collect())
    }
}

/// What is held at the installation.
pub(super) fn of_installation(held: &[Held]) -> Vec<Held> {
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
}
