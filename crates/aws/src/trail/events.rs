//! Which management events a trail records, in words.

use aws_sdk_cloudtrail::{
    Client,
    operation::get_event_selectors::GetEventSelectorsOutput,
    types::{AdvancedEventSelector, EventSelector, ReadWriteType},
};
use baseline::trail::OwnTrail;
use tenancy::Failure;

use crate::calls::present;

/// The events a trail records; nothing where there is no such trail.
pub(super) async fn events(client: &Client, name: &str) -> Result<Option<String>, Failure> {
    let answer = client.get_event_selectors().trail_name(name).send().await;
    let answer = present(answer, || format!("reading the events of trail `{name}`"))?;
    Ok(answer.map(|answer| described(&answer)))
}

/// Every management event, reads and writes.
pub(super) fn all() -> EventSelector {
    EventSelector::builder()
        .read_write_type(ReadWriteType::All)
        .include_management_events(true)
        .build()
}

fn described(events: &GetEventSelectorsOutput) -> String {
    let (basic, advanced) = (events.event_selectors(), events.advanced_event_selectors());
    if basic.iter().any(is_complete) || advanced.iter().any(is_complete_advanced) {
        return OwnTrail::ALL_EVENTS.to_owned();
    }
    let advanced = advanced.iter().map(|selector| {
        let name = selector.name().unwrap_or("without a name");
        format!("what advanced selector `{name}` selects")
    });
    let selected: Vec<String> = basic.iter().map(selected).chain(advanced).collect();
    match selected.is_empty() {
        true => "no events".into(),
        false => selected.join("; "),
    }
}

fn selected(selector: &EventSelector) -> String {
    if selector.include_management_events() != Some(true) {
        return "no management events".into();
    }
    let kind = match selector.read_write_type() {
        Some(kind) if *kind != ReadWriteType::All => kind.as_str(),
        _ => "All",
    };
    let mut words = format!("{kind} management events");
    let without = selector.exclude_management_event_sources();
    if !without.is_empty() {
        words.push_str(&format!(" without those of {}", without.join(", ")));
    }
    words
}

fn is_complete(selector: &EventSelector) -> bool {
    selector.include_management_events() == Some(true)
        && selector
            .read_write_type()
            .is_none_or(|kind| *kind == ReadWriteType::All)
        && selector.exclude_management_event_sources().is_empty()
}

/// One that asks for the category of management events and for nothing narrower.
fn is_complete_advanced(selector: &AdvancedEventSelector) -> bool {
    match selector.field_selectors() {
        [only] => only.field() == "eventCategory" && only.equals() == ["Management"],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(selector: EventSelector) -> String {
        described(
            &GetEventSelectorsOutput::builder()
                .event_selectors(selector)
                .build(),
        )
    }

    #[test]
    fn what_a_trail_leaves_out_is_said() {
        assert_eq!(with(all()), OwnTrail::ALL_EVENTS);
        let selector = EventSelector::builder().include_management_events(true);
        let without_keys = selector
            .clone()
            .exclude_management_event_sources("kms.amazonaws.com");
        assert_eq!(
            with(without_keys.build()),
            "All management events without those of kms.amazonaws.com"
        );
        let writes = selector.read_write_type(ReadWriteType::WriteOnly);
        assert_eq!(with(writes.build()), "WriteOnly management events");
        let none = EventSelector::builder().include_management_events(false);
        assert_eq!(with(none.build()), "no management events");
        assert_eq!(
            described(&GetEventSelectorsOutput::builder().build()),
            "no events"
        );
    }
}
