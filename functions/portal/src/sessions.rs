//! Sessions: how they begin, what a browser is shown of its own, and how they end.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use sign_in::secrets::{hash, id, is_same, random};
use tenancy::{Person, Session, Timestamp, session::Holder};
use tenantry_aws::ledger::SignInKind;

use crate::{
    app::App,
    consent::{place, who},
    error::PortalError,
    forms::{self, FormToken},
    pages::escaped,
    reply::Reply,
    request::PortalRequest,
};

/// The cookie of a browser's session.
pub const COOKIE: &str = "__Host-tenantry-session";
/// After this time a person signs in again.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// Somebody whom a provider has signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    /// Who.
    pub person: Person,
    /// The era of the provider.
    pub era: String,
    /// When: a session is as old as the sign-in, whenever its tokens are fetched.
    pub at: Timestamp,
}

/// A new session, and its secret: the session's id and a random text.
pub async fn begin(
    app: &App,
    signed_in: SignedIn,
    holder: Holder,
    now: Timestamp,
) -> Result<(String, Session), PortalError> {
    let sid = id();
    let secret = secret_of(&sid);
    let session = Session {
        person: signed_in.person,
        era: Some(signed_in.era),
        holder,
        secret_hash: hash(&secret),
        spent: Vec::new(),
        began_at: signed_in.at,
        ends_at: signed_in.at + LONGEST,
        ended: None,
    };
    let (kind, ends_at) = (SignInKind::Session, session.ends_at);
    // The row would expire at once.
    if now >= ends_at {
        return Err(PortalError::stale());
    }
    if !app
        .ledger
        .keep_sign_in(kind, &sid, &session, ends_at)
        .await?
    {
        return Err(PortalError::stale());
    }
    Ok((secret, session))
}

/// A new secret of a session.
pub fn secret_of(sid: &str) -> String {
    format!("{sid}.{}", random())
}

/// The id of the session that a secret is of, if it has the form of one.
pub fn sid_of(secret: &str) -> Option<&str> {
    let (sid, rest) = secret.split_once('.')?;
    (sid.len() == 22 && forms::is_random(rest)).then_some(sid)
}

/// The session of this browser.
async fn of_browser(
    app: &App,
    request: &PortalRequest,
) -> Result<Option<(String, Session)>, PortalError> {
    let Some(secret) = request.cookie(COOKIE) else {
        return Ok(None);
    };
    let Some(sid) = sid_of(secret) else {
        return Ok(None);
    };
    let kept = app
        .ledger
        .sign_in::<Session>(SignInKind::Session, sid, request.now);
    let Some(session) = kept.await?.map(|kept| kept.content) else {
        return Ok(None);
    };
    let is_its = session.holder == Holder::Browser
        && session.is_open(request.now)
        && is_same(&hash(secret), &session.secret_hash);
    Ok(is_its.then(|| (sid.to_owned(), session)))
}

/// Ends the session of this browser, if it has one.
pub async fn end(app: &App, request: &PortalRequest, why: &str) -> Result<(), PortalError> {
    if let Some((sid, _)) = of_browser(app, request).await? {
        app.ledger.end_session(&sid, why, request.now).await?;
    }
    Ok(())
}

/// `GET /oauth2/signed-in`
pub async fn signed_in(app: &App, request: &PortalRequest) -> Result<Reply, PortalError> {
    let found = of_browser(app, request).await?;
    let alive = match &found {
        Some((sid, session)) => app.goes_on(sid, session, request.now).await?,
        None => false,
    };
    let Some((_, session)) = found.filter(|_| alive) else {
        let message = "You are not signed in. Open your sign-in address to do so.";
        return Err(PortalError::new(401, message));
    };
    let person = &session.person;
    let token = FormToken::of(request);
    let body = format!(
        "<p>You are signed in as {}, for {}, until {}.</p>\n<form method=\"post\" action=\"{}\">{}<button>Sign out</button></form>",
        escaped(&who(person)),
        place(person.slug.as_ref()),
        escaped(&session.ends_at.to_string()),
        escaped(&app.address("/oauth2/sign-out")),
        token.field()
    );
    Ok(token.on(Reply::page(200, "Signed in", &body)))
}

/// `POST /oauth2/sign-out`
pub async fn sign_out(app: &App, request: &PortalRequest) -> Result<Reply, PortalError> {
    forms::check(app, request)?;
    end(app, request, "signed-out").await?;
    let body = "<p>You are signed out here. Your identity provider may still know you.</p>";
    Ok(Reply::page(200, "Signed out", body).cookie(COOKIE, "", 0))
}

/// `POST /oauth2/revoke` (RFC 7009): ends the session of a refresh token. Of a token that is none, nothing is said.
pub async fn revoke(app: &App, request: &PortalRequest) -> Result<Reply, PortalError> {
    if let Some(sid) = request.form.get("token").and_then(sid_of) {
        let kept = app
            .ledger
            .sign_in::<Session>(SignInKind::Session, sid, request.now);
        let session = kept.await?.map(|kept| kept.content);
        let presented = hash(request.form.text("token"));
        // Only its holder ends it: the id of a session is no secret.
        if session.is_some_and(|session| is_same(&presented, &session.secret_hash)) {
            app.ledger
                .end_session(sid, "signed-out", request.now)
                .await?;
        }
    }
    Ok(Reply::json(200, &serde_json::json!({})))
}
