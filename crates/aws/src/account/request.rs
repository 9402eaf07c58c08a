//! Asking for an account: within the limits of the whole organization, and never twice.

use baseline::{
    Desired,
    account::{Creation, Fact, FailedCreation},
};
use jiff::SignedDuration;
use tenancy::{ComponentName, Email, Failure, FailureKind, Timestamp};

use super::{CREATE, creation::REFUSED, queued};
use crate::{
    errors,
    ledger::{Budget, Gate, NewIntent, Switch, Turn},
    organization,
    session::never_retry,
    visit::{Visit, unwritten},
};

/// The switch that stops all creations when it is off.
pub const CREATIONS_SWITCH: &str = "creations";
/// How long a creation may take before its place in line is given to another; it usually takes minutes.
const HOLD: SignedDuration = SignedDuration::from_hours(1);
/// One creation takes about this long when five run side by side and each takes three minutes: for the expected time only.
const SECS_A_PLACE: u32 = 36;

impl Visit {
    pub(super) async fn ask_for_account(
        &self,
        desired: &Desired,
        name: &str,
        email: &Email,
    ) -> Result<Fact, Failure> {
        self.creations_on(desired).await?;
        self.turn(desired).await?;
        self.afford(desired).await?;
        let intent = NewIntent {
            component: ComponentName::Account,
            key: CREATE.into(),
            token: Some(email.to_string()),
        };
        // Whatever happens from here on, the next pass knows that it was asked for, and by which address it is found.
        self.intend(&[intent]).await?;
        match self.create_account(desired, name, email).await {
            Ok(request) => {
                self.settle(ComponentName::Account, CREATE, &request)
                    .await?;
                Ok(Fact::Asked(Creation::InProgress { request }))
            }
            Err(Refusal { failure, definite }) => {
                if definite {
                    self.settle(ComponentName::Account, CREATE, REFUSED).await?;
                }
                // Who comes back within a minute keeps its place.
                if definite && failure.look_again_secs().is_none_or(|after| after > 60) {
                    self.leave_gate(Gate::Creations, desired).await?;
                }
                Err(failure)
            }
        }
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
        let tags = organization::tags(&desired.tags(ComponentName::Account)).map_err(certain)?;
        let client = self.organizations().await.map_err(certain)?;
        let once = aws_sdk_organizations::config::Builder::default().retry_config(never_retry());
        let answer = client
            .create_account()
            .email(email.as_str())
            .account_name(name)
            .role_name(&self.settings.bootstrap_role)
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

    /// The operator's switch, which the breaker turns off too.
    async fn creations_on(&self, desired: &Desired) -> Result<(), Failure> {
        let switch = self
            .ledger
            .switch(CREATIONS_SWITCH)
            .await
            .map_err(|error| unwritten("looking whether creations are on", error))?;
        match switch.filter(|switch| !switch.on) {
            None => Ok(()),
            Some(off) => {
                let waiting_for = format!(
                    "creations to be turned on again (off since {} by {}: {})",
                    off.at, off.by, off.reason
                );
                Err(queued(doing(desired), waiting_for, 300))
            }
        }
    }

    /// A place among the creations in flight.
    async fn turn(&self, desired: &Desired) -> Result<(), Failure> {
        let turn = self
            .ledger
            .enter(Gate::Creations, &desired.tenant, self.now(), HOLD)
            .await
            .map_err(|error| unwritten("getting in line for a creation", error))?;
        let Turn::Waiting { position, length } = turn else {
            return Ok(());
        };
        let expected = u32::try_from(position)
            .unwrap_or(u32::MAX)
            .saturating_mul(SECS_A_PLACE);
        let waiting_for = format!(
            "its turn to create an account: place {position} of {length}, in about {} minutes",
            expected.div_ceil(60)
        );
        // Whoever gives a place back wakes the next, so this is only for wake-ups that are lost; nobody loses the place by it.
        Err(queued(
            doing(desired),
            waiting_for,
            (expected / 2).clamp(15, 300),
        ))
    }

    /// One creation of the budget, for a tenant's first attempt only: the same account asked for again costs nothing more.
    async fn afford(&self, desired: &Desired) -> Result<(), Failure> {
        if self.request_note(desired).is_some() {
            return Ok(());
        }
        let (hour, day) = (
            self.settings.creations_per_hour,
            self.settings.creations_per_day,
        );
        let budget = self
            .ledger
            .take_creation(self.now(), hour, day)
            .await
            .map_err(|error| unwritten("taking from the creation budget", error))?;
        let Budget::UsedUp { until } = budget else {
            return Ok(());
        };
        self.leave_gate(Gate::Creations, desired).await?;
        let left = until.as_second() - self.now().as_second();
        let after = u32::try_from(left.max(0)).unwrap_or(u32::MAX);
        let waiting_for =
            format!("the creation budget ({hour} an hour, {day} a day) to have room at {until}");
        Err(queued(doing(desired), waiting_for, after.saturating_add(5)))
    }

    /// The breaker: what stops one creation for a reason of the whole organization stops them all, until a person has acted.
    /// A switch turned after the failure is that person's word, and stays.
    pub(super) async fn stop_creations(
        &self,
        ended: i64,
        failed: &FailedCreation,
    ) -> Result<(), Failure> {
        let reading = |error| unwritten("looking whether creations are on", error);
        let switch = self
            .ledger
            .switch(CREATIONS_SWITCH)
            .await
            .map_err(reading)?;
        let since = switch.map_or(Timestamp::MIN.as_second(), |switch| switch.at.as_second());
        if !self.may_write() || since >= ended {
            return Ok(());
        }
        let off = Switch {
            on: false,
            reason: format!(
                "Organizations answered {} to request `{}`",
                failed.reason, failed.request
            ),
            by: "the breaker".into(),
            at: self.now(),
        };
        self.ledger
            .turn_switch(CREATIONS_SWITCH, &off)
            .await
            .map_err(|error| unwritten("turning creations off", error))
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
