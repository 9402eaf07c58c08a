//! Our access tokens.

use access::Claims;
use sign_in::token::{signed, signing_input};
use tenancy::{Session, Timestamp};

use crate::{app::App, boxed::boxed, error::PortalError};

/// How long an access token is good.
pub const LIFETIME_SECS: i64 = 15 * 60;

/// An access token of a session, and for how many seconds it is good.
pub async fn access_token(
    app: &App,
    sid: &str,
    session: &Session,
    now: Timestamp,
) -> Result<(String, i64), PortalError> {
    let issued = now.as_second();
    let left = session.ends_at.as_second().saturating_sub(issued);
    let lifetime = left.clamp(1, LIFETIME_SECS);
    let person = &session.person;
    let claims = Claims {
        iss: app.settings.address.clone(),
        aud: app.settings.audience.clone(),
        sub: person.subject.clone(),
        provider: person.provider.clone(),
        tenant: person.tenant.clone(),
        sid: sid.to_owned(),
        email: person.email.clone(),
        groups: serde_json::to_string(&person.groups).unwrap_or_default(),
        iat: issued,
        exp: issued.saturating_add(lifetime),
    };
    let keys = app.keys().await?;
    let (key, name) = keys
        .first()
        .zip(app.settings.keys.first())
        .ok_or_else(|| PortalError::new(503, "The sign-in is not set up. Tell the operators."))?;
    let input = signing_input(&key.id(), &claims).unwrap_or_default();
    let signature = boxed(app.signing.sign(name, input.as_bytes())).await?;
    Ok((signed(input, &signature), lifetime))
}
