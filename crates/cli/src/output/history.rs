//! Histories for people.

use tenancy::history::HistoryEntry;

use super::{table::Table, time::moment, tones::Tones};
use crate::wire::Listing;

/// What happened, oldest first.
pub fn render(listing: &Listing<HistoryEntry>, tones: Tones) -> String {
    let mut table = Table::new(&["#", "AT", "ACTOR", "ACTION", "WHAT"]);
    for entry in &listing.items {
        table.row([
            entry.sequence.to_string().into(),
            moment(entry.at).into(),
            entry.actor.as_str().into(),
            entry.action.as_str().into(),
            entry.summary.as_str().into(),
        ]);
    }
    table.render(tones)
}
