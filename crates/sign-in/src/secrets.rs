//! Random texts that nobody guesses, their hashes, and comparison that says nothing by its time.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};

/// The letters of a code that a person types: none that spells a word or looks like another (RFC 8628, section 6.1).
const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";

/// A text of 256 random bits.
pub fn random() -> String {
    BASE64URL_NOPAD.encode(&rand::random::<[u8; 32]>())
}

/// An id of 128 random bits.
pub fn id() -> String {
    BASE64URL_NOPAD.encode(&rand::random::<[u8; 16]>())
}

/// SHA-256, in hexadecimal.
pub fn hash(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

/// The challenge of a PKCE verifier (RFC 7636, section 4.2, `S256`).
pub fn challenge(verifier: &str) -> String {
    BASE64URL_NOPAD.encode(&Sha256::digest(verifier.as_bytes()))
}

/// Whether two texts are the same, in a time that depends on their lengths alone.
pub fn is_same(one: &str, other: &str) -> bool {
    let differing = one
        .bytes()
        .zip(other.bytes())
        .fold(0_u8, |differing, (one, other)| differing | (one ^ other));
    one.len() == other.len() && std::hint::black_box(differing) == 0
}

/// A code that a person types, such as `BCDF-GHJK`: 20⁸ of them.
pub fn user_code() -> String {
    let letter = |_| {
        let place = rand::random_range(0..LETTERS.len());
        char::from(LETTERS.get(place).copied().unwrap_or(b'B'))
    };
    let mut code: String = (0..8).map(letter).collect();
    code.insert(4, '-');
    code
}

/// A code as it was typed, in the one form that it is kept in; `None` for what is none.
pub fn typed_code(text: &str) -> Option<String> {
    let letters: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let fits = letters.len() == 8 && letters.bytes().all(|letter| LETTERS.contains(&letter));
    let (first, second) = letters.split_at_checked(4)?;
    fits.then(|| format!("{first}-{second}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_code_is_read_as_people_write_it() {
        let code = user_code();
        assert_eq!(typed_code(&code.to_lowercase()), Some(code.clone()));
        assert_eq!(typed_code(&code.replace('-', " ")), Some(code));
        for text in ["", "BCDF", "BCDF-GHJA", "BCDF-GHJKL", "ÄBCD-FGHJ"] {
            assert_eq!(typed_code(text), None, "{text}");
        }
    }

    #[test]
    fn texts_of_other_length_or_content_are_not_the_same() {
        assert!(is_same("abc", "abc"));
        for other in ["", "ab", "abd", "abcd"] {
            assert!(!is_same("abc", other));
        }
    }

    /// RFC 7636, appendix B.
    #[test]
    fn the_challenge_is_that_of_the_standard() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(
            challenge(verifier),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
