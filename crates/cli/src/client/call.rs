//! A call to the API and its answer.

use reqwest::Method;
use serde_json::Value;

use super::{ATTEMPTS, new_key};

/// A call.
#[derive(Debug, Clone)]
pub struct Call {
    /// What is being done, for messages: "creating tenant `acme`".
    pub doing: String,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
    pub(super) key: Option<String>,
    pub(super) signed: bool,
    pub(super) attempts: u32,
}

/// A successful answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The version of what was answered.
    pub etag: Option<String>,
    /// Whether this is the answer to an earlier request with the same idempotency key.
    pub replayed: bool,
    /// The body.
    pub body: Value,
}

impl Call {
    fn new(method: Method, path: String, doing: String) -> Self {
        Self {
            doing,
            method,
            path,
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            key: None,
            signed: true,
            attempts: ATTEMPTS,
        }
    }

    /// A call that reads.
    pub fn get(path: impl Into<String>, doing: impl Into<String>) -> Self {
        Self::new(Method::GET, path.into(), doing.into())
    }

    /// A call that writes, under a key that makes it safe to repeat.
    pub fn write(
        method: Method,
        path: impl Into<String>,
        key: &str,
        doing: impl Into<String>,
    ) -> Self {
        let mut call = Self::new(method, path.into(), doing.into()).header("idempotency-key", key);
        call.key = Some(key.to_owned());
        call
    }

    /// A call that writes, for a command that takes no key: nobody is told to repeat it with the one that it has.
    pub fn write_under_own_key(
        method: Method,
        path: impl Into<String>,
        doing: impl Into<String>,
    ) -> Self {
        Self::write(method, path, &new_key(), doing).with_key_of_its_own()
    }

    /// Tells nobody to repeat the command with the key of this call, which is not the command's.
    #[must_use]
    pub fn with_key_of_its_own(mut self) -> Self {
        self.key = None;
        self
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Adds a body.
    #[must_use]
    pub fn body(mut self, content_type: &str, mut body: Value) -> Self {
        body.sort_all_objects();
        self.body = Some(body);
        self.header("content-type", content_type)
    }

    /// Sends it without a signature.
    #[must_use]
    pub fn unsigned(mut self) -> Self {
        self.signed = false;
        self
    }

    /// Sends it only once, without retries.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.attempts = 1;
        self
    }

    /// The key it can be repeated under, if it writes.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }
}
