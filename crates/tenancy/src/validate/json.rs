//! JSON read strictly: a key that appears twice is refused, since readers disagree about which of the two counts.

use std::{cell::RefCell, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{BODY, MOST_ERRORS};
use crate::spec::FieldError;

/// Editors on Windows begin UTF-8 with it; a reader may ignore it (RFC 8259, section 8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why a text is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It is not JSON.
    Syntax {
        /// What the parser says, without the position.
        detail: String,
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
    },
    /// Keys stand twice, each named by its path.
    Duplicates(Vec<FieldError>),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax {
                detail,
                line,
                column,
            } => write!(f, "line {line}, column {column}: {detail}"),
            Self::Duplicates(errors) => {
                let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
                f.write_str(&all.join("; "))
            }
        }
    }
}

/// Reads a whole text as JSON. A byte-order mark at its beginning is ignored.
///
/// # Errors
/// Where it stops being JSON, or every key that appears twice.
pub fn parse(text: &[u8]) -> Result<Value, Refused> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
        return Err(Refused::Syntax {
            detail: "it is UTF-16, not UTF-8".to_owned(),
            line: 1,
            column: 1,
        });
    }
    let twice = RefCell::new(Vec::new());
    let mut reader = serde_json::Deserializer::from_slice(text);
    let root = ValueAt {
        path: String::new(),
        twice: &twice,
    };
    let value = root
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| syntax(&error))?;
    let twice = twice.into_inner();
    if twice.is_empty() {
        Ok(value)
    } else {
        Err(Refused::Duplicates(twice))
    }
}

fn syntax(error: &serde_json::Error) -> Refused {
    let text = error.to_string();
    let detail = text.split(" at line ").next().unwrap_or(&text).to_owned();
    Refused::Syntax {
        detail,
        line: error.line(),
        column: error.column(),
    }
}

/// `parent.key`, or `parent["key"]` where the key would be misread.
pub fn member(parent: &str, key: &str) -> String {
    let plain = !key.is_empty()
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if plain && parent.is_empty() {
        key.to_owned()
    } else if plain {
        format!("{parent}.{key}")
    } else {
        let shown: String = key.chars().take(80).collect();
        format!("{parent}[{}]", Value::String(shown))
    }
}

/// A value being read, and the path to it.
struct ValueAt<'a> {
    path: String,
    twice: &'a RefCell<Vec<FieldError>>,
}

impl<'de> DeserializeSeed<'de> for ValueAt<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl ValueAt<'_> {
    fn complain(&self, key: &str) {
        let mut twice = self.twice.borrow_mut();
        if twice.len() < MOST_ERRORS {
            let within = if self.path.is_empty() {
                BODY
            } else {
                &self.path
            };
            twice.push(FieldError::new(
                member(&self.path, key),
                format!("appears twice in `{within}`"),
                "each key once",
            ));
        }
    }
}

impl<'de> Visitor<'de> for ValueAt<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        loop {
            let seed = ValueAt {
                path: format!("{}[{}]", self.path, all.len()),
                twice: self.twice,
            };
            match items.next_element_seed(seed)? {
                Some(item) => all.push(item),
                None => return Ok(Value::Array(all)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            let seed = ValueAt {
                path: member(&self.path, &key),
                twice: self.twice,
            };
            let value = members.next_value_seed(seed)?;
            if all.contains_key(&key) {
                self.complain(&key);
            }
            all.insert(key, value);
        }
        Ok(Value::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_key_that_appears_twice_is_named_by_its_path() {
        let text = br#"{"a":1,"b":{"c":1,"c":2},"a":2,"d":[{"e f":1,"e f":1}]}"#;
        let Err(Refused::Duplicates(errors)) = parse(text) else {
            panic!("taken");
        };
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["b.c", "a", r#"d[0]["e f"]"#]);
    }

    #[test]
    fn a_byte_order_mark_is_ignored_and_utf_16_is_named() {
        assert_eq!(parse(b"\xef\xbb\xbf{}"), Ok(Value::Object(Map::new())));
        assert!(parse(b"\xef\xbb\xbf\xef\xbb\xbf{}").is_err());
        let Err(Refused::Syntax { detail, .. }) = parse(b"\xff\xfe{\0}\0") else {
            panic!("taken");
        };
        assert!(detail.contains("UTF-16"), "{detail}");
    }

    #[test]
    fn a_syntax_error_has_a_line_and_a_column() {
        let refused = parse(b"{\n  \"a\": ,\n}").unwrap_err();
        assert_eq!(
            refused,
            Refused::Syntax {
                detail: "expected value".into(),
                line: 2,
                column: 8
            }
        );
        for bad in ["", "{", "{} {}", "nul", "\"\u{1}\"", "[1,]", "1e999"] {
            assert!(
                matches!(parse(bad.as_bytes()), Err(Refused::Syntax { .. })),
                "{bad}"
            );
        }
        assert!(parse(b"\"\xff\"").is_err());
        assert!(parse("[".repeat(5000).as_bytes()).is_err());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(".{0,6}", inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_has_no_key_twice_is_read_as_it_was_written(value in any_json()) {
            prop_assert_eq!(parse(value.to_string().as_bytes()), Ok(value));
        }
    }
}
