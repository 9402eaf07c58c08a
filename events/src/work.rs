//! The messages of a work queue: the id of a tenant, however it was sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenancy::{AccountId, TenantId};

use crate::{CloseAccountResult, CreateAccountResult};

/// One tenant to work on. The sweeps put it into a queue as it is; the bus delivers it inside an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Work {
    /// The tenant.
    pub tenant_id: TenantId,
}

/// A message of a work queue, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A tenant to work on.
    Work(Work),
    /// Organizations ended a request to create an account: only its `car-` id says whose.
    AccountCreation {
        /// Id of the request.
        request_id: String,
    },
    /// Organizations ended a request to close an account.
    AccountClosure {
        /// The account.
        account_id: AccountId,
    },
}

/// A message that is not one of tenantry. It goes to the dead-letter queue and is not retried forever.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("reading an event: {detail}")]
pub struct Unreadable {
    /// What is wrong with it.
    pub detail: String,
}

impl Work {
    /// As the body of a message.
    pub fn body(&self) -> String {
        serde_json::json!({ "tenantId": self.tenant_id }).to_string()
    }

    /// Reads a body that must name a tenant.
    ///
    /// # Errors
    /// If it does not.
    pub fn parse(body: &str) -> Result<Self, Unreadable> {
        match Message::parse(body)? {
            Message::Work(work) => Ok(work),
            _ => Err(Unreadable {
                detail: "it names no tenant".to_owned(),
            }),
        }
    }
}

impl Message {
    /// Reads a body: `{"tenantId": …}`, or an EventBridge envelope around that or around a result of Organizations.
    ///
    /// # Errors
    /// If it is none of them.
    pub fn parse(body: &str) -> Result<Self, Unreadable> {
        let value: Value = serde_json::from_str(body).map_err(|error| unreadable(&error))?;
        let inner = match value.get("detail") {
            Some(detail) if value.get("detail-type").is_some() => detail.clone(),
            _ => value,
        };
        match inner.get("eventName").and_then(Value::as_str) {
            Some("CreateAccountResult") => read(inner).map(|result: CreateAccountResult| {
                let request_id = result.service_event_details.create_account_status.id;
                Self::AccountCreation { request_id }
            }),
            Some("CloseAccountResult") => read(inner).map(|result: CloseAccountResult| {
                let account_id = result.service_event_details.close_account_status.account_id;
                Self::AccountClosure { account_id }
            }),
            _ => read(inner).map(Self::Work),
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Unreadable> {
    serde_json::from_value(value).map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> Unreadable {
    Unreadable {
        detail: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_read_from_a_bare_message_and_from_an_envelope() {
        let id = TenantId::from_random([5; 10]);
        let work = Work {
            tenant_id: id.clone(),
        };
        assert_eq!(Work::parse(&work.body()), Ok(work.clone()));
        let envelope = serde_json::json!({
            "detail-type": "TenantRequested", "source": "tenantry", "detail": {"version": 7, "tenantId": id, "more": 1}
        });
        assert_eq!(Work::parse(&envelope.to_string()), Ok(work));
    }

    #[test]
    fn what_is_no_work_is_refused() {
        for bad in [
            "",
            "null",
            "[]",
            "{}",
            "t-aaaaaaaaaaaaaaaa",
            r#"{"tenantId":"acme"}"#,
            r#"{"tenantId":7}"#,
            r#"{"detail-type":"x","detail":{}}"#,
            r#"{"detail":{"eventName":"CreateAccountResult"},"detail-type":"x"}"#,
        ] {
            assert!(Message::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_result_of_organizations_is_a_hint_and_no_work() {
        let body = include_str!("../examples/CreateAccountResult.json");
        let message = Message::parse(body).unwrap();
        assert_eq!(
            message,
            Message::AccountCreation {
                request_id: "car-examplecreateaccountrequestid111".into()
            }
        );
        assert!(Work::parse(body).is_err());
        let closed = Message::parse(include_str!("../examples/CloseAccountResult.json")).unwrap();
        assert!(matches!(closed, Message::AccountClosure { .. }));
    }
}
