//! Colours, where the output is a terminal.

use std::io::IsTerminal;

use tenancy::{ComponentState, Phase, Severity};

/// The style of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No style.
    Plain,
    /// As desired.
    Good,
    /// In progress, or worth attention.
    Warning,
    /// Not as desired.
    Bad,
    /// A heading.
    Heading,
}

/// Applies styles, or leaves text as it is.
#[derive(Debug, Clone, Copy)]
pub struct Styles(bool);

impl Styles {
    /// For standard output: only on a terminal and without `NO_COLOR` (see no-color.org).
    pub fn for_stdout() -> Self {
        Self(std::io::stdout().is_terminal() && wanted())
    }

    /// For standard error, likewise.
    pub fn for_stderr() -> Self {
        Self(std::io::stderr().is_terminal() && wanted())
    }

    /// No colours.
    #[cfg(test)]
    pub fn plain() -> Self {
        Self(false)
    }

    /// Paints a text.
    pub fn paint(self, style: Style, text: &str) -> String {
        let code = match style {
            Style::Plain => return text.to_owned(),
            Style::Good => "32",
            Style::Warning => "33",
            Style::Bad => "31",
            Style::Heading => "1",
        };
        if self.0 {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// Paints something that is not as desired.
    pub fn bad(self, text: &str) -> String {
        self.paint(Style::Bad, text)
    }

    /// Paints a heading.
    pub fn heading(self, text: &str) -> String {
        self.paint(Style::Heading, text)
    }
}

fn wanted() -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    !no_color && !dumb
}

/// The style of a component's state.
pub fn style_of_state(state: ComponentState) -> Style {
    match state {
        ComponentState::Ready => Style::Good,
        ComponentState::Working | ComponentState::Waiting | ComponentState::Drifted => {
            Style::Warning
        }
        ComponentState::Failed | ComponentState::Parked | ComponentState::Stalled => Style::Bad,
        ComponentState::Pending | ComponentState::Absent | ComponentState::Other(_) => Style::Plain,
    }
}

/// The style of a phase.
pub fn style_of_phase(phase: Phase) -> Style {
    match phase {
        Phase::Active => Style::Good,
        Phase::Onboarding | Phase::Updating | Phase::Drifted | Phase::Offboarding => Style::Warning,
        Phase::Parked | Phase::Stalled => Style::Bad,
        Phase::Requested | Phase::Closed | Phase::Other(_) => Style::Plain,
    }
}

/// The style of a severity.
pub fn style_of_severity(severity: Severity) -> Style {
    match severity {
        Severity::Low => Style::Plain,
        Severity::Medium | Severity::Other(_) => Style::Warning,
        Severity::High | Severity::Critical => Style::Bad,
    }
}
