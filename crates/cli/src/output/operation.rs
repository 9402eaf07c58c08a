//! Operations for people.

use api_types::OperationView;
use jiff::Timestamp;
use tenancy::OperationState;

use super::{
    style::{Style, Styles, style_of_state},
    table::{Cell, KeyValues, Table},
    time::{age, moment},
};
use crate::{
    follow::kind_in_words,
    progress::{reason_in_words, state_in_words},
};

/// A state as a word.
pub fn state_word(state: OperationState) -> &'static str {
    match state {
        OperationState::Pending => "pending",
        OperationState::Running => "running",
        OperationState::Parked => "parked",
        OperationState::Succeeded => "succeeded",
        OperationState::Canceled => "canceled",
        OperationState::Other(word) => word.as_str(),
    }
}

fn style(state: OperationState) -> Style {
    match state {
        OperationState::Pending | OperationState::Canceled => Style::Plain,
        OperationState::Running | OperationState::Other(_) => Style::Warning,
        OperationState::Parked => Style::Bad,
        OperationState::Succeeded => Style::Good,
    }
}

/// An operation, its obstacle and the progress of the components.
pub fn render(view: &OperationView, styles: Styles) -> String {
    let operation = &view.operation;
    let mut list = KeyValues::default();
    list.add("operation", operation.id.as_str());
    list.add("tenant", operation.tenant_id.as_str());
    list.add("kind", kind_in_words(operation.kind));
    let state = Cell::styled(style(operation.state), state_word(operation.state));
    list.add("state", state);
    list.add("requested by", operation.requested_by.as_str());
    list.add("created", moment(operation.created_at));
    list.add("updated", moment(operation.updated_at));
    list.add_all("outcome", operation.outcome.as_deref());
    list.add_all("repeated because", operation.again_because.as_deref());
    let obstacles = operation.obstacles.iter();
    list.add_all("obstacle", obstacles.map(ToString::to_string));
    let mut text = list.render(styles);
    if !view.components.is_empty() {
        text.push('\n');
        text.push_str(&components(&view.components, styles));
    }
    text
}

/// The components: state, since when, and what they wait for.
pub fn components(
    all: &std::collections::BTreeMap<tenancy::ComponentName, tenancy::ComponentStatus>,
    styles: Styles,
) -> String {
    let now = Timestamp::now();
    let mut table = Table::new(&["COMPONENT", "STATE", "FOR", "WHAT"]);
    for (name, status) in all {
        table.row([
            Cell::from(name.as_str()),
            Cell::styled(style_of_state(status.state), state_in_words(status.state)),
            age(status.since, now).into(),
            reason_in_words(status).unwrap_or_default().into(),
        ]);
    }
    table.render(styles)
}
