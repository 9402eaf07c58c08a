//! Access to instances by serial console.

use std::sync::Arc;

use async_trait::async_trait;
use baseline::{Desired, guard::SerialConsole};
use tenancy::{Failure, Region};

use crate::{errors, pass::PassContext, resources::SwitchPort};

pub(super) struct Port(pub(super) Arc<PassContext>);

#[async_trait]
impl SwitchPort<SerialConsole> for Port {
    async fn get(&self, desired: &Desired, region: &Region) -> Result<SerialConsole, Failure> {
        let ec2 = self.0.clients.ec2(desired, region).await?;
        let answer = ec2.get_serial_console_access_status().send().await;
        let answer = answer.map_err(|error| {
            errors::failure(
                format!("reading access by serial console in {region}"),
                &error,
            )
        })?;
        Ok(SerialConsole {
            on: answer.serial_console_access_enabled.unwrap_or_default(),
            managed_by: answer.managed_by.map(|by| by.as_str().to_owned()),
        })
    }

    async fn set(
        &self,
        desired: &Desired,
        region: &Region,
        _wanted: &SerialConsole,
    ) -> Result<(), Failure> {
        let ec2 = self.0.clients.ec2(desired, region).await?;
        let sent = ec2.disable_serial_console_access().send().await;
        sent.map(drop).map_err(|error| {
            errors::failure(
                format!("setting access by serial console in {region}"),
                &error,
            )
        })
    }
}
