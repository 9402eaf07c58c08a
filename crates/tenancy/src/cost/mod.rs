//! What an idle tenant costs in a month: a pure function of its spec and a table of prices.
//!
//! # Guarantees
//! Amounts are whole micro-dollars; nothing is rounded before it is shown. Only what is paid for being there is counted, and the events
//! that an idle tenant makes by itself: what its people use comes on top.
//!
//! # Assumptions
//! List prices in US dollars, as the table has them, without discounts, taxes and free tiers. A month has 730 hours.

mod idle;
mod lines;
mod prices;

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::{
    idle::most_of_idle,
    prices::{Item, Prices, PricesError},
};
use crate::{component::ComponentName, id::Region, spec::EffectiveSpec};

/// Millionths of a US dollar.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct MicroUsd(pub i64);

impl MicroUsd {
    /// So many of them.
    #[must_use]
    pub fn times(self, count: u32) -> Self {
        Self(self.0.saturating_mul(i64::from(count)))
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// What is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no amount: a decimal number such as `12.345`")]
pub struct NoAmount(String);

/// A decimal number of dollars, as AWS writes it: with any number of decimals, of which six count, and below zero where credits are
/// greater.
impl FromStr for MicroUsd {
    type Err = NoAmount;

    fn from_str(text: &str) -> Result<Self, NoAmount> {
        let (sign, amount) = match text.strip_prefix('-') {
            Some(amount) => (-1, amount),
            None => (1, text),
        };
        let (whole, decimals) = amount.split_once('.').unwrap_or((amount, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let no_amount = || NoAmount(text.chars().take(80).collect());
        if !is_number(whole) || !is_number(decimals) {
            return Err(no_amount());
        }
        let micros: String = decimals.chars().chain("000000".chars()).take(6).collect();
        let amount = format!("{whole}{micros}").parse::<i64>();
        amount
            .map(|micros| Self(sign * micros))
            .map_err(|_| no_amount())
    }
}

/// Dollars and cents, rounded half up.
impl fmt::Display for MicroUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.0.saturating_add(5_000).div_euclid(10_000);
        let (sign, cents) = (if cents < 0 { "-" } else { "" }, cents.unsigned_abs());
        write!(f, "{sign}${}.{:02}", cents / 100, cents % 100)
    }
}

/// What one thing of a tenant costs in a month in which nobody uses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CostLine {
    /// The component that makes it.
    pub component: ComponentName,
    /// Where it is.
    pub region: Region,
    /// What it is, in words.
    pub what: String,
    /// How many of them.
    pub quantity: u32,
    /// Millionths of a US dollar in a month, for all of them.
    pub monthly_micro_usd: MicroUsd,
    /// Whether the table has no price of this Region, so that the highest that it has was taken.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_estimate: bool,
}

/// What a tenant costs in a month in which nobody uses it, at list prices of a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdleCost {
    /// All lines together, in millionths of a US dollar.
    pub monthly_micro_usd: MicroUsd,
    /// What it consists of, by component and Region.
    pub lines: Vec<CostLine>,
    /// The day of the prices.
    pub prices_of: String,
    /// Where they are from.
    pub source: String,
}

/// What a tenant of this spec costs while it is idle.
pub fn idle_cost(spec: &EffectiveSpec, prices: &Prices) -> IdleCost {
    let lines = lines::of(spec, prices);
    let amounts = lines.iter().map(|line| line.monthly_micro_usd);
    IdleCost {
        monthly_micro_usd: amounts.fold(MicroUsd::default(), MicroUsd::plus),
        lines,
        prices_of: prices.date().to_owned(),
        source: prices.source().to_owned(),
    }
}

#[cfg(test)]
mod tests;
