//! Answers for people or for programs, on standard output; notes on standard error.

pub mod access;
pub mod access_request;
pub mod account_session;
pub mod audit_all;
pub mod blueprint;
pub mod cost;
pub mod dead_letter;
pub mod finding;
pub mod health;
pub mod history;
pub mod identity_provider;
pub mod limits;
pub mod operation;
pub mod plan;
pub mod posture;
pub mod project;
pub mod style;
pub mod suppression;
pub mod table;
pub mod tenant;
pub mod time;
pub mod update_group;

use std::io::{self, Write};

use clap::ValueEnum;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tenancy::text::{escaped_json, visible};

use crate::{client::decode, error::CliError};

pub use self::style::Styles;

/// Output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables for people; may change with any release.
    Table,
    /// The API's JSON for programs; keys sorted, fields are only ever added.
    Json,
}

/// Prints answers and notes.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    format: Format,
    out: Styles,
    /// Styles for standard error.
    pub err: Styles,
    /// No progress, no notes.
    pub quiet: bool,
}

impl Printer {
    /// A printer for a format.
    pub fn new(format: Format, quiet: bool) -> Self {
        Self {
            format,
            out: Styles::for_stdout(),
            err: Styles::for_stderr(),
            quiet,
        }
    }

    /// Prints an answer: as it is for programs, by `render` for people.
    ///
    /// # Errors
    /// If the answer cannot be read, or standard output fails.
    pub fn answer<T: DeserializeOwned>(
        &self,
        doing: &str,
        body: &Value,
        render: impl FnOnce(&T, Styles) -> String,
    ) -> Result<(), CliError> {
        match self.format {
            Format::Json => {
                let mut sorted = body.clone();
                sorted.sort_all_objects();
                print(&escaped_json(&format!("{sorted:#}\n")))
            }
            Format::Table => print(&render(&decode(doing, body)?, self.out)),
        }
    }

    /// Whether the output is for people.
    pub fn is_for_people(&self) -> bool {
        self.format == Format::Table
    }

    /// Prints a note on standard error.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            print_error(&visible(text));
        }
    }
}

/// Writes a line to standard error. Not `eprintln!`, which panics when it cannot be written: what a command has done does not
/// depend on whether anybody reads its notes.
pub fn print_error(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Writes to standard output. Not `println!`, which panics on a closed pipe.
///
/// # Errors
/// If it fails.
pub fn print(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
