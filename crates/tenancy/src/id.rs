//! Identifiers as types, so that no two bare strings ever meet in one signature.
//!
//! Every identifier checks its own form when parsed or deserialized; the message of [`Malformed`] says what is allowed.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text that is not a valid identifier, and what would be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a valid {what}: {allowed}")]
pub struct Malformed {
    /// The kind of identifier that was expected.
    pub what: &'static str,
    /// What was given instead.
    pub found: String,
    /// What is allowed, in words.
    pub allowed: &'static str,
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal, $pattern:expr, $lengths:expr, $allowed:expr, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(
            with = "String",
            extend("pattern" = $pattern, "minLength" = $lengths.0, "maxLength" = $lengths.1)
        )]
        pub struct $name(String);

        impl $name {
            /// The form as a regular expression (ECMA 262), for schemas. Lengths come besides.
            pub const PATTERN: &'static str = $pattern;
            /// The form of a valid value, for error messages and documentation.
            pub const ALLOWED: &'static str = $allowed;

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Malformed;
            fn from_str(text: &str) -> Result<Self, Malformed> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Malformed { what: $what, found: text.chars().take(80).collect(), allowed: Self::ALLOWED })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = Malformed;
            fn try_from(text: String) -> Result<Self, Malformed> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// An identifier that is made by chance: a prefix and ten random bytes.
macro_rules! random_identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal, $prefix:literal) => {
        identifier!(
            $(#[$doc])*
            $name, $what, concat!("^", $prefix, "[a-z2-7]{16}$"), (18, 18),
            concat!("`", $prefix, "` followed by 16 characters of a-z and 2-7"),
            |text| is_random($prefix, text)
        );

        impl $name {
            /// The id made of ten random bytes. Randomness comes from the caller, so that tests can choose it.
            pub fn from_random(bytes: [u8; 10]) -> Self {
                Self(format!("{}{}", $prefix, base32(bytes)))
            }
        }
    };
}

/// Whether a text is the prefix and what ten random bytes are written as.
fn is_random(prefix: &str, text: &str) -> bool {
    let rest = text.strip_prefix(prefix).unwrap_or_default();
    rest.len() == 16
        && rest
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
}

random_identifier!(
    /// The immutable name of a tenant: `t-` and sixteen characters. It is the `ExternalId` of every session into the
    /// tenant's account and part of the account's e-mail address, so it never changes and is never reused.
    TenantId, "tenant id", "t-"
);

random_identifier!(
    /// The immutable name of a grant: `g-` and sixteen characters.
    GrantId, "grant id", "g-"
);

random_identifier!(
    /// The immutable name of a request for access: `r-` and sixteen characters.
    AccessRequestId, "access request id", "r-"
);

random_identifier!(
    /// The immutable name of a session in a tenant's account: `s-` and sixteen characters.
    AccountSessionId, "session id", "s-"
);

identifier!(
    /// What people call the tenant. Unique among tenants that are not closed, and the preferred value of the account's sign-in alias, which AWS
    /// keeps unique among all its customers (3 to 63 lower-case letters, digits and single hyphens).
    Slug, "slug", "^[a-z][a-z0-9]*(-[a-z0-9]+)*$", (3, 40), "3 to 40 lower-case letters, digits and single hyphens, starting with a letter and ending with a letter or digit",
    |text| (3..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && !text.contains("--")
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
);

identifier!(
    /// What tenants have in common that share a parent, such as the subsidiaries of one client. It is the value of a tag, and nothing
    /// is recorded of a group itself: it is there as long as a tenant names it.
    GroupName, "group", Slug::PATTERN, (3, 40), Slug::ALLOWED,
    |text| text.parse::<Slug>().is_ok()
);

identifier!(
    /// An AWS account number. A string, for it may start with 0.
    AccountId, "AWS account id", "^[0-9]{12}$", (12, 12), "12 digits",
    |text| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
);

identifier!(
    /// An AWS Region code such as `eu-central-1`.
    Region, "AWS Region", "^[a-z]+(-[a-z]+)+-[0-9]{1,2}$", (5, 25), "a Region code such as `eu-central-1`",
    |text| {
        let mut parts = text.rsplitn(2, '-');
        let number = parts.next().unwrap_or_default();
        let place = parts.next().unwrap_or_default();
        text.len() <= 25
            && (1..=2).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit())
            && place.contains('-')
            && place.split('-').all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase()))
    }
);

identifier!(
    /// An operation: the tenant's id, a dot, and 16 characters. One can be followed with `GET /v1/operations/{id}`.
    OperationId, "operation id", "^t-[a-z2-7]{16}\\.[a-z2-7]{16}$", (35, 35), "a tenant id, a dot and 16 characters of a-z and 2-7",
    |text| text.split_once('.').is_some_and(|(tenant, rest)| tenant.parse::<TenantId>().is_ok()
        && rest.len() == 16 && rest.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7')))
);

identifier!(
    /// An e-mail address as AWS Organizations accepts it for an account: 6 to 64 characters of ASCII.
    /// Source: Organizations API reference, `CreateAccount`, parameter `Email`.
    Email, "e-mail address", "^[!#$*+/0-9=?A-Z^_`a-z{}~-][!#$*+./0-9=?A-Z^_`a-z{}~-]*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\\.)+[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$", (6, 64), "6 to 64 ASCII characters with one `@`; before it no white space or any of \" ' ( ) < > [ ] : ; , \\ | % & and no leading dot; after it letters, digits, dots and hyphens with at least one dot",
    crate::email::is_valid
);

identifier!(
    /// A control of an audit, such as `TNT.NETWORK.101`. An id is given once and never again.
    ControlId, "control id", "^TNT\\.[A-Z][A-Z0-9-]{0,31}\\.[1-9][0-9]{0,3}$", (7, 41), "`TNT`, an area in uppercase and a number, joined by dots, such as `TNT.TRAIL.1`",
    is_control
);

fn is_control(text: &str) -> bool {
    let mut parts = text.split('.');
    let (Some("TNT"), Some(area), Some(number), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let of_area = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&area.len())
        && area.starts_with(|first: char| first.is_ascii_uppercase())
        && area.bytes().all(of_area)
        && (1..=4).contains(&number.len())
        && !number.starts_with('0')
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

impl OperationId {
    /// The id of an operation on `tenant`, made of ten random bytes.
    pub fn from_random(tenant: &TenantId, bytes: [u8; 10]) -> Self {
        Self(format!("{tenant}.{}", base32(bytes)))
    }

    /// The tenant the operation is about; `None` never happens for a parsed id.
    pub fn tenant(&self) -> Option<TenantId> {
        self.0.split_once('.')?.0.parse().ok()
    }
}

fn base32(bytes: [u8; 10]) -> String {
    data_encoding::BASE32_NOPAD.encode(&bytes).to_lowercase()
}

#[cfg(test)]
mod tests;
