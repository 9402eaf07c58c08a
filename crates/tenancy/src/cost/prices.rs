//! The table of prices: built in, with a date and the source of each, and replaceable price by price.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;
use serde_json::Value;

use super::MicroUsd;
use crate::{
    id::Region,
    usd::scaled,
    validate::{
        json::{self, Refused},
        merge,
    },
};

const BUILT_IN: &str = include_str!("../../prices/2026-11.json");

const HOURS_PER_MONTH: u32 = 730;

/// A price that holds wherever the table has no other.
const EVERYWHERE: &str = "*";

/// What has a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// An alarm of CloudWatch, for a month.
    AlarmMonth,
    /// A role or user that Access Analyzer analyzes for unused access, for a month.
    AnalyzedIdentityMonth,
    /// A dashboard of CloudWatch, for a month.
    DashboardMonth,
    /// An interface endpoint in one Availability Zone, for an hour.
    InterfaceEndpointHour,
    /// A KMS key, for a month.
    KmsKeyMonth,
    /// A GB that CloudWatch Logs takes in.
    LogGb,
    /// A GB that CloudWatch Logs keeps for a month.
    LogGbMonth,
    /// A NAT gateway, for an hour.
    NatGatewayHour,
    /// A public IPv4 address, for an hour.
    #[serde(rename = "public-ipv4-hour")]
    PublicIpv4Hour,
    /// A GB that S3 keeps for a month.
    S3GbMonth,
    /// A secret of Secrets Manager, for a month.
    SecretMonth,
    /// A management event in a further copy of CloudTrail.
    TrailEvent,
}

impl Item {
    /// Everything that has a price.
    pub const ALL: [Self; 12] = [
        Self::AlarmMonth,
        Self::AnalyzedIdentityMonth,
        Self::DashboardMonth,
        Self::InterfaceEndpointHour,
        Self::KmsKeyMonth,
        Self::LogGb,
        Self::LogGbMonth,
        Self::NatGatewayHour,
        Self::PublicIpv4Hour,
        Self::S3GbMonth,
        Self::SecretMonth,
        Self::TrailEvent,
    ];

    fn per_month(self) -> u32 {
        match self {
            Self::InterfaceEndpointHour | Self::NatGatewayHour | Self::PublicIpv4Hour => {
                HOURS_PER_MONTH
            }
            _ => 1,
        }
    }
}

/// A table of prices.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    date: String,
    source: String,
    currency: Currency,
    prices: BTreeMap<Item, Price>,
    idle: Idle,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
enum Currency {
    #[serde(rename = "USD")]
    Usd,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Price {
    /// By Region, or everywhere.
    usd: BTreeMap<String, Dollars>,
    source: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Idle {
    trail_events_per_month: u32,
    source: String,
}

/// An amount as it is written: dollars with up to six decimals, as a text, for a number of JSON is no exact amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Dollars(MicroUsd);

/// Below a million dollars, in millionths.
const MOST: u64 = 999_999_999_999;

impl TryFrom<String> for Dollars {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let micros = scaled(&text, 6).filter(|micros| *micros <= MOST);
        let micros = micros.and_then(|micros| i64::try_from(micros).ok());
        micros.map(|micros| Self(MicroUsd(micros))).ok_or_else(|| {
            format!("`{text}` is no price: allowed are dollars such as \"0.045\", below a million, with up to six decimals")
        })
    }
}

/// A table that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PricesError(String);

impl PricesError {
    fn new(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl Prices {
    /// The prices that come with this build.
    ///
    /// # Errors
    /// The table cannot be read; a test proves that it can.
    pub fn built_in() -> Result<Self, PricesError> {
        Self::replaced("")
    }

    /// The same with some replaced: JSON of the form of the table, merged into it (RFC 7396). Nothing where the text is empty.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn replaced(text: &str) -> Result<Self, PricesError> {
        let mut table: Value = serde_json::from_str(BUILT_IN).map_err(PricesError::new)?;
        if !text.trim().is_empty() {
            let patch = json::parse(text.as_bytes())
                .map_err(|refused: Refused| PricesError::new(refused))?;
            merge(&mut table, &patch);
        }
        let prices: Self = serde_path_to_error::deserialize(table).map_err(PricesError::new)?;
        let missing = Item::ALL.iter().find(|item| {
            let price = prices.prices.get(item);
            price.is_none_or(|price| price.usd.is_empty())
        });
        match missing {
            Some(item) => Err(PricesError(format!("there is no price of {item:?}"))),
            None => Ok(prices),
        }
    }

    /// The day of the prices.
    pub fn date(&self) -> &str {
        &self.date
    }

    /// Where they are from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Management events that an idle tenant makes in a month.
    pub(super) fn trail_events(&self) -> u32 {
        self.idle.trail_events_per_month
    }

    /// What one costs in a month, and whether that is an estimate: the highest price there is, where the table has none of the Region.
    pub(super) fn monthly(&self, item: Item, region: &Region) -> (MicroUsd, bool) {
        let none = BTreeMap::new();
        let by_region = self.prices.get(&item).map_or(&none, |price| &price.usd);
        let exact = by_region
            .get(region.as_str())
            .or_else(|| by_region.get(EVERYWHERE));
        let highest = || {
            by_region
                .values()
                .map(|price| price.0)
                .max()
                .unwrap_or_default()
        };
        let price = exact.map_or_else(highest, |price| price.0);
        (price.times(item.per_month()), exact.is_none())
    }
}
