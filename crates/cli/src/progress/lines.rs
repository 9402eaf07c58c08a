//! Progress into a file or pipe: one line for each change, with the time at which it came about.

use std::collections::BTreeMap;

use tenancy::{ComponentName, ComponentState, OperationState};

use super::{reason_in_words, state_in_words};
use crate::{
    follow::kind_in_words,
    output::{operation::state_word, time::moment},
    wire::OperationView,
};

/// What has been said already.
#[derive(Debug, Default)]
pub struct Lines {
    operation: Option<OperationState>,
    components: BTreeMap<ComponentName, (ComponentState, Option<String>)>,
    note: String,
}

impl Lines {
    /// Prints what is new.
    pub fn show(&mut self, view: &OperationView) -> bool {
        let news = self.news(view);
        for line in &news {
            eprintln!("{line}");
        }
        self.note.clear();
        !news.is_empty()
    }

    /// Prints a note, once.
    pub fn note(&mut self, text: &str) {
        if self.note != text {
            eprintln!("{text}");
            text.clone_into(&mut self.note);
        }
    }

    fn news(&mut self, view: &OperationView) -> Vec<String> {
        let mut news = Vec::new();
        let operation = &view.operation;
        if self.operation.replace(operation.state) != Some(operation.state) {
            let kind = kind_in_words(operation.kind);
            let state = state_word(operation.state);
            news.push(format!("{} {kind}: {state}", moment(operation.updated_at)));
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
            news.push(format!(
                "{} {name}: {}{reason}",
                moment(status.since),
                state_in_words(status.state)
            ));
            self.components.insert(*name, now);
        }
        news
    }
}
