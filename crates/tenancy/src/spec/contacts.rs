//! Who is told of what, and what a tenant may cost before somebody is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{id::Email, stored::OtherFields, text, usd::Usd};

/// A person or mailbox to reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend(
    "if" = { "properties": { "phone": { "type": "string" } }, "required": ["phone"] },
    "then" = { "properties": { "email": { "pattern": "^[!#+.0-9=A-Z_a-z-]+@[.0-9A-Za-z-]+\\.[0-9A-Za-z]+$" } } }
))]
pub struct Contact {
    /// Full name, 1 to 64 characters.
    #[schemars(
        length(min = 1, max = 64),
        regex(pattern = text::pattern_of_line())
    )]
    pub name: String,
    /// E-mail address. With a telephone number it is that of an alternate contact, which has only letters, digits and `_+=.#!-` before the
    /// `@`, and only letters and digits after the last dot.
    pub email: Email,
    /// Telephone number, 1 to 25 digits, spaces and `()+-`. With it the contact is the account's alternate contact in AWS; without
    /// it, it is kept for people to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[0-9 ()+-]{1,25}$"))]
    pub phone: Option<String>,
    /// Title, 1 to 50 characters. Default: what the contact is for, such as `Billing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 50),
        regex(pattern = text::pattern_of_line())
    )]
    pub title: Option<String>,
    /// What another release wrote beside.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: OtherFields,
}

/// Who to reach about what: the alternate contacts of the AWS account, where they have a telephone number, which AWS asks for. The
/// others are kept and shown for people to read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Contacts {
    /// For bills.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing: Option<Contact>,
    /// For outages and maintenance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operations: Option<Contact>,
    /// For security incidents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<Contact>,
    /// What another release wrote beside.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: OtherFields,
}

impl Contacts {
    /// Every contact that there can be, by what it is for.
    pub const fn by_kind(&self) -> [(&'static str, Option<&Contact>); 3] {
        [
            ("billing", self.billing.as_ref()),
            ("operations", self.operations.as_ref()),
            ("security", self.security.as_ref()),
        ]
    }
}

/// What a tenant may cost before somebody is told: its billing contact, or without one the address of its AWS account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// US dollars a month, for all of the account: 0.01 to 10,000,000, with at most two decimals.
    pub monthly_usd: Usd,
    /// What another release wrote beside.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: OtherFields,
}
