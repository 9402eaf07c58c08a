//! Ending all sessions of a person.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    FieldError, OperationId, TenantId,
    access::{Grantee, Provider, field, members, reason_in, required},
};

/// Whose sessions are to end, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct EndSessions {
    /// The person: `person:<provider>:<issuer>#<subject>`.
    pub principal: Grantee,
    /// Why, in a sentence.
    #[schemars(length(min = 1, max = 200))]
    pub reason: String,
}

/// All sessions of a person that began until then have ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsEnded {
    /// The person.
    pub principal: Grantee,
    /// Why.
    pub reason: String,
    /// Who ended them.
    pub ended_by: String,
    /// When.
    #[schemars(with = "String")]
    pub ended_at: Timestamp,
    /// The operation by which the person's sessions in the tenant's account are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationId>,
}

impl EndSessions {
    /// Reads what somebody sent about a person of the tenant's provider, or of the installation's.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(body: &Value, tenant: Option<&TenantId>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let allowed = match tenant {
            Some(tenant) => format!("`person:{tenant}:<issuer>#<subject>`"),
            None => "`person:installation:<issuer>#<subject>`".to_owned(),
        };
        let Some(body) = members(body, &["principal", "reason"], &mut errors) else {
            return Err(errors);
        };
        required(body, "principal", &allowed, &mut errors);
        let sentence = "a sentence of 1 to 200 characters";
        required(body, "reason", sentence, &mut errors);
        let principal: Option<Grantee> = field(body, "principal", &allowed, &mut errors);
        if let Some(other) = principal.as_ref().filter(|it| !is_of(it, tenant)) {
            let detail = format!("`{other}` is no person of this provider");
            errors.push(FieldError::new("principal", detail, &allowed));
        }
        let reason = reason_in(body, &mut errors);
        match (principal, reason) {
            (Some(principal), Some(reason)) if errors.is_empty() => Ok(Self { principal, reason }),
            _ => {
                if errors.is_empty() {
                    errors.push(FieldError::new("reason", "is not a text", sentence));
                }
                Err(errors)
            }
        }
    }
}

fn is_of(grantee: &Grantee, tenant: Option<&TenantId>) -> bool {
    let Grantee::Person { provider, .. } = grantee else {
        return false;
    };
    match provider {
        Provider::Installation => tenant.is_none(),
        Provider::Tenant(its) => tenant == Some(its),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_person_of_the_very_provider_is_taken() {
        let tenant: TenantId = "t-aaaaaaaaaaaaaaaa".parse().unwrap();
        let own = format!("person:{tenant}:https://id.example#a|b/c");
        let installation = "person:installation:https://id.example#ann";
        let read = |principal: &str, tenant| {
            let body = json!({ "principal": principal, "reason": "a lost laptop" });
            EndSessions::read(&body, tenant).map_err(|errors| errors.len())
        };
        assert!(read(&own, Some(&tenant)).is_ok() && read(installation, None).is_ok());
        assert_eq!(read(&own, None), Err(1));
        assert_eq!(read(installation, Some(&tenant)), Err(1));
        for other in [
            "group:installation:ops",
            "arn:aws:iam::111111111111:user/ann",
            "ann",
        ] {
            assert_eq!(read(other, None), Err(1), "{other}");
        }
        for (body, faults) in [
            (json!([]), 1),
            (json!({}), 2),
            (json!({ "principal": installation, "reason": 7 }), 1),
            (
                json!({ "principal": installation, "reason": "x", "more": 1 }),
                1,
            ),
        ] {
            let errors = EndSessions::read(&body, None).unwrap_err();
            assert_eq!(errors.len(), faults, "{body}");
        }
    }
}
