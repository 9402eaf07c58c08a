//! Signing in by a code that a person types on another machine.

use std::time::Duration;

use serde::Deserialize;
use tenancy::text::visible;

use super::{
    portal::{Portal, Refused},
    refused,
    store::SignIn,
};
use crate::error::CliError;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const LONGEST_INTERVAL: u64 = 60;

#[derive(Deserialize)]
struct Begun {
    device_code: String,
    user_code: String,
    verification_uri: String,
    expires_in: u64,
    interval: u64,
}

/// Shows a code and waits until somebody has signed in with it.
///
/// # Errors
/// Why nobody signed in.
pub async fn by_code(portal: &Portal, tenant: Option<&str>) -> Result<SignIn, CliError> {
    let form: Vec<_> = tenant
        .map(|tenant| ("tenant", tenant))
        .into_iter()
        .collect();
    let begun: Begun = portal.post("/oauth2/device_authorization", &form).await??;
    let (page, code) = (visible(&begun.verification_uri), visible(&begun.user_code));
    crate::output::print_error(&format!(
        "open {page} on any machine, and enter the code {code}"
    ));
    let form = [
        ("grant_type", GRANT),
        ("device_code", begun.device_code.as_str()),
    ];
    let mut interval = begun.interval.clamp(1, LONGEST_INTERVAL);
    let mut waited = 0;
    while waited < begun.expires_in {
        tokio::time::sleep(Duration::from_secs(interval)).await;
        waited += interval;
        match portal.try_tokens(&form).await? {
            Ok(signed_in) => return Ok(signed_in),
            Err(Refused { error, .. }) if error == "authorization_pending" => {}
            // RFC 8628, section 3.5.
            Err(Refused { error, .. }) if error == "slow_down" => interval += 5,
            Err(other) => return Err(other.into()),
        }
    }
    Err(refused("nobody signed in before the code expired"))
}
