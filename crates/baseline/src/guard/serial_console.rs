//! Whether instances can be entered by their serial console. Source: EC2 API reference, `GetSerialConsoleAccessStatus`

use serde::{Deserialize, Serialize};
use tenancy::EffectiveSpec;

use super::{DECLARATIVE_POLICY, Reach, Switch};
use crate::{
    declared::{Field, Kind, Resource},
    desired::Desired,
};

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

impl Resource for SerialConsole {
    const KIND: Kind =
        Kind::of::<Self>("serial-console", "access by serial console", FIELDS).setting();

    fn ours(&self, _desired: &Desired) -> bool {
        true
    }

    fn locked(&self) -> Option<String> {
        (self.managed_by.as_deref() == Some(DECLARATIVE_POLICY))
            .then(|| "a declarative policy of the organization".to_owned())
    }
}

impl Switch for SerialConsole {
    const REACH: Reach = Reach::EachRegion;
    const READ: &'static str = "ec2:GetSerialConsoleAccessStatus";
    const WRITES: &'static [&'static str] = &["ec2:DisableSerialConsoleAccess"];

    fn wanted(_: &EffectiveSpec) -> Option<Self> {
        Some(Self {
            on: false,
            managed_by: None,
        })
    }
}
