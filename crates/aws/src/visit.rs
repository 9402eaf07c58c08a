//! One pass's view of the world: the sessions and clients it works with, and its notes and records in the ledger.
//!
//! The ports of all components are implemented for [`Visit`], each in its own file.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use aws_config::SdkConfig;
use baseline::{Desired, Journal, Outcome};
use tenancy::{AccountId, ComponentName, ComponentStatus, Failure, FailureKind, Timestamp, Verb};
use tokio::sync::OnceCell;

use crate::{
    access::Glance,
    clients::Clients,
    denials::suppress_transient,
    ledger::{Intent, IntentKey, Lease, Ledger, LedgerError, NewEntry, NewIntent},
    queue::Queues,
    rate_limiter::RateLimiter,
    session::{Aws, Role, management_role, session_name},
    settings::Settings,
};

/// Where time comes from; tests bring their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// One pass over one tenant.
pub struct Visit {
    pub(crate) settings: Arc<Settings>,
    pub(crate) ledger: Ledger,
    pub(crate) queues: Queues,
    pub(crate) lease: Lease,
    pub(crate) changed_at: Timestamp,
    pub(crate) clock: Clock,
    aws: Aws,
    verb: Verb,
    requester: String,
    intents: Mutex<BTreeMap<IntentKey, Intent>>,
    statuses: Mutex<BTreeMap<ComponentName, ComponentStatus>>,
    met: Mutex<Option<AccountId>>,
    broker: OnceCell<SdkConfig>,
    organizations: OnceCell<aws_sdk_organizations::Client>,
    pub(crate) clients: Clients,
    pub(crate) glance: Glance,
}

/// What a visit begins with.
pub struct Arrival {
    /// The process's way into AWS.
    pub aws: Aws,
    /// The function's settings.
    pub settings: Arc<Settings>,
    /// The ledger.
    pub ledger: Ledger,
    /// The work queues, to wake others who wait for what this pass gives back.
    pub queues: Queues,
    /// The tenant's lease, held by this pass.
    pub lease: Lease,
    /// Why we come: decides the role.
    pub verb: Verb,
    /// Who asked, for the session's name.
    pub requester: String,
    /// The tenant's intents, as loaded.
    pub intents: Vec<Intent>,
    /// The tenant's components, as loaded.
    pub statuses: BTreeMap<ComponentName, ComponentStatus>,
    /// When spec or desired state of the tenant last changed.
    pub changed_at: Timestamp,
    /// Where time comes from.
    pub clock: Clock,
}

impl Visit {
    /// What was changed, for the history: one entry for a component. It stays there even if the pass dies later.
    fn changes(&self, outcome: &Outcome) -> Vec<NewEntry> {
        if outcome.applied.is_empty() {
            return Vec::new();
        }
        let sentences: Vec<&str> = outcome
            .applied
            .iter()
            .map(|change| change.remedy.as_str())
            .collect();
        let details = serde_json::json!({ "component": outcome.component, "changes": sentences, "requestedBy": self.requester });
        vec![NewEntry {
            actor: format!("tenantry/{}", self.verb.role()),
            action: "changes-applied".into(),
            summary: format!("{} changes to `{}`", sentences.len(), outcome.component),
            details: details.as_object().cloned().unwrap_or_default(),
        }]
    }

    /// Begins a visit. Sessions are opened when they are first needed.
    pub fn new(arrival: Arrival) -> Self {
        let intents = arrival
            .intents
            .into_iter()
            .map(|intent| ((intent.component, intent.key.clone()), intent))
            .collect();
        Self {
            settings: arrival.settings,
            ledger: arrival.ledger,
            queues: arrival.queues,
            lease: arrival.lease,
            clock: arrival.clock,
            aws: arrival.aws,
            verb: arrival.verb,
            changed_at: arrival.changed_at,
            requester: arrival.requester,
            intents: Mutex::new(intents),
            statuses: Mutex::new(arrival.statuses),
            met: Mutex::default(),
            broker: OnceCell::new(),
            organizations: OnceCell::new(),
            clients: Clients::default(),
            glance: Glance::default(),
        }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Why we came.
    pub fn verb(&self) -> Verb {
        self.verb
    }

    /// The intent noted under `key`, if there is one.
    pub fn intent(&self, component: ComponentName, key: &str) -> Option<Intent> {
        lock(&self.intents)
            .get(&(component, key.to_owned()))
            .cloned()
    }

    /// Writes intents, and remembers them for this pass.
    ///
    /// # Errors
    /// The lease is lost, or the ledger did not answer.
    pub async fn intend(&self, intents: &[NewIntent]) -> Result<(), Failure> {
        let now = self.now();
        self.ledger
            .put_intents(&self.lease, intents, now)
            .await
            .map_err(|error| unwritten("noting what will be asked of AWS", error))?;
        let mut known = lock(&self.intents);
        for new in intents {
            let key = (new.component, new.key.clone());
            let attempts = known.get(&key).map_or(0, |earlier| earlier.attempts) + 1;
            let intent = Intent {
                component: new.component,
                key: new.key.clone(),
                asked_at: now,
                attempts,
                token: new.token.clone(),
                outcome: None,
            };
            known.insert(key, intent);
        }
        Ok(())
    }

    /// Writes what came of an intent, and remembers it for this pass.
    ///
    /// # Errors
    /// The lease is lost, or the ledger did not answer.
    pub async fn settle(
        &self,
        component: ComponentName,
        key: &str,
        outcome: &str,
    ) -> Result<(), Failure> {
        self.ledger
            .settle_intent(&self.lease, component, key, outcome)
            .await
            .map_err(|error| unwritten("noting what came of an intent", error))?;
        if let Some(intent) = lock(&self.intents).get_mut(&(component, key.to_owned())) {
            intent.outcome = Some(outcome.to_owned());
        }
        Ok(())
    }

    /// The account this pass has met already: what is closed is no longer in [`Desired`], and yet looked at once more.
    pub(crate) fn met(&self) -> Option<AccountId> {
        lock(&self.met).clone()
    }

    /// Remembers the account for this pass.
    pub(crate) fn meet(&self, account: &AccountId) {
        *lock(&self.met) = Some(account.clone());
    }

    /// What all passes of this process know of the organization.
    pub(crate) fn organization_facts(&self) -> &crate::organization::Cache {
        &self.aws.organization
    }

    /// The session in the tenant's account, by the role of this visit's purpose.
    ///
    /// # Errors
    /// The account is not known yet, or the role does not let us in.
    pub async fn entry(&self, desired: &Desired) -> Result<SdkConfig, Failure> {
        let account = self.account(desired)?;
        let name = session_name(&desired.tenant, &self.requester);
        self.aws
            .assume(
                management_role(account, self.verb, &desired.tenant, name),
                self.now(),
            )
            .await
    }

    /// The session in the management account through which Organizations is asked and new accounts are entered.
    ///
    /// # Errors
    /// The broker role does not let us in.
    pub async fn broker(&self) -> Result<SdkConfig, Failure> {
        let open = || async {
            let session_name = session_name(&self.lease.tenant, &self.requester);
            let role = Role {
                arn: self.settings.broker_role_arn.clone(),
                session_name,
                external_id: None,
                from: None,
            };
            self.aws.assume(role, self.now()).await
        };
        self.broker.get_or_try_init(open).await.cloned()
    }

    /// The session in a new account by the role Organizations made there; only for probing readiness and planting our own roles.
    ///
    /// # Errors
    /// The role is not there yet, or does not let us in.
    pub async fn bootstrap(&self, desired: &Desired) -> Result<SdkConfig, Failure> {
        let account = self.account(desired)?;
        let broker = self.broker().await?;
        let arn = format!(
            "arn:aws:iam::{account}:role/{}",
            self.settings.bootstrap_role
        );
        let session_name = session_name(&desired.tenant, &self.requester);
        self.aws
            .assume(
                Role {
                    arn,
                    session_name,
                    external_id: None,
                    from: Some(&broker),
                },
                self.now(),
            )
            .await
    }

    /// Organizations, through the broker. Every call passes the rate limiter.
    ///
    /// # Errors
    /// The broker role does not let us in.
    pub async fn organizations(&self) -> Result<&aws_sdk_organizations::Client, Failure> {
        let open = || async { Ok(Aws::organizations(&self.broker().await?, self.turns())) };
        self.organizations.get_or_try_init(open).await
    }

    /// The rate limiter of this process's calls to Organizations.
    pub(crate) fn turns(&self) -> RateLimiter {
        self.aws.turns(&self.ledger, &self.clock)
    }

    pub(crate) fn account<'a>(&self, desired: &'a Desired) -> Result<&'a AccountId, Failure> {
        let unknown = || {
            Failure::wait(
                format!("entering the account of tenant `{}`", desired.tenant),
                "the account to be known",
                30,
            )
        };
        desired.account.as_ref().ok_or_else(unknown)
    }
}

/// What the engine writes down while it runs.
#[async_trait]
impl Journal for Visit {
    async fn note(
        &self,
        component: ComponentName,
        keys: &[String],
    ) -> Result<Vec<Option<u32>>, Failure> {
        let now = self.now();
        let grace = i64::from(self.settings.visibility_grace_secs);
        let believed = |key: &String| {
            let asked_at = self.intent(component, key)?.asked_at;
            let left = asked_at.as_second() + grace - now.as_second();
            u32::try_from(left).ok().filter(|left| *left > 0)
        };
        let answers: Vec<Option<u32>> = keys.iter().map(believed).collect();
        let fresh = keys
            .iter()
            .zip(&answers)
            .filter(|(_, believed)| believed.is_none());
        let intents: Vec<NewIntent> = fresh
            .map(|(key, _)| NewIntent {
                component,
                key: key.clone(),
                token: None,
            })
            .collect();
        if !intents.is_empty() {
            self.intend(&intents).await?;
        }
        // Ask again soon rather than when the grace ends: what was asked for usually shows within seconds.
        Ok(answers
            .into_iter()
            .map(|left| left.map(|secs| secs.min(10)))
            .collect())
    }

    async fn unnote(&self, component: ComponentName, key: &str) -> Result<(), Failure> {
        let key = (component, key.to_owned());
        lock(&self.intents).remove(&key);
        self.ledger
            .clear_intents(&self.lease, &[key])
            .await
            .map_err(|error| unwritten("taking a note back", error))
    }

    async fn record(&self, outcome: &Outcome) -> Result<(), Failure> {
        let done = self.changes(outcome);
        let earlier = lock(&self.statuses).get(&outcome.component).cloned();
        // As it will be concluded: a pass that dies after this must not leave a refusal that the next one believes.
        let outcome = &suppress_transient(outcome.clone(), earlier.as_ref(), self.now());
        let status = status(outcome, earlier.as_ref(), self.now());
        if earlier.as_ref() == Some(&status) && done.is_empty() {
            return Ok(());
        }
        lock(&self.statuses).insert(outcome.component, status.clone());
        self.ledger
            .save_component(&self.lease, outcome.component, &status, &done, self.now())
            .await
            .map_err(|error| unwritten("recording a component", error))
    }
}

/// How a component is shown to people, given how it was shown before: `since` moves only when the state does.
pub fn status(
    outcome: &Outcome,
    earlier: Option<&ComponentStatus>,
    now: Timestamp,
) -> ComponentStatus {
    let since = earlier
        .filter(|status| status.state == outcome.state)
        .map_or(now, |status| status.since);
    let kept = || {
        earlier
            .map(|status| status.resources.clone())
            .unwrap_or_default()
    };
    ComponentStatus {
        state: outcome.state,
        pending: outcome.pending,
        since,
        message: outcome.message(),
        obstacle: outcome.failures.first().cloned(),
        // A component that could not be looked at still has what it had.
        resources: if outcome.resources.is_empty() && !outcome.is_settled() {
            kept()
        } else {
            outcome.resources.clone()
        },
    }
}

/// A ledger error within a pass.
pub fn unwritten(doing: &str, error: LedgerError) -> Failure {
    match error {
        LedgerError::Failed(failure) => failure,
        LedgerError::LostLease => {
            Failure::retry(FailureKind::Conflict, doing, "another pass took over", 30)
        }
        other => Failure::retry(FailureKind::Transient, doing, other.to_string(), 30),
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
