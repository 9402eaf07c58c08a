//! Access to instances by serial console.

use std::sync::Arc;

use async_trait::async_trait;
use baseline::{Desired, guard::SerialConsole};
use tenancy::{Failure, Region};

use crate::{calls::checked, pass::PassContext, resources::SwitchPort};

pub(super) struct Port(pub(super) Arc<PassContext>);

#[async_trait]
impl SwitchPort<SerialConsole> for Port {
    async fn get(&self, desired: &Desired, region: &Region) -> Result<SerialConsole, Failure> {
        let ec2 = self.0.clients.ec2(desired, region).await?;
        let answer = ec2.get_serial_console_access_status().send().await;
        let answer = checked(answer, || {
            format!("reading access by serial console in {region}")
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
        checked(sent, || {
            format!("setting access by serial console in {region}")
        })
        .map(drop)
    }
}

#[cfg(test)]
#[test]
fn every_property_of_the_switch_is_decided_about() {
    use aws_sdk_ec2::operation::get_serial_console_access_status::GetSerialConsoleAccessStatusOutput;
    let answer = GetSerialConsoleAccessStatusOutput::builder().build();
    crate::watched::check("ec2 GetSerialConsoleAccessStatusOutput", &answer);
}
