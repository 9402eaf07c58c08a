//! The organization's limits for people.

use api_types::{AdmissionView, CreationLimitsView, LimitsView, QueueEntryView, UsageView};

use super::{
    style::{Style, Styles},
    table::{Table, key_values},
    time::moment,
};

/// All limits.
pub fn render(limits: &LimitsView, styles: Styles) -> String {
    let mut text = creations(&limits.creations, styles);
    text.push('\n');
    text.push_str(&key_values(
        &admission("closures", &limits.closures),
        styles,
    ));
    text.push_str(&tenants(&limits.closures, styles));
    text.push('\n');
    text.push_str(&calls(limits, styles));
    text
}

/// Creations: state, slots, queue, budget and circuit breaker.
pub fn creations(creations: &CreationLimitsView, styles: Styles) -> String {
    let mut pairs = vec![("creations", state(creations, styles))];
    pairs.extend(admission("in flight", &creations.admission));
    pairs.push(("this hour", usage(&creations.budget.hour)));
    pairs.push(("today", usage(&creations.budget.day)));
    if creations.budget.is_override {
        pairs.push(("budget", "set by an operator".to_owned()));
    }
    pairs.push(("breaker", breaker(creations)));
    let mut text = key_values(&pairs, styles);
    text.push_str(&tenants(&creations.admission, styles));
    text
}

fn state(creations: &CreationLimitsView, styles: Styles) -> String {
    let word = match creations.on {
        true => styles.paint(Style::Good, "on"),
        false => styles.bad("stopped"),
    };
    match creations.switch_events.first() {
        Some(event) => format!(
            "{word} since {} by {}: {}",
            moment(event.at),
            event.by,
            event.reason
        ),
        None => word,
    }
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

fn admission(name: &'static str, admission: &AdmissionView) -> [(&'static str, String); 2] {
    let waiting = match admission.queue.total {
        0 => "none".to_owned(),
        total => format!("{total}, about {} s per slot", admission.seconds_per_slot),
    };
    let in_flight = format!("{} of {}", admission.in_flight.len(), admission.capacity);
    [(name, in_flight), ("waiting", waiting)]
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
