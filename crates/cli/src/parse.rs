//! Values of options: read by the parsers of the `tenancy` crate, so that command line and API accept and refuse the same.

use std::sync::Arc;

use clap::builder::TypedValueParser;
use jiff::{SignedDuration, civil::Date};
use tenancy::{
    BlueprintRef, FieldError, GroupName, Slug, TenantId, Usd,
    access::Grantee,
    id::Malformed,
    spec::Contact,
    suppression::SuppressionId,
    validate::{self, quoted},
};

/// What clap prints after "invalid value".
fn allowed(error: &FieldError) -> String {
    format!("allowed: {}", error.allowed)
}

/// A whole number from `least` to `most`, in the one form that numbers have.
pub fn number(least: u64, most: u64) -> impl TypedValueParser<Value = u64> {
    let parse = move |text: &str| validate::number("", text, least, most);
    let parse = Arc::new(parse);
    clap::builder::StringValueParser::new()
        .try_map(move |text| parse(&text).map_err(|error| allowed(&error)))
}

/// An amount of US dollars.
pub fn usd(text: &str) -> Result<Usd, String> {
    text.parse()
        .map_err(|_| format!("allowed: {}", Usd::ALLOWED))
}

/// How many items to show: one at least.
pub fn limit(text: &str) -> Result<u64, String> {
    validate::number("", text, 1, u64::MAX)
        .map_err(|_| "allowed: a whole number from 1, without sign or leading zero".to_owned())
}

/// A day, as the API takes it.
pub fn day(text: &str) -> Result<Date, String> {
    let day = text
        .parse()
        .ok()
        .filter(|day: &Date| day.to_string() == text);
    day.ok_or_else(|| "allowed: a day such as 2026-11-26".to_owned())
}

/// A tenant by slug or id, as it goes into a path.
pub fn tenant(text: &str) -> Result<String, String> {
    match validate::tenant_key(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(format!(
            "allowed: a slug ({}) or an id ({})",
            Slug::ALLOWED,
            TenantId::ALLOWED
        )),
    }
}

/// A principal, to the letter: of what grants name otherwise, such as the session of a role, the API says what it is to them.
pub fn principal(text: &str) -> Result<String, String> {
    text.parse::<Grantee>()
        .map(|_| text.to_owned())
        .map_err(|_| format!("allowed: {}", Grantee::ALLOWED))
}

/// A blueprint by name, or by name and version.
pub fn blueprint(text: &str) -> Result<BlueprintRef, String> {
    text.parse()
        .map_err(|error: Malformed| format!("allowed: {}", error.allowed))
}

/// A group of tenants.
pub fn group(text: &str) -> Result<GroupName, String> {
    text.parse()
        .map_err(|error: Malformed| format!("allowed: {}", error.allowed))
}

/// A version of a blueprint.
pub fn blueprint_version(text: &str) -> Result<BlueprintRef, String> {
    let reference = blueprint(text).ok();
    let reference = reference.filter(|reference| reference.version.is_some());
    reference.ok_or_else(|| "allowed: name and version, such as `gold@1.0.0`".to_owned())
}

/// An idempotency key.
pub fn key(text: &str) -> Result<String, String> {
    validate::idempotency_key("", text).map_err(|error| allowed(&error))
}

/// The id of a suppression.
pub fn suppression(text: &str) -> Result<String, String> {
    let id: Result<SuppressionId, Malformed> = text.parse();
    id.map(|id| id.0)
        .map_err(|error| format!("allowed: {}", error.allowed))
}

/// The id of a message.
pub fn message_id(text: &str) -> Result<String, String> {
    validate::message_id("", text).map_err(|error| allowed(&error))
}

/// A reason.
pub fn reason(text: &str) -> Result<String, String> {
    validate::reason("", text).map_err(|error| allowed(&error))
}

/// A contact.
pub fn contact(text: &str) -> Result<Contact, String> {
    validate::contact("", text).map_err(|error| allowed(&error))
}

/// A tag.
pub fn tag(text: &str) -> Result<(String, String), String> {
    validate::tag("", text).map_err(|error| format!("{}; {}", error.detail, allowed(&error)))
}

/// A positive time.
pub fn duration(text: &str) -> Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(time) if time.is_positive() => Ok(time),
        _ => Err(format!(
            "{} is not allowed: a time such as `90s`, `30m` or `2h`",
            quoted(text)
        )),
    }
}

/// A positive time of whole seconds, which is what the API takes.
pub fn seconds(text: &str) -> Result<SignedDuration, String> {
    let time = duration(text)?;
    match time.subsec_nanos() {
        0 => Ok(time),
        _ => Err("allowed: whole seconds, such as `90s`, `30m` or `2h`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_named_by_slug_or_id_and_nothing_that_would_change_the_path() {
        for good in ["acme", "t-aaaaaaaaaaaaaaaa"] {
            assert!(tenant(good).is_ok(), "{good}");
        }
        for bad in ["", "../health", "acme/history", "acme?x", "Acme"] {
            assert!(tenant(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_timeout_is_a_positive_time() {
        assert_eq!(duration("90s"), Ok(SignedDuration::from_secs(90)));
        assert_eq!(duration("2h"), Ok(SignedDuration::from_secs(7200)));
        for bad in ["", "0s", "-5m", "soon"] {
            assert!(duration(bad).is_err() && seconds(bad).is_err(), "{bad}");
        }
        assert_eq!(seconds("1.5h"), Ok(SignedDuration::from_secs(5400)));
        assert!(seconds("900.5s").is_err());
    }
}
