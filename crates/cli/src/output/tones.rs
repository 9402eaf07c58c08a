//! Colours, where there is somebody to see them.

use std::io::IsTerminal;

use tenancy::{ComponentState, Phase, Severity};

/// How a word is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As any other.
    Plain,
    /// As it should be.
    Good,
    /// On its way, or worth a look.
    Careful,
    /// Not as it should be.
    Bad,
    /// A heading.
    Strong,
}

/// Paints words, or leaves them as they are.
#[derive(Debug, Clone, Copy)]
pub struct Tones(bool);

impl Tones {
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
    pub fn paint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Good => "32",
            Tone::Careful => "33",
            Tone::Bad => "31",
            Tone::Strong => "1",
        };
        if self.0 {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// Paints something that is not as it should be.
    pub fn bad(self, text: &str) -> String {
        self.paint(Tone::Bad, text)
    }

    /// Paints a heading.
    pub fn strong(self, text: &str) -> String {
        self.paint(Tone::Strong, text)
    }
}

fn wanted() -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    !no_color && !dumb
}

/// How a component's state is meant.
pub fn tone_of_state(state: ComponentState) -> Tone {
    match state {
        ComponentState::Ready => Tone::Good,
        ComponentState::Working | ComponentState::Waiting | ComponentState::Drifted => {
            Tone::Careful
        }
        ComponentState::Failed | ComponentState::Parked => Tone::Bad,
        ComponentState::Pending | ComponentState::Gone | ComponentState::Other(_) => Tone::Plain,
    }
}

/// How a phase is meant.
pub fn tone_of_phase(phase: Phase) -> Tone {
    match phase {
        Phase::Active => Tone::Good,
        Phase::Onboarding | Phase::Updating | Phase::Drifted | Phase::Offboarding => Tone::Careful,
        Phase::Parked => Tone::Bad,
        Phase::Requested | Phase::Closed | Phase::Other(_) => Tone::Plain,
    }
}

/// How a severity is meant.
pub fn tone_of_severity(severity: Severity) -> Tone {
    match severity {
        Severity::Low => Tone::Plain,
        Severity::Medium | Severity::Other(_) => Tone::Careful,
        Severity::High | Severity::Critical => Tone::Bad,
    }
}
