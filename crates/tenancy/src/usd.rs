//! Amounts of money.

use std::{fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Number;

use crate::id::Malformed;

/// US dollars, exact to the cent: 0.01 to 10,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd {
    cents: u64,
}

impl Usd {
    /// What is allowed, in words.
    pub const ALLOWED: &'static str = "US dollars from 0.01 to 10000000, with at most two decimals";
    const MOST_CENTS: u64 = 1_000_000_000;

    /// The amount in cents.
    pub const fn cents(self) -> u64 {
        self.cents
    }
}

/// A decimal number of this many decimals, as a whole one; further decimals only where they are zeros.
pub(crate) fn scaled(text: &str, decimals: usize) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let padded = whole.len() > 1 && whole.starts_with('0');
    if padded || !digits(whole) || !digits(part) {
        return None;
    }
    let part = part.trim_end_matches('0');
    if part.len() > decimals {
        return None;
    }
    format!("{whole}{part:0<decimals$}").parse().ok()
}

impl FromStr for Usd {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let cents = scaled(text, 2).filter(|cents| (1..=Self::MOST_CENTS).contains(cents));
        let cents = cents.ok_or_else(|| Malformed {
            what: "amount",
            found: text.to_owned(),
            allowed: Self::ALLOWED,
        })?;
        Ok(Self { cents })
    }
}

/// With two decimals: `499.50`.
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, cents) = (self.cents.div_euclid(100), self.cents.rem_euclid(100));
        write!(f, "{whole}.{cents:02}")
    }
}

/// As a number, without decimals where there are none.
impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.to_string();
        let shortest = text.strip_suffix(".00").unwrap_or(&text);
        let number: Number = serde_json::from_str(shortest).map_err(serde::ser::Error::custom)?;
        number.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(deserializer)?;
        number.to_string().parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Usd {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Usd".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "number",
            "minimum": 0.01,
            "maximum": 10_000_000,
            "multipleOf": 0.01,
            "description": "US dollars, exact to the cent.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_and_written_to_the_cent() {
        for (written, shown, again) in [
            ("500", "500.00", "500"),
            ("499.5", "499.50", "499.5"),
            ("0.01", "0.01", "0.01"),
            ("500.000", "500.00", "500"),
            ("1e3", "1000.00", "1000"),
            ("10000000", "10000000.00", "10000000"),
        ] {
            let amount: Usd = serde_json::from_str(written).unwrap();
            assert_eq!(amount.to_string(), shown);
            assert_eq!(serde_json::to_string(&amount).unwrap(), again);
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for written in [
            "0",
            "-1",
            "-0.0",
            "0.001",
            "500.005",
            "10000000.01",
            "1e30",
            "\"5\"",
            "null",
        ] {
            assert!(serde_json::from_str::<Usd>(written).is_err(), "{written}");
        }
        for text in [
            "",
            ".5",
            "5.",
            "5,00",
            "+5",
            "5 USD",
            "05",
            "99999999999999999999",
        ] {
            assert!(text.parse::<Usd>().is_err(), "{text}");
        }
    }
}
