//! Sweeps: whatever is due, every minute; everyone, every day. Both only send tenant ids to queues.

use std::{sync::atomic::Ordering, time::Duration};

use events::{Event, UnknownAccountFound};
use jiff::SignedDuration;
use tenancy::{DesiredState, Failure, Phase, TenantId, Verb};
use tracing::{error, info, warn};

use super::Worker;
use crate::{
    ledger::{DueTenant, TenantSummary},
    ledger_failure::ledger_failure,
    organization::{OrganizationReading, read_organization},
};

/// How long the organization may be read for all: accounts are listed for 150 s of it, the function has 300 s, and everyone is to be
/// sent after it.
const READING: Duration = Duration::from_secs(200);
/// How many tenants are read at once.
const PAGE: usize = 100;
/// How often a sweep looks for rows that a release before wrote.
const EARLIER_MINUTES: i64 = 15;
/// How long a due tenant's own message has before the sweep sends another.
const HEAD_START_SECS: i64 = 20;

impl Worker {
    /// Sends every tenant that is due to the function it needs. A message that was sent already and a second one do no harm:
    /// the second pass finds nothing to do, or the lease taken.
    ///
    /// # Errors
    /// The ledger or a queue did not answer; the next sweep begins again.
    pub async fn sweep_due(&self) -> Result<usize, Failure> {
        let before = self.now() - SignedDuration::from_secs(HEAD_START_SECS);
        let mut cursor = None;
        let mut sent = 0;
        loop {
            let page = self
                .ledger
                .due(before, PAGE, cursor.as_deref())
                .await
                .map_err(|error| ledger_failure("reading what is due", error))?;
            sent += self.send_due(&page.items).await?;
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        if self.may_have_earlier_rows() {
            let earlier = self.ledger.due_by_earlier_rows(before).await;
            let earlier = earlier.map_err(|error| ledger_failure("reading what is due", error))?;
            sent += self.send_due(&earlier).await?;
            self.swept.store(true, Ordering::Relaxed);
        }
        info!(sweep.sent = sent, "{sent} tenants are due");
        Ok(sent)
    }

    async fn send_due(&self, tenants: &[DueTenant]) -> Result<usize, Failure> {
        let messages = tenants.iter().map(|due| (&due.id, due.verb, 0));
        self.send_all(messages.collect()).await?;
        Ok(tenants.len())
    }

    /// Whether to look for what a release before wrote: a new process does, for its release may be new, and all do now and then, for
    /// functions of that release may run on for a while.
    fn may_have_earlier_rows(&self) -> bool {
        let minute = self.now().as_second() / 60;
        !self.swept.load(Ordering::Relaxed) || minute % EARLIER_MINUTES == 0
    }

    /// Sends every living tenant to the audit, spread over the jitter so that thousands do not begin in the same second.
    ///
    /// # Errors
    /// The ledger or a queue did not answer.
    pub async fn sweep_everyone(&self) -> Result<usize, Failure> {
        let mut cursor = None;
        let (mut sent, mut parked, mut stalled) = (0, 0, 0);
        let most = f64::from(self.settings.audit_jitter_secs.min(900));
        loop {
            let page = self
                .ledger
                .all_tenants(PAGE, cursor.as_deref())
                .await
                .map_err(|error| ledger_failure("reading all tenants", error))?;
            let in_phase = |phase| {
                let tenants = page.items.iter();
                tenants.filter(|tenant| tenant.phase == phase).count()
            };
            parked += in_phase(Phase::Parked);
            stalled += in_phase(Phase::Stalled);
            let built = |t: &&TenantSummary| {
                t.desired_state == DesiredState::Present && t.ready_at.is_some()
            };
            let built: Vec<_> = page.items.iter().filter(built).map(|t| &t.id).collect();
            sent += built.len();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at most 900 seconds"
            )]
            let delay = || (rand::random::<f64>() * most) as u32;
            let messages = built.iter().map(|id| (*id, Verb::Audit, delay()));
            self.send_all(messages.collect()).await?;
            cursor = page.next_cursor;
            if cursor.is_none() {
                info!(sweep.sent = sent, "{sent} tenants go to the audit");
                self.measure_needy(parked, stalled);
                return Ok(sent);
            }
        }
    }

    async fn send_all(&self, messages: Vec<(&TenantId, Verb, u32)>) -> Result<(), Failure> {
        for verb in Verb::ALL {
            let of_verb = messages.iter().filter(|(_, to, _)| *to == verb);
            let tenants: Vec<_> = of_verb.map(|(id, _, delay)| (*id, *delay)).collect();
            self.queues.send_all(verb, &tenants).await?;
        }
        Ok(())
    }

    /// The daily sweep: the organization is read once for all, then everyone is sent to the audit. If it cannot be read in time, the
    /// audits read it for themselves. Once they are sent nothing fails the sweep, for Lambda would send everyone again.
    pub(super) async fn sweep_to_audit(&self) -> Result<(), Failure> {
        let reading = match tokio::time::timeout(READING, Box::pin(self.read_for_all())).await {
            Ok(Ok(reading)) => Some(reading),
            Ok(Err(failure)) => {
                error!("reading the organization for the audits: {failure}");
                None
            }
            Err(_) => {
                error!("reading the organization for the audits took longer than {READING:?}");
                None
            }
        };
        Box::pin(self.sweep_everyone()).await?;
        if let Some(reading) = reading
            && let Err(failure) = Box::pin(self.report_unknown_accounts(&reading)).await
        {
            error!("looking for accounts that belong to no tenant: {failure}");
        }
        Ok(())
    }

    async fn read_for_all(&self) -> Result<OrganizationReading, Failure> {
        let reading =
            read_organization(&self.aws, &self.settings, &self.ledger, &self.clock).await?;
        if let Some(listed) = reading.incomplete() {
            warn!(
                sweep.accounts = listed,
                "there was time to list {listed} accounts; the audits of the others ask Organizations themselves"
            );
        }
        reading.share(&self.ledger).await?;
        Ok(reading)
    }

    /// Reports accounts in our organizational units that the ledger does not know.
    async fn report_unknown_accounts(&self, reading: &OrganizationReading) -> Result<(), Failure> {
        let now = self.now();
        let unknown = reading.unknown(&self.ledger).await?;
        let events: Vec<Event> = unknown
            .iter()
            .map(|found| {
                warn!(account.id = %found.account, "account `{}` is in unit `{}` and belongs to no tenant", found.account, found.unit);
                UnknownAccountFound::new(&found.account, &found.unit, now).into()
            })
            .collect();
        if events.is_empty() {
            Ok(())
        } else {
            self.bus.publish(&events).await
        }
    }
}
