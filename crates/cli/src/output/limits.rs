//! The organization's limits for people.

use super::{
    table::{Table, facts},
    time::moment,
    tones::{Tone, Tones},
};
use crate::wire::{Creations, Gate, Limits, Place, Spent};

/// All limits.
pub fn render(limits: &Limits, tones: Tones) -> String {
    let mut text = creations(&limits.creations, tones);
    text.push('\n');
    text.push_str(&facts(&gate("closures", &limits.closures), tones));
    text.push_str(&who(&limits.closures, tones));
    text.push('\n');
    text.push_str(&calls(limits, tones));
    text
}

/// How creations stand.
pub fn creations(creations: &Creations, tones: Tones) -> String {
    let mut pairs = vec![("creations", state(creations, tones))];
    pairs.extend(gate("in flight", &creations.gate));
    pairs.push(("this hour", spent(&creations.budget.hour)));
    pairs.push(("today", spent(&creations.budget.day)));
    if creations.budget.is_override {
        pairs.push(("budget", "set by an operator".to_owned()));
    }
    pairs.push(("breaker", breaker(creations)));
    let mut text = facts(&pairs, tones);
    text.push_str(&who(&creations.gate, tones));
    text
}

fn state(creations: &Creations, tones: Tones) -> String {
    let word = match creations.on {
        true => tones.paint(Tone::Good, "on"),
        false => tones.bad("off"),
    };
    match creations.turns.first() {
        Some(turn) => format!(
            "{word} since {} by {}: {}",
            moment(turn.at),
            turn.by,
            turn.reason
        ),
        None => word,
    }
}

fn breaker(creations: &Creations) -> String {
    let breaker = &creations.breaker;
    let mut text = format!(
        "{} made, {} failed, {} unknown, {} in a row",
        breaker.made, breaker.failed, breaker.unknown, breaker.in_a_row
    );
    for (reason, count) in &breaker.reasons {
        text.push_str(&format!(", {reason} {count}"));
    }
    text
}

fn spent(spent: &Spent) -> String {
    format!(
        "{} of {}, anew at {}",
        spent.used,
        spent.allowed,
        moment(spent.resets_at)
    )
}

fn gate(name: &'static str, gate: &Gate) -> [(&'static str, String); 2] {
    let waiting = match gate.line.total {
        0 => "nobody".to_owned(),
        total => format!("{total}, about {} s a place", gate.secs_a_place),
    };
    let inside = format!("{} of {}", gate.in_flight.len(), gate.capacity);
    [(name, inside), ("waiting", waiting)]
}

/// Who is in flight and who waits, if anybody.
fn who(gate: &Gate, tones: Tones) -> String {
    if gate.in_flight.is_empty() && gate.line.items.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["TENANT", "PLACE", "SINCE", "EXPECTED"]);
    for stay in &gate.in_flight {
        let since = moment(stay.since);
        table.row([
            stay.tenant_id.as_str().into(),
            "in flight".into(),
            since.into(),
            "-".into(),
        ]);
    }
    for place in &gate.line.items {
        table.row([
            place.tenant_id.as_str().into(),
            place.position.to_string().into(),
            moment(place.since).into(),
            expected(place).into(),
        ]);
    }
    let hidden = usize::try_from(gate.line.total).unwrap_or(usize::MAX);
    let hidden = hidden.saturating_sub(gate.line.items.len());
    let mut text = format!("\n{}", table.render(tones));
    if hidden > 0 {
        text.push_str(&format!("and {hidden} more\n"));
    }
    text
}

fn expected(place: &Place) -> String {
    place.expected_at.map_or_else(|| "-".to_owned(), moment)
}

fn calls(limits: &Limits, tones: Tones) -> String {
    let mut table = Table::new(&[
        "CALL",
        "FREE",
        "BURST",
        "ONE IN",
        "AWS BURST",
        "AWS A SECOND",
    ]);
    for call in &limits.calls {
        table.row([
            call.call.as_str().into(),
            call.free.to_string().into(),
            call.burst.to_string().into(),
            format!("{:.2} s", call.secs_a_call).into(),
            call.aws.burst.to_string().into(),
            call.aws.per_second.to_string().into(),
        ]);
    }
    table.render(tones)
}
