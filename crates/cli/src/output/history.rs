//! Histories for people.

use api_types::HistoryView;
use tenancy::text::visible;

use super::{
    style::{Style, Styles},
    table::Table,
    time::moment,
};

/// What happened, oldest first.
pub fn render(history: &HistoryView, styles: Styles) -> String {
    let mut table = Table::new(&["#", "AT", "ACTOR", "ACTION", "WHAT"]);
    for entry in &history.items {
        table.row([
            entry.sequence.to_string().into(),
            moment(entry.at).into(),
            entry.actor.as_str().into(),
            entry.action.as_str().into(),
            entry.summary.as_str().into(),
        ]);
    }
    table.render(styles)
}

/// Whether a history is what it should be.
pub fn verdict(history: &HistoryView, intact: bool, styles: Styles) -> String {
    let word = if intact {
        styles.paint(Style::Good, "intact")
    } else {
        styles.bad("not intact")
    };
    format!(
        "{word}: {} entries, head {}\n",
        history.length,
        visible(&history.head)
    )
}
