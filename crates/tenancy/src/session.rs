//! Sessions of people: what one sign-in began, until it is ended as a whole.
//!
//! # Guarantees
//! Of refresh tokens and cookies only SHA-256 is kept. A refresh token works once: its second use ends the session, for one of
//! the two who used it is not the person.

mod ending;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::ending::{EndSessions, SessionsEnded};
use crate::{Slug, TenantId};

/// So many tokens are recognised as used: more than a session of twelve hours gets in its course.
const MOST_SPENT: usize = 200;

/// A person, as a provider has signed him or her in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// The provider's issuer.
    pub provider: String,
    /// The tenant whose provider it is; absent: the installation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// Its slug, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<Slug>,
    /// The provider's `sub`.
    pub subject: String,
    /// Verified by the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Of the claim that is configured, and of no other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// Who holds the session's secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// A browser, by cookie.
    Browser,
    /// The command line, by refresh token.
    CommandLine,
}

/// All tokens that came of one sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Who signed in.
    pub person: Person,
    /// The era of the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub era: Option<String>,
    /// Who holds the secret.
    pub holder: Holder,
    /// SHA-256 of the cookie, or of the refresh token that has not been used, in hexadecimal.
    pub secret_hash: String,
    /// The same of refresh tokens that were used, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spent: Vec<String>,
    /// When the provider's answer came: a session that the command line fetched later is as old as the sign-in.
    pub began_at: Timestamp,
    /// When he or she must do so again.
    pub ends_at: Timestamp,
    /// When and why it was ended before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
}

/// The end of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// Why, as a stable word: `signed-out`, `refresh-token-reused`.
    pub why: String,
}

/// What comes of a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refresh {
    /// The session goes on under another secret.
    Rotated(Session),
    /// The token was used before, or the session cannot remember more used ones: the session is to end.
    Reused(Session),
    /// The session is over.
    Over,
}

impl Session {
    /// Whether it goes on, as far as the session itself says.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.ended.is_none() && now < self.ends_at
    }

    /// Takes a refresh token, and gives the session another. `is_same` compares two hashes in constant time.
    pub fn refreshed(
        &self,
        presented: &str,
        next: &str,
        now: Timestamp,
        is_same: impl Fn(&str, &str) -> bool,
    ) -> Refresh {
        if self.holder != Holder::CommandLine || !self.is_open(now) {
            return Refresh::Over;
        }
        if !is_same(&self.secret_hash, presented) {
            // The id of a session is no secret: what was never a token of it ends nothing.
            let was_spent = self.spent.iter().any(|spent| is_same(spent, presented));
            return match was_spent {
                true => Refresh::Reused(self.ended("refresh-token-reused", now)),
                false => Refresh::Over,
            };
        }
        // A token that is forgotten could not be recognised when it is used again.
        if self.spent.len() >= MOST_SPENT {
            return Refresh::Reused(self.ended("refreshed-too-often", now));
        }
        let mut next = Self {
            secret_hash: next.to_owned(),
            ..self.clone()
        };
        next.spent.push(self.secret_hash.clone());
        Refresh::Rotated(next)
    }

    /// The session, ended now unless it was before.
    #[must_use]
    pub fn ended(&self, why: &str, now: Timestamp) -> Self {
        let ended = Ended {
            at: now,
            why: why.to_owned(),
        };
        Self {
            ended: Some(self.ended.clone().unwrap_or(ended)),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        Session {
            person: Person {
                provider: "https://id.example".into(),
                tenant: None,
                slug: None,
                subject: "ann".into(),
                email: None,
                groups: Vec::new(),
            },
            era: None,
            holder: Holder::CommandLine,
            secret_hash: "first".into(),
            spent: Vec::new(),
            began_at: at(0),
            ends_at: at(100),
            ended: None,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn refreshed(session: &Session, presented: &str, second: i64) -> Refresh {
        session.refreshed(presented, "next", at(second), |a, b| a == b)
    }

    #[test]
    fn a_refresh_token_works_once_and_its_second_use_ends_the_session() {
        let Refresh::Rotated(second) = refreshed(&session(), "first", 1) else {
            panic!("refused")
        };
        assert_eq!(second.secret_hash, "next");
        let Refresh::Reused(ended) = refreshed(&second, "first", 2) else {
            panic!("accepted twice")
        };
        assert_eq!(ended.ended.as_ref().unwrap().why, "refresh-token-reused");
        assert_eq!(refreshed(&second, "guessed", 2), Refresh::Over);
        // The one that was not used is worth nothing either.
        assert_eq!(refreshed(&ended, "next", 3), Refresh::Over);
    }

    #[test]
    fn a_session_that_is_over_is_not_refreshed() {
        assert_eq!(refreshed(&session(), "first", 100), Refresh::Over);
        let out = session().ended("signed-out", at(1));
        assert_eq!(refreshed(&out, "first", 2), Refresh::Over);
        let browser = Session {
            holder: Holder::Browser,
            ..session()
        };
        assert_eq!(refreshed(&browser, "first", 1), Refresh::Over);
    }

    #[test]
    fn a_session_that_cannot_remember_more_used_tokens_ends() {
        let mut full = session();
        full.secret_hash = "current".into();
        full.spent = vec!["spent".into(); MOST_SPENT];
        let now = Timestamp::from_second(1).unwrap();
        let refreshed = full.refreshed("current", "next", now, |a, b| a == b);
        let Refresh::Reused(ended) = refreshed else {
            panic!("{refreshed:?}");
        };
        assert!(!ended.is_open(now));
    }
}
