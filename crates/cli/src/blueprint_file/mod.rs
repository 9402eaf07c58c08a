//! Blueprints in files: JSON or YAML, with the position of every field, so that what is wrong is said with line and column.

mod json;
mod position;
mod yaml;

#[cfg(test)]
mod tests;

use std::io::Read;

use serde_json::Value;
use tenancy::{
    FieldError,
    blueprint::author::{self, Authored, Base, LARGEST},
};

use self::position::Positions;
pub use self::position::{Fault, Position};
use crate::error::CliError;

/// The field by which a complaint about the file as a whole goes.
const FILE: &str = "(file)";

/// A file that holds JSON or YAML.
#[derive(Debug)]
pub struct BlueprintFile {
    name: String,
    /// What it holds.
    pub value: Value,
    positions: Positions,
}

impl BlueprintFile {
    /// Reads a file; `-` is standard input.
    ///
    /// # Errors
    /// If it cannot be read, or is neither JSON nor YAML: every fault with its position.
    pub fn read(name: &str) -> Result<Self, CliError> {
        let mut bytes = Vec::new();
        // One byte more than allowed, so that a file of any size is refused without being read.
        let most = LARGEST as u64 + 1;
        let read = match name {
            "-" => std::io::stdin().take(most).read_to_end(&mut bytes),
            file => {
                std::fs::File::open(file).and_then(|file| file.take(most).read_to_end(&mut bytes))
            }
        };
        read.map_err(|error| CliError::Usage(format!("reading `{name}`: {error}")))?;
        Self::parse(name, &bytes).map_err(|faults| refused(name, faults))
    }

    /// The file's content. What begins like a JSON object is JSON, unless the name says that it is YAML; all else is YAML.
    ///
    /// # Errors
    /// Every fault with its position.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Vec<Fault>> {
        let text = text(bytes)?;
        let is_yaml = [".yaml", ".yml"].iter().any(|end| name.ends_with(end));
        let is_json = name.ends_with(".json") || text.trim_start().starts_with('{');
        let parsed = match is_json && !is_yaml {
            true => json::parse(text),
            false => yaml::parse(text),
        };
        let (value, positions) = parsed?;
        Ok(Self {
            name: name.to_owned(),
            value,
            positions,
        })
    }

    /// Checks the blueprint in the file. `base` is the one that it extends, if there is such a one.
    ///
    /// # Errors
    /// Every fault with its position.
    pub fn check(&self, base: Option<Base<'_>>) -> Result<Authored, CliError> {
        author::check(&self.value, base).map_err(|errors| refused(&self.name, self.located(errors)))
    }

    fn located(&self, errors: Vec<FieldError>) -> Vec<Fault> {
        let fault = |error: FieldError| Fault {
            position: self.positions.of(&error.field),
            error,
        };
        let mut faults: Vec<Fault> = errors.into_iter().map(fault).collect();
        faults.sort_by_key(|fault| fault.position);
        faults
    }
}

fn refused(name: &str, faults: Vec<Fault>) -> CliError {
    CliError::BlueprintFile {
        file: name.to_owned(),
        faults,
    }
}

/// The text of a file. A byte-order mark at its beginning is ignored, as in JSON that is sent to the API.
fn text(bytes: &[u8]) -> Result<&str, Vec<Fault>> {
    let fault = |position, detail: &str, allowed: &str| {
        let error = FieldError::new(FILE, detail, allowed);
        vec![Fault { position, error }]
    };
    if bytes.len() > LARGEST {
        let allowed = format!("at most {LARGEST} bytes");
        return Err(fault(Position::START, "is too large", &allowed));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(fault(Position::START, "is UTF-16", "UTF-8"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let position = Position::behind(&String::from_utf8_lossy(before));
        fault(position, "is not UTF-8 from here", "UTF-8")
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}
