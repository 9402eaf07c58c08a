//! Signing a person in at the portal: by the browser of this machine (RFC 8252), or by a code (RFC 8628).

pub mod device;
mod loopback;
mod portal;
mod store;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use crate::{error::CliError, output::Printer};

pub use self::{
    portal::Portal,
    store::{SignIn, Store},
};

/// A person at the browser may take so long.
const PATIENCE: Duration = Duration::from_secs(300);

/// A text of 256 random bits.
fn random() -> String {
    BASE64URL_NOPAD.encode(&rand::random::<[u8; 32]>())
}

/// Seconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

/// Why nobody could be signed in.
pub fn refused(what: impl Into<String>) -> CliError {
    CliError::SignIn(what.into())
}

/// Signs in by the browser of this machine.
///
/// # Errors
/// Why nobody signed in.
pub async fn by_browser(
    portal: &Portal,
    tenant: Option<&str>,
    printer: Printer,
) -> Result<SignIn, CliError> {
    let listener = loopback::listen().await?;
    let redirect = listener.address();
    let (state, verifier) = (random(), random());
    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(verifier.as_bytes()));
    let mut query = vec![
        ("client_id", portal::CLIENT),
        ("response_type", "code"),
        ("redirect_uri", &redirect),
        ("state", &state),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    query.extend(tenant.map(|tenant| ("tenant", tenant)));
    let address = portal.address("/oauth2/authorize", &query);
    // Standard error even with `--quiet`: without it nobody can go on.
    crate::output::print_error(&format!(
        "sign in at this address, if your browser does not open:\n  {address}"
    ));
    if !printer.quiet {
        open(address.as_str());
    }
    let waiting = tokio::time::timeout(PATIENCE, listener.code(&state, portal.issuer()));
    let code = waiting
        .await
        .map_err(|_| refused("nobody signed in within five minutes"))??;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("code_verifier", &verifier),
        ("redirect_uri", &redirect),
    ];
    portal.tokens(&form).await
}

/// Opens the browser, if there is one; whether it opens changes nothing.
pub fn open(address: &str) {
    let program = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    let nothing = std::process::Stdio::null;
    let _ = std::process::Command::new(program)
        .arg(address)
        .stdin(nothing())
        .stdout(nothing())
        .stderr(nothing())
        .spawn();
}
