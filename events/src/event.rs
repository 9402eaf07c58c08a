//! All events that are published, as one type.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::*;

/// The detail of one kind of event.
pub trait Detail: Serialize + DeserializeOwned + schemars::JsonSchema {
    /// Its detail-type on the bus.
    const TYPE: &'static str;
}

macro_rules! events {
    ($($name:ident),* $(,)?) => {
        /// Something that happened to a tenant, as it is put on the bus.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "detailType", content = "detail")]
        pub enum Event {
            $(
                #[doc = concat!("See [`", stringify!($name), "`].")]
                $name($name),
            )*
        }

        $(
            impl Detail for $name {
                const TYPE: &'static str = stringify!($name);
            }

            impl From<$name> for Event {
                fn from(event: $name) -> Self {
                    Self::$name(event)
                }
            }
        )*

        impl Event {
            /// The detail-type of every event there is.
            pub const TYPES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// Its detail-type on the bus.
            pub fn detail_type(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $name::TYPE,)*
                }
            }

            /// Its detail as JSON text.
            ///
            /// # Errors
            /// If it cannot be written as JSON; a test proves that each can.
            pub fn detail(&self) -> Result<String, serde_json::Error> {
                match self {
                    $(Self::$name(event) => serde_json::to_string(event),)*
                }
            }
        }

        pub(crate) fn event_schemas() -> Vec<(&'static str, schemars::Schema)> {
            vec![$((stringify!($name), crate::schema::event::<$name>())),*]
        }
    };
}

events!(
    TenantRequested,
    TenantSpecChanged,
    TenantRepairRequested,
    TenantRetryRequested,
    TenantAuditRequested,
    TenantKeyPairRotationRequested,
    TenantSessionsEndRequested,
    TenantOffboardingRequested,
    TenantOnboarded,
    TenantUpdated,
    TenantPrivateKeyHandedOut,
    TenantSessionOpened,
    TenantParked,
    TenantStalled,
    TenantResumed,
    TenantDriftFound,
    TenantDriftResolved,
    TenantOffboarded,
    UnknownAccountFound,
    AccessGranted,
    AccessRevoked,
    AccessRequested,
    AccessRequestDecided,
);
