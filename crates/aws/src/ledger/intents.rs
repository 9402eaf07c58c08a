//! Intents: notes written before AWS is asked for something that has no client token, so that a pass that dies in between
//! knows what to search for before it asks again.

use tenancy::{ComponentName, Failure, TenantId, Timestamp};

use super::{
    Intent, IntentKey, Lease, Ledger, LedgerError, NewIntent,
    item::{self, Item, number, s, text},
    keys,
    query::Rows,
    write::Write,
};

impl Ledger {
    /// Notes what is about to be asked of AWS, all or nothing; at most 99 at once. An intent that is there already counts
    /// one attempt more and loses its outcome.
    ///
    /// # Errors
    /// `LostLease`, `Failed`.
    pub async fn put_intents(
        &self,
        lease: &Lease,
        intents: &[NewIntent],
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let writes = intents.iter();
        let writes = writes.map(|intent| intent_write(&lease.tenant, intent, now));
        let writes = writes.collect();
        self.transact_leased("noting intents", lease, writes).await
    }

    /// Notes what came of an intent.
    ///
    /// # Errors
    /// `LostLease`, `NotFound`, `Failed`.
    pub async fn settle_intent(
        &self,
        lease: &Lease,
        component: ComponentName,
        key: &str,
        outcome: &str,
    ) -> Result<(), LedgerError> {
        let write = outcome_write(&lease.tenant, component, key, outcome);
        let doing = "noting what came of an intent";
        self.transact_leased(doing, lease, vec![write]).await
    }

    /// Notes what came of an intent, and what is about to be asked of AWS next, all or nothing; at most 98 at once.
    ///
    /// # Errors
    /// `LostLease`, `NotFound`, `Failed`.
    pub async fn settle_and_put_intents(
        &self,
        lease: &Lease,
        (component, key, outcome): (ComponentName, &str, &str),
        next: &[NewIntent],
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let settled = outcome_write(&lease.tenant, component, key, outcome);
        let next = next.iter();
        let next = next.map(|intent| intent_write(&lease.tenant, intent, now));
        let writes = std::iter::once(settled).chain(next).collect();
        let doing = "noting what came of an intent and what follows";
        self.transact_leased(doing, lease, writes).await
    }

    /// Forgets intents; those that are not there are no error.
    ///
    /// # Errors
    /// `LostLease`, `Failed`.
    pub async fn clear_intents(
        &self,
        lease: &Lease,
        keys: &[IntentKey],
    ) -> Result<(), LedgerError> {
        let write = |(component, key): &IntentKey| {
            Write::delete(keys::intent(&lease.tenant, *component, key))
        };
        for some in keys.chunks(super::commit::PARTS) {
            let writes = some.iter().map(write).collect();
            self.transact_leased("forgetting intents", lease, writes)
                .await?;
        }
        Ok(())
    }

    /// All intents of a tenant.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn intents(&self, id: &TenantId) -> Result<Vec<Intent>, LedgerError> {
        let rows = Rows::of(keys::tenant(id)).beginning_with(keys::INTENT);
        Ok(rows
            .all(self)
            .await?
            .iter()
            .filter_map(|row| item::readable(row, read))
            .collect())
    }
}

pub(super) fn intent_write(tenant: &TenantId, intent: &NewIntent, now: Timestamp) -> Write {
    let write = Write::update(keys::intent(tenant, intent.component, &intent.key))
        .set("component", s(intent.component))
        .set("key", s(&intent.key))
        .set("asked_at", s(now))
        .add("attempts", 1)
        .remove("outcome");
    match &intent.token {
        Some(token) => write.set("token", s(token)),
        None => write.remove("token"),
    }
}

pub(super) fn outcome_write(
    tenant: &TenantId,
    component: ComponentName,
    key: &str,
    outcome: &str,
) -> Write {
    let missing = format!("intent `{component}` `{key}`");
    Write::update(keys::intent(tenant, component, key))
        .set("outcome", s(outcome))
        .if_present("pk")
        .otherwise(LedgerError::not_found(missing))
}

/// The intent in a row. Where another release left an attribute out, the key of the row has what matters: that it was asked
/// for. What was requested at an unknown time is looked up in AWS before it is requested again.
pub(super) fn read(row: &Item) -> Result<Intent, LedgerError> {
    let sk = text(row, "sk").unwrap_or_default();
    let spelled = sk
        .strip_prefix(keys::INTENT)
        .and_then(|rest| rest.split_once('#'));
    let spelled =
        spelled.and_then(|(name, key)| Some((ComponentName::from_stored(name).ok()?, key)));
    let Some((component, key)) = spelled else {
        return Err(Failure::bug(format!("reading intent `{sk}`"), "it names no component").into());
    };
    Ok(Intent {
        component,
        key: key.to_owned(),
        asked_at: item::time(row, "asked_at").unwrap_or(Timestamp::UNIX_EPOCH),
        attempts: number(row, "attempts")
            .and_then(|attempts| attempts.try_into().ok())
            .unwrap_or_default(),
        token: text(row, "token").map(str::to_owned),
        outcome: text(row, "outcome").map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intent_of_another_release_is_read_by_its_key() {
        let row = keys::key(
            "T#t-nnnnnnnnnnnnnnnn",
            "I#flux-capacitor#eu-central-1.charge",
        );
        let intent = read(&row).unwrap();
        assert_eq!(intent.component.as_str(), "flux-capacitor");
        assert_eq!(intent.key, "eu-central-1.charge");
        assert_eq!(
            intent.asked_at,
            Timestamp::UNIX_EPOCH,
            "looked up before it is requested again"
        );
    }
}
