//! Sessions in a tenant's AWS account: what somebody may be there, and the record of who was.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::grant::{field, members, reason_in, required};
use crate::{
    id::{AccountId, AccountSessionId, GrantId, Malformed, TenantId},
    names,
    spec::FieldError,
    validate::quoted,
};

/// What somebody is in a tenant's account for the time of a session.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum AccountRole {
    /// Everything, within the boundary of the tenant.
    Administrator,
    /// Everything but users, groups and roles, within the boundary.
    Developer,
    /// Reads everything.
    ReadOnly,
    /// Reads bills and costs.
    Billing,
}

impl AccountRole {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Administrator,
        Self::Developer,
        Self::ReadOnly,
        Self::Billing,
    ];
    /// Their names, for error messages.
    pub const ALLOWED: &'static str = "administrator, developer, read-only, billing";

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Developer => "developer",
            Self::ReadOnly => "read-only",
            Self::Billing => "billing",
        }
    }

    /// The IAM role in the account.
    pub const fn iam_role(self) -> &'static str {
        match self {
            Self::Administrator => names::ADMINISTRATOR,
            Self::Developer => names::DEVELOPER,
            Self::ReadOnly | Self::Billing => names::READ_ONLY,
        }
    }

    /// What narrows the session further than the IAM role: a session may do what both allow.
    pub const fn session_policy(self) -> Option<&'static str> {
        match self {
            Self::Billing => Some("arn:aws:iam::aws:policy/AWSBillingReadOnlyAccess"),
            Self::Administrator | Self::Developer | Self::ReadOnly => None,
        }
    }
}

impl fmt::Display for AccountRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AccountRole {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == text);
        found.ok_or_else(|| Malformed {
            what: "account role",
            found: text.chars().take(80).collect(),
            allowed: Self::ALLOWED,
        })
    }
}

/// The shortest session, in seconds. Source: STS API reference, `AssumeRole`, parameter `DurationSeconds`.
pub const SHORTEST_SESSION: u32 = 900;
/// The longest session, in seconds: a role that is assumed by a role. Source: IAM User Guide, "Roles terms and concepts", role chaining.
pub const LONGEST_SESSION: u32 = 3_600;

/// A session to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewAccountSession {
    /// What to be in the account.
    pub role: AccountRole,
    /// For how many seconds. Default: 3600, or until the grant ends that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 900, max = 3600))]
    pub duration_secs: Option<u32>,
    /// Why, in a sentence. An operator's session needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub reason: Option<String>,
}

impl NewAccountSession {
    /// Reads what somebody sent.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(body: &Value) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let known = ["role", "durationSecs", "reason"];
        let Some(body) = members(body, &known, &mut errors) else {
            return Err(errors);
        };
        required(body, "role", AccountRole::ALLOWED, &mut errors);
        let role = field(body, "role", AccountRole::ALLOWED, &mut errors);
        let duration_secs = body.get("durationSecs").filter(|value| !value.is_null());
        let duration_secs = duration_secs.and_then(|value| duration(value, &mut errors));
        let reason = match body.get("reason") {
            Some(Value::String(_)) => reason_in(body, &mut errors),
            None | Some(Value::Null) => None,
            Some(_) => {
                errors.push(FieldError::new(
                    "reason",
                    "is not a text",
                    "a sentence of 1 to 200 characters",
                ));
                None
            }
        };
        match role {
            Some(role) if errors.is_empty() => Ok(Self {
                role,
                duration_secs,
                reason,
            }),
            _ => Err(errors),
        }
    }
}

fn duration(value: &Value, errors: &mut Vec<FieldError>) -> Option<u32> {
    let seconds = value.as_u64().and_then(|it| u32::try_from(it).ok());
    let seconds = seconds.filter(|it| (SHORTEST_SESSION..=LONGEST_SESSION).contains(it));
    if seconds.is_none() {
        let detail = format!("{} is not allowed", quoted(&value.to_string()));
        let allowed = format!("a whole number of seconds, {SHORTEST_SESSION} to {LONGEST_SESSION}");
        errors.push(FieldError::new("durationSecs", detail, allowed));
    }
    seconds
}

/// A session that was opened in a tenant's account. Its credentials are nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountSession {
    /// Its immutable id, also a tag of the session.
    pub id: AccountSessionId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its account.
    pub account_id: AccountId,
    /// What somebody was there.
    pub role: AccountRole,
    /// Who.
    pub opened_by: String,
    /// Who, as CloudTrail in the account names it (`sourceIdentity`).
    pub source_identity: String,
    /// The grant that it rests on; absent: an operator by the installation's parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
    /// Whether it rests on a role at the installation, of somebody who is not the tenant's.
    #[serde(default)]
    pub emergency: bool,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it began.
    #[schemars(with = "String")]
    pub opened_at: Timestamp,
    /// When its credentials end.
    #[schemars(with = "String")]
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(body: &Value) -> Vec<String> {
        let errors = NewAccountSession::read(body).unwrap_err();
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn what_is_wrong_with_a_session_is_named_by_field() {
        assert_eq!(fields(&json!([])), [crate::validate::BODY]);
        assert_eq!(fields(&json!({})), ["role"]);
        assert_eq!(fields(&json!({ "role": "root" })), ["role"]);
        for seconds in [
            json!(899),
            json!(3601),
            json!(900.5),
            json!("900"),
            json!(-1),
        ] {
            let body = json!({ "role": "read-only", "durationSecs": seconds });
            assert_eq!(fields(&body), ["durationSecs"], "{seconds}");
        }
        for reason in [json!(""), json!(7), json!("\u{202e}x")] {
            let body = json!({ "role": "read-only", "reason": reason });
            assert_eq!(fields(&body), ["reason"], "{reason}");
        }
        assert_eq!(fields(&json!({ "role": "billing", "who": "me" })), ["who"]);
    }

    #[test]
    fn each_role_is_read_by_its_name() {
        for role in AccountRole::ALL {
            let read = NewAccountSession::read(&json!({ "role": role })).unwrap();
            assert_eq!(read.role, role);
            assert_eq!(role.as_str().parse::<AccountRole>().unwrap(), role);
        }
    }
}
