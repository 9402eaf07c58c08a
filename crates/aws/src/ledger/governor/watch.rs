//! The creations in flight, watched for all tenants together: one pass looks, and the others read what it saw.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tenancy::{TenantId, Timestamp};

use super::types::{WatchAnswer, Watched, WatchedState};

/// For how long what was seen is believed.
const FRESH: SignedDuration = SignedDuration::from_secs(10);
/// How long a pass may look before another does.
const LOOKING: SignedDuration = SignedDuration::from_secs(30);
/// How long the end of a creation is kept for its tenant; who asks later has it looked up again.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// Five are in flight at most; the others have ended and wait for their tenants. What is dropped is looked up again.
const MOST: usize = 20;

/// The watch as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Watch {
    /// By request.
    creations: BTreeMap<String, Watched>,
    looking: Option<Looking>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Looking {
    who: String,
    until: Timestamp,
}

impl Watch {
    /// Adds a creation that was begun a moment ago.
    pub(super) fn add(mut self, tenant: &TenantId, request: &str, now: Timestamp) -> Self {
        let watched = Watched {
            tenant: tenant.clone(),
            state: WatchedState::InProgress,
            seen_at: now,
        };
        self.creations.insert(request.to_owned(), watched);
        self.bounded(now)
    }

    /// What a tenant's creation is, or that the asker is to look. `None` means that nothing changes.
    pub(super) fn ask(
        mut self,
        tenant: &TenantId,
        request: &str,
        who: &str,
        now: Timestamp,
    ) -> (Option<Self>, WatchAnswer) {
        let known = self.creations.get(request);
        if let Some(known) = known.filter(|known| known.state.is_over() || known.is_fresh(now)) {
            return (None, WatchAnswer::Seen(known.state.clone()));
        }
        let state = known.map_or(WatchedState::InProgress, |known| known.state.clone());
        let looking = self.looking.as_ref().filter(|looking| looking.until > now);
        if looking.is_some_and(|looking| looking.who != who) {
            return (None, WatchAnswer::Seen(state));
        }
        if !self.creations.contains_key(request) {
            self = self.add(tenant, request, Timestamp::UNIX_EPOCH);
        }
        self.looking = Some(Looking {
            who: who.to_owned(),
            until: now.saturating_add(LOOKING).unwrap_or(Timestamp::MAX),
        });
        let open = self.creations.iter();
        let open = open.filter(|(_, watched)| !watched.state.is_over());
        let open = open.map(|(request, _)| request.clone()).collect();
        (Some(self), WatchAnswer::Look(open))
    }

    /// Writes down what was seen, and says which tenants' creations have ended by it.
    pub(super) fn saw(
        mut self,
        who: &str,
        seen: &[(String, WatchedState)],
        now: Timestamp,
    ) -> (Self, Vec<TenantId>) {
        let mut ended = Vec::new();
        for (request, state) in seen {
            // What has ended stays so, whatever a slower pass saw before; what is gone is nobody's any more.
            let open = self.creations.get_mut(request);
            let Some(watched) = open.filter(|watched| !watched.state.is_over()) else {
                continue;
            };
            watched.state = state.clone();
            watched.seen_at = now;
            if state.is_over() {
                ended.push(watched.tenant.clone());
            }
        }
        self.looking = self.looking.filter(|looking| looking.who != who);
        (self.bounded(now), ended)
    }

    /// A hint that a creation is over: whoever asks next looks. Gives back whose it is.
    pub(super) fn doubt(mut self, request: &str) -> (Option<Self>, Option<TenantId>) {
        let Some(watched) = self.creations.get_mut(request) else {
            return (None, None);
        };
        let tenant = watched.tenant.clone();
        if watched.state.is_over() {
            return (None, Some(tenant));
        }
        watched.seen_at = Timestamp::UNIX_EPOCH;
        (Some(self), Some(tenant))
    }

    /// Forgets a creation whose end its tenant has recorded. `None` means that nothing changes.
    pub(super) fn forget(mut self, request: &str) -> Option<Self> {
        self.creations.remove(request).map(|_| self)
    }

    pub(super) fn into_creations(self) -> BTreeMap<String, Watched> {
        self.creations
    }

    fn bounded(mut self, now: Timestamp) -> Self {
        let kept = |watched: &Watched| !watched.state.is_over() || watched.age(now) < KEPT;
        self.creations.retain(|_, watched| kept(watched));
        while self.creations.len() > MOST {
            let oldest = self.creations.iter().min_by_key(|(_, watched)| {
                // Those that have ended go first.
                (!watched.state.is_over(), watched.seen_at)
            });
            let Some(request) = oldest.map(|(request, _)| request.clone()) else {
                break;
            };
            self.creations.remove(&request);
        }
        self
    }
}

impl Watched {
    fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.seen_at)
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        self.age(now) <= FRESH
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use WatchedState::{Absent, InProgress, Made};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    fn tenant(number: u8) -> TenantId {
        TenantId::from_random([number; 10])
    }

    fn made() -> WatchedState {
        Made("444455556666".parse().unwrap())
    }

    fn ask(watch: &mut Watch, number: u8, who: &str, second: i64) -> WatchAnswer {
        let request = format!("car-{number}");
        let (after, answer) = watch
            .clone()
            .ask(&tenant(number), &request, who, at(second));
        *watch = after.unwrap_or(watch.clone());
        answer
    }

    fn saw(
        watch: &mut Watch,
        who: &str,
        number: u8,
        state: WatchedState,
        second: i64,
    ) -> Vec<TenantId> {
        let seen = [(format!("car-{number}"), state)];
        let (after, ended) = watch.clone().saw(who, &seen, at(second));
        *watch = after;
        ended
    }

    fn two_begun() -> Watch {
        let watch = Watch::default().add(&tenant(1), "car-1", at(0));
        watch.add(&tenant(2), "car-2", at(5))
    }

    fn both() -> WatchAnswer {
        WatchAnswer::Look(vec!["car-1".into(), "car-2".into()])
    }

    #[test]
    fn what_was_seen_a_moment_ago_is_believed() {
        let mut watch = two_begun();
        assert_eq!(ask(&mut watch, 1, "a", 10), WatchAnswer::Seen(InProgress));
    }

    #[test]
    fn one_pass_looks_at_all_and_the_others_read_what_was_there() {
        let mut watch = two_begun();
        assert_eq!(ask(&mut watch, 1, "a", 20), both());
        assert_eq!(ask(&mut watch, 2, "b", 21), WatchAnswer::Seen(InProgress));
        assert_eq!(saw(&mut watch, "a", 2, made(), 22), [tenant(2)]);
        assert_eq!(ask(&mut watch, 2, "b", 23), WatchAnswer::Seen(made()));
    }

    #[test]
    fn a_pass_that_died_looking_is_replaced() {
        let mut watch = two_begun();
        assert_eq!(ask(&mut watch, 1, "a", 20), both());
        assert_eq!(ask(&mut watch, 2, "b", 49), WatchAnswer::Seen(InProgress));
        assert_eq!(ask(&mut watch, 2, "b", 50), both());
    }

    #[test]
    fn the_end_of_a_creation_is_never_overwritten_and_is_told_once() {
        let mut watch = two_begun();
        assert_eq!(saw(&mut watch, "a", 1, made(), 20), [tenant(1)]);
        assert_eq!(saw(&mut watch, "b", 1, InProgress, 21), []);
        assert_eq!(saw(&mut watch, "b", 1, Absent, 21), []);
        assert_eq!(ask(&mut watch, 1, "c", 600), WatchAnswer::Seen(made()));
    }

    #[test]
    fn who_is_not_known_is_looked_at_at_once() {
        let mut watch = Watch::default();
        let look = WatchAnswer::Look(vec!["car-3".into()]);
        assert_eq!(ask(&mut watch, 3, "a", 20), look);
        saw(&mut watch, "a", 3, InProgress, 20);
        assert_eq!(ask(&mut watch, 3, "a", 25), WatchAnswer::Seen(InProgress));
    }

    #[test]
    fn a_hint_makes_the_next_pass_look_and_says_whose_it_is() {
        let mut watch = two_begun();
        let (after, whose) = watch.clone().doubt("car-2");
        assert_eq!(whose, Some(tenant(2)));
        watch = after.unwrap();
        assert_eq!(ask(&mut watch, 1, "a", 6), WatchAnswer::Seen(InProgress));
        assert_eq!(ask(&mut watch, 2, "a", 6), both());
        assert_eq!(watch.doubt("car-9"), (None, None));
    }

    #[test]
    fn what_its_tenant_has_recorded_is_forgotten_and_the_rest_after_an_hour() {
        let mut watch = two_begun();
        saw(&mut watch, "a", 1, made(), 20);
        assert_eq!(watch.clone().forget("car-1").unwrap().creations.len(), 1);
        assert_eq!(watch.clone().forget("car-7"), None);
        saw(&mut watch, "a", 2, InProgress, 20 + 3600);
        assert_eq!(
            watch.into_creations().into_keys().collect::<Vec<_>>(),
            ["car-2"]
        );
    }

    #[test]
    fn the_watch_is_bounded_and_drops_what_has_ended_first() {
        let mut watch = Watch::default();
        for number in 0..30 {
            watch = watch.add(
                &tenant(number),
                &format!("car-{number}"),
                at(i64::from(number)),
            );
            saw(
                &mut watch,
                "a",
                number,
                if number == 0 { InProgress } else { made() },
                100,
            );
        }
        assert_eq!(watch.creations.len(), MOST);
        assert!(watch.creations.contains_key("car-0"));
    }
}
