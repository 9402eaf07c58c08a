//! Dead letters for people.

use api_types::{DeadLetterView, DeadLettersView};
use serde::Deserialize;
use tenancy::text::visible;

use super::{
    style::Styles,
    table::{KeyValues, Table},
    time::moment,
};

/// The messages, oldest first.
pub fn list(letters: &DeadLettersView, styles: Styles) -> String {
    if letters.items.is_empty() {
        return "no dead letters\n".into();
    }
    let mut table = Table::new(&["MESSAGE", "QUEUE", "SUBJECT", "SENT", "UNREADABLE BECAUSE"]);
    for letter in &letters.items {
        table.row([
            letter.id.as_str().into(),
            letter.queue.as_str().into(),
            subject(letter).into(),
            sent_at(letter).into(),
            letter.unreadable.as_deref().unwrap_or("").into(),
        ]);
    }
    let more = match (&letters.next_cursor, letters.incomplete) {
        (Some(_), _) => "there are more: raise `--limit` or leave it out\n",
        (None, true) => {
            "the queue holds more than can be read at once: send some back and list again\n"
        }
        (None, false) => "",
    };
    table.render(styles) + more
}

/// One message.
pub fn render(letter: &DeadLetterView, styles: Styles) -> String {
    let mut list = KeyValues::default();
    list.add("message", letter.id.as_str());
    list.add("queue", letter.queue.as_str());
    list.add("subject", subject(letter));
    list.add("sent", sent_at(letter));
    list.add("body", letter.body.as_str());
    if letter.truncated {
        list.add("truncated", "yes: this is only the beginning");
    }
    list.add_all("unreadable", letter.unreadable.as_deref());
    for (name, value) in &letter.notes {
        list.add(name, value.as_str());
    }
    list.render(styles)
}

/// What came of sending messages back.
#[derive(Debug, Deserialize)]
pub struct SentBack {
    items: Vec<DeadLetterView>,
    unreadable: Vec<String>,
}

/// The messages that were sent back, and how many cannot be.
pub fn sent(sent: &SentBack, _: Styles) -> String {
    let lines = sent.items.iter().map(|letter| {
        format!(
            "sent back to the {} queue: {} ({})\n",
            visible(&letter.queue),
            visible(&letter.id),
            subject(letter)
        )
    });
    let mut text: String = lines.collect();
    if text.is_empty() {
        text.push_str("nothing to send back\n");
    }
    match sent.unreadable.len() {
        0 => {}
        1 => text
            .push_str("1 message can never be processed: `tenantry dead-letters list` says why\n"),
        many => text.push_str(&format!(
            "{many} messages can never be processed: `tenantry dead-letters list` says why\n"
        )),
    }
    text
}

fn subject(letter: &DeadLetterView) -> String {
    match (&letter.tenant_id, &letter.unreadable) {
        (Some(tenant), _) => format!("tenant {tenant}"),
        (None, None) => "the organization".into(),
        (None, Some(_)) => "unknown".into(),
    }
}

fn sent_at(letter: &DeadLetterView) -> String {
    letter.sent_at.map(moment).unwrap_or_default()
}
