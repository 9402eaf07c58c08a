//! Whether the session of a person's token goes on: a token is good for a quarter of an hour, and its session may be ended before.
//!
//! # Guarantees
//! What ended is refused within [`KEPT_SECS`]; a session that is not known is none. Only as many answers are kept as [`MOST`].

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use api_types::ProblemKind;
use tenancy::{TenantId, Timestamp};
use tenantry_aws::ledger::SessionOf;

use crate::{App, refusal::Refusal};

/// An answer of the ledger is used again for so long; with the portal's own delay, an end has effect within a minute.
const KEPT_SECS: i64 = 30;
const MOST: usize = 1000;

/// Sessions that went on when they were last read. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Alive(Arc<Mutex<HashMap<String, i64>>>);

impl Alive {
    fn is_kept(&self, key: &str, now: Timestamp) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = known.get(key);
        seen.is_some_and(|seen| (0..KEPT_SECS).contains(&now.as_second().saturating_sub(*seen)))
    }

    /// Forgets what was read: sessions have ended.
    pub(crate) fn forget(&self) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.clear();
    }

    fn keep(&self, key: String, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let second = now.as_second();
        if known.len() >= MOST {
            known.retain(|_, seen| second.saturating_sub(*seen) < KEPT_SECS);
        }
        if known.len() < MOST {
            known.insert(key, second);
        }
    }
}

/// Refuses a token, verified by API Gateway, whose session has ended.
pub async fn check(
    app: &App,
    claims: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let over = || {
        let detail = "the session of this token is over; sign in again";
        Refusal::new(ProblemKind::UNAUTHENTICATED, detail)
    };
    let sid = claims.get("sid").filter(|sid| !sid.is_empty());
    let sid = sid.ok_or_else(over)?;
    let tenant = claims.get("tenant").map(|text| text.parse::<TenantId>());
    let tenant = tenant.transpose().map_err(|_| over())?;
    let key = format!(
        "{sid} {}",
        tenant.as_ref().map_or("", |tenant| tenant.as_str())
    );
    if app.alive.is_kept(&key, now) {
        return Ok(());
    }
    let text = |name: &str| claims.get(name).map_or("", String::as_str);
    let whose = SessionOf {
        tenant: tenant.as_ref(),
        issuer: text("provider"),
        subject: text("sub"),
        own_era: app.own_era.as_deref(),
    };
    if !app.ledger.session_is_alive(sid, whose, now).await? {
        return Err(over());
    }
    app.alive.keep(key, now);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_for_half_a_minute_and_there_are_not_too_many() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let alive = Alive::default();
        alive.keep("a".into(), at(100));
        assert!(alive.is_kept("a", at(129)));
        assert!(!alive.is_kept("a", at(130)) && !alive.is_kept("b", at(100)));
        // A clock that went back says nothing.
        assert!(!alive.is_kept("a", at(99)));
        for n in 0..2 * MOST {
            alive.keep(n.to_string(), at(100));
        }
        assert_eq!(alive.0.lock().unwrap().len(), MOST);
        alive.keep("later".into(), at(200));
        assert!(alive.is_kept("later", at(200)));
    }
}
