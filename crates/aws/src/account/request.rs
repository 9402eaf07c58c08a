//! Asking for an account: within the limits of the whole organization, and never twice.

use baseline::{
    Desired,
    account::{AccountFact, Creation},
};
use jiff::SignedDuration;
use tenancy::{ComponentName, Email, Failure, FailureKind, Timestamp};

use super::{AccountPort, CREATE, creation::REFUSED, minutes, queued};
use crate::{
    errors,
    ledger::{
        Admission, Budget, CreationBudget, CreationOutcome, LedgerError, NewIntent, Semaphore,
        Spending, Switch,
    },
    ledger_failure::ledger_failure,
    organization,
    session::never_retry,
};

/// The switch that stops all creations when it is off.
pub const CREATIONS_SWITCH: &str = "creations";
/// How long a creation may take before its slot is given to another; it usually takes minutes.
const HOLD: SignedDuration = SignedDuration::from_hours(1);
/// How often a tenant reads whether creations are started again; who is next is woken when they are.
const STOPPED_SECS: u32 = 300;

impl AccountPort {
    pub(super) async fn request_account(
        &self,
        desired: &Desired,
        name: &str,
        email: &Email,
    ) -> Result<AccountFact, Failure> {
        self.acquire_slot(desired).await?;
        // Before the budget and the note: a request that has to wait is no attempt, and costs nothing.
        self.pass
            .sessions
            .limiter()
            .reserve("CreateAccount")
            .await?;
        self.afford(desired).await?;
        let intent = NewIntent {
            component: ComponentName::ACCOUNT,
            key: CREATE.into(),
            token: Some(email.to_string()),
        };
        // Whatever happens from here on, the next pass knows that it was requested, and by which address it is found.
        self.pass.intents.record(&[intent]).await?;
        match self.create_account(desired, name, email).await {
            Ok(request) => {
                self.pass
                    .intents
                    .settle(ComponentName::ACCOUNT, CREATE, &request)
                    .await?;
                self.watch(desired, &request).await?;
                Ok(AccountFact::Asked(Creation::InProgress { request }))
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

    async fn watch(&self, desired: &Desired, request: &str) -> Result<(), Failure> {
        self.pass
            .ledger
            .watch_creation(&desired.tenant, request, self.pass.now())
            .await
            .map_err(|error| ledger_failure("watching a creation", error))
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
        let client = self
            .pass
            .sessions
            .organizations(desired)
            .await
            .map_err(certain)?;
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

    /// A place among the creations in flight. While creations are off, or the budget is used up, nobody gets one, and
    /// everybody lines up.
    async fn acquire_slot(&self, desired: &Desired) -> Result<(), Failure> {
        if let Some(off) = self.creations_switch().await?.filter(|switch| !switch.on) {
            let admission = self.enqueue(desired, STOPPED_SECS).await?;
            return Err(stopped_until_started(desired, &off, admission));
        }
        let most = match self.budget_left(desired).await? {
            Some(spending) => match spending.full_until() {
                Some(until) => return self.wait_for_budget(desired, until, spending.allowed).await,
                None => usize::try_from(spending.left()).unwrap_or(usize::MAX),
            },
            None => usize::MAX,
        };
        let admission = self
            .pass
            .ledger
            .acquire_slot(
                Semaphore::Creations,
                &desired.tenant,
                self.pass.now(),
                HOLD,
                most,
            )
            .await
            .map_err(queue_failure)?;
        match admission {
            Admission::Admitted => Ok(()),
            Admission::Queued {
                position,
                length,
                expected_secs,
                retry_secs,
            } => {
                let waiting_for = format!(
                    "its turn to create an account: position {position} of {length}, in about {}",
                    minutes(expected_secs)
                );
                Err(queued(doing(desired), waiting_for, retry_secs))
            }
        }
    }

    /// How the budget stands; `None` for a tenant that has had its part of it: the same account requested again costs nothing
    /// more.
    async fn budget_left(&self, desired: &Desired) -> Result<Option<Spending>, Failure> {
        if self.request_intent(desired).is_some() {
            return Ok(None);
        }
        let usual = self.pass.settings.creation_budget();
        let spending = self.pass.ledger.spending(self.pass.now(), usual).await;
        let spending =
            spending.map_err(|error| ledger_failure("reading the creation budget", error))?;
        Ok(Some(spending))
    }

    /// One creation of the budget, for a tenant's first attempt only.
    async fn afford(&self, desired: &Desired) -> Result<(), Failure> {
        if self.request_intent(desired).is_some() {
            return Ok(());
        }
        let budget = self
            .pass
            .ledger
            .take_creation(self.pass.now(), self.pass.settings.creation_budget())
            .await
            .map_err(|error| ledger_failure("taking from the creation budget", error))?;
        match budget {
            Budget::Taken => Ok(()),
            Budget::UsedUp { until, allowed } => {
                self.wait_for_budget(desired, until, allowed).await
            }
        }
    }

    async fn wait_for_budget(
        &self,
        desired: &Desired,
        until: Timestamp,
        allowed: CreationBudget,
    ) -> Result<(), Failure> {
        let left = until.as_second() - self.pass.now().as_second();
        let after = u32::try_from(left.max(0)).unwrap_or(u32::MAX);
        let after = after.saturating_add(5);
        self.enqueue(desired, after).await?;
        let CreationBudget { per_hour, per_day } = allowed;
        let waiting_for = format!(
            "the creation budget ({per_hour} an hour, {per_day} a day) to have room at {until}"
        );
        Err(queued(doing(desired), waiting_for, after))
    }

    async fn enqueue(&self, desired: &Desired, at_least_secs: u32) -> Result<Admission, Failure> {
        self.pass
            .ledger
            .enqueue(
                Semaphore::Creations,
                &desired.tenant,
                self.pass.now(),
                at_least_secs,
            )
            .await
            .map_err(queue_failure)
    }
}

fn queue_failure(error: LedgerError) -> Failure {
    ledger_failure("queueing for a creation", error)
}

fn stopped_until_started(desired: &Desired, off: &Switch, admission: Admission) -> Failure {
    let (place, after) = match admission {
        Admission::Queued {
            position,
            length,
            retry_secs,
            ..
        } => (format!(": position {position} of {length}"), retry_secs),
        Admission::Admitted => (String::new(), STOPPED_SECS),
    };
    let waiting_for = format!(
        "creations to be started again (stopped since {} by {}: {}){place}",
        off.at, off.by, off.reason
    );
    queued(doing(desired), waiting_for, after)
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
