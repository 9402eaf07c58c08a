//! Tags, as members of a spec and as text.

use super::quoted;
use crate::spec::FieldError;

/// The most tags of a spec.
pub(super) const MOST_TAGS: usize = 20;
pub(super) const CHARACTERS: &str = "letters, digits, spaces and `_.:/=+-@`";
const KEY: &str = "keys of 1 to 64 letters, digits, spaces and `_.:/+-@`, not beginning with `aws:` or `tenantry:`";

pub(super) fn is_tag_text(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b" _.:/=+-@".contains(&b))
}

/// A tag written as text: `key=value`. Keys hold no `=`, so the first one separates. Where there is none, the first colon
/// does.
///
/// # Errors
/// What is allowed.
pub fn tag(field: &str, text: &str) -> Result<(String, String), FieldError> {
    let Some((key, value)) = text.split_once('=').or_else(|| text.split_once(':')) else {
        let detail = format!("{} is not a tag", quoted(text));
        let allowed = "a key, `=` and a value, such as `team=core`";
        return Err(FieldError::new(field, detail, allowed));
    };
    key_fault(field, key).map_or(Ok(()), Err)?;
    value_fault(field, value).map_or(Ok(()), Err)?;
    Ok((key.to_owned(), value.to_owned()))
}

/// What is wrong with a key, if anything is.
pub(super) fn key_fault(field: &str, key: &str) -> Option<FieldError> {
    let lower = key.to_ascii_lowercase();
    let reserved = lower.starts_with("aws:") || lower.starts_with("tenantry:");
    let fits = (1..=64).contains(&key.len()) && is_tag_text(key) && !key.contains('=') && !reserved;
    let detail = || format!("the key {} is not allowed", quoted(key));
    (!fits).then(|| FieldError::new(field, detail(), KEY))
}

/// What is wrong with a value, if anything is.
pub(super) fn value_fault(field: &str, value: &str) -> Option<FieldError> {
    let fits = value.len() <= 128 && is_tag_text(value);
    let detail = || format!("the value {} is not allowed", quoted(value));
    let allowed = format!("texts of 0 to 128 {CHARACTERS}");
    (!fits).then(|| FieldError::new(field, detail(), allowed))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_equals_sign_separates_and_without_one_the_first_colon() {
        for (text, key, value) in [
            ("team=core", "team", "core"),
            ("a:b=v", "a:b", "v"),
            ("a=b=c", "a", "b=c"),
            ("owner=", "owner", ""),
            ("team:core", "team", "core"),
            ("team:x:y", "team", "x:y"),
        ] {
            assert_eq!(tag("tag", text), Ok((key.to_owned(), value.to_owned())));
        }
        for text in [
            "",
            "team",
            "=v",
            "aws:x=v",
            "Tenantry:x=v",
            "ä=v",
            "a=ä",
            &"k".repeat(65),
        ] {
            assert_eq!(tag("tag", text).unwrap_err().field, "tag", "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_tag_that_a_spec_may_hold_can_be_written_as_text(key in "[a-z0-9 _.:/+@-]{1,64}", value in "[a-z0-9 _.:/=+@-]{0,128}") {
            prop_assume!(key_fault("tag", &key).is_none());
            let text = format!("{key}={value}");
            prop_assert_eq!(tag("tag", &text), Ok((key, value)));
        }
    }
}
