//! Cursors: opaque to callers, and refused when they were changed or belong to another question.
//!
//! The check is a plain hash, no signature: a cursor only says where to go on in rows its bearer may read anyway.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use super::LedgerError;

const CHECK: usize = 8;

/// A cursor that goes on behind `position` in the answer to `question`.
pub(crate) fn seal(question: &str, position: &str) -> String {
    let mut bytes = check(question, position);
    bytes.extend(position.as_bytes());
    BASE64URL_NOPAD.encode(&bytes)
}

/// The position in a cursor for `question`.
pub(crate) fn open(question: &str, cursor: Option<&str>) -> Result<Option<String>, LedgerError> {
    cursor
        .map(|cursor| read(question, cursor).ok_or(LedgerError::BadCursor))
        .transpose()
}

fn read(question: &str, cursor: &str) -> Option<String> {
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?;
    let (sum, position) = bytes.split_at_checked(CHECK)?;
    let position = std::str::from_utf8(position).ok()?;
    (check(question, position) == sum).then(|| position.to_owned())
}

fn check(question: &str, position: &str) -> Vec<u8> {
    let text = format!("tenantry cursor 1\0{question}\0{position}");
    Sha256::digest(text.as_bytes())
        .iter()
        .take(CHECK)
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_gives_back_its_position() {
        let cursor = seal("tenants", "2026#t-1");
        assert_eq!(
            open("tenants", Some(&cursor)),
            Ok(Some("2026#t-1".to_owned()))
        );
        assert_eq!(open("tenants", None), Ok(None));
    }

    #[test]
    fn a_cursor_for_another_question_or_changed_in_any_place_is_refused() {
        let cursor = seal("tenants", "2026#t-1");
        assert_eq!(open("findings", Some(&cursor)), Err(LedgerError::BadCursor));
        for place in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(
                open("tenants", Some(&changed)),
                Err(LedgerError::BadCursor),
                "{changed}"
            );
        }
        for nonsense in ["", "A", "äöü", "AAAAAAAAAAA"] {
            assert_eq!(
                open("tenants", Some(nonsense)),
                Err(LedgerError::BadCursor),
                "{nonsense}"
            );
        }
    }
}
