//! Closing an account: three at a time in the whole organization.

use baseline::{
    Desired,
    account::{AccountFact, State},
};
use jiff::SignedDuration;
use tenancy::{AccountId, ComponentName, Failure, TenantId};

use super::{AccountPort, CLOSE, slots::wake_next};
use crate::{
    errors,
    ledger::{NewIntent, PermitRequest, Semaphore},
    pass::PassContext,
    rate_limiter::PATIENCE,
};

/// How long a closure may take before its slot is given to another; AWS says that it may take hours.
const HOLD: SignedDuration = SignedDuration::from_hours(6);

/// The intent of a closure whose account was found empty: nothing is left but to close it.
const EMPTIED: &str = "emptied";

/// Whether an earlier pass of the departure found everything of ours removed, when everything that was made before the departure
/// was visible. The account is locked, so nothing has been made since.
pub(crate) fn is_emptied(pass: &PassContext) -> bool {
    let noted = pass.intents.get(ComponentName::ACCOUNT, EMPTIED);
    noted.is_some_and(|noted| noted.asked_at >= pass.changed_at)
}

/// Whether the closure was requested, and is not known to be over.
pub(super) fn is_closing(pass: &PassContext) -> bool {
    let requested = pass.intents.get(ComponentName::ACCOUNT, CLOSE);
    requested.is_some_and(|intent| intent.outcome.is_none())
}

/// Releases the slot of a requested closure that was seen done, and sends for those who are next.
///
/// # Errors
/// The ledger did not answer.
pub(crate) async fn release_closed(pass: &PassContext, tenant: &TenantId) -> Result<(), Failure> {
    if !is_closing(pass) {
        return Ok(());
    }
    let next = pass
        .ledger
        .release_succeeded(Semaphore::Closures, tenant, pass.now());
    wake_next(pass, Semaphore::Closures, next.await).await
}

impl AccountPort {
    /// Notes that the account is empty, once.
    async fn note_emptied(&self) -> Result<(), Failure> {
        if is_emptied(&self.pass) {
            return Ok(());
        }
        let intent = NewIntent {
            component: ComponentName::ACCOUNT,
            key: EMPTIED.into(),
            token: None,
        };
        self.pass.intents.record(&[intent]).await
    }

    pub(super) async fn close(
        &self,
        desired: &Desired,
        id: &AccountId,
    ) -> Result<AccountFact, Failure> {
        let doing = format!("closing account {id} of tenant `{}`", desired.tenant);
        self.everything_is_visible(&doing)?;
        self.note_emptied().await?;
        self.permit_to_close(desired, id, &doing).await?;
        let client = self.pass.sessions.organizations(desired).await?;
        let call = client.close_account().account_id(id.as_str());
        match call.send().await {
            // Where it is closed or being closed already, the next observation says which.
            Err(error) if !errors::is_already_there(&error) => {
                let failure = errors::organizations_failure(doing, &error);
                if failure.retry_after_secs().is_none_or(|after| after > 600) {
                    self.release_slot(Semaphore::Closures, desired).await?;
                }
                Err(failure)
            }
            _ => Ok(AccountFact::StateChanged(State::PendingClosure)),
        }
    }

    /// A slot, a token and the intent.
    async fn permit_to_close(
        &self,
        desired: &Desired,
        id: &AccountId,
        doing: &str,
    ) -> Result<(), Failure> {
        let intent = NewIntent {
            component: ComponentName::ACCOUNT,
            key: CLOSE.into(),
            token: Some(id.to_string()),
        };
        let request = PermitRequest {
            semaphore: Semaphore::Closures,
            hold: HOLD,
            patience: PATIENCE,
            intent: intent.clone(),
            creation: None,
        };
        let granted = self.permit(&request, doing.to_owned()).await?;
        self.pass.intents.recorded(&intent, granted.at);
        self.hold_token(desired, Semaphore::Closures, &granted)
            .await
    }

    /// Who was told to leave while it was being built may have something that was made a moment before and could not be seen yet:
    /// it would be left behind. So an account is closed only by a pass that began, and so observed, when everything was visible that
    /// was made before the departure was requested, or by a pass that was under way then.
    fn everything_is_visible(&self, doing: &str) -> Result<(), Failure> {
        let shown = "what was made just before the departure to become visible";
        let pass = &self.pass;
        let last_made = pass.intents.last_asked().max(Some(pass.changed_at));
        let last_made = last_made.unwrap_or(pass.changed_at).as_second();
        let grace = i64::from(pass.settings.visibility_grace_secs);
        if is_emptied(pass) || pass.started_at.as_second() >= last_made + grace {
            return Ok(());
        }
        let left = self.grace_left_secs(last_made).max(1);
        Err(Failure::wait(doing, shown, left))
    }
}
