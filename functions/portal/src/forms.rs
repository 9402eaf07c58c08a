//! Forms that only our own pages can send: the same random text in the form and in a cookie, and the header `Origin`.

use sign_in::secrets::{is_same, random};

use crate::{app::App, error::PortalError, pages, reply::Reply, request::PortalRequest};

const COOKIE: &str = "__Host-tenantry-form";
const FIELD: &str = "csrf";

/// The token that a form carries, and whether the browser has it already.
pub struct FormToken {
    token: String,
}

impl FormToken {
    /// The browser's, or a new one.
    pub fn of(request: &PortalRequest) -> Self {
        let known = request.cookie(COOKIE).filter(|token| is_random(token));
        let token = known.map_or_else(random, str::to_owned);
        Self { token }
    }

    /// The hidden field.
    pub fn field(&self) -> String {
        pages::hidden(FIELD, &self.token)
    }

    /// The answer, with the cookie.
    pub fn on(&self, reply: Reply) -> Reply {
        reply.cookie(COOKIE, &self.token, 3600)
    }
}

/// Refuses a form that is not of one of our pages in this browser.
pub fn check(app: &App, request: &PortalRequest) -> Result<(), PortalError> {
    let is_ours = request
        .origin
        .as_deref()
        .is_none_or(|origin| origin == app.origin());
    let token = request.cookie(COOKIE).filter(|token| is_random(token));
    let given = request.form.text(FIELD);
    if is_ours && token.is_some_and(|token| is_same(token, given)) {
        return Ok(());
    }
    let message = "This form was not sent from one of our pages, or the page was open for too long. Open the page again.";
    Err(PortalError::new(403, message))
}

/// Whether a text has the form of those that we make.
pub fn is_random(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() == 43 && text.bytes().all(allowed)
}
