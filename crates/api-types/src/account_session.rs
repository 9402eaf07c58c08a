//! A session in a tenant's account, with its credentials.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::access::AccountSession;

/// A session in a tenant's account, with its credentials. They are not shown by `Debug`, so that they get into no log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountSessionView {
    /// What is on record of it.
    #[serde(flatten)]
    pub session: AccountSession,
    /// The ARN of the IAM role in the account.
    pub role_arn: String,
    /// The access key's id.
    pub access_key_id: String,
    /// The access key's secret.
    pub secret_access_key: String,
    /// The token that goes with them.
    pub session_token: String,
}

impl fmt::Debug for AccountSessionView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountSessionView")
            .field("session", &self.session)
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}
