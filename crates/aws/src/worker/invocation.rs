//! How Lambda calls a worker function: a batch of messages, or the clock.

use events::{Invocation, Message, SqsRecord, Unreadable};
use futures::{StreamExt, stream};
use serde::Serialize;
use serde_json::Value;
use tenancy::{Failure, TenantId, Verb};
use tracing::{error, info};

use super::Worker;
use crate::ledger_failure::ledger_failure;

/// Passes side by side in one process: most of a pass is waiting for AWS.
const PASSES: usize = 4;

/// Which messages of a batch must come back. Source: Lambda Developer Guide, "Handling errors for an SQS event source".
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchAnswer {
    /// Messages that were not worked on.
    pub batch_item_failures: Vec<ItemFailure>,
}

/// A message that must come back.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemFailure {
    /// Its id.
    pub item_identifier: String,
}

/// Why an invocation failed as a whole.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The payload is none of ours.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// A sweep could not be made.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Worker {
    /// Handles one invocation.
    ///
    /// # Errors
    /// A sweep failed, or the payload is neither a batch nor a scheduled event. A batch never fails as a whole.
    pub async fn handle(&self, payload: Value) -> Result<BatchAnswer, InvocationError> {
        match Invocation::parse(payload)? {
            Invocation::Batch(batch) => Ok(Box::pin(self.batch(&batch.records)).await),
            Invocation::Tick(_) => {
                Box::pin(self.tick()).await?;
                Ok(BatchAnswer::default())
            }
        }
    }

    async fn tick(&self) -> Result<(), Failure> {
        match self.verb {
            Verb::Audit => Box::pin(self.sweep_to_audit()).await,
            Verb::Onboard | Verb::Offboard => {
                let due = self.sweep_due().await?;
                self.measure(due).await;
                self.keep_cost_tags().await;
                Ok(())
            }
        }
    }

    async fn batch(&self, records: &[SqsRecord]) -> BatchAnswer {
        let failed = stream::iter(records)
            .map(|record| self.message(record))
            .buffer_unordered(PASSES);
        BatchAnswer {
            batch_item_failures: failed.filter_map(async |failed| failed).collect().await,
        }
    }

    /// Works on one message; gives back its id if it must come again.
    async fn message(&self, record: &SqsRecord) -> Option<ItemFailure> {
        let again = || {
            Some(ItemFailure {
                item_identifier: record.message_id.clone(),
            })
        };
        let message = match Message::parse(&record.body) {
            Ok(message) => message,
            Err(unreadable) => {
                // It will fail each time, and then lies in the dead-letter queue for a person to see.
                error!(message.id = record.message_id, "{unreadable}");
                return again();
            }
        };
        let worked = match message {
            Message::Work(work) => Box::pin(self.answer(&work.tenant_id)).await.map(|worked| info!(tenant.id = %work.tenant_id, pass.result = ?worked, "worked on tenant `{}`", work.tenant_id)),
            Message::AccountCreation { request_id } => self.creation_ended(&request_id).await,
            Message::AccountClosure { account_id } => self.closure_ended(&account_id).await,
        };
        match worked {
            Ok(()) => None,
            Err(failure) => {
                error!(message.id = record.message_id, "{failure}");
                again()
            }
        }
    }

    /// A hint that a creation is over: its tenant is woken, and its pass looks it up.
    async fn creation_ended(&self, request_id: &str) -> Result<(), Failure> {
        let tenant = self
            .ledger
            .invalidate_creation(request_id)
            .await
            .map_err(|error| ledger_failure("finding the tenant of a creation", error))?;
        match tenant {
            Some(tenant) => self.wake_now(&tenant).await,
            None => {
                info!(
                    request.id = request_id,
                    "creation `{request_id}` is over and belongs to no tenant that waits"
                );
                Ok(())
            }
        }
    }

    async fn closure_ended(&self, account: &tenancy::AccountId) -> Result<(), Failure> {
        match self.ledger.tenant_by_account(account).await {
            Ok(tenant) => self.wake_now(&tenant.id).await,
            Err(crate::ledger::LedgerError::NotFound { .. }) => Ok(()),
            Err(error) => Err(ledger_failure(
                "finding the tenant of a closed account",
                error,
            )),
        }
    }

    async fn wake_now(&self, tenant: &TenantId) -> Result<(), Failure> {
        self.ledger
            .mark_due(tenant, self.now())
            .await
            .map_err(|error| ledger_failure("waking a tenant", error))?;
        self.queues.send(self.verb, tenant, 0).await
    }
}
