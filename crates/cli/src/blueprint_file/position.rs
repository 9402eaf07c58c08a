//! Positions in a file.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;
use tenancy::FieldError;

/// A position in a file: line and column from 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Position {
    /// The first character.
    pub const START: Self = Self { line: 1, column: 1 };

    /// The position behind a text that begins the file.
    pub fn behind(text: &str) -> Self {
        let last = text.rsplit('\n').next().unwrap_or_default();
        Self {
            line: text.matches('\n').count() + 1,
            column: last.chars().count() + 1,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// One thing wrong in a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where.
    #[serde(flatten)]
    pub position: Position,
    /// What.
    #[serde(flatten)]
    pub error: FieldError,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.position, self.error)
    }
}

/// Where each field of a file is, by its path.
#[derive(Debug, Default)]
pub struct Positions(BTreeMap<String, Position>);

impl Positions {
    /// Notes a field; of one that appears twice, the second time.
    pub fn note(&mut self, path: String, position: Position) {
        self.0.insert(path, position);
    }

    /// Where a field is; of one that is missing, where the closest thing is that it would be in.
    pub fn of(&self, field: &str) -> Position {
        let within = |path: &&String| {
            let rest = field.strip_prefix(path.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let closest = self.0.keys().filter(within).max_by_key(|path| path.len());
        let position = closest.and_then(|path| self.0.get(path));
        position
            .or_else(|| self.0.get(""))
            .copied()
            .unwrap_or(Position::START)
    }
}
