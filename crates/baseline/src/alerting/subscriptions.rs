//! Who is told: the contacts of the spec, by e-mail.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenancy::{Region, Severity};

use super::Topic;
use crate::{
    declared::{Field, Key, Kind, Resource, Resources, Wanted},
    desired::Desired,
};

/// A subscription by e-mail to our topic of a Region. The name of its key is the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Subscription {
    /// The address, as in its key.
    pub email: String,
    /// [`Subscription::CONFIRMED`], or [`Subscription::PENDING`].
    pub confirmation: String,
    /// What it lets through; everything where absent.
    pub filter: Option<Value>,
    /// Whether an earlier pass asked the recipient, whom the spec no longer names.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub asked: bool,
    /// Whether it is one that nobody of ours asked for; its address is given with its protocol then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stranger: bool,
    /// Its ARN, which it has once it is confirmed and no other ever has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

const FIELDS: &[Field] = &[
    Field::new(
        "confirmation",
        "confirmation",
        "Have the recipient open the link in the e-mail that AWS sent, within two days, for the",
    )
    .person(),
    // Its recipient is told of nothing that does not pass.
    Field::new("filter", "filter policy", "Remove the filter policy of").severity(Severity::High),
];

impl Subscription {
    /// Its recipient confirmed it.
    pub const CONFIRMED: &str = "confirmed";
    /// Nothing is sent to it yet.
    pub const PENDING: &str = "pending";

    /// Whether the spec names this recipient.
    pub fn is_wanted(desired: &Desired, email: &str) -> bool {
        recipients(desired).any(|one| one == email)
    }

    /// One of others, as it is listed.
    pub fn of_others(protocol: &str, endpoint: &str) -> Self {
        Self {
            email: format!("{protocol} {endpoint}"),
            stranger: true,
            ..Self::default()
        }
    }

    /// The key of the subscription of this address.
    pub fn key(region: &Region, email: &str) -> Key {
        Key::in_region(Self::KIND.name, region.clone(), email.to_owned())
    }
}

impl Resource for Subscription {
    const KIND: Kind =
        Kind::of::<Self>("subscription", "subscription", FIELDS).missing(Severity::Medium);
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::subscription;

    /// The spec says who it is. Where it no longer does, the record tells.
    fn ours(&self, desired: &Desired) -> bool {
        self.asked || Self::is_wanted(desired, &self.email)
    }

    fn id(&self) -> Option<String> {
        self.id.clone()
    }

    fn created(&self) -> Self {
        Self {
            confirmation: Self::PENDING.into(),
            ..self.clone()
        }
    }
}

/// The addresses of those who are told.
fn recipients(desired: &Desired) -> impl Iterator<Item = String> {
    let contacts = &desired.spec.contacts;
    let told = [&contacts.operations, &contacts.security].into_iter();
    told.flatten().map(|contact| contact.email.to_string())
}

pub(super) fn wanted(desired: &Desired, region: &Region) -> Resources {
    let wanted = recipients(desired).map(|email| {
        let subscription = Subscription {
            confirmation: Subscription::CONFIRMED.into(),
            email: email.clone(),
            ..Subscription::default()
        };
        let wanted = Wanted::of(&subscription).after([Topic::key(region)]);
        (Subscription::key(region, &email), wanted)
    });
    wanted.collect()
}
