//! Histories for people.

use tenancy::history::HistoryEntry;

use super::{
    table::Table,
    time::moment,
    tones::{Tone, Tones},
};
use crate::wire::{History, Listing};

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

/// Whether a history is what it should be.
pub fn verdict(history: &History, intact: bool, tones: Tones) -> String {
    let word = if intact {
        tones.paint(Tone::Good, "intact")
    } else {
        tones.bad("not intact")
    };
    format!(
        "{word}: {} entries, head {}\n",
        history.length, history.head
    )
}
