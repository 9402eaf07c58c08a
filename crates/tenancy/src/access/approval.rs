//! How many people have to approve a request for access.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::Malformed;

/// Who has to approve what somebody asks for, of those who may give it.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// Nobody: it is granted at once, and on record.
    Nobody,
    /// One other person.
    #[default]
    One,
    /// Two other people.
    Two,
}

impl Approval {
    /// Every one, the loosest first.
    pub const ALL: [Self; 3] = [Self::Nobody, Self::One, Self::Two];

    /// The one that asks for most.
    pub const STRICTEST: Self = Self::Two;

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::One => "one",
            Self::Two => "two",
        }
    }

    /// How many have to approve.
    pub const fn needed(self) -> u32 {
        match self {
            Self::Nobody => 0,
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Approval {
    type Err = Malformed;

    /// Reads a name; an empty text is the default.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let found = Self::ALL.into_iter().find(|it| it.as_str() == text);
        let found = found.or_else(|| text.is_empty().then(Self::default));
        found.ok_or_else(|| Malformed {
            what: "rule of approval",
            found: text.chars().take(80).collect(),
            allowed: "nobody, one or two",
        })
    }
}
