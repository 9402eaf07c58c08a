//! Answers: pages, redirects and JSON, each with the headers that keep a browser from doing what was not meant.

use std::collections::BTreeMap;

use events::HttpResponse;
use serde_json::Value;

use crate::{error::PortalError, pages};

/// No script, no style, no picture, no frame; forms go to us alone. Source: Content Security Policy Level 3 (W3C).
const POLICY: &str =
    "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// An answer.
#[derive(Debug)]
pub struct Reply {
    status: u16,
    headers: BTreeMap<String, String>,
    cookies: Vec<String>,
    body: String,
}

impl Reply {
    fn new(status: u16, kind: &str, body: String) -> Self {
        let headers = [
            ("content-type", kind),
            ("cache-control", "no-store"),
            ("content-security-policy", POLICY),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            // Not `no-referrer`: browsers then send our own forms with `Origin: null` (Fetch, "append a request Origin header").
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            status,
            headers: headers.into(),
            cookies: Vec::new(),
            body,
        }
    }

    /// A page. `body` is HTML, in which every text was escaped.
    pub fn page(status: u16, title: &str, body: &str) -> Self {
        Self::new(
            status,
            "text/html; charset=utf-8",
            pages::whole(title, body),
        )
    }

    /// What went wrong, as a page.
    pub fn error(error: &PortalError) -> Self {
        let body = format!("<p>{}</p>", pages::escaped(&error.message));
        Self::page(error.status, "Not signed in", &body)
    }

    /// JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// An error of OAuth (RFC 6749, section 5.2).
    pub fn oauth_error(error: &str, about: &str) -> Self {
        let body = serde_json::json!({ "error": error, "error_description": about });
        Self::json(400, &body)
    }

    /// To another address.
    pub fn redirect(address: &str) -> Self {
        let mut reply = Self::new(303, "text/plain; charset=utf-8", String::new());
        reply
            .headers
            .insert("location".to_owned(), address.to_owned());
        reply
    }

    /// What may be kept for some minutes, by anybody.
    #[must_use]
    pub fn kept_for(mut self, seconds: u32) -> Self {
        let value = format!("public, max-age={seconds}");
        self.headers.insert("cache-control".to_owned(), value);
        self
    }

    /// Lets the form of a page lead on to an address on loopback: a browser holds where a form ends up against the policy as well.
    #[must_use]
    pub fn leading_to(mut self, address: &str) -> Self {
        let origin = address.trim_end_matches('/');
        let policy = POLICY.replace(
            "form-action 'self'",
            &format!("form-action 'self' {origin}"),
        );
        self.headers
            .insert("content-security-policy".to_owned(), policy);
        self
    }

    /// Sets a cookie of this host alone, which no script can read and no other site can send along with a form.
    #[must_use]
    pub fn cookie(mut self, name: &str, value: &str, seconds: i64) -> Self {
        let cookie =
            format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax");
        self.cookies.push(cookie);
        self
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status
    }
}

impl From<Reply> for HttpResponse {
    fn from(reply: Reply) -> Self {
        Self {
            status_code: reply.status,
            headers: reply.headers,
            cookies: reply.cookies,
            body: reply.body,
            is_base64_encoded: false,
        }
    }
}
