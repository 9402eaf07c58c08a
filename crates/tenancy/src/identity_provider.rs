//! The OpenID provider that signs a tenant's people in, as the ledger keeps it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The claim that is read for groups unless another is named.
pub const GROUPS: &str = "groups";

/// A tenant's identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityProvider {
    /// The issuer: `https://` and to the letter what its tokens say.
    pub issuer: String,
    /// The client that the provider knows us by.
    pub client_id: String,
    /// Where the client's secret is kept; absent for a public client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretVersion>,
    /// The claim that holds the person's groups; absent: nobody has groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups_claim: Option<String>,
    /// Domains of which the person's verified e-mail address must be one; empty: any, or none at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub email_domains: Vec<String>,
    /// Another word each time that another issuer, client or rule replaces the one before: sessions of an earlier one have ended.
    pub era: String,
    /// Grows by one with every change; the `ETag`.
    pub revision: u64,
    /// Who set it.
    pub changed_by: String,
    /// When.
    pub changed_at: Timestamp,
}

/// One version of a secret of Secrets Manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretVersion {
    /// The secret.
    pub arn: String,
    /// Its version.
    pub version: String,
}

impl IdentityProvider {
    /// Whether sessions that one of the two began may go on under the other.
    pub fn is_same_era(&self, other: &Self) -> bool {
        (
            &self.issuer,
            &self.client_id,
            &self.groups_claim,
            &self.email_domains,
        ) == (
            &other.issuer,
            &other.client_id,
            &other.groups_claim,
            &other.email_domains,
        )
    }
}
