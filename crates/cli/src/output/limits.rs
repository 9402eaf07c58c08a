//! The organization's limits for people.

use api_types::{AdmissionView, CreationLimitsView, LimitsView, QueueEntryView, UsageView};

use super::{
    style::{Style, Styles},
    table::{Cell, KeyValues, Table},
    time::moment,
};

/// All limits.
pub fn render(limits: &LimitsView, styles: Styles) -> String {
    let mut list = KeyValues::default();
    admission(&mut list, "closures", &limits.closures);
    [
        creations(&limits.creations, styles),
        list.render(styles) + &tenants(&limits.closures, styles),
        calls(limits, styles),
    ]
    .join("\n")
}

/// Creations: state, slots, queue, budget and circuit breaker.
pub fn creations(creations: &CreationLimitsView, styles: Styles) -> String {
    let mut list = KeyValues::default();
    list.add("creations", state(creations));
    admission(&mut list, "in flight", &creations.admission);
    list.add("this hour", usage(&creations.budget.hour));
    list.add("today", usage(&creations.budget.day));
    if creations.budget.is_override {
        list.add("budget", "set by an operator");
    }
    list.add("breaker", breaker(creations));
    list.render(styles) + &tenants(&creations.admission, styles)
}

fn state(creations: &CreationLimitsView) -> Cell {
    let (style, word) = match creations.on {
        true => (Style::Good, "on"),
        false => (Style::Bad, "stopped"),
    };
    let since = creations.switch_events.first().map(|event| {
        let at = moment(event.at);
        format!(" since {at} by {}: {}", event.by, event.reason)
    });
    Cell::styled(style, word.to_owned() + &since.unwrap_or_default())
}

fn breaker(creations: &CreationLimitsView) -> String {
    let breaker = &creations.breaker;
    let mut text = format!(
        "{} succeeded, {} failed, {} unknown, {} consecutive failures",
        breaker.succeeded, breaker.failed, breaker.unknown, breaker.consecutive_failures
    );
    for (reason, count) in &breaker.reasons {
        text.push_str(&format!(", {reason} {count}"));
    }
    text
}

fn usage(usage: &UsageView) -> String {
    format!(
        "{} of {}, resets at {}",
        usage.used,
        usage.allowed,
        moment(usage.resets_at)
    )
}

fn admission(list: &mut KeyValues, name: &str, admission: &AdmissionView) {
    let in_flight = admission.in_flight.len();
    list.add(name, format!("{in_flight} of {}", admission.capacity));
    let waiting = match admission.queue.total {
        0 => "none".to_owned(),
        total => format!("{total}, about {} s per slot", admission.seconds_per_slot),
    };
    list.add("waiting", waiting);
}

/// The tenants in flight and in the queue, if there are any.
fn tenants(admission: &AdmissionView, styles: Styles) -> String {
    let queue = &admission.queue;
    if admission.in_flight.is_empty() && queue.items.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["TENANT", "POSITION", "SINCE", "EXPECTED"]);
    for in_flight in &admission.in_flight {
        table.row([
            in_flight.tenant_id.as_str().into(),
            "in flight".into(),
            moment(in_flight.since).into(),
            "-".into(),
        ]);
    }
    for entry in &queue.items {
        table.row([
            entry.tenant_id.as_str().into(),
            entry.position.to_string().into(),
            moment(entry.since).into(),
            expected(entry).into(),
        ]);
    }
    let hidden = usize::try_from(queue.total).unwrap_or(usize::MAX);
    let hidden = hidden.saturating_sub(queue.items.len());
    let mut text = format!("\n{}", table.render(styles));
    if hidden > 0 {
        text.push_str(&format!("and {hidden} more\n"));
    }
    text
}

fn expected(entry: &QueueEntryView) -> String {
    entry.expected_at.map_or_else(|| "-".to_owned(), moment)
}

fn calls(limits: &LimitsView, styles: Styles) -> String {
    let mut table = Table::new(&[
        "CALL",
        "AVAILABLE",
        "BURST",
        "ONE PER",
        "AWS BURST",
        "AWS PER SECOND",
    ]);
    for call in &limits.calls {
        table.row([
            call.call.as_str().into(),
            call.available.to_string().into(),
            call.burst.to_string().into(),
            format!("{:.2} s", call.seconds_per_call).into(),
            call.aws.burst.to_string().into(),
            call.aws.per_second.to_string().into(),
        ]);
    }
    table.render(styles)
}
