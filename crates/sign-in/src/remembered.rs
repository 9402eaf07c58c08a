//! What is remembered of providers, and of those that failed: within bounds of time, number and size.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use crate::{providers::Discovered, refusal::Refused};

/// What was read of a provider is read again after this time.
const KEPT_SECS: i64 = 600;
/// A provider that failed, or did not answer, is asked again after this time, however many people come meanwhile.
const FAILED_SECS: i64 = 30;
/// So many providers are remembered; then the one that was read first is forgotten.
const MOST: usize = 256;
/// So many bytes of documents are remembered in all; the same.
const MOST_BYTES: usize = 8 << 20;

/// Why a provider was of no use, and when, by issuer.
type Failures = HashMap<String, (Refused, Timestamp)>;

/// Providers, as far as they are remembered. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Remembered(Arc<Mutex<Providers>>);

#[derive(Debug, Default)]
struct Providers {
    read: HashMap<String, Arc<Discovered>>,
    /// Whose documents could not be read.
    failed: Failures,
    /// Who did not answer a sign-in. Documents that can be read say nothing about this.
    unanswered: Failures,
}

impl Remembered {
    /// A provider that was read lately.
    pub(crate) fn get(&self, issuer: &str, now: Timestamp) -> Option<Arc<Discovered>> {
        let found = self.lock().read.get(issuer).cloned();
        found.filter(|known| (0..KEPT_SECS).contains(&age(known.read_at, now)))
    }

    /// Why a provider could not be read a moment ago.
    pub(crate) fn failure(&self, issuer: &str, now: Timestamp) -> Option<Refused> {
        recent(&self.lock().failed, issuer, now)
    }

    /// Why a provider did not answer a sign-in a moment ago.
    pub(crate) fn unanswered(&self, issuer: &str, now: Timestamp) -> Option<Refused> {
        recent(&self.lock().unanswered, issuer, now)
    }

    /// Keeps what was read, and forgets as much of what was read before as there is no room for.
    pub(crate) fn keep(&self, issuer: &str, known: Arc<Discovered>) {
        let mut all = self.lock();
        all.failed.remove(issuer);
        all.read.remove(issuer);
        while all.read.len() >= MOST || all.bytes() + known.bytes > MOST_BYTES {
            let oldest = all.read.iter().min_by_key(|(_, known)| known.read_at);
            let Some(oldest) = oldest.map(|(issuer, _)| issuer.clone()) else {
                break;
            };
            all.read.remove(&oldest);
        }
        all.read.insert(issuer.to_owned(), known);
    }

    /// Keeps that a provider could not be read.
    pub(crate) fn keep_failure(&self, issuer: &str, refused: &Refused, now: Timestamp) {
        keep(&mut self.lock().failed, issuer, refused, now);
    }

    /// Keeps that a provider did not answer a sign-in.
    pub(crate) fn keep_unanswered(&self, issuer: &str, refused: &Refused, now: Timestamp) {
        keep(&mut self.lock().unanswered, issuer, refused, now);
    }

    /// How many providers are remembered, and how many bytes their documents have.
    pub(crate) fn size(&self) -> (usize, usize) {
        let all = self.lock();
        (all.read.len(), all.bytes())
    }

    fn lock(&self) -> MutexGuard<'_, Providers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Providers {
    fn bytes(&self) -> usize {
        self.read.values().map(|known| known.bytes).sum()
    }
}

fn recent(failures: &Failures, issuer: &str, now: Timestamp) -> Option<Refused> {
    let (refused, at) = failures.get(issuer)?;
    (0..FAILED_SECS)
        .contains(&age(*at, now))
        .then(|| refused.clone())
}

fn keep(failures: &mut Failures, issuer: &str, refused: &Refused, now: Timestamp) {
    if failures.len() >= MOST && !failures.contains_key(issuer) {
        let oldest = failures.iter().min_by_key(|(_, (_, at))| *at);
        let oldest = oldest.map(|(issuer, _)| issuer.clone());
        oldest.and_then(|oldest| failures.remove(&oldest));
    }
    failures.insert(issuer.to_owned(), (refused.clone(), now));
}

fn age(then: Timestamp, now: Timestamp) -> i64 {
    now.as_second().saturating_sub(then.as_second())
}

#[cfg(test)]
mod tests {
    use openidconnect::core::{CoreJsonWebKeySet, CoreProviderMetadata};
    use serde_json::json;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn known(bytes: usize, second: i64) -> Arc<Discovered> {
        let metadata: CoreProviderMetadata = serde_json::from_value(json!({
            "issuer": "https://id.example", "authorization_endpoint": "https://id.example/a",
            "jwks_uri": "https://id.example/k", "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"]
        }))
        .unwrap();
        let keys = CoreJsonWebKeySet::new(Vec::new());
        let read = Discovered {
            metadata,
            keys,
            read_at: at(second),
            bytes,
        };
        Arc::new(read)
    }

    #[test]
    fn large_documents_take_the_place_of_those_that_were_read_first() {
        let all = Remembered::default();
        for n in 0..100 {
            all.keep(&n.to_string(), known(512 << 10, n));
            assert!(all.size().1 <= MOST_BYTES, "{:?}", all.size());
        }
        assert_eq!(all.size(), (16, MOST_BYTES));
        assert!(all.get("99", at(100)).is_some() && all.get("83", at(100)).is_none());
        // Small ones are bounded by their number.
        for n in 0..2 * MOST {
            all.keep(&format!("small-{n}"), known(1, 200));
        }
        assert_eq!(all.size().0, MOST);
        // The same again takes no other's place.
        let before = all.size();
        all.keep("small-511", known(1, 201));
        assert_eq!(all.size(), before);
    }

    #[test]
    fn a_failure_is_remembered_for_half_a_minute_and_ends_with_a_success() {
        let all = Remembered::default();
        let refused = Refused::Slow { what: "key set" };
        all.keep_failure("a", &refused, at(100));
        assert_eq!(all.failure("a", at(129)), Some(refused.clone()));
        assert_eq!(all.failure("a", at(130)), None);
        assert_eq!(all.failure("a", at(99)), None);
        assert_eq!(all.failure("b", at(100)), None);
        all.keep("a", known(1, 100));
        assert_eq!(all.failure("a", at(101)), None);
        for n in 0..2 * MOST {
            all.keep_failure(&n.to_string(), &refused, at(100));
        }
        assert_eq!(all.lock().failed.len(), MOST);
    }

    #[test]
    fn that_a_provider_did_not_answer_a_sign_in_is_remembered_whether_its_documents_can_be_read_or_not()
     {
        let all = Remembered::default();
        let refused = Refused::Slow { what: "token" };
        all.keep_unanswered("a", &refused, at(100));
        all.keep("a", known(1, 101));
        assert_eq!(all.unanswered("a", at(129)), Some(refused.clone()));
        assert_eq!(all.unanswered("a", at(130)), None);
        assert_eq!(all.failure("a", at(101)), None);
        for n in 0..2 * MOST {
            all.keep_unanswered(&n.to_string(), &refused, at(100));
        }
        assert_eq!(all.lock().unanswered.len(), MOST);
    }
}
