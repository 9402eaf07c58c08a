//! The work queues: a message is a tenant id, and a hint.

use aws_sdk_sqs::types::SendMessageBatchRequestEntry as Entry;
use events::Work;
use futures::{StreamExt, TryStreamExt, stream};
use tenancy::{Failure, TenantId, Verb};

use crate::{errors, settings::Settings};

/// How many messages SQS takes in a call (SQS API reference, `SendMessageBatch`).
const BATCH: usize = 10;
/// How many calls are made side by side.
const SENDERS: usize = 16;
/// The longest delay of a message (SQS Developer Guide, "Message quotas": 15 minutes).
const MOST_DELAY_SECS: u32 = 900;

/// Ways to send work. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Queues {
    client: aws_sdk_sqs::Client,
    onboard: String,
    audit: String,
    offboard: String,
}

impl Queues {
    /// The queues of the settings.
    pub fn new(client: aws_sdk_sqs::Client, settings: &Settings) -> Self {
        Self {
            client,
            onboard: settings.onboard_queue_url.clone(),
            audit: settings.audit_queue_url.clone(),
            offboard: settings.offboard_queue_url.clone(),
        }
    }

    fn url(&self, verb: Verb) -> &str {
        match verb {
            Verb::Onboard => &self.onboard,
            Verb::Audit => &self.audit,
            Verb::Offboard => &self.offboard,
        }
    }

    /// Sends one tenant to a function, after at most 900 seconds.
    ///
    /// # Errors
    /// SQS did not take it.
    pub async fn send(
        &self,
        verb: Verb,
        tenant: &TenantId,
        delay_secs: u32,
    ) -> Result<(), Failure> {
        let sent = self
            .client
            .send_message()
            .queue_url(self.url(verb))
            .message_body(body(tenant))
            .delay_seconds(delay(delay_secs))
            .send()
            .await;
        sent.map(drop).map_err(|error| {
            errors::failure(
                format!("sending tenant `{tenant}` to the {} queue", verb.as_str()),
                &error,
            )
        })
    }

    /// Sends tenants to a function, ten in a call, each after at most 900 seconds.
    ///
    /// # Errors
    /// SQS did not take one. Others may have been sent.
    pub async fn send_all(&self, verb: Verb, tenants: &[(&TenantId, u32)]) -> Result<(), Failure> {
        let batches = tenants.chunks(BATCH);
        let sent = batches.map(|some| self.send_batch(verb, some));
        let sent = stream::iter(sent).buffer_unordered(SENDERS);
        sent.try_collect().await
    }

    async fn send_batch(&self, verb: Verb, tenants: &[(&TenantId, u32)]) -> Result<(), Failure> {
        if let [(tenant, delay_secs)] = tenants {
            return self.send(verb, tenant, *delay_secs).await;
        }
        let doing = format!(
            "sending {} tenants to the {} queue",
            tenants.len(),
            verb.as_str()
        );
        let entries = tenants.iter().enumerate().map(|(place, (tenant, secs))| {
            let entry = Entry::builder().id(place.to_string());
            let entry = entry.message_body(body(tenant)).delay_seconds(delay(*secs));
            entry.build()
        });
        let entries = entries
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| Failure::bug(doing.as_str(), error.to_string()))?;
        let call = self.client.send_message_batch().queue_url(self.url(verb));
        let answer = call.set_entries(Some(entries)).send().await;
        let answer = answer.map_err(|error| errors::failure(doing, &error))?;
        // A batch is answered with success although some of it was refused: those are sent one by one, which says why not.
        let refused = answer.failed.iter().filter_map(|one| one.id.parse().ok());
        for (tenant, secs) in refused.filter_map(|place: usize| tenants.get(place)) {
            self.send(verb, tenant, *secs).await?;
        }
        Ok(())
    }
}

fn body(tenant: &TenantId) -> String {
    let tenant_id = tenant.clone();
    Work { tenant_id }.body()
}

fn delay(secs: u32) -> i32 {
    i32::try_from(secs.min(MOST_DELAY_SECS)).unwrap_or(900)
}
