//! One request of an AWS client, read as far as is needed to know what it asks for.

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;

use super::identify::{self, Identity};
use super::keys::Caller;

/// A request, what it asks for, and who asks.
#[derive(Clone, Debug)]
pub struct Call {
    /// HTTP method.
    pub method: Method,
    /// Path and query exactly as sent: the signature covers them.
    pub path_and_query: String,
    /// Headers as sent.
    pub headers: HeaderMap,
    /// The body; empty when it is streamed through.
    pub body: Bytes,
    /// Service, operation, Region and protocol.
    pub identity: Identity,
    /// Account, role and session.
    pub caller: Caller,
}

impl Call {
    /// Reads a request.
    pub fn new(method: Method, path_and_query: String, headers: HeaderMap, body: Bytes) -> Self {
        let identity = identify::identify(&method, &path_and_query, &headers, &body);
        Self {
            method,
            path_and_query,
            headers,
            body,
            identity,
            caller: Caller::default(),
        }
    }

    /// True if it asks this service for this operation.
    pub fn is(&self, service: &str, operation: &str) -> bool {
        self.identity.service == service && self.identity.operation == operation
    }

    /// The JSON body, or null.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// A text member of the JSON body, or the empty string.
    pub fn member(&self, name: &str) -> String {
        self.json()
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    }

    /// All parameters of a query-protocol request, in order.
    pub fn form(&self) -> Vec<(String, String)> {
        identify::pairs(&String::from_utf8_lossy(&self.body))
    }

    /// One parameter of a query-protocol request.
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.form()
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// The account a call acts in; empty when unknown.
    pub fn account(&self) -> &str {
        &self.caller.account
    }
}
