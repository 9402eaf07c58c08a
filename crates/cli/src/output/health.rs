//! The API's health for people.

use super::{
    table::facts,
    tones::{Tone, Tones},
};
use crate::wire::Health;

/// How the API is.
pub fn render(health: &Health, tones: Tones) -> String {
    let tone = if health.status == "ok" {
        Tone::Good
    } else {
        Tone::Bad
    };
    let mut pairs = vec![
        ("status", tones.paint(tone, &health.status)),
        ("version", health.version.clone()),
    ];
    pairs.extend(health.checks.iter().map(|(name, value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (name.as_str(), text)
    }));
    facts(&pairs, tones)
}
