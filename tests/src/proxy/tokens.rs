//! Client tokens of EC2: a second call with the same token has no second effect.
//! (EC2 Developer Guide, "Ensuring idempotency in Amazon EC2 API requests".)

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use super::answer::{Answer, refusal};
use super::call::Call;
use super::state::State;
use super::upstream::AnyError;

type Form = Vec<(String, String)>;
/// Requests and answers by account, Region, operation and token.
pub type Given = HashMap<String, (Form, Answer)>;
type Slot = Arc<tokio::sync::Mutex<Option<(Form, Answer)>>>;

/// The answers given to each account, Region, operation and token.
#[derive(Debug, Default)]
pub struct Tokens(Mutex<HashMap<String, Slot>>);

impl Tokens {
    fn slot(&self, key: String) -> Slot {
        Arc::clone(
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(key)
                .or_default(),
        )
    }

    /// The answers given so far; one that is being found out right now is not among them.
    pub fn kept(&self) -> Given {
        let slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let given = |(key, slot): (&String, &Slot)| {
            let answer = slot.try_lock().ok()?.clone()?;
            Some((key.clone(), answer))
        };
        slots.iter().filter_map(given).collect()
    }

    /// Takes these for the answers given so far.
    pub fn restore(&self, given: &Given) {
        let slot = |(key, answer): (&String, &(Form, Answer))| {
            (key.clone(), Slot::new(Some(answer.clone()).into()))
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = given.iter().map(slot).collect();
    }

    /// Forgets all.
    pub fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

/// Runs `effect`, or repeats the answer it had for this token.
///
/// # Errors
/// Those of `effect`.
pub async fn once<F, R>(state: &State, call: &Call, effect: F) -> Result<Answer, AnyError>
where
    F: FnOnce() -> R,
    R: Future<Output = Result<Answer, AnyError>>,
{
    let token = call
        .parameter("ClientToken")
        .filter(|_| state.config.client_tokens);
    let Some(token) = token else {
        return effect().await;
    };
    let identity = &call.identity;
    let slot = state.tokens.slot(format!(
        "{}|{}|{}|{token}",
        call.account(),
        identity.region,
        identity.operation
    ));
    // Held across the effect, so that two at once are one after the other.
    let mut slot = slot.lock().await;
    if let Some((form, answer)) = slot.as_ref() {
        if *form == call.form() {
            return Ok(answer.clone());
        }
        let message = "The client token was used with other parameters.";
        return Ok(refusal(call, 400, "IdempotentParameterMismatch", message));
    }
    let answer = effect().await?;
    if answer.status.is_success() {
        *slot = Some((call.form(), answer.clone()));
    }
    Ok(answer)
}
