//! The form of a spec, field by field.

use serde_json::Value;

use super::{
    BODY,
    check::{Check, Errors, formed, number, object, parsed, text, word, wrong},
    form,
    json::member,
    tag::{self, CHARACTERS, MOST_TAGS, is_tag_text},
};
use crate::{
    blueprint::BlueprintRef,
    email::{OF_A_CONTACT, is_of_a_contact},
    id::{Email, GroupName, Region, Slug, TenantId},
    spec::{Contact, Contacts, FieldError, Spec},
    usd::Usd,
};

/// Every field of a spec: its name, whether it must be there, and its check.
const FIELDS: &[(&str, bool, Check)] = &[
    ("slug", true, slug),
    ("name", true, tenant_name),
    ("blueprint", true, parsed::<BlueprintRef>),
    ("regions", false, regions),
    ("availabilityZones", false, zones),
    ("egress", false, egress),
    ("cidrPrefix", false, prefix),
    ("budget", false, budget),
    ("expectIdle", false, truth),
    ("group", false, parsed::<GroupName>),
    ("contacts", false, contacts),
    ("tags", false, tags),
    ("costCenter", false, cost_center),
    ("mode", false, mode),
];

const MOST_REGIONS: usize = 17;
/// The ways out to the Internet, as written in a spec.
pub const EGRESS: [&str; 3] = ["none", "single-nat", "nat-per-az"];
/// What an audit does about drift, as written in a spec.
pub const MODES: [&str; 2] = ["repair", "observe-only"];

/// Everything wrong with the form of `raw`; what depends on the blueprint is not checked.
pub(super) fn complaints(raw: &Value) -> Errors {
    let mut errors = Vec::new();
    object(BODY, "", raw, FIELDS, &mut errors);
    errors
}

/// The spec that is left when what was complained about is set aside, so that the rest can be held against the blueprint.
pub(super) fn well_formed(raw: &Value, errors: &[FieldError]) -> Option<Spec> {
    let mut members = raw.as_object()?.clone();
    members.retain(|field, value| {
        FIELDS.iter().any(|(known, ..)| known == field)
            && !value.is_null()
            && (field == "regions" || !errors.iter().any(|e| is_within(&e.field, field)))
    });
    if let Some(Value::Array(regions)) = members.get_mut("regions") {
        // A Region that nobody has keeps the numbering of the others.
        for region in regions {
            if region.as_str().is_none_or(|r| r.parse::<Region>().is_err()) {
                *region = Value::from("no-such-0");
            }
        }
    } else {
        members.remove("regions");
    }
    if let Some(Value::Object(contacts)) = members.get_mut("contacts") {
        contacts.retain(|_, contact| !contact.is_null());
    }
    for (field, stand_in) in [("slug", "stand-in"), ("name", "-"), ("blueprint", "-")] {
        if errors.iter().any(|e| is_within(&e.field, field)) {
            members.insert(field.to_owned(), Value::from(stand_in));
        }
    }
    let spec: Option<Spec> = serde_json::from_value(Value::Object(members)).ok();
    // Stored specs are read leniently; what a caller sends is not.
    spec.filter(|spec| *spec == spec.without_other())
}

fn is_within(path: &str, field: &str) -> bool {
    path.strip_prefix(field)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn regions(path: &str, value: &Value, errors: &mut Errors) {
    let Some(items) = value.as_array() else {
        return wrong(path, value, "an array of Region codes", errors);
    };
    if items.is_empty() || items.len() > MOST_REGIONS {
        let detail = format!("{} Regions", items.len());
        let allowed =
            format!("1 to {MOST_REGIONS} Region codes; without the field: the home Region");
        errors.push(FieldError::new(path, detail, allowed));
    }
    for (index, item) in items.iter().enumerate() {
        parsed::<Region>(&format!("{path}[{index}]"), item, errors);
    }
}

fn zones(path: &str, value: &Value, errors: &mut Errors) {
    number(path, value, 1, 3, errors);
}

fn prefix(path: &str, value: &Value, errors: &mut Errors) {
    number(path, value, 16, 24, errors);
}

fn egress(path: &str, value: &Value, errors: &mut Errors) {
    word(path, value, &EGRESS, errors);
}

fn mode(path: &str, value: &Value, errors: &mut Errors) {
    word(path, value, &MODES, errors);
}

fn budget(path: &str, value: &Value, errors: &mut Errors) {
    object(path, path, value, &[("monthlyUsd", true, amount)], errors);
}

fn truth(path: &str, value: &Value, errors: &mut Errors) {
    if !value.is_boolean() {
        wrong(path, value, "true or false", errors);
    }
}

fn amount(path: &str, value: &Value, errors: &mut Errors) {
    let written = value.as_number().map(ToString::to_string);
    if written.is_none_or(|number| number.parse::<Usd>().is_err()) {
        wrong(path, value, Usd::ALLOWED, errors);
    }
}

fn contacts(path: &str, value: &Value, errors: &mut Errors) {
    let kinds: &[(&str, bool, Check)] = &[
        ("billing", false, contact),
        ("operations", false, contact),
        ("security", false, contact),
    ];
    object(path, path, value, kinds, errors);
}

fn contact(path: &str, value: &Value, errors: &mut Errors) {
    let fields: &[(&str, bool, Check)] = &[
        ("name", true, contact_name),
        ("email", true, parsed::<Email>),
        ("phone", false, phone),
        ("title", false, contact_title),
    ];
    object(path, path, value, fields, errors);
}

/// Addresses that AWS does not take for an alternate contact, which each contact with a telephone number becomes. One that the tenant has
/// already stays: whoever changes something else is not asked for another.
pub(super) fn addresses(raw: &Value, kept: Option<&Contacts>) -> Errors {
    let mut errors = Vec::new();
    for kind in ["billing", "operations", "security"] {
        let Some(contact) = raw.get("contacts").and_then(|all| all.get(kind)) else {
            continue;
        };
        let (Some(address), Some(_)) = (text_of(contact, "email"), text_of(contact, "phone"))
        else {
            continue;
        };
        let is_kept = kept.is_some_and(|kept| is_reached(kept, kind, address));
        let is_one = address.parse::<Email>().is_ok();
        if is_one && !is_of_a_contact(address) && !is_kept {
            let path = format!("contacts.{kind}.email");
            wrong(&path, &Value::from(address), OF_A_CONTACT, &mut errors);
        }
    }
    errors
}

fn text_of<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str)
}

/// Whether the contact for this is an alternate contact with this address.
fn is_reached(contacts: &Contacts, kind: &str, address: &str) -> bool {
    let mut contacts = contacts.by_kind().into_iter();
    contacts.any(|(known, contact)| {
        let is_it =
            |contact: &Contact| contact.phone.is_some() && contact.email.as_str() == address;
        known == kind && contact.is_some_and(is_it)
    })
}

/// Wherever a tenant is named, its id is as good as its slug, and `installation` is all of them: a slug of such a form would name another.
fn slug(path: &str, value: &Value, errors: &mut Errors) {
    let is_another = |text: &str| text == "installation" || text.parse::<TenantId>().is_ok();
    if value.as_str().is_some_and(is_another) {
        let allowed = "a slug that has not the form of a tenant id and is not `installation`";
        return wrong(path, value, allowed, errors);
    }
    parsed::<Slug>(path, value, errors);
}

fn tenant_name(path: &str, value: &Value, errors: &mut Errors) {
    formed(form::tenant_name, path, value, errors);
}

fn contact_name(path: &str, value: &Value, errors: &mut Errors) {
    formed(form::contact_name, path, value, errors);
}

fn phone(path: &str, value: &Value, errors: &mut Errors) {
    formed(form::phone, path, value, errors);
}

fn contact_title(path: &str, value: &Value, errors: &mut Errors) {
    formed(form::contact_title, path, value, errors);
}

fn cost_center(path: &str, value: &Value, errors: &mut Errors) {
    let fits = |text: &str| (1..=64).contains(&text.len()) && is_tag_text(text);
    let allowed = format!("1 to 64 {CHARACTERS}");
    text(path, value, &allowed, fits, errors);
}

fn tags(path: &str, value: &Value, errors: &mut Errors) {
    let Value::Object(members) = value else {
        let allowed = "an object of keys and texts";
        return wrong(path, value, allowed, errors);
    };
    if members.len() > MOST_TAGS {
        let detail = format!("{} tags", members.len());
        errors.push(FieldError::new(
            path,
            detail,
            format!("at most {MOST_TAGS}"),
        ));
    }
    let mut seen: Vec<String> = Vec::new();
    for (key, value) in members {
        let path = member(path, key);
        // IAM takes `Team` and `team` for one key, so one of two would fail in the middle of an onboarding.
        let folded = key.to_ascii_lowercase();
        if seen.contains(&folded) {
            let detail = "differs from another key only in case";
            errors.push(FieldError::new(path.clone(), detail, "each key once"));
        }
        seen.push(folded);
        tag(&path, key, value, errors);
    }
}

fn tag(path: &str, key: &str, value: &Value, errors: &mut Errors) {
    errors.extend(tag::key_fault(path, key));
    match value.as_str() {
        Some(text) => errors.extend(tag::value_fault(path, text)),
        None => wrong(
            path,
            value,
            format!("texts of 0 to 128 {CHARACTERS}"),
            errors,
        ),
    }
}
