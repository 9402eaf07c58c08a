//! YAML with positions: the part of YAML 1.2 that says what JSON can say.
//!
//! What makes YAML a trap is refused by name: anchors and aliases (a few lines that mean gigabytes), tags, several documents, keys that
//! appear twice, numbers that are none. `no` is a text, as YAML 1.2 has it, and `010` is no number, for readers disagree about it.

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};
use serde_json::{Map, Number, Value};
use tenancy::{
    FieldError,
    blueprint::author::DEEPEST,
    validate::{json::member, quoted},
};

use super::{
    FILE,
    position::{Fault, Position, Positions},
};

/// The value of a text, and the position of every field.
pub fn parse(text: &str) -> Result<(Value, Positions), Vec<Fault>> {
    let mut reader = Reader {
        events: Parser::new_from_str(text),
        positions: Positions::default(),
        twice: Vec::new(),
    };
    let value = reader.document().map_err(|fault| vec![fault])?;
    if reader.twice.is_empty() {
        return Ok((value, reader.positions));
    }
    Err(reader.twice)
}

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    positions: Positions,
    twice: Vec<Fault>,
}

fn fault(position: Position, field: &str, detail: impl Into<String>, allowed: &str) -> Fault {
    let field = if field.is_empty() { FILE } else { field };
    Fault {
        position,
        error: FieldError::new(field, detail, allowed),
    }
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Value, Fault> {
        let mut value = Value::Null;
        let mut documents = 0;
        loop {
            let (event, at) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(value),
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        let detail = "a second document begins here";
                        return Err(fault(at, FILE, detail, "one document"));
                    }
                    let (event, at) = self.next()?;
                    self.positions.note(String::new(), at);
                    value = self.node(event, at, "", 0)?;
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Position), Fault> {
        match self.events.next_event() {
            Some(Ok((event, span))) => Ok((event, position(&span.start))),
            Some(Err(error)) => {
                let at = position(error.marker());
                Err(fault(at, FILE, error.info(), "YAML 1.2"))
            }
            None => Ok((Event::StreamEnd, Position::START)),
        }
    }

    fn node(
        &mut self,
        event: Event<'a>,
        at: Position,
        path: &str,
        depth: usize,
    ) -> Result<Value, Fault> {
        let (anchor, tag) = match &event {
            Event::Alias(_) => (1, None),
            Event::Scalar(_, _, anchor, tag) => (*anchor, tag.as_ref()),
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) => {
                (*anchor, tag.as_ref())
            }
            _ => (0, None),
        };
        if anchor != 0 {
            let detail = "anchors and aliases are not allowed";
            return Err(fault(at, path, detail, "each value written out"));
        }
        if tag.is_some() {
            return Err(fault(at, path, "tags are not allowed", "plain values"));
        }
        if depth >= DEEPEST {
            let allowed = format!("{DEEPEST} levels");
            return Err(fault(at, path, "is nested too deeply", &allowed));
        }
        match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) => plain(&text, at, path),
            Event::Scalar(text, ..) => Ok(Value::String(text.into_owned())),
            Event::SequenceStart(..) => self.sequence(path, depth),
            Event::MappingStart(..) => self.mapping(path, depth),
            _ => Ok(Value::Null),
        }
    }

    fn sequence(&mut self, path: &str, depth: usize) -> Result<Value, Fault> {
        let mut items = Vec::new();
        loop {
            let (event, at) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok(Value::Array(items));
            }
            let path = format!("{path}[{}]", items.len());
            self.positions.note(path.clone(), at);
            items.push(self.node(event, at, &path, depth + 1)?);
        }
    }

    fn mapping(&mut self, path: &str, depth: usize) -> Result<Value, Fault> {
        let mut members = Map::new();
        loop {
            let (event, at) = self.next()?;
            let key = match event {
                Event::MappingEnd => return Ok(Value::Object(members)),
                Event::Scalar(key, _, 0, None) => key.into_owned(),
                _ => {
                    return Err(fault(
                        at,
                        path,
                        "a key is not a text",
                        "keys that are texts",
                    ));
                }
            };
            let path = member(path, &key);
            self.positions.note(path.clone(), at);
            let (event, value_at) = self.next()?;
            let value = self.node(event, value_at, &path, depth + 1)?;
            if members.insert(key, value).is_some() {
                let detail = "appears twice";
                self.twice.push(fault(at, &path, detail, "each key once"));
            }
        }
    }
}

fn position(marker: &saphyr_parser::Marker) -> Position {
    Position {
        line: marker.line().max(1),
        column: marker.col() + 1,
    }
}

/// A scalar without quotes (YAML 1.2.2, section 10.3.2, core schema).
fn plain(text: &str, at: Position, path: &str) -> Result<Value, Fault> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => match number(text) {
            Some(Some(number)) => Value::Number(number),
            Some(None) => {
                let detail = format!("{} is no number that JSON knows", quoted(text));
                return Err(fault(at, path, detail, "a finite number"));
            }
            None => Value::String(text.to_owned()),
        },
    })
}

/// The number of a text that is one; an inner `None` for one that cannot be had in JSON.
fn number(text: &str) -> Option<Option<Number>> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if [".nan", ".inf"].contains(&unsigned.to_ascii_lowercase().as_str()) {
        return Some(None);
    }
    let digits = unsigned
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_digit());
    let leading_zero =
        unsigned.len() > 1 && unsigned.starts_with('0') && !unsigned.starts_with("0.");
    if !digits || leading_zero {
        return None;
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        let text = text.strip_prefix('+').unwrap_or(text);
        return Some(
            text.parse::<i64>()
                .map(Number::from)
                .ok()
                .or_else(|| Number::from_f64(text.parse().ok()?)),
        );
    }
    let written = unsigned
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    let number: f64 = text.parse().ok().filter(|_| written)?;
    Some(Number::from_f64(number))
}
