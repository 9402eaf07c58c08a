//! Dead letters for people.

use api_types::{DeadLetterView, DeadLettersView};
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
    let more = if letters.more {
        "there are more: send some back and list again\n"
    } else {
        ""
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
    list.add_all("unreadable", letter.unreadable.as_deref());
    for (name, value) in &letter.notes {
        list.add(name, value.as_str());
    }
    list.render(styles)
}

/// The messages that were sent back.
pub fn sent(letters: &DeadLettersView, _: Styles) -> String {
    let count = letters.items.len();
    let lines = letters.items.iter().map(|letter| {
        format!(
            "sent back to the {} queue: {} ({})\n",
            visible(&letter.queue),
            visible(&letter.id),
            subject(letter)
        )
    });
    lines.collect::<String>()
        + &match count {
            0 => "nothing to send back\n".to_owned(),
            _ => String::new(),
        }
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
