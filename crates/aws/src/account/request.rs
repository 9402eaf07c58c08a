//! Asking for an account: within the limits of the whole organization, and never twice.

use baseline::{
    Desired,
    account::{AccountFact, Creation},
};
use jiff::SignedDuration;
use tenancy::{ComponentName, Email, Failure, FailureKind};

use super::{AccountPort, CREATE, creation::REFUSED, watch::FOLLOWING};
use crate::{
    errors,
    ledger::{CreationOutcome, CreationRules, Granted, NewIntent, PermitRequest, Semaphore},
    ledger_failure::ledger_failure,
    organization,
    pass::{CreationAhead, lock},
    rate_limiter::PATIENCE,
    session::never_retry,
};

/// The switch that stops all creations when it is off.
pub const CREATIONS_SWITCH: &str = "creations";
/// How long a creation may take before its slot is given to another; it usually takes minutes.
const HOLD: SignedDuration = SignedDuration::from_hours(1);
/// How often a tenant reads whether creations are started again; who is next is woken when they are.
pub(super) const STOPPED_SECS: u32 = 300;

impl AccountPort {
    pub(super) async fn request_account(
        &self,
        desired: &Desired,
        name: &str,
        email: &Email,
    ) -> Result<AccountFact, Failure> {
        let intent = NewIntent {
            component: ComponentName::ACCOUNT,
            key: CREATE.into(),
            token: Some(email.to_string()),
        };
        // Whatever happens from here on, the next pass knows that it was requested, and by which address it is found.
        let granted = self.permit_to_create(desired, &intent).await?;
        self.pass.intents.recorded(&intent, granted.at);
        self.hold_token(desired, Semaphore::Creations, &granted)
            .await?;
        match self.create_account(desired, name, email).await {
            Ok(request) => {
                self.creation_begun(&granted, &intent, &request).await?;
                Ok(AccountFact::Requested(Creation::InProgress { request }))
            }
            Err(Refusal { failure, definite }) => {
                if definite {
                    self.pass
                        .intents
                        .settle(ComponentName::ACCOUNT, CREATE, REFUSED)
                        .await?;
                } else {
                    self.outcome_unknown(desired).await?;
                }
                // Who comes back within a minute keeps its place.
                if definite && failure.retry_after_secs().is_none_or(|after| after > 60) {
                    self.release_slot(Semaphore::Creations, desired).await?;
                }
                Err(failure)
            }
        }
    }

    async fn creation_begun(
        &self,
        granted: &Granted,
        intent: &NewIntent,
        request: &str,
    ) -> Result<(), Failure> {
        let pass = &self.pass;
        let begun = pass
            .ledger
            .creation_begun(&pass.lease, granted, intent, request, pass.now())
            .await;
        let rows =
            begun.map_err(|error| ledger_failure("recording a creation that has begun", error))?;
        // By these the next pass of this process asks for its tokens without reading first.
        *lock(&pass.creation) = Some(CreationAhead::Rows(rows));
        pass.intents.settled(intent.component, &intent.key, request);
        Ok(())
    }

    async fn outcome_unknown(&self, desired: &Desired) -> Result<(), Failure> {
        let attempts = self.request_intent(desired).map_or(1, |note| note.attempts);
        self.note_outcome(desired, attempts, self.pass.now(), CreationOutcome::Unknown)
            .await
    }

    async fn create_account(
        &self,
        desired: &Desired,
        name: &str,
        email: &Email,
    ) -> Result<String, Refusal> {
        let doing = doing(desired);
        let certain = |failure| Refusal {
            failure,
            definite: true,
        };
        let tags = organization::tags(&desired.tags(ComponentName::ACCOUNT)).map_err(certain)?;
        let client = self.pass.sessions.organizations(desired).await;
        let client = client.map_err(certain)?;
        let once = aws_sdk_organizations::config::Builder::default().retry_config(never_retry());
        let answer = client
            .create_account()
            .email(email.as_str())
            .account_name(name)
            .role_name(&self.pass.settings.bootstrap_role)
            .set_tags(Some(tags))
            .customize()
            .config_override(once)
            .send()
            .await
            .map_err(|error| Refusal {
                failure: errors::organizations_failure(doing.as_str(), &error),
                definite: errors::is_refused(&error),
            })?;
        let request = answer.create_account_status.and_then(|status| status.id);
        request.ok_or_else(|| Refusal {
            failure: Failure::retry(
                FailureKind::Unknown,
                doing,
                "no request id in the answer",
                5,
            ),
            definite: false,
        })
    }

    /// All that a creation needs. While creations are off, or the budget is used up, nobody gets it, and everybody lines up. A
    /// tenant takes from the budget once: the same account requested again costs nothing more.
    async fn permit_to_create(
        &self,
        desired: &Desired,
        intent: &NewIntent,
    ) -> Result<Granted, Failure> {
        let is_first = self.request_intent(desired).is_none();
        let budget = self.pass.settings.creation_budget();
        let request = PermitRequest {
            semaphore: Semaphore::Creations,
            hold: HOLD,
            patience: PATIENCE,
            intent: intent.clone(),
            creation: Some(CreationRules {
                switch: CREATIONS_SWITCH,
                stopped_secs: STOPPED_SECS,
                budget: is_first.then_some(budget),
                follows: &FOLLOWING,
            }),
        };
        self.permit(&request, doing(desired)).await
    }
}

/// A request for an account that was not granted.
struct Refusal {
    failure: Failure,
    /// Whether AWS certainly made nothing.
    definite: bool,
}

fn doing(desired: &Desired) -> String {
    format!("creating the account of tenant `{}`", desired.tenant)
}
