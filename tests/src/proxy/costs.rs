//! What an account has spent, and which tags its bill has seen. No call to AWS says so; tests do.

use http::Method;
use tenancy::percent::encoded;

use super::state::State;
use super::upstream::AnyError;

/// Has an account spent so many US dollars since the month began.
///
/// # Errors
/// If the emulator cannot.
pub async fn set_spent(state: &State, account: &str, usd: &str) -> Result<(), AnyError> {
    let path = format!("spent?account={}&usd={}", encoded(account), encoded(usd));
    state.upstream.control(Method::PUT, &path).await.map(drop)
}

/// Has the bill of an account's organization seen these tags, as it has a day after they were first put on.
///
/// # Errors
/// If the emulator cannot.
pub async fn see_tags(state: &State, account: &str, keys: &[&str]) -> Result<(), AnyError> {
    let keys = keys.iter().map(|key| format!("&key={}", encoded(key)));
    let path = format!(
        "cost-tags?account={}{}",
        encoded(account),
        keys.collect::<String>()
    );
    state.upstream.control(Method::PUT, &path).await.map(drop)
}
