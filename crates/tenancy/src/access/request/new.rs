//! Reading what somebody sends who asks for access, or denies it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    access::{Level, Role, field, members, reason_in, required},
    id::Slug,
    spec::FieldError,
    validate::{self, quoted},
};

/// The shortest time that access is asked for, in seconds: what the shortest session in an account needs, and a little.
pub const SHORTEST_ACCESS: u32 = 900;
/// The longest, in seconds: a long day's work. What is needed for longer is a grant.
pub const LONGEST_ACCESS: u32 = 43_200;

const SENTENCE: &str = "a sentence of 1 to 200 characters";
const LONGEST_TICKET: usize = 100;

/// Access to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct NewAccessRequest {
    /// A role of the tenant, or of the project.
    pub role: Role,
    /// The project it is for, of the tenant in the path; absent: all of the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<Slug>,
    /// For how many seconds from the last approval.
    #[schemars(range(min = 900, max = 43_200))]
    pub duration_secs: u32,
    /// Why, in a sentence.
    #[schemars(length(min = 1, max = 200))]
    pub reason: String,
    /// Where it is written about, such as the number of a ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub ticket: Option<String>,
}

/// Why a request is denied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct DenyAccessRequest {
    /// Why, in a sentence.
    #[schemars(length(min = 1, max = 200))]
    pub reason: String,
}

impl NewAccessRequest {
    /// Reads what somebody sent.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(body: &Value) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let known = ["role", "project", "durationSecs", "reason", "ticket"];
        let Some(body) = members(body, &known, &mut errors) else {
            return Err(errors);
        };
        let level = match body.get("project").is_some_and(|it| !it.is_null()) {
            true => Level::Project,
            false => Level::Tenant,
        };
        let roles: Vec<&str> = Role::of(level).map(Role::as_str).collect();
        let roles = roles.join(", ");
        let seconds = format!("a whole number of seconds, {SHORTEST_ACCESS} to {LONGEST_ACCESS}");
        for (name, allowed) in [
            ("role", roles.as_str()),
            ("durationSecs", seconds.as_str()),
            ("reason", SENTENCE),
        ] {
            required(body, name, allowed, &mut errors);
        }
        let project = field(body, "project", Slug::ALLOWED, &mut errors);
        let role: Option<Role> = field(body, "role", &roles, &mut errors);
        if let Some(role) = role.filter(|role| !role.is_of(level)) {
            let detail = format!("`{role}` cannot be held there");
            errors.push(FieldError::new("role", detail, &roles));
        }
        let duration_secs = duration(body, &seconds, &mut errors);
        let reason =
            text(body, "reason", SENTENCE, &mut errors).and_then(|()| reason_in(body, &mut errors));
        let ticket = ticket(body, &mut errors);
        match (role, duration_secs, reason) {
            (Some(role), Some(duration_secs), Some(reason)) if errors.is_empty() => Ok(Self {
                role,
                project,
                duration_secs,
                reason,
                ticket,
            }),
            _ => Err(errors),
        }
    }
}

impl DenyAccessRequest {
    /// Reads what somebody sent.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(body: &Value) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let Some(body) = members(body, &["reason"], &mut errors) else {
            return Err(errors);
        };
        required(body, "reason", SENTENCE, &mut errors);
        let reason =
            text(body, "reason", SENTENCE, &mut errors).and_then(|()| reason_in(body, &mut errors));
        match reason {
            Some(reason) if errors.is_empty() => Ok(Self { reason }),
            _ => Err(errors),
        }
    }
}

/// Whether a field is there and a text; what is there and none is wrong.
fn text(
    body: &Map<String, Value>,
    name: &str,
    allowed: &str,
    errors: &mut Vec<FieldError>,
) -> Option<()> {
    match body.get(name).filter(|value| !value.is_null())? {
        Value::String(_) => Some(()),
        _ => {
            errors.push(FieldError::new(name, "is not a text", allowed));
            None
        }
    }
}

fn duration(body: &Map<String, Value>, allowed: &str, errors: &mut Vec<FieldError>) -> Option<u32> {
    let value = body.get("durationSecs").filter(|value| !value.is_null())?;
    let seconds = value.as_u64().and_then(|it| u32::try_from(it).ok());
    let seconds = seconds.filter(|it| (SHORTEST_ACCESS..=LONGEST_ACCESS).contains(it));
    if seconds.is_none() {
        let detail = format!("{} is not allowed", quoted(&value.to_string()));
        errors.push(FieldError::new("durationSecs", detail, allowed));
    }
    seconds
}

fn ticket(body: &Map<String, Value>, errors: &mut Vec<FieldError>) -> Option<String> {
    let allowed = format!("a text of 1 to {LONGEST_TICKET} characters");
    text(body, "ticket", &allowed, errors)?;
    let given = body.get("ticket").and_then(Value::as_str)?;
    let read = validate::reason("ticket", given).ok();
    let read = read.filter(|it| it.chars().count() <= LONGEST_TICKET);
    if read.is_none() {
        let detail = format!("{} is not allowed", quoted(given));
        errors.push(FieldError::new("ticket", detail, allowed));
    }
    read
}
