//! JSON with positions. What is JSON is decided by the parser that the API has; this only finds the fields in a text that is.

use std::{iter::Peekable, str::Chars};

use serde_json::Value;
use tenancy::{
    FieldError,
    validate::json::{self, Refused, member},
};

use super::{
    FILE,
    position::{Fault, Position, Positions},
};

/// The value of a text, and the position of every field.
pub fn parse(text: &str) -> Result<(Value, Positions), Vec<Fault>> {
    match json::parse(text.as_bytes()) {
        Ok(value) => Ok((value, positions(text))),
        Err(Refused::Syntax {
            detail,
            line,
            column,
        }) => {
            let error = FieldError::new(FILE, detail, "JSON (RFC 8259)");
            let column = column.max(1);
            let position = Position { line, column };
            Err(vec![Fault { position, error }])
        }
        Err(Refused::Duplicates(errors)) => {
            let positions = positions(text);
            let position = |error: FieldError| Fault {
                position: positions.of(&error.field),
                error,
            };
            Err(errors.into_iter().map(position).collect())
        }
    }
}

fn positions(text: &str) -> Positions {
    let mut scanner = Scanner {
        rest: text.chars().peekable(),
        at: Position::START,
        positions: Positions::default(),
    };
    scanner.blank();
    scanner.positions.note(String::new(), scanner.at);
    scanner.value("");
    scanner.positions
}

struct Scanner<'a> {
    rest: Peekable<Chars<'a>>,
    at: Position,
    positions: Positions,
}

impl Scanner<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.next()?;
        if next == '\n' {
            self.at = Position {
                line: self.at.line + 1,
                column: 1,
            };
        } else {
            self.at.column += 1;
        }
        Some(next)
    }

    fn blank(&mut self) {
        while self.rest.peek().is_some_and(|c| c.is_ascii_whitespace()) {
            self.next();
        }
    }

    /// Whether the next character that shows is this one; it is passed over.
    fn is_next(&mut self, wanted: char) -> bool {
        self.blank();
        let is_next = self.rest.peek() == Some(&wanted);
        if is_next {
            self.next();
        }
        is_next
    }

    fn value(&mut self, path: &str) {
        match self.rest.peek() {
            Some('{') => self.object(path),
            Some('[') => self.array(path),
            Some('"') => drop(self.string()),
            _ => self.literal(),
        }
    }

    fn literal(&mut self) {
        let ends = |c: &char| c.is_ascii_whitespace() || matches!(c, ',' | ']' | '}');
        while self.rest.peek().is_some_and(|c| !ends(c)) {
            self.next();
        }
    }

    fn string(&mut self) -> String {
        let mut text = String::new();
        text.extend(self.next());
        while let Some(c) = self.next() {
            text.push(c);
            match c {
                '\\' => text.extend(self.next()),
                '"' => break,
                _ => {}
            }
        }
        serde_json::from_str(&text).unwrap_or_default()
    }

    fn object(&mut self, path: &str) {
        self.next();
        loop {
            self.blank();
            if self.rest.peek() != Some(&'"') {
                break;
            }
            let at = self.at;
            let path = member(path, &self.string());
            self.positions.note(path.clone(), at);
            self.is_next(':');
            self.blank();
            self.value(&path);
            if !self.is_next(',') {
                break;
            }
        }
        self.is_next('}');
    }

    fn array(&mut self, path: &str) {
        self.next();
        let mut index = 0;
        while !self.is_next(']') && self.rest.peek().is_some() {
            let path = format!("{path}[{index}]");
            self.positions.note(path.clone(), self.at);
            self.value(&path);
            self.is_next(',');
            index += 1;
        }
    }
}
