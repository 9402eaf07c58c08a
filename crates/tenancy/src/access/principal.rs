//! Who asks: a person, known by the provider that signed him or her in, or a machine, known by IAM.

use super::{Grantee, Provider};
use crate::text::is_deceptive;

/// Groups of one person at most, as many as a token holds: who is in more is refused, for which of them would count nobody could tell.
pub const MOST_GROUPS: usize = 100;

/// Somebody who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A person with a verified token.
    Person(Person),
    /// An IAM principal with a verified signature.
    Machine(Machine),
}

/// A person, as his or her provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Whose provider: never of two.
    pub provider: Provider,
    /// The provider's issuer.
    pub issuer: String,
    /// The person there.
    pub subject: String,
    /// As the provider gave it. For display only.
    pub email: Option<String>,
    /// The person's groups there.
    pub groups: Vec<String>,
}

/// An IAM principal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Machine {
    caller: String,
    principal: String,
}

impl Machine {
    /// The machine that signs as `caller`: the ARN of a user, a role or a session of one.
    pub fn new(caller: impl Into<String>) -> Self {
        let caller = caller.into();
        let principal = named(&caller).unwrap_or_else(|| caller.clone());
        Self { caller, principal }
    }

    /// The ARN as IAM told it.
    pub fn caller(&self) -> &str {
        &self.caller
    }

    /// The ARN it is known by: of a session, its role; of roles and users, without a path, which a session does not show and which
    /// is no part of what makes their names unique in an account.
    pub fn principal(&self) -> &str {
        &self.principal
    }
}

/// The ARN without session and path.
fn named(arn: &str) -> Option<String> {
    let mut parts = arn.splitn(6, ':');
    let (head, partition, _, _, account, what) = (
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
    );
    let (kind, rest) = what.split_once('/')?;
    let (kind, name) = match kind {
        "assumed-role" => ("role", rest.split_once('/')?.0),
        "role" | "user" => (kind, rest.rsplit('/').next()?),
        _ => return None,
    };
    Some(format!("{head}:{partition}:iam::{account}:{kind}/{name}"))
}

impl Principal {
    /// What a grant names it by that is for nobody else.
    pub fn itself(&self) -> Grantee {
        match self {
            Self::Machine(machine) => Grantee::Machine(machine.principal.clone()),
            Self::Person(person) => Grantee::Person {
                provider: person.provider.clone(),
                issuer: person.issuer.clone(),
                subject: person.subject.clone(),
            },
        }
    }

    /// What grants can name it by: itself, and the groups of a person.
    pub fn grantees(&self) -> Vec<Grantee> {
        match self {
            Self::Machine(_) => vec![self.itself()],
            Self::Person(person) => {
                let mut groups = person.groups.clone();
                groups.sort();
                groups.dedup();
                let group = |name| Grantee::Group {
                    provider: person.provider.clone(),
                    name,
                };
                let groups = groups.into_iter().map(group);
                std::iter::once(self.itself()).chain(groups).collect()
            }
        }
    }

    /// Who it is in logs and histories: the ARN of a machine's session, the text of a person.
    pub fn actor(&self) -> String {
        match self {
            Self::Machine(machine) => machine.caller.clone(),
            Self::Person(_) => self.itself().to_string(),
        }
    }
}

/// Whether a text is short, not empty, and free of control characters and of those that only change how others look.
pub(crate) fn is_text(text: &str, longest: usize) -> bool {
    !text.trim().is_empty()
        && text.trim() == text
        && text.len() <= longest
        && !text.contains(is_deceptive)
}
