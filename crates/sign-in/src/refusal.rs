//! Why nobody was signed in, in sentences that help.

use jiff::Timestamp;

/// Why nobody was signed in. No text holds a token or a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The address may not be asked.
    #[error("the address of the identity provider's {what} {why}")]
    Address {
        /// What was asked for.
        what: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No connection.
    #[error(
        "the identity provider cannot be reached for its {what}; try again, and if it stays so, tell who runs it"
    )]
    Unreachable {
        /// What was asked for.
        what: &'static str,
    },
    /// No answer in time.
    #[error("the identity provider did not answer in time for its {what}; try again in a moment")]
    Slow {
        /// What was asked for.
        what: &'static str,
    },
    /// An answer without end.
    #[error("the identity provider's {what} is larger than 256 KiB")]
    TooLarge {
        /// What was asked for.
        what: &'static str,
    },
    /// Another status than the one that is right.
    #[error("the identity provider answered with HTTP status {status} for its {what}")]
    Answered {
        /// What was asked for.
        what: &'static str,
        /// The status.
        status: u16,
    },
    /// No JSON of this kind.
    #[error("the identity provider's {what} cannot be read")]
    Unreadable {
        /// What was asked for.
        what: &'static str,
    },
    /// Discovery names another issuer.
    #[error(
        "the identity provider calls itself `{found}`, and is configured as `{wanted}`: they must be the same to the letter"
    )]
    OtherIssuer {
        /// What discovery says.
        found: String,
        /// What is configured.
        wanted: String,
    },
    /// It offers none of the algorithms that are taken.
    #[error(
        "the identity provider signs by none of RS256, RS384, RS512, PS256, PS384, PS512, ES256 and ES384"
    )]
    Algorithms,
    /// Discovery names no token endpoint, or no other thing that is needed.
    #[error("the identity provider's discovery document names no {what}")]
    Lacks {
        /// What is missing.
        what: &'static str,
    },
    /// The code was not taken, mostly because the client's secret is wrong.
    #[error("the identity provider did not take our client id and secret: check both ({error})")]
    Client {
        /// The provider's error word (RFC 6749, section 5.2).
        error: String,
    },
    /// The provider refused the person, or the person went back.
    #[error("the identity provider did not sign you in ({error})")]
    Declined {
        /// The provider's error word.
        error: String,
    },
    /// There is no ID token in the answer.
    #[error(
        "the identity provider gave no ID token: is the scope `openid` allowed for the client?"
    )]
    NoIdToken,
    /// The ID token is not valid.
    #[error("the identity provider's ID token was refused: {why}")]
    IdToken {
        /// Why, without anything of the token.
        why: &'static str,
    },
    /// Its clock is off.
    #[error(
        "the identity provider's clock is {seconds} seconds off ours ({ours}): it must be set right before anybody can sign in"
    )]
    Clock {
        /// By how much.
        seconds: i64,
        /// Our time.
        ours: Timestamp,
    },
    /// The e-mail address is not verified, or absent.
    #[error(
        "your identity provider gives no verified e-mail address for you, which this tenant demands"
    )]
    UnverifiedEmail,
    /// The e-mail address is of another domain.
    #[error("your e-mail address is not of a domain that this tenant allows")]
    ForeignEmail,
    /// More groups than a token holds.
    #[error(
        "you are in more groups than a token holds (100 groups, 4,000 bytes): let the identity provider send only those that are used here"
    )]
    TooManyGroups,
    /// No grant can name anybody of this issuer.
    #[error(
        "the identity provider's issuer is longer than 255 bytes, or holds `#`: nobody can be known by it"
    )]
    Issuer,
    /// The subject is no usable text.
    #[error("the identity provider gives no usable subject for you")]
    Subject,
}

impl Refused {
    /// Whether there was no answer: then whoever asks next waits as long for none.
    pub fn is_unanswered(&self) -> bool {
        matches!(self, Self::Slow { .. } | Self::Unreachable { .. })
    }
}
