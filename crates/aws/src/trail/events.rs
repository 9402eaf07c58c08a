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
    let advanced = events.advanced_event_selectors().iter();
    let basic = events.event_selectors().iter().map(selected);
    let selected: Vec<String> = basic.chain(advanced.map(selected_by_fields)).collect();
    if selected.iter().any(|words| words == OwnTrail::ALL_EVENTS) {
        return OwnTrail::ALL_EVENTS.to_owned();
    }
    match selected.is_empty() {
        true => "no events".into(),
        false => selected.join("; "),
    }
}

fn selected(selector: &EventSelector) -> String {
    if selector.include_management_events() != Some(true) {
        return "no management events".into();
    }
    let kind = selector.read_write_type().unwrap_or(&ReadWriteType::All);
    let mut words = format!("{} management events", kind.as_str());
    let without = selector.exclude_management_event_sources();
    if !without.is_empty() {
        words.push_str(&format!(" without those of {}", without.join(", ")));
    }
    words
}

/// Complete is one that asks for the category of management events and for nothing narrower.
fn selected_by_fields(selector: &AdvancedEventSelector) -> String {
    match selector.field_selectors() {
        [only] if only.field() == "eventCategory" && only.equals() == ["Management"] => {
            OwnTrail::ALL_EVENTS.into()
        }
        _ => {
            let name = selector.name().unwrap_or("without a name");
            format!("what advanced selector `{name}` selects")
        }
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
