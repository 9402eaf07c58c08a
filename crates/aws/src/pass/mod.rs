//! What one pass over one tenant holds: its lease and intents, the ledger, settings, clock, and the sessions and clients it
//! works with. The ports of all components share it.

mod clients;
mod intents;
mod journal;
mod open;
mod sessions;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use tenancy::{ComponentName, TenantId, Timestamp, Verb};

use crate::{
    clock::Clock,
    ledger::{CreationRows, Followed, Intent, Lease, Ledger},
    queue::Queues,
    session::Aws,
    settings::Settings,
};

pub use clients::TenantClients;
pub use intents::Intents;
pub use journal::{PassJournal, status};
pub use sessions::PassSessions;

pub(crate) use clients::of_costs;
pub(crate) use open::is_open_to;
pub(crate) use sessions::account;

/// How often a scheduled audit reads tags that take a call each.
const TAGS_EVERY_DAYS: i64 = 28;

/// One pass over one tenant.
pub struct PassContext {
    /// The function's settings.
    pub settings: Arc<Settings>,
    /// The ledger.
    pub ledger: Ledger,
    /// The work queues.
    pub queues: Queues,
    /// The tenant's lease, held by this pass.
    pub lease: Lease,
    /// What the pass does: decides the role.
    pub verb: Verb,
    /// When it began: everything it observes is from after that.
    pub started_at: Timestamp,
    /// When spec or desired state of the tenant last changed.
    pub changed_at: Timestamp,
    /// When an audit or a repair was last requested that this pass carries out: what it decides on is read after that.
    pub asked_at: Option<Timestamp>,
    /// Whether this pass carries out an accepted change of the spec.
    pub updating: bool,
    /// The components that were as wanted when they were last observed, without a finding of any kind.
    pub settled: BTreeSet<ComponentName>,
    /// What was requested of AWS earlier, and in this pass.
    pub intents: Intents,
    /// Sessions in the tenant's account and in the management account.
    pub sessions: Arc<PassSessions>,
    /// Clients in the tenant's account.
    pub clients: TenantClients,
    /// What is known of the creations in flight: as it was read or asked while the lease was taken, until it is used; then as this pass
    /// left it.
    pub(crate) creation: Mutex<Option<CreationAhead>>,
    clock: Clock,
    requester: String,
}

/// What is known of the creations in flight before a pass needs it.
#[derive(Debug)]
pub(crate) enum CreationAhead {
    /// The rows as they were read, or as this process wrote them last.
    Rows(CreationRows),
    /// What was said of this request while the lease was taken.
    Followed(String, Followed),
}

impl CreationAhead {
    /// The rows, where nothing was asked yet.
    pub(crate) fn into_rows(self) -> Option<CreationRows> {
        match self {
            Self::Rows(rows) => Some(rows),
            Self::Followed(..) => None,
        }
    }
}

/// What a pass is given.
pub struct PassInputs {
    /// The process's way into AWS.
    pub aws: Aws,
    /// The function's settings.
    pub settings: Arc<Settings>,
    /// The ledger.
    pub ledger: Ledger,
    /// The work queues, to wake others who wait for what this pass releases.
    pub queues: Queues,
    /// The tenant's lease, held by this pass.
    pub lease: Lease,
    /// What the pass does: decides the role.
    pub verb: Verb,
    /// Who asked, for the session's name and the history.
    pub requester: String,
    /// The tenant's intents, as loaded.
    pub intents: Vec<Intent>,
    /// When spec or desired state of the tenant last changed.
    pub changed_at: Timestamp,
    /// When an audit or a repair was last requested that this pass carries out.
    pub asked_at: Option<Timestamp>,
    /// Whether this pass carries out an accepted change of the spec.
    pub updating: bool,
    /// The components that were as wanted when they were last observed, without a finding of any kind.
    pub settled: BTreeSet<ComponentName>,
    /// Where time comes from.
    pub clock: Clock,
}

impl PassContext {
    /// A pass. Sessions are opened when they are first needed.
    pub fn new(inputs: PassInputs) -> Arc<Self> {
        let sessions = Arc::new(PassSessions::new(&inputs));
        Arc::new(Self {
            intents: Intents::new(&inputs),
            clients: TenantClients::new(Arc::clone(&sessions)),
            sessions,
            settings: inputs.settings,
            ledger: inputs.ledger,
            queues: inputs.queues,
            lease: inputs.lease,
            verb: inputs.verb,
            started_at: (inputs.clock)(),
            changed_at: inputs.changed_at,
            asked_at: inputs.asked_at,
            updating: inputs.updating,
            settled: inputs.settled,
            creation: Mutex::default(),
            clock: inputs.clock,
            requester: inputs.requester,
        })
    }

    /// Random bytes that nobody can guess, for a secret.
    pub fn seed(&self) -> [u8; 32] {
        rand::random()
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Where its time comes from.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Whether a scheduled audit reads the tags today that take a call each and that the tenant cannot change: those of its account, and of
    /// its alarms. Each tenant has a day of its own in the cycle, so that some thousandths of all calls suffice.
    pub(crate) fn reads_tags_today(&self, tenant: &TenantId) -> bool {
        let day = self.now().as_second() / (24 * 3600);
        let offset = tenant.as_str().bytes().map(i64::from).sum::<i64>();
        (day + offset) % TAGS_EVERY_DAYS == 0
    }

    /// Seconds since a moment, 0 if it is yet to come by our clock.
    pub fn secs_since(&self, second: i64) -> u32 {
        let elapsed = self.now().as_second().saturating_sub(second).max(0);
        u32::try_from(elapsed).unwrap_or(u32::MAX)
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
