//! Which events a trail records, in words.

use aws_sdk_cloudtrail::{
    Client,
    operation::get_event_selectors::GetEventSelectorsOutput,
    types::{AdvancedEventSelector, AdvancedFieldSelector, EventSelector, ReadWriteType},
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

/// What one selector selects, in words: of management events, and beside them.
#[derive(Default)]
struct Selected {
    management: Option<String>,
    further: Option<String>,
}

/// What is recorded beside management events is said too: it is billed by the event, and our trail is made without it.
fn described(events: &GetEventSelectorsOutput) -> String {
    let advanced = events.advanced_event_selectors().iter();
    let basic = events.event_selectors().iter().map(selected);
    let selected: Vec<Selected> = basic.chain(advanced.map(selected_by_fields)).collect();
    let management = || selected.iter().filter_map(|it| it.management.as_deref());
    let further = selected.iter().filter_map(|it| it.further.as_deref());
    // Where all are recorded, what else says so of some of them is not of interest.
    let all = management().find(|words| *words == OwnTrail::ALL_EVENTS);
    let words: Vec<&str> = match all {
        Some(all) => [all].into_iter().chain(further).collect(),
        None => management().chain(further).collect(),
    };
    match words.is_empty() {
        true => "no events".into(),
        false => words.join("; "),
    }
}

fn selected(selector: &EventSelector) -> Selected {
    let kind = selector.read_write_type().unwrap_or(&ReadWriteType::All);
    let kind = kind.as_str();
    let resources = selector.data_resources().iter();
    let types: Vec<&str> = resources.filter_map(|resource| resource.r#type()).collect();
    let has_data = !selector.data_resources().is_empty();
    Selected {
        management: Some(management(selector, kind)),
        further: has_data.then(|| format!("{kind} data events of {}", types.join(", "))),
    }
}

fn management(selector: &EventSelector, kind: &str) -> String {
    if selector.include_management_events() != Some(true) {
        return "no management events".into();
    }
    let mut words = format!("{kind} management events");
    let without = selector.exclude_management_event_sources();
    if !without.is_empty() {
        words.push_str(&format!(" without those of {}", without.join(", ")));
    }
    words
}

/// Complete is one that asks for the category of management events and for nothing narrower.
fn selected_by_fields(selector: &AdvancedEventSelector) -> Selected {
    let fields = selector.field_selectors();
    let is_of_management = |one: &AdvancedFieldSelector| {
        one.field() == "eventCategory" && one.equals() == ["Management"]
    };
    let name = selector.name().unwrap_or("without a name");
    let some = || format!("what advanced selector `{name}` selects");
    match (fields.iter().any(is_of_management), fields.len()) {
        (true, 1) => Selected {
            management: Some(OwnTrail::ALL_EVENTS.into()),
            ..Selected::default()
        },
        (true, _) => Selected {
            management: Some(some()),
            ..Selected::default()
        },
        (false, _) => Selected {
            further: Some(some()),
            ..Selected::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudtrail::types::DataResource;

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

    #[test]
    fn what_a_trail_records_beside_management_events_is_said() {
        let buckets = DataResource::builder()
            .r#type("AWS::S3::Object")
            .values("arn:aws:s3");
        let data = EventSelector::builder()
            .read_write_type(ReadWriteType::WriteOnly)
            .include_management_events(false)
            .data_resources(buckets.clone().build());
        let both = EventSelector::builder()
            .read_write_type(ReadWriteType::All)
            .include_management_events(true)
            .data_resources(buckets.build());
        assert_eq!(
            with(both.build()),
            "All management events; All data events of AWS::S3::Object"
        );
        let beside = GetEventSelectorsOutput::builder()
            .event_selectors(all())
            .event_selectors(data.build());
        assert_eq!(
            described(&beside.build()),
            "All management events; WriteOnly data events of AWS::S3::Object"
        );
    }

    fn advanced(name: &str, fields: &[(&str, &str)]) -> AdvancedEventSelector {
        let mut selector = AdvancedEventSelector::builder().name(name);
        for (field, equals) in fields {
            let field = AdvancedFieldSelector::builder()
                .field(*field)
                .equals(*equals);
            selector = selector.field_selectors(field.build().unwrap());
        }
        selector.build().unwrap()
    }

    #[test]
    fn an_advanced_selector_of_other_events_is_said_beside_one_of_all_management_events() {
        let said = |selectors: Vec<AdvancedEventSelector>| {
            let events = GetEventSelectorsOutput::builder();
            described(&events.set_advanced_event_selectors(Some(selectors)).build())
        };
        let management = || advanced("all", &[("eventCategory", "Management")]);
        let writes = || {
            let fields = [("eventCategory", "Management"), ("readOnly", "false")];
            advanced("writes", &fields)
        };
        let data = || advanced("objects", &[("eventCategory", "Data")]);
        assert_eq!(said(vec![management()]), OwnTrail::ALL_EVENTS);
        assert_eq!(said(vec![writes(), management()]), OwnTrail::ALL_EVENTS);
        assert_eq!(
            said(vec![writes()]),
            "what advanced selector `writes` selects"
        );
        assert_eq!(
            said(vec![management(), data()]),
            "All management events; what advanced selector `objects` selects"
        );
    }
}
