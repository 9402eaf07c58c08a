//! A change of the public access block of images takes effect late. In the emulator it does at once; its answers are rewritten.
//!
//! (EC2 API Reference, "EnableImageBlockPublicAccess" and "DisableImageBlockPublicAccess": up to ten minutes, during which
//! "GetImageBlockPublicAccessState" answers what was before.)

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::answer::Answer;
use super::call::Call;
use super::nat;
use super::state::State;
use super::upstream::AnyError;

/// The element of every answer that has the state.
const STATE: &str = "imageBlockPublicAccessState";

/// Account and Region.
type AccountRegion = (String, String);

/// The changes that may not show yet.
#[derive(Debug, Default)]
pub struct ImageBlocks(Mutex<HashMap<AccountRegion, Change>>);

/// One change.
#[derive(Clone, Debug)]
pub struct Change {
    shows: f64,
    before: String,
}

impl ImageBlocks {
    /// Forgets all.
    pub fn clear(&self) {
        self.known().clear();
    }

    /// All of them.
    pub fn kept(&self) -> HashMap<AccountRegion, Change> {
        self.known().clone()
    }

    /// Takes these for all there are.
    pub fn restore(&self, changes: &HashMap<AccountRegion, Change>) {
        self.known().clone_from(changes);
    }

    /// Takes one account's from these.
    pub fn restore_account(&self, changes: &HashMap<AccountRegion, Change>, account: &str) {
        let mut known = self.known();
        known.retain(|(of, _), _| of != account);
        let theirs = changes.iter().filter(|((of, _), _)| of == account);
        known.extend(theirs.map(|(place, change)| (place.clone(), change.clone())));
    }

    /// What shows instead of what was set last, if that does not show yet.
    fn before(&self, place: &AccountRegion, now: f64) -> Option<String> {
        let known = self.known();
        let change = known.get(place).filter(|change| now < change.shows)?;
        Some(change.before.clone())
    }

    fn known(&self) -> MutexGuard<'_, HashMap<AccountRegion, Change>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers an EC2 call.
///
/// # Errors
/// If the emulator cannot be reached.
pub async fn answer(state: &State, call: &Call) -> Result<Answer, AnyError> {
    let late = state.config.image_block_secs > 0.0;
    match call.identity.operation.as_str() {
        "EnableImageBlockPublicAccess" | "DisableImageBlockPublicAccess" if late => {
            change(state, call).await
        }
        "GetImageBlockPublicAccessState" if late => get(state, call).await,
        _ => nat::answer(state, call).await,
    }
}

async fn change(state: &State, call: &Call) -> Result<Answer, AnyError> {
    let place = place(call);
    let shown = shown(state, &place).await?;
    let answer = state.upstream.forward(call).await?;
    let now = state.clock.now();
    if answer.status.is_success() {
        let mut known = state.image_blocks.known();
        let pending = known.get(&place).is_some_and(|change| now < change.shows);
        if answer.element(STATE).as_ref() == Some(&shown) {
            known.remove(&place);
        } else if !pending {
            let shows = now + state.config.image_block_secs;
            known.insert(
                place,
                Change {
                    shows,
                    before: shown,
                },
            );
        }
    }
    Ok(answer)
}

async fn get(state: &State, call: &Call) -> Result<Answer, AnyError> {
    let answer = state.upstream.forward(call).await?;
    let before = state.image_blocks.before(&place(call), state.clock.now());
    // What an organization's policy has set is in effect at once.
    let ours = answer.element("managedBy").as_deref() == Some("account");
    let (Some(before), Some(set), true) = (before, answer.element(STATE), ours) else {
        return Ok(answer);
    };
    let element = |value: &str| format!("<{STATE}>{value}</{STATE}>");
    let text = answer.text().replace(&element(&set), &element(&before));
    Ok(answer.with_body(text))
}

/// What shows in a place now.
async fn shown(state: &State, (account, region): &AccountRegion) -> Result<String, AnyError> {
    let place = (account.clone(), region.clone());
    if let Some(before) = state.image_blocks.before(&place, state.clock.now()) {
        return Ok(before);
    }
    let form = [
        ("Action", "GetImageBlockPublicAccessState"),
        ("Version", "2016-11-15"),
    ];
    let answer = state.upstream.query(account, "ec2", region, &form).await?;
    Ok(answer.element(STATE).unwrap_or_default())
}

fn place(call: &Call) -> AccountRegion {
    (call.account().to_owned(), call.identity.region.clone())
}
