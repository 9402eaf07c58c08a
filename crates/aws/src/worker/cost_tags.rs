//! The tags by which costs are told apart: beside the sweep, as rarely as it will do, for each question costs a cent.

use std::collections::BTreeSet;

use serde_json::json;
use tenancy::{Failure, Timestamp, Verb, names};
use tracing::{info, warn};

use super::Worker;
use crate::{cost_tags::activate, ledger_failure::ledger_failure};

const MINUTES_OF_A_DAY: i64 = 24 * 60;
/// The minute of the day (UTC), 04:17, so that no state is needed to tell that a day has passed. One that is missed is made up for by
/// the next.
const MINUTE: i64 = 4 * 60 + 17;
/// The shared document that says which of our tags are active; absent until one is, or the question was refused.
const DOCUMENT: &str = "cost-tags";
/// Tenants among which one that was built is looked for.
const SOME: usize = 100;

impl Worker {
    /// Activates what of our tags is not active: onboard alone has the right. A sweep does not fail for it: the tags only tell costs apart, and the management
    /// account may keep us from it (the parameter `ActivateCostTags` of its template).
    pub(super) async fn keep_cost_tags(&self) {
        let now = self.now();
        let minute = now.as_second().div_euclid(60);
        let is_time = minute.rem_euclid(MINUTES_OF_A_DAY) == MINUTE;
        if self.verb != Verb::Onboard || !is_time {
            return;
        }
        match Box::pin(self.may_activate(now)).await {
            Ok(false) => {}
            Ok(true) => Box::pin(self.activate_cost_tags(now)).await,
            Err(failure) => warn!("activating cost allocation tags: {failure}"),
        }
    }

    /// Whether something may be left to activate: each day once a tenant was built, until the first of our tags is active; from then on,
    /// or where we may not, on Mondays; and never where all of this release are active.
    async fn may_activate(&self, now: Timestamp) -> Result<bool, Failure> {
        let failed = |error| ledger_failure("reading which tags are active", error);
        let known = self.ledger.shared(DOCUMENT).await.map_err(failed)?;
        let Some(known) = known else {
            let some = self.ledger.all_tenants(SOME, None).await.map_err(failed)?;
            return Ok(some.items.iter().any(|tenant| tenant.ready_at.is_some()));
        };
        let active: BTreeSet<String> = serde_json::from_value(known.content).unwrap_or_default();
        let mut ours = names::COST_ALLOCATION_TAGS.iter();
        Ok(is_monday(now) && !ours.all(|key| active.contains(*key)))
    }

    async fn activate_cost_tags(&self, now: Timestamp) {
        let active = match activate(&self.aws, &self.settings, now).await {
            Ok(done) => {
                for key in done.activated {
                    info!(tag.key = key, "the cost allocation tag `{key}` is active");
                }
                for refused in done.refused {
                    warn!("a cost allocation tag was not activated: {refused}");
                }
                if done.active.is_empty() {
                    // None is known yet: soon one will be.
                    return;
                }
                done.active
            }
            Err(failure) => {
                warn!("activating cost allocation tags: {failure}");
                BTreeSet::new()
            }
        };
        let written = self
            .ledger
            .change_shared(DOCUMENT, |_| Some(json!(active)))
            .await;
        if let Err(error) = written {
            warn!(error = %error, "recording which cost allocation tags are active");
        }
    }
}

/// The first of January 1970 was a Thursday.
fn is_monday(now: Timestamp) -> bool {
    let day = now.as_second().div_euclid(MINUTES_OF_A_DAY * 60);
    (day + 3).rem_euclid(7) == 0
}
