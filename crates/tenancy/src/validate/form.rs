//! The form of texts and numbers that arrive as text, read the same by API, command line and files.

use super::quoted;
use crate::{
    email::{OF_A_CONTACT, is_of_a_contact},
    id::{Email, Malformed},
    spec::{Contact, FieldError},
    stored::OtherFields,
    text::is_deceptive,
};

/// The longest reason, in characters.
pub const LONGEST_REASON: usize = 200;
/// The longest name of a contact, in characters.
pub const LONGEST_CONTACT_NAME: usize = 64;
/// The longest title of a contact, in characters.
pub const LONGEST_TITLE: usize = 50;
/// The longest telephone number, in characters.
pub const LONGEST_PHONE: usize = 25;
/// The longest name of a tenant, in characters.
pub const LONGEST_NAME: usize = 100;
/// The longest idempotency key, in bytes.
pub const LONGEST_KEY: usize = 128;

/// What a text may not hold, in words.
pub(super) const NO_DECEPTION: &str =
    "no control characters, no zero-width characters and none that change the direction of writing";

/// A whole number from `least` to `most`: digits without sign or leading zero, so that one number has one form.
///
/// # Errors
/// What is allowed.
pub fn number(field: &str, text: &str, least: u64, most: u64) -> Result<u64, FieldError> {
    let number = digits(text).filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| {
        let allowed =
            format!("a whole number from {least} to {most}, without sign or leading zero");
        not_allowed(field, text, allowed)
    })
}

/// The number in a text of digits without a leading zero.
pub fn digits(text: &str) -> Option<u64> {
    let well_formed =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| well_formed)
}

/// A reason that a person gives for what all see. White space at its ends is taken off.
///
/// # Errors
/// What is allowed.
pub fn reason(field: &str, text: &str) -> Result<String, FieldError> {
    line(field, text.trim(), LONGEST_REASON)
}

/// The name of a tenant, in any writing.
///
/// # Errors
/// What is allowed.
pub fn tenant_name(field: &str, text: &str) -> Result<String, FieldError> {
    let name = line(field, text, LONGEST_NAME).ok();
    name.filter(|name| name.trim() == name).ok_or_else(|| {
        let allowed =
            format!("1 to {LONGEST_NAME} characters without a space at either end, {NO_DECEPTION}");
        not_allowed(field, text, allowed)
    })
}

/// The name of a contact.
///
/// # Errors
/// What is allowed.
pub fn contact_name(field: &str, text: &str) -> Result<String, FieldError> {
    line(field, text, LONGEST_CONTACT_NAME)
}

/// The title of a contact.
///
/// # Errors
/// What is allowed.
pub fn contact_title(field: &str, text: &str) -> Result<String, FieldError> {
    line(field, text, LONGEST_TITLE)
}

/// A telephone number. Source: Account Management Reference, `AlternateContact`.
///
/// # Errors
/// What is allowed.
pub fn phone(field: &str, text: &str) -> Result<String, FieldError> {
    let mark = |byte: u8| byte.is_ascii_digit() || b" ()+-".contains(&byte);
    let fits = (1..=LONGEST_PHONE).contains(&text.len()) && text.bytes().all(mark);
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    (fits && has_digit).then(|| text.to_owned()).ok_or_else(|| {
        let allowed = format!("1 to {LONGEST_PHONE} digits, spaces and `()+-`, at least one digit");
        not_allowed(field, text, allowed)
    })
}

/// A contact written as in an e-mail, with or without a telephone number: `Ann Example <ann@example.com> +49 30 1234`.
///
/// # Errors
/// What is allowed.
pub fn contact(field: &str, text: &str) -> Result<Contact, FieldError> {
    let parts = text.trim().split_once('<');
    let parts = parts.and_then(|(name, rest)| Some((name, rest.split_once('>')?)));
    let Some((name, (email, number))) = parts else {
        let allowed = "a name, an address and a telephone number, such as `Ann Example <ann@example.com> +49 30 1234`; AWS knows \
                       no contact without a number";
        return Err(not_allowed(field, text, allowed));
    };
    let name = contact_name(field, name.trim())?;
    let email: Result<Email, Malformed> = email.trim().parse();
    let email = email.map_err(|wrong| not_allowed(field, &wrong.found, wrong.allowed))?;
    let number = Some(number.trim()).filter(|number| !number.is_empty());
    let number = number.map(|number| phone(field, number)).transpose()?;
    if number.is_some() && !is_of_a_contact(email.as_str()) {
        return Err(not_allowed(field, email.as_str(), OF_A_CONTACT));
    }
    Ok(Contact {
        name,
        email,
        phone: number,
        title: None,
        other: OtherFields::new(),
    })
}

/// The key by which a repeated request is recognised.
///
/// # Errors
/// What is allowed.
pub fn idempotency_key(field: &str, text: &str) -> Result<String, FieldError> {
    let fits =
        (1..=LONGEST_KEY).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| text.to_owned()).ok_or_else(|| {
        let allowed =
            format!("one key of 1 to {LONGEST_KEY} printable ASCII characters without spaces");
        not_allowed(field, text, allowed)
    })
}

/// The id of a message, as SQS gives it.
///
/// # Errors
/// What is allowed.
pub fn message_id(field: &str, text: &str) -> Result<String, FieldError> {
    let fits = (1..=100).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    fits.then(|| text.to_owned()).ok_or_else(|| {
        not_allowed(
            field,
            text,
            "1 to 100 letters, digits and hyphens, as the list shows it",
        )
    })
}

/// A text on one line that shows what it holds.
pub(crate) fn line(field: &str, text: &str, longest: usize) -> Result<String, FieldError> {
    let fits = (1..=longest).contains(&text.chars().count())
        && !text.trim().is_empty()
        && !text.contains(is_deceptive);
    fits.then(|| text.to_owned()).ok_or_else(|| {
        not_allowed(
            field,
            text,
            format!("1 to {longest} characters, {NO_DECEPTION}"),
        )
    })
}

fn not_allowed(field: &str, text: &str, allowed: impl Into<String>) -> FieldError {
    FieldError::new(field, format!("{} is not allowed", quoted(text)), allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_form() {
        for (text, number) in [("0", 0), ("7", 7), ("100", 100)] {
            assert_eq!(digits(text), Some(number));
        }
        for text in [
            "",
            "+5",
            "-5",
            "05",
            "00",
            " 5",
            "5 ",
            "1e2",
            "0x5",
            "٥",
            "5.0",
            "99999999999999999999",
        ] {
            assert_eq!(digits(text), None, "{text}");
        }
        assert_eq!(number("limit", "101", 1, 100).unwrap_err().field, "limit");
    }

    #[test]
    fn what_does_not_show_is_no_part_of_a_reason_or_a_name() {
        for text in [
            "",
            " ",
            "a\u{202e}b",
            "a\u{200b}b",
            "a\u{200d}b",
            "a\nb",
            "a\u{feff}",
            "a\u{2066}b",
            "a\u{9b}b",
            "a\u{2028}b",
        ] {
            assert!(reason("reason", text).is_err(), "{text:?}");
            assert!(contact_name("name", text).is_err(), "{text:?}");
        }
        for text in ["Zoë", "株式会社テナント", "שלום", "quota, ticket 4711"] {
            assert_eq!(reason("reason", &format!(" {text} ")).as_deref(), Ok(text));
            assert_eq!(contact_name("name", text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_contact_is_a_name_an_address_and_perhaps_a_number() {
        let read = |text| {
            let contact = contact("contact", text).unwrap();
            (contact.name, contact.email.to_string(), contact.phone)
        };
        let ann = || ("Ann Example".to_owned(), "ann@example.com".to_owned());
        let (name, email) = ann();
        assert_eq!(read("Ann Example <ann@example.com>"), (name, email, None));
        let (name, email) = ann();
        let number = Some("+49 (30) 12-34".to_owned());
        assert_eq!(
            read("Ann Example <ann@example.com> +49 (30) 12-34"),
            (name, email, number)
        );
        for text in [
            "",
            "ann@example.com",
            "<ann@example.com>",
            "Ann ann@example.com>",
            "Ann <ann>",
            "A\u{202e}n <a@b.co>",
            "Ann <a@b.co> 030/1234",
            "Ann <a@b.co> +()",
            "Ann <a@b.co> 12345678901234567890123456",
            "Ann <a@b.co> ١٢٣",
            "Ann <a*n@b.co> +49 30 1234",
            "Ann <ann@acme.xn--p1ai> +49 30 1234",
        ] {
            assert!(contact("contact", text).is_err(), "{text}");
        }
    }
}
