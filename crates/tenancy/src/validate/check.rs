//! How the members of an object are checked, one by one: unknown, missing, or of another form.

use serde_json::{Map, Value};

use super::{json::member, quoted};
use crate::{
    blueprint::BlueprintRef,
    id::{Email, GroupName, Malformed, Region, Slug},
    spec::FieldError,
};

/// What is wrong with an input so far.
pub(super) type Errors = Vec<FieldError>;
/// Checks one value at a path.
pub(super) type Check = fn(&str, &Value, &mut Errors);

/// Complains about a value, whatever it is.
pub(crate) fn wrong(path: &str, value: &Value, allowed: impl Into<String>, errors: &mut Errors) {
    let detail = match value {
        Value::String(text) => format!("{} is not allowed", quoted(text)),
        Value::Number(number) => format!("{} is not allowed", quoted(&number.to_string())),
        Value::Null => "null is not allowed".to_owned(),
        Value::Bool(truth) => format!("`{truth}` is not allowed"),
        Value::Array(_) => "an array is not allowed".to_owned(),
        Value::Object(_) => "an object is not allowed".to_owned(),
    };
    errors.push(FieldError::new(path, detail, allowed));
}

/// Checks the members of an object against a table: nothing unknown, nothing missing, each by its own check.
/// `null` is as good as absent.
pub(super) fn object(
    shown: &str,
    path: &str,
    value: &Value,
    fields: &[(&str, bool, Check)],
    errors: &mut Errors,
) {
    let Value::Object(members) = value else {
        return wrong(shown, value, "an object", errors);
    };
    for (field, required, check) in fields {
        let path = member(path, field);
        match members.get(*field) {
            None | Some(Value::Null) if *required => {
                let mut form = Vec::new();
                check(&path, &Value::Null, &mut form);
                let allowed = form.pop().map(|e| e.allowed).unwrap_or_default();
                errors.push(FieldError::new(path, "is required", allowed));
            }
            None | Some(Value::Null) => {}
            Some(value) => check(&path, value, errors),
        }
    }
    unknown(path, members, fields, errors);
}

fn unknown(
    path: &str,
    members: &Map<String, Value>,
    fields: &[(&str, bool, Check)],
    errors: &mut Errors,
) {
    for key in members.keys() {
        if fields.iter().all(|(field, ..)| field != key) {
            let known: Vec<&str> = fields.iter().map(|(field, ..)| *field).collect();
            errors.push(FieldError::new(
                member(path, key),
                "unknown field",
                known.join(", "),
            ));
        }
    }
}

pub(super) trait Form: std::str::FromStr<Err = Malformed> {
    const FORM: &'static str;
}
impl Form for Slug {
    const FORM: &'static str = Self::ALLOWED;
}
impl Form for GroupName {
    const FORM: &'static str = Self::ALLOWED;
}
impl Form for Region {
    const FORM: &'static str = Self::ALLOWED;
}
impl Form for Email {
    const FORM: &'static str = Self::ALLOWED;
}
impl Form for BlueprintRef {
    const FORM: &'static str =
        "a name such as `standard`, or name and version such as `standard@1.0.0`";
}

pub(super) fn parsed<T: Form>(path: &str, value: &Value, errors: &mut Errors) {
    text(path, value, T::FORM, |t| t.parse::<T>().is_ok(), errors);
}

pub(super) fn text(
    path: &str,
    value: &Value,
    allowed: &str,
    fits: impl Fn(&str) -> bool,
    errors: &mut Errors,
) {
    if !value.as_str().is_some_and(fits) {
        wrong(path, value, allowed, errors);
    }
}

pub(super) fn number(path: &str, value: &Value, least: u64, most: u64, errors: &mut Errors) {
    if !value.as_u64().is_some_and(|n| (least..=most).contains(&n)) {
        let allowed = format!("a whole number from {least} to {most}");
        wrong(path, value, allowed, errors);
    }
}

pub(super) fn word(path: &str, value: &Value, words: &[&str], errors: &mut Errors) {
    let allowed = words.join(", ");
    text(path, value, &allowed, |word| words.contains(&word), errors);
}

pub(super) fn formed(
    read: fn(&str, &str) -> Result<String, FieldError>,
    path: &str,
    value: &Value,
    errors: &mut Errors,
) {
    let form = read(path, value.as_str().unwrap_or_default());
    let allowed = form.as_ref().err().map(|error| error.allowed.clone());
    let fits = |_: &str| form.is_ok();
    text(path, value, &allowed.unwrap_or_default(), fits, errors);
}
