//! Showing an operation while it runs: one line per component on a terminal, one line per change elsewhere.

mod bars;
mod lines;

use std::io::IsTerminal;

use api_types::OperationView;
use tenancy::{ComponentState, ComponentStatus, Next};

use crate::output::Printer;

use self::{bars::Bars, lines::Lines};

/// How progress is shown.
#[derive(Debug)]
pub enum Progress {
    /// Not at all.
    Silent,
    /// On a terminal.
    Bars(Box<Bars>),
    /// Into a file or pipe.
    Lines(Lines),
}

impl Progress {
    /// The form that suits standard error, where progress goes.
    pub fn new(printer: &Printer) -> Self {
        if printer.quiet {
            Self::Silent
        } else if std::io::stderr().is_terminal() {
            Self::Bars(Box::new(Bars::new(printer.err)))
        } else {
            Self::Lines(Lines::default())
        }
    }

    /// Shows what has changed, and returns whether anything has.
    pub fn show(&mut self, view: &OperationView) -> bool {
        match self {
            Self::Silent => false,
            Self::Bars(bars) => bars.show(view),
            Self::Lines(lines) => lines.show(view),
        }
    }

    /// Shows a note.
    pub fn note(&mut self, text: &str) {
        match self {
            Self::Silent => {}
            Self::Bars(bars) => bars.note(text),
            Self::Lines(lines) => lines.note(text),
        }
    }

    /// Updates the times.
    pub fn tick(&mut self) {
        if let Self::Bars(bars) = self {
            bars.tick();
        }
    }
}

/// A state as a word.
pub fn state_in_words(state: ComponentState) -> &'static str {
    match state {
        ComponentState::Pending => "pending",
        ComponentState::Working => "working",
        ComponentState::Waiting => "waiting",
        ComponentState::Ready => "ready",
        ComponentState::Drifted => "drifted",
        ComponentState::Failed => "failed",
        ComponentState::Parked => "parked",
        ComponentState::Stalled => "stalled",
        ComponentState::Absent => "absent",
        ComponentState::Other(word) => word.as_str(),
    }
}

/// What a component waits for or what blocks it; nothing where its state is enough.
pub fn reason_in_words(status: &ComponentStatus) -> Option<String> {
    let Some(obstacle) = &status.obstacle else {
        return status.message.clone();
    };
    Some(match &obstacle.next {
        Next::Wait { waiting_for, .. } => waiting_for.clone(),
        Next::Retry { .. } => format!("{obstacle}; will be retried"),
        Next::Other(_) => obstacle.to_string(),
        Next::Park { reason, .. } | Next::Stall { reason, .. } => format!("{reason}: {obstacle}"),
    })
}
