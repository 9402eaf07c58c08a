//! The limits AWS sets for the whole organization, kept in one place for all functions.
//!
//! Each limit is one small document, decided on by a pure function and written by compare-and-swap.

mod budget;
mod gate;

use jiff::SignedDuration;
use tenancy::{TenantId, Timestamp};

use self::{budget::Spent, gate::Queue};
use super::{Budget, Gate, Ledger, LedgerError, Line, Turn, item::Item, keys};

impl Ledger {
    /// Takes one creation from the budget of the hour and the day (UTC).
    ///
    /// # Errors
    /// `Failed`.
    pub async fn take_creation(
        &self,
        now: Timestamp,
        per_hour: u32,
        per_day: u32,
    ) -> Result<Budget, LedgerError> {
        let key = keys::key(keys::GOVERNOR, "BUDGET#creations");
        let doing = "taking a creation from the budget";
        self.change_document(key, doing, |spent: Option<Spent>| {
            spent.unwrap_or_default().take(now, per_hour, per_day)
        })
        .await
    }

    /// Lets a tenant through a gate, or puts it in line. To be asked again until it answers [`Turn::Entered`]; a tenant that
    /// does not ask for 15 minutes loses its place. Inside, the place expires after `hold` unless asked again.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn enter(
        &self,
        gate: Gate,
        tenant: &TenantId,
        now: Timestamp,
        hold: SignedDuration,
    ) -> Result<Turn, LedgerError> {
        let doing = format!("entering the gate `{}`", gate.name());
        self.change_document(gate_key(gate), &doing, |queue: Option<Queue>| {
            queue
                .unwrap_or_default()
                .enter(tenant, now, hold, gate.capacity())
        })
        .await
    }

    /// Gives a place back, inside or in line, and says whose turn it is now (worth marking due).
    ///
    /// # Errors
    /// `Failed`.
    pub async fn leave(
        &self,
        gate: Gate,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Vec<TenantId>, LedgerError> {
        let doing = format!("leaving the gate `{}`", gate.name());
        self.change_document(gate_key(gate), &doing, |queue: Option<Queue>| {
            queue
                .unwrap_or_default()
                .leave(tenant, now, gate.capacity())
        })
        .await
    }

    /// Who is inside a gate and who waits.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn line(&self, gate: Gate, now: Timestamp) -> Result<Line, LedgerError> {
        let row = self.get(gate_key(gate)).await?;
        let queue: Option<Queue> = row.as_ref().map(super::item::doc).transpose()?;
        Ok(queue.unwrap_or_default().line(now))
    }
}

impl Gate {
    /// How many tenants may be inside at once, in the whole organization.
    ///
    /// Source: AWS Organizations User Guide, quotas: 5 accounts created and 3 accounts closed concurrently.
    pub const fn capacity(self) -> usize {
        match self {
            Self::Creations => 5,
            Self::Closures => 3,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Creations => "creations",
            Self::Closures => "closures",
        }
    }
}

fn gate_key(gate: Gate) -> Item {
    keys::key(keys::GOVERNOR, format!("GATE#{}", gate.name()))
}
