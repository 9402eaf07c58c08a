//! Reading what another release stored: words and fields that this release does not know are kept as they are.
//!
//! The release after this one writes into the same ledger, and may be rolled back. So a stored enum has a variant for a word of
//! another release, a stored record keeps the fields it does not know, and both are written back as they were read. Strictness
//! is for what callers send: `validate` refuses there what it does not know.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Mutex, PoisonError},
};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de, de::DeserializeOwned};
use serde_json::{Map, Value};

/// The fields of a record that this release does not know, by name.
pub type OtherFields = Map<String, Value>;

/// The longest word of another release, in bytes.
const LONGEST: usize = 64;
/// How many words of other releases a process remembers; each is kept until the process ends.
const MOST_WORDS: usize = 2_000;

static WORDS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// A value of an enum that another release wrote, such as a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct Word(&'static str);

impl Word {
    /// The word as it was written.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let fits = (1..=LONGEST).contains(&text.len()) && !text.chars().any(char::is_control);
        fits.then_some(text.as_str())
            .and_then(intern)
            .map(Self)
            .ok_or_else(|| de::Error::custom("not a word, or one more than can be remembered"))
    }
}

/// A value that another release may have written: one that this release knows, or another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum OrWord<T> {
    /// A value that this release knows.
    Known(T),
    /// A value that only another release knows.
    Other(Word),
}

impl<T> OrWord<T> {
    /// The value, where this release knows it.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Other(_) => None,
        }
    }

    /// The word of another release.
    pub const fn other(&self) -> Option<Word> {
        match self {
            Self::Known(_) => None,
            Self::Other(word) => Some(*word),
        }
    }
}

impl<T: Default> Default for OrWord<T> {
    fn default() -> Self {
        Self::Known(T::default())
    }
}

impl<T: PartialEq> PartialEq<T> for OrWord<T> {
    fn eq(&self, value: &T) -> bool {
        match self {
            Self::Known(known) => known == value,
            Self::Other(_) => false,
        }
    }
}

/// The text with the lifetime of the process; `None` if there are more than can be remembered. Only for what the ledger and the API hold,
/// which is bounded by what releases know: callers could use all the room up.
pub(crate) fn intern(text: &str) -> Option<&'static str> {
    let mut words = WORDS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = words.get(text) {
        return Some(known);
    }
    if words.len() >= MOST_WORDS {
        return None;
    }
    let kept: &'static str = Box::leak(text.to_owned().into_boxed_str());
    words.insert(kept);
    Some(kept)
}

/// Takes a field out of a record, if it can be read. A `null` is as good as absent; what cannot be read stays.
pub(crate) fn take<T: DeserializeOwned>(fields: &mut OtherFields, name: &str) -> Option<T> {
    let value = fields.get(name)?;
    let read = T::deserialize(value).ok();
    if read.is_some() || value.is_null() {
        fields.remove(name);
    }
    read
}

/// A value, or `None` if it cannot be read. For what an answer of another release says beside.
///
/// # Errors
/// The text is not JSON.
pub fn readable<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value = Value::deserialize(deserializer)?;
    Ok(T::deserialize(value).ok())
}

/// The entries of a map that can be read. For what is derived, and written anew by whoever finds it missing.
pub(crate) fn readable_entries<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: DeserializeOwned + Ord,
    V: DeserializeOwned,
{
    let entries = Map::deserialize(deserializer)?;
    let read = |(key, value): (String, Value)| {
        let key = K::deserialize(Value::String(key)).ok()?;
        Some((key, V::deserialize(value).ok()?))
    };
    Ok(entries.into_iter().filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_word_of_another_release_is_kept_and_equals_itself() {
        let read = |text: &str| serde_json::from_value::<Word>(json!(text));
        let word = read("half-done").unwrap();
        assert_eq!(word, read("half-done").unwrap());
        assert_eq!(json!(word), json!("half-done"));
        for wrong in ["", "a\nb", &"a".repeat(65)] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_field_that_cannot_be_read_stays_where_it_is() {
        let fields = json!({"a": 1, "b": "two", "c": null});
        let mut fields = fields.as_object().cloned().unwrap();
        assert_eq!(take::<u8>(&mut fields, "a"), Some(1));
        assert_eq!(take::<u8>(&mut fields, "b"), None);
        assert_eq!(take::<u8>(&mut fields, "c"), None);
        assert_eq!(Value::Object(fields), json!({"b": "two"}));
    }
}
