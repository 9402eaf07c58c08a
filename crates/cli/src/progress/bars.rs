//! Progress on a terminal: one line for each component, updated in place.

use std::{collections::BTreeMap, time::Duration};

use api_types::OperationView;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use jiff::Timestamp;
use tenancy::{ComponentName, ComponentState, ComponentStatus, OperationState, text::visible};

use super::{reason_in_words, state_in_words};
use crate::{
    follow::kind_in_words,
    output::{Styles, operation::state_word, style::style_of_state, time::age},
};

/// The lines on the printer.
#[derive(Debug)]
pub struct Bars {
    styles: Styles,
    all: MultiProgress,
    heading: ProgressBar,
    operation: Option<(OperationState, Timestamp)>,
    components: BTreeMap<ComponentName, (ProgressBar, ComponentStatus)>,
}

impl Bars {
    /// An empty printer.
    pub fn new(styles: Styles) -> Self {
        let all = MultiProgress::new();
        let heading = all.add(bar("{spinner} {wide_msg}"));
        Self {
            styles,
            all,
            heading,
            operation: None,
            components: BTreeMap::new(),
        }
    }

    /// Shows what has changed, and returns whether anything has.
    pub fn show(&mut self, view: &OperationView) -> bool {
        let operation = &view.operation;
        let now = (operation.state, operation.updated_at);
        let mut changed = self.operation.replace(now) != Some(now);
        let (kind, state) = (kind_in_words(operation.kind), state_word(operation.state));
        let tenant = &operation.tenant_id;
        self.heading
            .set_message(visible(&format!("{kind} of `{tenant}`: {state}")).into_owned());
        for (name, status) in &view.components {
            changed |= self.update(*name, status);
        }
        self.tick();
        changed
    }

    fn update(&mut self, name: ComponentName, status: &ComponentStatus) -> bool {
        let all = &self.all;
        let (_, known) = self.components.entry(name).or_insert_with(|| {
            let mut unseen = status.clone();
            unseen.since = Timestamp::MIN;
            (all.add(bar("  {wide_msg}")), unseen)
        });
        let changed = known != status;
        known.clone_from(status);
        changed
    }

    /// Shows a note above the lines.
    pub fn note(&self, text: &str) {
        self.heading.set_message(visible(text).into_owned());
    }

    /// Updates the times.
    pub fn tick(&self) {
        let now = Timestamp::now();
        for (name, (bar, status)) in &self.components {
            bar.set_message(line(*name, status, now, self.styles));
        }
        self.heading.tick();
    }
}

impl Drop for Bars {
    /// Leaves the lines as they are, also when Ctrl-C ends the waiting: they show the last progress.
    fn drop(&mut self) {
        for (bar, _) in self.components.values() {
            bar.abandon();
        }
        self.heading.abandon();
    }
}

fn bar(template: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(120));
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// `network    waiting   NAT gateway `nat-1` to be available (for 1m 12s)`
fn line(name: ComponentName, status: &ComponentStatus, now: Timestamp, styles: Styles) -> String {
    let word = format!("{:<8}", state_in_words(status.state));
    let word = styles.paint(style_of_state(status.state), &word);
    let since = age(status.since, now);
    let settled = matches!(status.state, ComponentState::Ready | ComponentState::Absent);
    match reason_in_words(status) {
        Some(reason) => {
            let reason = visible(&reason);
            format!("{:<10} {word} {reason} (for {since})", name.as_str())
        }
        None if settled => format!("{:<10} {word}", name.as_str()),
        None => format!("{:<10} {word} for {since}", name.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_a_component_waits_for_and_since_when() {
        let status = ComponentStatus {
            state: ComponentState::Waiting,
            pending: false,
            unseen: false,
            since: Timestamp::UNIX_EPOCH,
            failing_since: None,
            message: Some("NAT gateway `nat-1` to be available".into()),
            obstacle: None,
            resources: BTreeMap::new(),
        };
        let now = Timestamp::from_second(72).unwrap();
        assert_eq!(
            line(ComponentName::NETWORK, &status, now, Styles::plain()),
            "network    waiting  NAT gateway `nat-1` to be available (for 1m 12s)"
        );
    }
}
