//! Whether instances can be entered by their serial console. Source: EC2 API reference, `GetSerialConsoleAccessStatus`

use serde::{Deserialize, Serialize};
use tenancy::EffectiveSpec;

use super::{Field, Properties, Reach, Switch, reported, restored};

const FIELDS: &[Field] = &[Field::new("on", "access by serial console", "Turn off")];

/// Whether instances can be entered by their serial console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SerialConsole {
    /// Whether it is on.
    pub on: bool,
    /// Who sets it: the account, or a declarative policy of the organization.
    #[serde(default)]
    pub managed_by: Option<String>,
}

impl Switch for SerialConsole {
    const NAME: &'static str = "serial-console";
    const TITLE: &'static str = "access by serial console";
    const NUMBER: u32 = 106;
    const CHECKED: &'static str = "no access by serial console";
    const FIELDS: &'static [Field] = FIELDS;
    const REACH: Reach = Reach::EachRegion;
    const READ: &'static str = "ec2:GetSerialConsoleAccessStatus";
    const WRITES: &'static [&'static str] = &["ec2:DisableSerialConsoleAccess"];
    const WATCHED: Properties = Properties {
        resource: "Serial console",
        kind: Self::NAME,
        shape: "ec2 GetSerialConsoleAccessStatusOutput",
        watched: &[
            restored("serial_console_access_enabled", "on"),
            reported("managed_by", "on"),
        ],
        identity: &[],
        unwatched: &[],
    };
    #[cfg(test)]
    const FRESH: &'static str = r#"{"on": true}"#;

    fn wanted(_: &EffectiveSpec) -> Option<Self> {
        Some(Self {
            on: false,
            managed_by: None,
        })
    }

    fn managed_by(&self) -> Option<&str> {
        self.managed_by.as_deref()
    }
}
