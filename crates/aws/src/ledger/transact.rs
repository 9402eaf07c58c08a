//! One row, or several in a transaction, under their conditions.

use aws_sdk_dynamodb::types::ReturnValue;
use futures::FutureExt;

use super::{
    Lease, Ledger, LedgerError,
    attempts::Attempts,
    failed::{Refused, put_refused, refused, update_refused},
    item::Item,
    keys,
    write::Write,
};

impl Ledger {
    /// Puts one row, at half the price of a transaction. False if somebody else was faster.
    ///
    /// There is no client token, so that a repetition by the SDK after a lost answer meets the row it has written itself. The row
    /// names its pass or its revision, so one that is to the letter as it was to be is ours.
    pub(super) async fn put(
        &self,
        doing: &str,
        row: Item,
        write: Write,
    ) -> Result<bool, LedgerError> {
        let put = write.into_put(&self.table)?;
        let call = self.client.put_item().table_name(&self.table);
        let call = call
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .set_expression_attribute_names(put.expression_attribute_names)
            .set_expression_attribute_values(put.expression_attribute_values);
        let Err(error) = call.send().boxed().await else {
            return Ok(true);
        };
        match put_refused(doing, &error) {
            Refused::Failed(failure) => Err(failure.into()),
            Refused::Contended => Ok(false),
            Refused::Conditions(_) => {
                let mut key = row.clone();
                key.retain(|name, _| name == "pk" || name == "sk");
                Ok(self.get(key).await?.as_ref() == Some(&row))
            }
        }
    }

    /// Updates one row, at half the price of a transaction, and gives it back as it is then. `None` if its conditions do not hold, or
    /// somebody else is writing it. There is no client token: a repetition by the SDK after a lost answer must do no harm.
    pub(super) async fn update(
        &self,
        doing: &str,
        write: Write,
    ) -> Result<Option<Item>, LedgerError> {
        let update = write.into_update(&self.table)?;
        let call = self.client.update_item().table_name(&self.table);
        let call = call
            .set_key(Some(update.key))
            .update_expression(update.update_expression)
            .set_condition_expression(update.condition_expression)
            .set_expression_attribute_names(update.expression_attribute_names)
            .set_expression_attribute_values(update.expression_attribute_values)
            .return_values(ReturnValue::AllNew);
        match call.send().boxed().await {
            Ok(answer) => Ok(answer.attributes),
            Err(error) => match update_refused(doing, &error) {
                Refused::Failed(failure) => Err(failure.into()),
                Refused::Contended | Refused::Conditions(_) => Ok(None),
            },
        }
    }

    /// Carries out all writes or none. False if somebody else was faster; the error of the first write that has one for
    /// a condition that did not hold.
    ///
    /// A transaction even of one write: the SDK gives it a client token, so that a repetition after a lost answer does not count
    /// as a lost race against ourselves.
    pub(super) async fn transact(
        &self,
        doing: &str,
        writes: Vec<Write>,
    ) -> Result<bool, LedgerError> {
        let meanings: Vec<_> = writes
            .iter()
            .map(|write| write.meaning().cloned())
            .collect();
        let items = writes
            .into_iter()
            .map(|write| write.into_item(&self.table))
            .collect::<Result<Vec<_>, _>>()?;
        let call = self.client.transact_write_items();
        let call = call.set_transact_items(Some(items)).send().boxed();
        let Err(error) = call.await else {
            return Ok(true);
        };
        match refused(doing, &error) {
            Refused::Contended => Ok(false),
            Refused::Failed(failure) => Err(failure.into()),
            Refused::Conditions(positions) => {
                let mut errors = positions
                    .into_iter()
                    .filter_map(|position| meanings.get(position)?.clone());
                errors.next().map_or(Ok(false), Err)
            }
        }
    }

    /// Carries out writes that must not happen without the lease, but need not touch the main row.
    pub(super) async fn transact_leased(
        &self,
        doing: &str,
        lease: &Lease,
        writes: Vec<Write>,
    ) -> Result<(), LedgerError> {
        let mut attempts = Attempts::new(doing);
        loop {
            let mut all = vec![fence(lease)];
            all.extend(writes.iter().cloned());
            if self.transact(doing, all).await? {
                return Ok(());
            }
            attempts.again().await?;
        }
    }
}

/// Demands that the pass still has the lease.
pub(super) fn fence(lease: &Lease) -> Write {
    Write::check(keys::lease(&lease.tenant))
        .if_equal("lease_epoch", super::item::n(lease.epoch))
        .if_present("lease_holder")
        .otherwise(LedgerError::LostLease)
}
