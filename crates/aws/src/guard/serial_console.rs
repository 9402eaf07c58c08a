//! Access to instances by serial console.

use async_trait::async_trait;
use baseline::guard::SerialConsole;
use tenancy::Failure;

use super::{SwitchContext, SwitchPort};

#[async_trait]
impl SwitchPort for SerialConsole {
    async fn get(at: &SwitchContext<'_>) -> Result<Self, Failure> {
        let call = at.ec2().await?.get_serial_console_access_status();
        let answer = at.read(call.send().await)?;
        Ok(Self {
            on: answer.serial_console_access_enabled.unwrap_or_default(),
            managed_by: answer.managed_by.map(|by| by.as_str().to_owned()),
        })
    }

    async fn set(&self, at: &SwitchContext<'_>) -> Result<(), Failure> {
        let call = at.ec2().await?.disable_serial_console_access();
        at.written(call.send().await)
    }
}

#[cfg(test)]
#[test]
fn every_property_of_the_switch_is_decided_about() {
    use aws_sdk_ec2::operation::get_serial_console_access_status::GetSerialConsoleAccessStatusOutput;
    let answer = GetSerialConsoleAccessStatusOutput::builder().build();
    crate::watched::check("ec2 GetSerialConsoleAccessStatusOutput", &answer);
}
