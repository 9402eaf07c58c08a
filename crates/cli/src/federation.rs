//! The address by which a browser is signed in to the AWS console with the credentials of a session.
//!
//! Source: IAM User Guide, "Enable custom identity broker access to the AWS console".

use std::time::Duration;

use api_types::AccountSessionView;
use reqwest::{Url, redirect::Policy};
use serde::Deserialize;
use serde_json::json;

use crate::error::CliError;

/// The federation endpoint of the AWS partition `aws`.
pub const FEDERATION: &str = "https://signin.aws.amazon.com/federation";

const PATIENCE: Duration = Duration::from_secs(20);

/// A token has some hundred bytes.
const LONGEST_ANSWER: usize = 64 << 10;

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "SigninToken")]
    token: String,
}

/// The address; whoever has it within 15 minutes is signed in.
///
/// # Errors
/// The endpoint gave no token.
pub async fn sign_in_address(
    federation: &Url,
    destination: &Url,
    opened: &AccountSessionView,
) -> Result<Url, CliError> {
    let host = federation.host_str().unwrap_or_default();
    if federation.scheme() != "https" && !["127.0.0.1", "localhost"].contains(&host) {
        // The address holds the credentials.
        let why = format!("`{host}` is not asked without https, which would show the credentials");
        return Err(CliError::Usage(why));
    }
    let credentials = json!({
        "sessionId": opened.access_key_id,
        "sessionKey": opened.secret_access_key,
        "sessionToken": opened.session_token,
    });
    let mut ask = federation.clone();
    ask.query_pairs_mut()
        .append_pair("Action", "getSigninToken")
        .append_pair("Session", &credentials.to_string());
    // The address holds the credentials: no error may show it.
    let refused = |error: reqwest::Error| {
        let why = error.without_url();
        CliError::SignIn(format!("AWS gave no token for the console: {why}"))
    };
    let unreadable =
        |why: &str| CliError::SignIn(format!("AWS gave no token for the console: {why}"));
    // Nor is anybody else told it: by a redirect that is followed, or as the address that led there.
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(Policy::none())
        .referer(false)
        .build();
    let answer = client.map_err(refused)?.get(ask).send().await;
    let answer = answer.and_then(reqwest::Response::error_for_status);
    let mut answer = answer.map_err(refused)?;
    let mut bytes = Vec::new();
    while let Some(more) = answer.chunk().await.map_err(refused)? {
        bytes.extend_from_slice(&more);
        if bytes.len() > LONGEST_ANSWER {
            return Err(unreadable("its answer is too long"));
        }
    }
    let answer: Answer =
        serde_json::from_slice(&bytes).map_err(|_| unreadable("its answer cannot be read"))?;
    let mut address = federation.clone();
    address
        .query_pairs_mut()
        .append_pair("Action", "login")
        .append_pair("Issuer", "tenantry")
        .append_pair("Destination", destination.as_str())
        .append_pair("SigninToken", &answer.token);
    Ok(address)
}
