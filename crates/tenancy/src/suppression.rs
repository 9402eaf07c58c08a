//! Suppressions: a finding that somebody accepts for a time, with a reason. It is hidden from the score and from lists, and nothing else:
//! it is found, repaired and recorded as before, and comes back when the suppression ends.

use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    access::{field, members, reason_in, required},
    id::ControlId,
    spec::FieldError,
    stored::OtherFields,
    validate,
};

/// How many a tenant has at most, ended ones that are still on record included.
pub const MOST_SUPPRESSIONS: usize = 100;
/// How long one lasts at most, in days.
pub const LONGEST_SUPPRESSION_DAYS: i64 = 366;
/// How long one that has ended is kept for readers, in days. The history keeps it for ever.
pub const KEPT_DAYS: i64 = 30;
/// The longest name of a resource, in characters.
const LONGEST_RESOURCE: usize = 500;
const EXPIRES: &str =
    "a time in the future and at most 366 days from now, such as `2026-12-24T18:00:00Z`";
const RESOURCE: &str = "the resource as its finding names it, 1 to 500 characters";

/// A finding of a control, or all of them, that somebody accepts until a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Suppression {
    /// Its id, which follows from control and resource.
    pub id: String,
    /// The control.
    pub control: ControlId,
    /// The resource, as findings name it; absent: whatever it is found at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Who accepted it.
    pub owner: String,
    /// When.
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// When it ends.
    #[schemars(with = "String")]
    pub expires_at: Timestamp,
    /// What another release wrote beside.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: OtherFields,
}

impl Suppression {
    /// Whether it counts at this time.
    pub fn is_live(&self, at: Timestamp) -> bool {
        at < self.expires_at
    }

    /// Whether it covers a finding of this control at this resource.
    pub fn covers(&self, control: &ControlId, resource: &str) -> bool {
        let own = self.resource.as_ref();
        self.control == *control && own.is_none_or(|own| own == resource)
    }
}

/// The one among these that counts now and covers a finding of this control at this resource.
pub fn suppressing<'a>(
    all: &'a [Suppression],
    control: &ControlId,
    resource: &str,
    now: Timestamp,
) -> Option<&'a Suppression> {
    let mut all = all.iter();
    all.find(|one| one.is_live(now) && one.covers(control, resource))
}

/// A finding to suppress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct NewSuppression {
    /// The control.
    pub control: ControlId,
    /// The resource, as findings name it; absent: whatever it is found at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 500))]
    pub resource: Option<String>,
    /// Why, in a sentence.
    #[schemars(length(min = 1, max = 200))]
    pub reason: String,
    /// When it ends: 366 days from now at most.
    #[schemars(with = "String")]
    pub expires_at: Timestamp,
}

impl NewSuppression {
    /// Reads what somebody sent.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(body: &Value, now: Timestamp) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let known = ["control", "resource", "reason", "expiresAt"];
        let Some(body) = members(body, &known, &mut errors) else {
            return Err(errors);
        };
        let sentence = "a sentence of 1 to 200 characters";
        required(body, "control", ControlId::ALLOWED, &mut errors);
        required(body, "reason", sentence, &mut errors);
        required(body, "expiresAt", EXPIRES, &mut errors);
        let control = field(body, "control", ControlId::ALLOWED, &mut errors);
        let text: Option<String> = field(body, "resource", RESOURCE, &mut errors);
        let resource = text.map(|text| validate::line("resource", &text, LONGEST_RESOURCE));
        let resource = resource.transpose().map_err(|error| errors.push(error));
        let reason = reason_in(body, &mut errors);
        if reason.is_none() && errors.iter().all(|error| error.field != "reason") {
            errors.push(FieldError::new("reason", "is not a text", sentence));
        }
        let expires_at: Option<Timestamp> = field(body, "expiresAt", EXPIRES, &mut errors);
        let longest = now + SignedDuration::from_hours(24 * LONGEST_SUPPRESSION_DAYS);
        match expires_at {
            Some(at) if at <= now => {
                errors.push(FieldError::new("expiresAt", "is past", EXPIRES));
            }
            Some(at) if at > longest => {
                errors.push(FieldError::new("expiresAt", "is too far away", EXPIRES));
            }
            _ => {}
        }
        match (control, resource, reason, expires_at) {
            (Some(control), Ok(resource), Some(reason), Some(expires_at)) if errors.is_empty() => {
                Ok(Self {
                    control,
                    resource,
                    reason,
                    expires_at,
                })
            }
            _ => Err(errors),
        }
    }

    /// The suppression that comes of it.
    pub fn by(self, owner: &str, now: Timestamp) -> Suppression {
        Suppression {
            id: id(&self.control, self.resource.as_deref()),
            control: self.control,
            resource: self.resource,
            reason: self.reason,
            owner: owner.to_owned(),
            created_at: now,
            expires_at: self.expires_at,
            other: OtherFields::new(),
        }
    }
}

/// The id of the suppression of a control at a resource: there is one of each.
fn id(control: &ControlId, resource: Option<&str>) -> String {
    let text = format!("{control}\n{}", resource.unwrap_or_default());
    let mut id = HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
    id.truncate(16);
    id
}

/// The id of a suppression, as a path holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppressionId(pub String);

impl SuppressionId {
    /// Its form, as a regular expression.
    pub const PATTERN: &str = "^[0-9a-f]{16}$";
}

impl std::str::FromStr for SuppressionId {
    type Err = crate::id::Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 16 && text.bytes().all(is_hex) {
            return Ok(Self(text.to_owned()));
        }
        Err(crate::id::Malformed {
            what: "suppression",
            found: text.chars().take(80).collect(),
            allowed: "16 digits and letters from a to f, as the list shows it",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn now() -> Timestamp {
        at("2026-01-01T00:00:00Z")
    }

    fn read(body: &Value) -> Result<NewSuppression, Vec<String>> {
        let read = NewSuppression::read(body, now());
        read.map_err(|errors| errors.into_iter().map(|error| error.field).collect())
    }

    #[test]
    fn a_suppression_has_a_reason_and_an_end_within_a_year() {
        let whole = json!({"control": "TNT.IAM.1", "reason": "it is known", "expiresAt": "2026-06-01T00:00:00Z"});
        assert!(read(&whole).is_ok());
        for (name, value, wrong) in [
            ("control", json!("CIS.1"), "control"),
            ("control", json!(null), "control"),
            ("reason", json!(null), "reason"),
            ("reason", json!(7), "reason"),
            ("reason", json!(" "), "reason"),
            ("expiresAt", json!(null), "expiresAt"),
            ("expiresAt", json!("2025-12-31T00:00:00Z"), "expiresAt"),
            ("expiresAt", json!("2027-01-03T00:00:00Z"), "expiresAt"),
            ("expiresAt", json!("never"), "expiresAt"),
            ("resource", json!(""), "resource"),
            ("resource", json!("a\u{202e}b"), "resource"),
            ("owner", json!("me"), "owner"),
        ] {
            let mut body = whole.clone();
            body[name] = value;
            assert_eq!(read(&body).unwrap_err(), [wrong], "{body}");
        }
    }

    #[test]
    fn a_suppression_covers_its_control_and_resource_until_it_ends() {
        let control: ControlId = "TNT.IAM.1".parse().unwrap();
        let suppression = |control: &str, resource: Option<&str>| {
            let new = NewSuppression {
                control: control.parse().unwrap(),
                resource: resource.map(str::to_owned),
                reason: "known".into(),
                expires_at: at("2026-02-01T00:00:00Z"),
            };
            new.by("ann", now())
        };
        let covers =
            |one: Suppression, when| suppressing(&[one], &control, "IAM users", when).is_some();
        assert!(covers(suppression("TNT.IAM.1", None), now()));
        assert!(covers(suppression("TNT.IAM.1", Some("IAM users")), now()));
        assert!(!covers(suppression("TNT.IAM.1", Some("others")), now()));
        assert!(!covers(suppression("TNT.IAM.2", None), now()));
        let ended = at("2026-02-01T00:00:00Z");
        assert!(!covers(suppression("TNT.IAM.1", None), ended));
        let ids = [None, Some("IAM users"), Some("others")];
        let ids: std::collections::BTreeSet<_> = ids
            .map(|resource| suppression("TNT.IAM.1", resource).id)
            .into();
        assert_eq!(ids.len(), 3);
    }
}
