//! Dead letters for people.

use super::{
    table::{Table, facts},
    time::moment,
    tones::Tones,
};
use crate::wire::{DeadLetter, DeadLetters};

/// The messages, oldest first.
pub fn list(letters: &DeadLetters, tones: Tones) -> String {
    if letters.items.is_empty() {
        return "no dead letters\n".into();
    }
    let mut table = Table::new(&["MESSAGE", "QUEUE", "ABOUT", "SENT", "WHY IT CANNOT BE READ"]);
    for letter in &letters.items {
        table.row([
            letter.id.as_str().into(),
            letter.queue.as_str().into(),
            about(letter).into(),
            sent_at(letter).into(),
            letter.unreadable.as_deref().unwrap_or("").into(),
        ]);
    }
    let more = if letters.more {
        "there are more: send some back and list again\n"
    } else {
        ""
    };
    table.render(tones) + more
}

/// One message.
pub fn render(letter: &DeadLetter, tones: Tones) -> String {
    let mut pairs = vec![
        ("message", letter.id.clone()),
        ("queue", letter.queue.clone()),
        ("about", about(letter)),
        ("sent", sent_at(letter)),
        ("body", letter.body.clone()),
    ];
    pairs.extend(letter.unreadable.clone().map(|why| ("cannot be read", why)));
    for (name, value) in &letter.notes {
        pairs.push((name, value.clone()));
    }
    facts(&pairs, tones)
}

/// What was sent back.
pub fn sent(letters: &DeadLetters, _: Tones) -> String {
    let count = letters.items.len();
    let lines = letters.items.iter().map(|letter| {
        format!(
            "sent back to the {} queue: {} ({})\n",
            letter.queue,
            letter.id,
            about(letter)
        )
    });
    lines.collect::<String>()
        + &match count {
            0 => "nothing to send back\n".to_owned(),
            _ => String::new(),
        }
}

fn about(letter: &DeadLetter) -> String {
    match (&letter.tenant_id, &letter.unreadable) {
        (Some(tenant), _) => format!("tenant {tenant}"),
        (None, None) => "the organization".into(),
        (None, Some(_)) => "nothing known".into(),
    }
}

fn sent_at(letter: &DeadLetter) -> String {
    letter.sent_at.map(moment).unwrap_or_default()
}
