//! Progress into a file or pipe: one line for each change, with the time of the change.

use std::collections::BTreeMap;

use api_types::OperationView;
use tenancy::{ComponentName, ComponentState, OperationState, text::visible};

use super::{reason_in_words, state_in_words};
use crate::{
    follow::kind_in_words,
    output::{operation::state_word, print_error, time::moment},
};

/// What has been printed already.
#[derive(Debug, Default)]
pub struct Lines {
    operation: Option<OperationState>,
    components: BTreeMap<ComponentName, (ComponentState, Option<String>)>,
    note: String,
}

impl Lines {
    /// Prints what has changed, and returns whether anything has.
    pub fn show(&mut self, view: &OperationView) -> bool {
        let changes = self.changes(view);
        for line in &changes {
            print_error(&visible(line));
        }
        self.note.clear();
        !changes.is_empty()
    }

    /// Prints a note, once.
    pub fn note(&mut self, text: &str) {
        if self.note != text {
            print_error(&visible(text));
            text.clone_into(&mut self.note);
        }
    }

    fn changes(&mut self, view: &OperationView) -> Vec<String> {
        let mut lines = Vec::new();
        let operation = &view.operation;
        if self.operation.replace(operation.state) != Some(operation.state) {
            let kind = kind_in_words(operation.kind);
            let state = state_word(operation.state);
            lines.push(format!("{} {kind}: {state}", moment(operation.updated_at)));
        }
        for (name, status) in &view.components {
            let now = (status.state, reason_in_words(status));
            if self.components.get(name) == Some(&now) {
                continue;
            }
            let reason = now
                .1
                .as_ref()
                .map(|text| format!(", {text}"))
                .unwrap_or_default();
            lines.push(format!(
                "{} {name}: {}{reason}",
                moment(status.since),
                state_in_words(status.state)
            ));
            self.components.insert(*name, now);
        }
        lines
    }
}
