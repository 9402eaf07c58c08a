//! Gates and the lines before them.

use jiff::SignedDuration;
use tenancy::{TenantId, Timestamp};

use super::{
    gate::Queue,
    key,
    pace::Door,
    types::{Gate, Line, Turn},
};
use crate::ledger::{Ledger, LedgerError, item::Item};

impl Ledger {
    /// Lets a tenant through a gate, or puts it in line. To be asked again until it answers [`Turn::Entered`]; a tenant that
    /// does not come when it should is passed by, and loses its place a quarter of an hour later. Inside, the place expires
    /// after `hold` unless asked again. `most` is how many of the line something else has room for, such as a budget.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn enter(
        &self,
        gate: Gate,
        tenant: &TenantId,
        now: Timestamp,
        hold: SignedDuration,
        most: usize,
    ) -> Result<Turn, LedgerError> {
        let doing = format!("entering the gate `{}`", gate.name());
        self.change_queue(gate, &doing, |queue| {
            queue.enter(tenant, now, hold, self.door(gate), most)
        })
        .await
    }

    /// Puts a tenant in line in the order it came, even if there is room or it was inside, and keeps its place for at least
    /// so long: for what keeps everybody out.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn line_up(
        &self,
        gate: Gate,
        tenant: &TenantId,
        now: Timestamp,
        at_least_secs: u32,
    ) -> Result<Turn, LedgerError> {
        let doing = format!("lining up at the gate `{}`", gate.name());
        self.change_queue(gate, &doing, |queue| {
            queue.line_up(tenant, now, self.door(gate), at_least_secs)
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
        self.change_queue(gate, &doing, |queue| {
            queue.leave(tenant, now, self.door(gate))
        })
        .await
    }

    /// Ends the stay of a tenant if it was let in by `begun_by`, and says whose turn it is now. A place in line, and a stay
    /// that began later, are kept.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn end_stay(
        &self,
        gate: Gate,
        tenant: &TenantId,
        begun_by: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<TenantId>, LedgerError> {
        let doing = format!("leaving the gate `{}`", gate.name());
        self.change_queue(gate, &doing, |queue| {
            queue.end_stay(tenant, begun_by, now, self.door(gate))
        })
        .await
    }

    /// Notes how long the stay of a tenant took that is done and about to leave: what is told to those who wait is reckoned
    /// from the last ones.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn note_stay(
        &self,
        gate: Gate,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let doing = format!("noting the pace of the gate `{}`", gate.name());
        self.change_queue(gate, &doing, |queue| (queue.note(tenant, now), ()))
            .await
    }

    /// Who is inside a gate and who waits.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn line(&self, gate: Gate, now: Timestamp) -> Result<Line, LedgerError> {
        let queue: Queue = self.governed(gate_key(gate)).await?;
        Ok(queue.line(now, self.door(gate)))
    }

    fn door(&self, gate: Gate) -> Door {
        Door::of(gate, self.rates)
    }

    async fn change_queue<R>(
        &self,
        gate: Gate,
        doing: &str,
        decide: impl Fn(Queue) -> (Option<Queue>, R),
    ) -> Result<R, LedgerError> {
        self.change_document(gate_key(gate), doing, |queue: Option<Queue>| {
            decide(queue.unwrap_or_default())
        })
        .await
    }
}

fn gate_key(gate: Gate) -> Item {
    key(format!("GATE#{}", gate.name()))
}
