//! Sessions in a tenant's account that are refused before they end: those of a grant that was revoked, or of a person whose sessions were
//! ended.
//!
//! # Guarantees
//! What is refused rests on the very grant, by its id, which no other session carries; or is of the very person and began before a time.
//! Sessions by another grant, and those that begin later, go on.

use data_encoding::BASE32_NOPAD;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::LONGEST_SESSION;
use crate::{id::GrantId, stored::OtherFields};

/// How much later than what ended them sessions may begin: a request to open one may have been under way.
const UNDER_WAY: SignedDuration = SignedDuration::from_secs(60);
/// At most this many are told apart: their policies fit into a role.
pub const MOST_REFUSED: usize = 40;

/// Sessions that are refused until all of them have ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefusedSessions {
    /// Those that rest on this grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
    /// Those of whoever ends so in `sourceIdentity`. Without a grant and without this: everybody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    /// Those that began before. Of a grant, all.
    #[schemars(with = "String")]
    pub issued_before: Timestamp,
    /// When the last of them has ended by itself.
    #[schemars(with = "String")]
    pub until: Timestamp,
    /// What another release wrote beside.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: OtherFields,
}

impl RefusedSessions {
    /// Those of a grant that is revoked now.
    pub fn of_grant(grant: &GrantId, now: Timestamp) -> Self {
        Self {
            grant: Some(grant.clone()),
            ..Self::of_everybody(now)
        }
    }

    /// Those of a person whose sessions end now. `who` is what histories call the person.
    pub fn of_person(who: &str, now: Timestamp) -> Self {
        Self {
            source_identity: Some(source_identity_ending(who)),
            ..Self::of_everybody(now)
        }
    }

    fn of_everybody(now: Timestamp) -> Self {
        let issued_before = now.saturating_add(UNDER_WAY).unwrap_or(now);
        let longest = SignedDuration::from_secs(i64::from(LONGEST_SESSION));
        let until = issued_before.saturating_add(longest + UNDER_WAY);
        Self {
            grant: None,
            source_identity: None,
            issued_before,
            until: until.unwrap_or(issued_before),
            other: OtherFields::default(),
        }
    }

    /// Whether some of them may not have ended yet.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.until
    }

    /// Whether a session that begins now, for whoever ends so in `sourceIdentity`, would be refused.
    pub fn refuses_new(&self, source_identity: &str, now: Timestamp) -> bool {
        let is_meant = match &self.source_identity {
            Some(ending) => source_identity.ends_with(ending),
            None => self.grant.is_none(),
        };
        is_meant && now < self.issued_before
    }

    /// Adds these to others. Beyond [`MOST_REFUSED`] they are told apart no longer: whoever is in has to come in again.
    pub fn add(mut self, all: &mut Vec<Self>, now: Timestamp) {
        all.retain(|it| {
            it.is_live(now)
                && (&it.grant, &it.source_identity) != (&self.grant, &self.source_identity)
        });
        if all.len() >= MOST_REFUSED {
            all.clear();
            self = Self::of_everybody(now);
        }
        all.push(self);
    }
}

/// What the `sourceIdentity` of somebody's sessions ends in, whatever name stands before: 80 bits of a hash of who it is.
pub fn source_identity_ending(who: &str) -> String {
    let hash = BASE32_NOPAD.encode(&Sha256::digest(who)).to_lowercase();
    let hash: String = hash.chars().take(16).collect();
    format!("-{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_person_s_sessions_are_refused_that_began_before_and_a_grant_s_refuse_no_new_ones() {
        let ann = format!("ann@acme.example{}", source_identity_ending("ann"));
        let person = RefusedSessions::of_person("ann", at(0));
        assert!(person.refuses_new(&ann, at(59)) && !person.refuses_new(&ann, at(60)));
        let bob = format!("ann@acme.example{}", source_identity_ending("bob"));
        assert!(!person.refuses_new(&bob, at(0)));
        let grant = RefusedSessions::of_grant(&GrantId::from_random([1; 10]), at(0));
        assert!(!grant.refuses_new(&ann, at(0)));
    }

    #[test]
    fn they_are_kept_until_the_last_session_has_ended_that_may_have_been_under_way() {
        let refused = RefusedSessions::of_person("ann", at(0));
        assert!(refused.is_live(at(3_660)) && !refused.is_live(at(3_720)));
        let mut all = vec![refused];
        RefusedSessions::of_person("bob", at(4_000)).add(&mut all, at(4_000));
        assert_eq!(all.len(), 1);
        RefusedSessions::of_person("bob", at(4_010)).add(&mut all, at(4_010));
        assert_eq!(all, [RefusedSessions::of_person("bob", at(4_010))]);
    }

    #[test]
    fn beyond_a_bound_everybody_has_to_come_in_again() {
        let mut all = Vec::new();
        for n in 0..MOST_REFUSED {
            RefusedSessions::of_person(&n.to_string(), at(0)).add(&mut all, at(0));
        }
        assert_eq!(all.len(), MOST_REFUSED);
        RefusedSessions::of_person("one more", at(0)).add(&mut all, at(0));
        assert_eq!(all, [RefusedSessions::of_everybody(at(0))]);
        assert!(all[0].refuses_new("anybody", at(59)));
    }
}
