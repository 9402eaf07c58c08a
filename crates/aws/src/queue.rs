//! The work queues: a message is a tenant id, and a hint.

use events::Work;
use tenancy::{Failure, TenantId, Verb};

use crate::{errors, settings::Settings};

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
        let body = Work {
            tenant_id: tenant.clone(),
        }
        .body();
        let delay = i32::try_from(delay_secs.min(900)).unwrap_or(900);
        let sent = self
            .client
            .send_message()
            .queue_url(self.url(verb))
            .message_body(body)
            .delay_seconds(delay)
            .send()
            .await;
        sent.map(drop).map_err(|error| {
            errors::failure(
                format!("sending tenant `{tenant}` to the {} queue", verb.as_str()),
                &error,
            )
        })
    }
}
