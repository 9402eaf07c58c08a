//! The credentials of an account's root user. No call to AWS creates them; tests set them here.

use http::Method;
use serde::{Deserialize, Serialize};
use tenancy::percent::encoded;

use super::state::State;
use super::upstream::AnyError;

/// The credentials of an account's root user; a new account's has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RootUser {
    /// How many access keys, at most two.
    pub access_keys: u8,
    /// Whether there is a password.
    pub password: bool,
    /// Whether there is an MFA device.
    pub mfa: bool,
}

/// Gives an account's root user exactly these credentials.
///
/// # Errors
/// If the emulator cannot.
pub async fn set(state: &State, account: &str, root: RootUser) -> Result<(), AnyError> {
    let path = format!(
        "root-user?account={}&access_keys={}&password={}&mfa={}",
        encoded(account),
        root.access_keys,
        root.password,
        root.mfa
    );
    state.upstream.control(Method::PUT, &path).await.map(drop)
}
