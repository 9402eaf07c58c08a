//! A grant: somebody holds a role somewhere, perhaps for a time.

use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Grantee, Level, Role, Scope};
use crate::{
    id::{AccessRequestId, GrantId, OperationId, Slug},
    spec::FieldError,
    validate::{self, json::member, quoted},
};

/// Somebody holds a role somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// Its immutable id.
    pub id: GrantId,
    /// Who.
    pub principal: Grantee,
    /// What.
    pub role: Role,
    /// Where.
    pub scope: Scope,
    /// Why.
    pub reason: String,
    /// Who gave it.
    pub granted_by: String,
    /// When.
    #[schemars(with = "String")]
    pub granted_at: Timestamp,
    /// When it ends by itself; absent: when it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires_at: Option<Timestamp>,
    /// The request for access that it came of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<AccessRequestId>,
}

impl Grant {
    /// Whether it counts at this time.
    pub fn is_live(&self, at: Timestamp) -> bool {
        self.expires_at.is_none_or(|expires| at < expires)
    }
}

/// A grant that was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Revocation {
    /// The grant.
    #[serde(flatten)]
    pub grant: Grant,
    /// Who revoked it.
    pub revoked_by: String,
    /// When.
    #[schemars(with = "String")]
    pub revoked_at: Timestamp,
    /// The operation by which sessions in the tenant's account are refused that rest on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationId>,
}

/// A grant to give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewGrant {
    /// Who.
    pub principal: Grantee,
    /// What.
    pub role: Role,
    /// The project it is for, of the tenant in the path; absent: all of the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<Slug>,
    /// Why, in a sentence.
    #[schemars(length(min = 1, max = 200))]
    pub reason: String,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires_at: Option<Timestamp>,
}

/// One field of a body, as its type reads it.
pub(crate) fn field<T: FromStr>(
    body: &Map<String, Value>,
    name: &str,
    allowed: &str,
    errors: &mut Vec<FieldError>,
) -> Option<T> {
    let value = body.get(name).filter(|value| !value.is_null())?;
    let read = value.as_str().and_then(|text| text.parse().ok());
    if read.is_none() {
        let shown = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let detail = format!("{} is not allowed", quoted(&shown));
        errors.push(FieldError::new(name, detail, allowed));
    }
    read
}

/// The members of a body that may have these and no others.
pub(crate) fn members<'a>(
    body: &'a Value,
    known: &[&str],
    errors: &mut Vec<FieldError>,
) -> Option<&'a Map<String, Value>> {
    let Some(members) = body.as_object() else {
        errors.push(FieldError::new(
            validate::BODY,
            "is not an object",
            "an object",
        ));
        return None;
    };
    for key in members.keys().filter(|key| !known.contains(&key.as_str())) {
        errors.push(FieldError::new(
            member("", key),
            "unknown field",
            known.join(", "),
        ));
    }
    Some(members)
}

pub(crate) fn required(
    body: &Map<String, Value>,
    name: &str,
    allowed: &str,
    errors: &mut Vec<FieldError>,
) {
    if body.get(name).is_none_or(Value::is_null) {
        errors.push(FieldError::new(name, "is required", allowed));
    }
}

impl NewGrant {
    /// Reads what somebody sent for the installation, a tenant, or a project. In a tenant, it may name a project of it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(body: &Value, at: Level, now: Timestamp) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let known: &[&str] = match at {
            Level::Tenant => &["principal", "role", "project", "reason", "expiresAt"],
            Level::Installation | Level::Project => &["principal", "role", "reason", "expiresAt"],
        };
        let Some(body) = members(body, known, &mut errors) else {
            return Err(errors);
        };
        let names_project = body.get("project").is_some_and(|it| !it.is_null());
        let (project, level): (Option<Slug>, Level) = match at {
            Level::Tenant if names_project => {
                let project = field(body, "project", Slug::ALLOWED, &mut errors);
                (project, Level::Project)
            }
            at => (None, at),
        };
        let roles: Vec<&str> = Role::of(level).map(Role::as_str).collect();
        let roles = roles.join(", ");
        for (name, allowed) in [
            ("principal", Grantee::ALLOWED),
            ("role", roles.as_str()),
            ("reason", "a sentence of 1 to 200 characters"),
        ] {
            required(body, name, allowed, &mut errors);
        }
        let principal = field(body, "principal", Grantee::ALLOWED, &mut errors);
        let role: Option<Role> = field(body, "role", &roles, &mut errors);
        if let Some(role) = role.filter(|role| !role.is_of(level)) {
            let detail = format!("`{role}` cannot be held there");
            errors.push(FieldError::new("role", detail, &roles));
        }
        let reason = reason_in(body, &mut errors);
        let allowed = "a time in the future, such as `2026-12-24T18:00:00Z`";
        let expires_at: Option<Timestamp> = field(body, "expiresAt", allowed, &mut errors);
        if expires_at.is_some_and(|expires| expires <= now) {
            errors.push(FieldError::new("expiresAt", "is past", allowed));
        }
        match (principal, role, reason) {
            (Some(principal), Some(role), Some(reason)) if errors.is_empty() => Ok(Self {
                principal,
                role,
                project,
                reason,
                expires_at,
            }),
            _ => {
                if errors.is_empty() {
                    errors.push(FieldError::new("reason", "is not a text", "a sentence"));
                }
                Err(errors)
            }
        }
    }
}

pub(crate) fn reason_in(body: &Map<String, Value>, errors: &mut Vec<FieldError>) -> Option<String> {
    let reason = validate::reason("reason", body.get("reason")?.as_str()?);
    reason.map_err(|error| errors.push(error)).ok()
}
