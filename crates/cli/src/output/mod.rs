//! Answers for people or for programs, on standard output; notes on standard error.

pub mod blueprint;
pub mod dead_letter;
pub mod finding;
pub mod health;
pub mod history;
pub mod limits;
pub mod operation;
pub mod plan;
pub mod table;
pub mod tenant;
pub mod time;
pub mod tones;

use std::io::{self, Write};

use clap::ValueEnum;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{stop::Stop, wire};

pub use self::tones::Tones;

/// For whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables for people; may change from version to version.
    Table,
    /// The API's JSON for programs; keys sorted, fields only ever added.
    Json,
}

/// Where answers and notes go.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    format: Format,
    out: Tones,
    /// Tones for standard error.
    pub err: Tones,
    /// No progress, no notes.
    pub quiet: bool,
}

impl Screen {
    /// The screen for a format.
    pub fn new(format: Format, quiet: bool) -> Self {
        Self {
            format,
            out: Tones::for_stdout(),
            err: Tones::for_stderr(),
            quiet,
        }
    }

    /// Prints an answer: as it is for programs, by `render` for people.
    ///
    /// # Errors
    /// If the answer cannot be read, or nobody takes our output.
    pub fn answer<T: DeserializeOwned>(
        &self,
        doing: &str,
        body: &Value,
        render: impl FnOnce(&T, Tones) -> String,
    ) -> Result<(), Stop> {
        match self.format {
            Format::Json => print(&format!("{body:#}\n")),
            Format::Table => print(&render(&wire::read(doing, body)?, self.out)),
        }
    }

    /// Whether people are to read the answer.
    pub fn is_for_people(&self) -> bool {
        self.format == Format::Table
    }

    /// Says something that is not part of the answer.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }
}

/// Writes to standard output. Not `println!`, which panics when the reader has gone.
///
/// # Errors
/// If nobody takes it.
pub fn print(text: &str) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
