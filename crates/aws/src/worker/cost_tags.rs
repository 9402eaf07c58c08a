//! Once a day, beside the sweep: the tags by which costs are told apart.

use tenancy::Verb;
use tracing::{info, warn};

use super::Worker;
use crate::cost_tags::activate;

const MINUTES_OF_A_DAY: i64 = 24 * 60;
/// The minute of the day (UTC), 04:17, so that no state is needed to tell that a day has passed. One that is missed is made up for by
/// the next day's.
const MINUTE: i64 = 4 * 60 + 17;

impl Worker {
    /// Activates what of our tags is not active: onboard alone has the right. A sweep does not fail for it: the tags only tell costs apart, and the management
    /// account may keep us from it (the parameter `ActivateCostTags` of its template).
    pub(super) async fn keep_cost_tags(&self) {
        let minute = self.now().as_second().div_euclid(60);
        let is_time = minute.rem_euclid(MINUTES_OF_A_DAY) == MINUTE;
        if self.verb != Verb::Onboard || !is_time {
            return;
        }
        match Box::pin(activate(&self.aws, &self.settings, self.now())).await {
            Ok(done) => {
                for key in done.activated {
                    info!(tag.key = key, "the cost allocation tag `{key}` is active");
                }
                for refused in done.refused {
                    warn!("a cost allocation tag was not activated: {refused}");
                }
            }
            Err(failure) => warn!("activating cost allocation tags: {failure}"),
        }
    }
}
