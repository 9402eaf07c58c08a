//! Who somebody is, by all that tells that the same person came by another way.

use super::{Grantee, Principal};

/// Somebody who asks or decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who it is to grants.
    pub principal: Grantee,
    /// The name that he, she or it goes by: of a person the e-mail address, of a machine that of the user or the session.
    pub name: Option<String>,
}

impl Identity {
    /// Who asks.
    pub fn of(principal: &Principal) -> Self {
        let name = match principal {
            Principal::Person(person) => person.email.clone(),
            Principal::Machine(machine) => {
                let (_, name) = machine.caller().rsplit_once('/').unzip();
                name.map(str::to_owned)
            }
        };
        Self {
            principal: principal.itself(),
            name,
        }
    }

    /// Whether both may be one person: the same principal, the same account at an identity provider by whichever sign-in, or the same
    /// name. A role is one principal whoever works in its sessions. Better two who are taken for one than one who is taken for two.
    pub fn may_be(&self, other: &Self) -> bool {
        let same_name = || match (&self.name, &other.name) {
            (Some(one), Some(other)) => one.to_lowercase() == other.to_lowercase(),
            _ => false,
        };
        self.principal == other.principal
            || same_account(&self.principal, &other.principal)
            || same_name()
    }
}

/// Whether both are one account at one issuer, signed in as somebody of the installation and as somebody of a tenant.
fn same_account(one: &Grantee, other: &Grantee) -> bool {
    match (one, other) {
        (
            Grantee::Person {
                issuer, subject, ..
            },
            Grantee::Person {
                issuer: other_issuer,
                subject: other_subject,
                ..
            },
        ) => issuer == other_issuer && subject == other_subject,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Machine, Person, Provider};

    fn person(provider: Provider, subject: &str, email: Option<&str>) -> Identity {
        Identity::of(&Principal::Person(Person {
            provider,
            issuer: "https://idp.example.com".into(),
            subject: subject.into(),
            email: email.map(str::to_owned),
            groups: vec!["ops".into()],
        }))
    }

    fn machine(arn: &str) -> Identity {
        Identity::of(&Principal::Machine(Machine::new(arn)))
    }

    #[test]
    fn one_person_is_known_again_by_another_provider_another_account_or_a_role() {
        let tenant = Provider::Tenant("t-aaaaaaaaaaaaaaaa".parse().unwrap());
        let ann = person(Provider::Installation, "ann", Some("Ann@acme.example"));
        let role = "arn:aws:sts::111111111111:assumed-role";
        for same in [
            ann.clone(),
            person(tenant.clone(), "ann", None),
            person(tenant.clone(), "other", Some("ann@ACME.example")),
            machine(&format!("{role}/platform/ann@acme.example")),
        ] {
            assert!(ann.may_be(&same) && same.may_be(&ann), "{same:?}");
        }
        let bob = person(tenant, "bob", Some("bob@acme.example"));
        for other in [bob, machine(&format!("{role}/platform/bob@acme.example"))] {
            assert!(!ann.may_be(&other), "{other:?}");
        }
    }

    #[test]
    fn a_role_is_one_principal_whoever_works_in_its_sessions_and_nobody_without_a_name_is_another()
    {
        let role = "arn:aws:sts::111111111111:assumed-role";
        let ann = machine(&format!("{role}/platform/ann"));
        assert!(ann.may_be(&machine(&format!("{role}/platform/bob"))));
        assert!(!ann.may_be(&machine(&format!("{role}/support/bob"))));
        let [one, other] = ["1", "2"].map(|it| person(Provider::Installation, it, None));
        assert!(!one.may_be(&other));
        let root = |id| machine(&format!("arn:aws:iam::{id}:root"));
        assert!(!root("111111111111").may_be(&root("222222222222")));
    }
}
