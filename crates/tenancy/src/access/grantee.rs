//! Whom a grant is given to.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Machine, Person, Principal, Provider, is_text, scope::as_text};
use crate::id::Malformed;

/// A person, a group of a provider, or a machine.
///
/// As text: `person:<provider>:<issuer>#<subject>`, `group:<provider>:<name>`, or the ARN of a user or role. The provider is
/// `installation` or a tenant's id.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("minLength" = 1, "maxLength" = 600))]
pub enum Grantee {
    /// One person.
    Person {
        /// Whose provider signs the person in.
        provider: Provider,
        /// Its issuer.
        issuer: String,
        /// The person there.
        subject: String,
    },
    /// Everybody of whom a provider says that he or she is in the group.
    Group {
        /// Whose provider.
        provider: Provider,
        /// Its name there.
        name: String,
    },
    /// An IAM principal, by the ARN it is known by.
    Machine(String),
}

impl Grantee {
    /// The form, for error messages.
    pub const ALLOWED: &'static str = "`person:<provider>:<issuer>#<subject>`, `group:<provider>:<name>`, or the ARN of a user or role; the provider is `installation` or a tenant's id";

    /// The longest issuer, subject and group, in bytes. An OpenID Connect subject has 255 ASCII characters at most (Core 1.0, section 2).
    pub const LONGEST: usize = 255;

    /// A person; `None` for one whom no grant can name. Whoever is none is nobody, when a provider is set, at sign-in and in every request.
    pub fn person(provider: Provider, issuer: &str, subject: &str) -> Option<Self> {
        let fits = |text: &str| is_text(text, Self::LONGEST);
        let is_one = fits(issuer) && fits(subject) && !issuer.contains('#');
        is_one.then(|| Self::Person {
            provider,
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
        })
    }

    /// Whose provider it is of; `None` for a machine.
    pub fn provider(&self) -> Option<&Provider> {
        match self {
            Self::Person { provider, .. } | Self::Group { provider, .. } => Some(provider),
            Self::Machine(_) => None,
        }
    }

    /// A principal that is just this: of a group, somebody who is in no other.
    pub fn as_principal(&self) -> Principal {
        let person = |provider: &Provider, issuer: &str, subject: &str, groups| {
            Principal::Person(Person {
                provider: provider.clone(),
                issuer: issuer.to_owned(),
                subject: subject.to_owned(),
                email: None,
                groups,
            })
        };
        match self {
            Self::Machine(arn) => Principal::Machine(Machine::new(arn)),
            Self::Person {
                provider,
                issuer,
                subject,
            } => person(provider, issuer, subject, Vec::new()),
            Self::Group { provider, name } => person(provider, "", "", vec![name.clone()]),
        }
    }

    fn read(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix("person:") {
            let (provider, rest) = rest.split_once(':')?;
            let (issuer, subject) = rest.split_once('#')?;
            return Self::person(provider.parse().ok()?, issuer, subject);
        }
        if let Some(rest) = text.strip_prefix("group:") {
            let (provider, name) = rest.split_once(':')?;
            return is_text(name, Self::LONGEST).then_some(Self::Group {
                provider: provider.parse().ok()?,
                name: name.to_owned(),
            });
        }
        is_arn(text).then(|| Self::Machine(Machine::new(text).principal().to_owned()))
    }
}

/// Whether this is the ARN of a user, a role, a session or the root of an account, without a wildcard.
fn is_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [head, partition, service, region, account, what] = parts.as_slice() else {
        return false;
    };
    let is_kind = match *service {
        "iam" => ["user/", "role/", "root"]
            .iter()
            .any(|kind| what.starts_with(kind)),
        "sts" => what.starts_with("assumed-role/"),
        _ => false,
    };
    // IAM API reference, "IAM identifiers": letters, digits and these.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@/-".contains(&byte);
    *head == "arn"
        && partition.starts_with("aws")
        && region.is_empty()
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && is_kind
        && what.len() <= 600
        && !what.ends_with('/')
        && what.bytes().all(is_plain)
}

impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person {
                provider,
                issuer,
                subject,
            } => write!(f, "person:{provider}:{issuer}#{subject}"),
            Self::Group { provider, name } => write!(f, "group:{provider}:{name}"),
            Self::Machine(arn) => f.write_str(arn),
        }
    }
}

impl FromStr for Grantee {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        Self::read(text).ok_or_else(|| Malformed {
            what: "principal",
            found: text.chars().take(80).collect(),
            allowed: Self::ALLOWED,
        })
    }
}

as_text!(Grantee);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_its_role_and_a_path_is_no_part_of_a_name() {
        let account = "111111111111";
        for arn in [
            format!("arn:aws:sts::{account}:assumed-role/platform/ann"),
            format!("arn:aws:iam::{account}:role/platform"),
            format!("arn:aws:iam::{account}:role/teams/core/platform"),
        ] {
            let wanted = format!("arn:aws:iam::{account}:role/platform");
            assert_eq!(Machine::new(&arn).principal(), wanted);
            assert_eq!(arn.parse(), Ok(Grantee::Machine(wanted)));
        }
        let federated = format!("arn:aws:sts::{account}:federated-user/ann");
        assert_eq!(Machine::new(&federated).principal(), federated);
    }

    #[test]
    fn principals_are_read_as_they_are_written_and_what_is_ambiguous_is_refused() {
        for text in [
            "person:installation:https://idp.example.com#auth0|1#2",
            "person:t-aaaaaaaaaaaaaaaa:https://idp.example.com/x#sub",
            "group:installation:Ops: on call",
            "group:t-aaaaaaaaaaaaaaaa:devs",
            "arn:aws:iam::111111111111:user/ann",
            "arn:aws:iam::111111111111:root",
        ] {
            let read: Grantee = text.parse().unwrap();
            assert_eq!(read.to_string(), text);
        }
        for text in [
            "",
            "ann",
            "person:installation:#sub",
            "person:installation:https://idp.example.com",
            "person:acme:https://idp.example.com#sub",
            "group:installation:",
            "group:installation: devs",
            "group:installation:de\u{202e}vs",
            "group:installation:devs\n",
            "arn:aws:iam::111111111111:role/*",
            "arn:aws:iam::1111:role/x",
            "arn:aws:s3:::bucket",
        ] {
            assert!(text.parse::<Grantee>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_person_is_one_whom_the_text_of_a_grant_names_again() {
        let person =
            |issuer: &str, subject: &str| Grantee::person(Provider::Installation, issuer, subject);
        let longest = "x".repeat(Grantee::LONGEST);
        for subject in ["ann", "auth0|1#2", "Ann Bee", longest.as_str()] {
            let ann = person("https://id.example", subject).unwrap();
            assert_eq!(ann.to_string().parse(), Ok(ann), "{subject}");
        }
        // Bytes count, not letters.
        let (long, wide) = (format!("{longest}x"), "ä".repeat(128));
        for subject in ["", " ann", "ann ", "a\nb", long.as_str(), wide.as_str()] {
            assert_eq!(person("https://id.example", subject), None, "{subject}");
        }
        for issuer in ["", "https://id.example/#x", long.as_str()] {
            assert_eq!(person(issuer, "ann"), None, "{issuer}");
        }
    }
}
