//! What verifies our tokens, for everybody.

use serde_json::{Value, json};

use crate::{app::App, error::PortalError, reply::Reply};

/// Both documents may be kept for so long.
const KEPT_SECS: u32 = 300;

/// `GET /.well-known/openid-configuration` (OpenID Connect Discovery, section 4; RFC 8414).
pub fn discovery(app: &App) -> Reply {
    let at = |path: &str| app.address(path);
    let document = json!({
        "issuer": app.settings.address,
        "authorization_endpoint": at("/oauth2/authorize"),
        "token_endpoint": at("/oauth2/token"),
        "device_authorization_endpoint": at("/oauth2/device_authorization"),
        "revocation_endpoint": at("/oauth2/revoke"),
        "jwks_uri": at("/oauth2/jwks.json"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", crate::device::GRANT],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true
    });
    Reply::json(200, &document).kept_for(KEPT_SECS)
}

/// `GET /oauth2/jwks.json`
pub async fn key_set(app: &App) -> Result<Reply, PortalError> {
    let keys: Vec<Value> = app.keys().await?.iter().map(|key| key.jwk()).collect();
    Ok(Reply::json(200, &json!({ "keys": keys })).kept_for(KEPT_SECS))
}
