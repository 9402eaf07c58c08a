//! Posture: what all controls of a tenant come to, now and day by day.

use std::{collections::BTreeMap, fmt, str::FromStr};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    control::ControlState,
    finding::Severity,
    id::ControlId,
    stored::{OtherFields, readable_entries},
};

/// How long a day is kept, in days.
pub const DAY_KEPT_DAYS: i64 = 400;

/// A control of a tenant as the last audits left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ControlRecord {
    /// What it came to.
    pub state: ControlState,
    /// Since when.
    pub since: Timestamp,
    /// Why it does not apply, or cannot be verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What another release wrote beside.
    #[serde(flatten)]
    pub other: OtherFields,
}

/// The controls of a tenant, as one row of the ledger holds them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Controls {
    /// Each by its id. One that cannot be read is found anew.
    #[serde(default, deserialize_with = "readable_entries")]
    pub controls: BTreeMap<ControlId, ControlRecord>,
    /// How long findings have lasted that were resolved.
    #[serde(default)]
    pub repairs: Repairs,
    /// What was recorded last for a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<PostureDay>,
    /// What another release wrote beside.
    #[serde(flatten)]
    pub other: OtherFields,
}

/// Findings that were resolved, and how long they had lasted together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Repairs {
    /// How many.
    pub count: u64,
    /// How long they lasted, in seconds, together.
    pub total_seconds: u64,
}

impl Repairs {
    /// These, and one more that lasted from when it was first seen until now.
    pub fn add(&mut self, first_seen: Timestamp, resolved_at: Timestamp) {
        let lasted = resolved_at.duration_since(first_seen).as_secs();
        self.count += 1;
        self.total_seconds = self
            .total_seconds
            .saturating_add(u64::try_from(lasted).unwrap_or(0));
    }

    /// The mean time to repair; `None` before the first repair.
    pub fn mean_seconds(&self) -> Option<u64> {
        self.total_seconds.checked_div(self.count)
    }
}

/// Open findings by severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct BySeverity {
    /// How many are critical.
    pub critical: u32,
    /// How many are high.
    pub high: u32,
    /// How many are medium.
    pub medium: u32,
    /// How many are low, or of a severity that another release knows.
    pub low: u32,
}

impl BySeverity {
    /// Counts one.
    pub fn add(&mut self, severity: Severity) {
        let count = match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low | Severity::Other(_) => &mut self.low,
        };
        *count += 1;
    }

    /// All of them.
    pub fn total(&self) -> u32 {
        self.critical + self.high + self.medium + self.low
    }
}

/// The posture as it was recorded for a day, small enough that a year of days is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostureDay {
    /// When it was recorded.
    pub at: Timestamp,
    /// The score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// Open findings that nobody suppresses.
    pub open: BySeverity,
    /// How many controls passed.
    pub passed: u32,
    /// Controls that failed, each with its open findings that nobody suppresses.
    pub failed: Counts,
    /// Controls with suppressed findings, each with how many.
    #[serde(default, skip_serializing_if = "Counts::is_empty")]
    pub suppressed: Counts,
    /// Controls that did not apply.
    pub not_applicable: Counts,
    /// Controls that could not be verified.
    pub not_verifiable: Counts,
    /// What another release wrote beside.
    #[serde(flatten)]
    pub other: OtherFields,
}

impl PostureDay {
    /// Whether it says the same as another, whenever that was recorded.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let at = self.at;
        *self
            == Self {
                at,
                ..other.clone()
            }
    }
}

/// Controls with a number each, written in few bytes: `IAM:1,2*3;TRAIL:101`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(pub BTreeMap<ControlId, u32>);

impl Counts {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts one more.
    pub fn add(&mut self, control: ControlId) {
        *self.0.entry(control).or_default() += 1;
    }

    /// How many of a control.
    pub fn of(&self, control: &ControlId) -> u32 {
        self.0.get(control).copied().unwrap_or_default()
    }

    /// All of them.
    pub fn total(&self) -> u32 {
        self.0.values().sum()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut areas: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (control, count) in &self.0 {
            let mut parts = control.as_str().split('.').skip(1);
            let (area, number) = (parts.next(), parts.next().unwrap_or_default());
            let number = match count {
                1 => number.to_owned(),
                count => format!("{number}*{count}"),
            };
            areas
                .entry(area.unwrap_or_default())
                .or_default()
                .push(number);
        }
        let areas = areas
            .into_iter()
            .map(|(area, numbers)| format!("{area}:{}", numbers.join(",")));
        f.write_str(&areas.collect::<Vec<_>>().join(";"))
    }
}

impl FromStr for Counts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` does not count controls");
        let mut counts = Self::default();
        for area in text.split(';').filter(|area| !area.is_empty()) {
            let (area, numbers) = area.split_once(':').ok_or_else(wrong)?;
            for number in numbers.split(',') {
                let (number, count) = number.split_once('*').unwrap_or((number, "1"));
                let control = format!("TNT.{area}.{number}");
                let control = control.parse().map_err(|_| wrong())?;
                counts
                    .0
                    .insert(control, count.parse().map_err(|_| wrong())?);
            }
        }
        Ok(counts)
    }
}

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Counts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// The score: of the weight of all controls that passed or failed, how much passed, in percent. `None` where there is none. A control that is
/// suppressed, does not apply or cannot be verified is left out by the caller.
pub fn score(counted: impl IntoIterator<Item = (Severity, bool)>) -> Option<u8> {
    let (mut passed, mut all) = (0_u32, 0_u32);
    for (severity, has_passed) in counted {
        let weight = weight(severity);
        all += weight;
        passed += if has_passed { weight } else { 0 };
    }
    let percent = (passed * 100).checked_div(all)?;
    u8::try_from(percent).ok()
}

/// What a control weighs in the score.
pub const fn weight(severity: Severity) -> u32 {
    match severity {
        Severity::Critical => 10,
        Severity::High => 5,
        Severity::Medium => 2,
        Severity::Low | Severity::Other(_) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(all: &[(&str, u32)]) -> Counts {
        let all = all.iter();
        Counts(
            all.map(|(id, count)| (id.parse().unwrap(), *count))
                .collect(),
        )
    }

    #[test]
    fn counts_are_written_in_few_bytes_and_read_back() {
        let written = counts(&[("TNT.IAM.1", 1), ("TNT.IAM.2", 3), ("TNT.KEY-PAIR.101", 1)]);
        let text = written.to_string();
        assert_eq!(text, "IAM:1,2*3;KEY-PAIR:101");
        assert_eq!(text.parse(), Ok(written));
        assert_eq!("".parse(), Ok(Counts::default()));
        for wrong in ["IAM", "IAM:", "IAM:x", "iam:1", "IAM:1*x"] {
            assert!(wrong.parse::<Counts>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_score_weighs_what_is_worse_more_and_is_whole_only_if_all_passed() {
        use Severity::{Critical, High, Low, Medium};
        assert_eq!(score([]), None);
        assert_eq!(score([(Critical, true), (Low, true)]), Some(100));
        assert_eq!(score([(Critical, false), (Low, true)]), Some(9));
        assert_eq!(score([(Critical, true), (Low, false)]), Some(90));
        assert_eq!(score([(High, false), (Medium, true)]), Some(28));
        let almost = (0..500).map(|number| (Critical, number > 0));
        assert_eq!(score(almost), Some(99));
    }

    #[test]
    fn the_mean_time_to_repair_is_of_all_repairs() {
        let mut repairs = Repairs::default();
        assert_eq!(repairs.mean_seconds(), None);
        let at = |secs| Timestamp::from_second(secs).unwrap();
        repairs.add(at(0), at(100));
        repairs.add(at(50), at(350));
        assert_eq!(repairs.mean_seconds(), Some(200));
    }
}
