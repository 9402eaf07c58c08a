//! Who AWS reaches about the account beside its root address: the alternate contacts for bills, operations and security.
//!
//! # Guarantees
//! A contact of the spec that has a telephone number is the account's, field by field. One that was taken out of the spec is
//! removed, if it is still the one that we set; a contact that only the tenant set is neither read nor touched.
//! # Caveats
//! AWS takes no contact without a telephone number (Account Management Reference, `PutAlternateContact`): one without is kept in the
//! spec for people to read. Contacts go with the account.
//! # Cost
//! Nothing; one read for each contact.

use serde::{Deserialize, Serialize};
use tenancy::{ComponentName, Severity, spec::Contact};

use crate::{
    component::{Departure, Wait},
    covers::Covers,
    declared::{Declared, Field, Key, Kind, Resource, Resources, Wanted},
    desired::Desired,
    drift_control::DriftControl,
    policy::{Grant, Grants, Scope},
    watched::{Properties, restored},
};

/// The alternate contacts of the account.
pub struct Contacts;

/// An alternate contact. The name of its key is what it is for: `billing`, `operations` or `security`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AlternateContact {
    /// Name.
    pub name: String,
    /// Title.
    pub title: String,
    /// E-mail address.
    pub email: String,
    /// Telephone number.
    pub phone: String,
    /// What it is for, as in its key.
    pub kind: String,
}

/// All four are set by one call.
const fn part(name: &'static str, label: &'static str) -> Field {
    Field::new(name, label, "Set the")
        .severity(Severity::Medium)
        .call("contact")
}

const FIELDS: &[Field] = &[
    part("name", "name"),
    part("title", "title"),
    part("email", "e-mail address"),
    part("phone", "telephone number"),
];

/// What is watched of a contact.
const WATCHED: &[Properties] = &[Properties {
    resource: "Alternate contact",
    kind: "contact",
    shape: "account AlternateContact",
    watched: &[
        restored("name", "name"),
        restored("title", "title"),
        restored("email_address", "email"),
        restored("phone_number", "phone"),
    ],
    identity: &["alternate_contact_type"],
    unwatched: &[],
}];

impl AlternateContact {
    /// The key of the contact for this.
    pub fn key(kind: &str) -> Key {
        Key::in_account(Self::KIND.name, kind.to_owned())
    }

    /// What a contact of the spec comes to; nothing without a telephone number.
    fn wanted(kind: &str, contact: &Contact) -> Option<Self> {
        Some(Self {
            name: contact.name.clone(),
            title: contact.title.clone().unwrap_or_else(|| title(kind)),
            email: contact.email.to_string(),
            phone: contact.phone.clone()?,
            kind: kind.to_owned(),
        })
    }
}

/// AWS asks for a title.
fn title(kind: &str) -> String {
    let (first, rest) = kind.split_at_checked(1).unwrap_or_default();
    format!("{}{rest}", first.to_ascii_uppercase())
}

impl Resource for AlternateContact {
    const KIND: Kind = Kind::of::<Self>("contact", "alternate contact", FIELDS)
        .missing(Severity::Medium)
        .extra(Severity::Low)
        .kept_when_leaving();
    #[cfg(test)]
    const ASKS: crate::asks::Asks = asks::contact;

    /// The spec says who it is. Where it no longer does, the recorded address tells.
    fn ours(&self, desired: &Desired) -> bool {
        let mut contacts = desired.spec.contacts.by_kind().into_iter();
        contacts.any(|(kind, contact)| {
            kind == self.kind && contact.is_some_and(|contact| contact.phone.is_some())
        })
    }

    /// What was recorded while it was in the spec: whoever changed it since has made it theirs.
    fn id(&self) -> Option<String> {
        Some(self.email.clone())
    }
}

impl Declared for Contacts {
    const NAME: ComponentName = ComponentName::new("contacts");
    const DEPARTURE: Departure = Departure::WithAccount;
    const RECORDED: bool = true;
    const WATCHED: &'static [&'static [Properties]] = &[WATCHED];

    fn wanted(desired: &Desired) -> Result<Resources, Wait> {
        let contacts = desired.spec.contacts.by_kind().into_iter();
        let wanted = contacts.filter_map(|(kind, contact)| {
            let wanted = AlternateContact::wanted(kind, contact?)?;
            Some((AlternateContact::key(kind), Wanted::of(&wanted)))
        });
        Ok(wanted.collect())
    }

    fn grants(_scope: &Scope) -> Grants {
        Grants {
            reads: vec![Grant::on_all(
                "ReadContacts",
                &["account:GetAlternateContact"],
            )],
            writes: vec![Grant::on_all(
                "Contacts",
                &[
                    "account:DeleteAlternateContact",
                    "account:PutAlternateContact",
                ],
            )],
            removals: Vec::new(),
        }
    }

    fn drift_controls() -> &'static [DriftControl] {
        DRIFT
    }
}

/// Of which kind of resource a finding is.
const DRIFT: &[DriftControl] = &[
    DriftControl::of(
        101,
        &["contact"],
        "alternate contacts for billing and operations",
        "account GetAlternateContact",
    )
    .severity(Severity::Medium),
    DriftControl::of(
        102,
        &["contact.security"],
        "alternate contact for security",
        "account GetAlternateContact",
    )
    .severity(Severity::Medium)
    .covers(Covers::of(&["Account.1"], &["1.2"], &["1.2"])),
];

#[cfg(test)]
mod asks;
#[cfg(test)]
pub(crate) mod tests;
