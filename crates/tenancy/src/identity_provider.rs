//! The OpenID provider that signs a tenant's people in, as the ledger keeps it.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

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
    /// Grows with every change, and beyond those of a provider that was removed before; the `ETag`.
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

/// The installation's own provider, as the stack's parameters say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnProvider {
    /// The issuer.
    pub issuer: String,
    /// The client that the provider knows us by.
    pub client_id: String,
    /// The claim that holds the person's groups.
    pub groups_claim: String,
    /// Domains of which the person's verified e-mail address must be one; empty: any, or none at all.
    pub email_domains: Vec<String>,
}

impl OwnProvider {
    /// A word for these settings: sessions that began under others have ended. A new client secret is no other setting.
    pub fn era(&self) -> String {
        let mut domains = self.email_domains.clone();
        domains.sort();
        let mut parts = vec![&self.issuer, &self.client_id, &self.groups_claim];
        parts.extend(&domains);
        // With their lengths, so that no text of one part reads as another.
        let text: String = parts
            .iter()
            .map(|part| format!("{}:{part}", part.len()))
            .collect();
        HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
    }
}

impl IdentityProvider {
    /// The revision of the one that takes the place of `before`, or of none. It never begins anew: whoever knows a provider that was
    /// removed since must not take another for it.
    pub fn next_revision(before: Option<&Self>, now: Timestamp) -> u64 {
        let by_time = u64::try_from(now.as_millisecond()).unwrap_or_default();
        let after = before.map_or(0, |before| before.revision).saturating_add(1);
        after.max(by_time)
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_the_installations_provider_but_its_secret_is_part_of_its_era() {
        let own = OwnProvider {
            issuer: "https://id.example".into(),
            client_id: "c".into(),
            groups_claim: "groups".into(),
            email_domains: vec!["b.example".into(), "a.example".into()],
        };
        let mut turned = own.clone();
        turned.email_domains.reverse();
        assert_eq!(own.era(), turned.era());
        let mut others = vec![own.clone(); 5];
        others[0].issuer.push('/');
        others[1].client_id.push('d');
        others[2].groups_claim.push('s');
        others[3].email_domains.clear();
        // The same letters, in other parts.
        (others[4].client_id, others[4].groups_claim) = ("cg".into(), "roups".into());
        for other in others {
            assert_ne!(own.era(), other.era(), "{other:?}");
        }
    }
}
