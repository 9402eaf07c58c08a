//! The key pair of a tenant.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::{Region, TenantId};

/// The key pair of a tenant in a Region, with its private half. Not shown by `Debug`, so that it gets into no log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyPairView {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The Region of the key pair.
    pub region: Region,
    /// The name of the key pair in EC2.
    pub name: String,
    /// The fingerprint of the key, as OpenSSH shows it.
    pub fingerprint: String,
    /// The public half, as EC2 and `authorized_keys` have it.
    pub public_key: String,
    /// The private half: a file of OpenSSH (PEM). Keep it to yourself, with mode 0600.
    pub private_key: String,
}

impl fmt::Debug for KeyPairView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPairView")
            .field("tenant_id", &self.tenant_id)
            .field("region", &self.region)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}
