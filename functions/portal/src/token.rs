//! `POST /oauth2/token`: codes and refresh tokens for access tokens.

use serde_json::json;
use sign_in::secrets::{challenge, hash, is_same};
use tenancy::{
    Session, Timestamp,
    session::{Holder, Refresh},
};
use tenantry_aws::ledger::SignInKind;

use crate::{
    app::App,
    authorize::CLIENT,
    callback::Code,
    device,
    error::PortalError,
    issue::access_token,
    reply::Reply,
    request::PortalRequest,
    sessions::{self, secret_of, sid_of},
};

/// `POST /oauth2/token`
pub async fn token(app: &App, request: &PortalRequest) -> Result<Reply, PortalError> {
    if request.form.text("client_id") != CLIENT {
        return Ok(Reply::oauth_error(
            "invalid_client",
            "the client is not known",
        ));
    }
    match request.form.text("grant_type") {
        "authorization_code" => of_code(app, request).await,
        "refresh_token" => of_refresh_token(app, request).await,
        device::GRANT => device::token(app, request).await,
        _ => Ok(Reply::oauth_error(
            "unsupported_grant_type",
            "codes, refresh tokens and device codes are taken",
        )),
    }
}

async fn of_code(app: &App, request: &PortalRequest) -> Result<Reply, PortalError> {
    let refused = || {
        Reply::oauth_error(
            "invalid_grant",
            "the code was used, has expired, or is not of this sign-in",
        )
    };
    let name = hash(request.form.text("code"));
    let taken = app
        .ledger
        .take_sign_in::<Code>(SignInKind::Code, &name, request.now);
    let Some(code) = taken.await? else {
        return Ok(refused());
    };
    let met = is_same(
        &challenge(request.form.text("code_verifier")),
        &code.challenge,
    );
    if !met || request.form.text("redirect_uri") != code.redirect {
        return Ok(refused());
    }
    let begun = sessions::begin(app, code.signed_in, Holder::CommandLine, request.now);
    let (secret, session) = begun.await?;
    tokens(app, &secret, &session, request.now).await
}

async fn of_refresh_token(app: &App, request: &PortalRequest) -> Result<Reply, PortalError> {
    let over = || Reply::oauth_error("invalid_grant", "the session is over: sign in again");
    let presented = request.form.text("refresh_token");
    let Some(sid) = sid_of(presented) else {
        return Ok(over());
    };
    let kept = app
        .ledger
        .sign_in::<Session>(SignInKind::Session, sid, request.now);
    let Some(kept) = kept.await? else {
        return Ok(over());
    };
    let next = secret_of(sid);
    let (presented, next_hash) = (hash(presented), hash(&next));
    match kept
        .content
        .refreshed(&presented, &next_hash, request.now, is_same)
    {
        Refresh::Over => Ok(over()),
        Refresh::Reused(_) => reused(app, sid, request.now).await,
        Refresh::Rotated(session) => {
            if !app.goes_on(sid, &session, request.now).await? {
                // Settings that come back do not bring it back.
                let why = "provider-changed-or-sessions-ended";
                app.ledger.end_session(sid, why, request.now).await?;
                return Ok(over());
            }
            let changed = app
                .ledger
                .change_sign_in(SignInKind::Session, sid, &kept, &session);
            match changed.await? {
                true => tokens(app, &next, &session, request.now).await,
                // Somebody else has used it at the same moment.
                false => reused(app, sid, request.now).await,
            }
        }
    }
}

async fn reused(app: &App, sid: &str, now: Timestamp) -> Result<Reply, PortalError> {
    tracing::warn!(
        session.id = sid,
        "a refresh token was used twice: the session is ended"
    );
    app.ledger
        .end_session(sid, "refresh-token-reused", now)
        .await?;
    Ok(Reply::oauth_error(
        "invalid_grant",
        "the token was used before, so the session was ended: sign in again",
    ))
}

/// The answer with tokens of a session (RFC 6749, section 5.1).
pub async fn tokens(
    app: &App,
    secret: &str,
    session: &Session,
    now: Timestamp,
) -> Result<Reply, PortalError> {
    let sid = sid_of(secret).unwrap_or_default();
    let (token, lifetime) = access_token(app, sid, session, now).await?;
    Ok(Reply::json(
        200,
        &json!({
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": lifetime,
            "refresh_token": secret,
            "session_ends_at": session.ends_at,
            "tenant_slug": session.person.slug,
        }),
    ))
}
