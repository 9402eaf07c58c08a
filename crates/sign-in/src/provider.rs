//! A provider as a sign-in needs it.

use std::fmt;

use tenancy::{IdentityProvider, Slug, TenantId, identity_provider::OwnProvider};

/// A text that no log shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

/// Whose people a provider signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantOf {
    /// The tenant.
    pub id: TenantId,
    /// Its slug.
    pub slug: Slug,
}

/// A provider, with its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// The issuer.
    pub issuer: String,
    /// The client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Option<Secret>,
    /// The claim of groups.
    pub groups_claim: Option<String>,
    /// The domains that are allowed.
    pub email_domains: Vec<String>,
    /// A word for the settings: sessions that began under another have ended.
    pub era: String,
    /// Whose it is; absent: the installation's.
    pub tenant: Option<TenantOf>,
}

impl Provider {
    /// A tenant's provider.
    pub fn of(
        tenant: TenantId,
        slug: Slug,
        provider: IdentityProvider,
        secret: Option<Secret>,
    ) -> Self {
        Self {
            issuer: provider.issuer,
            client_id: provider.client_id,
            client_secret: secret,
            groups_claim: provider.groups_claim,
            email_domains: provider.email_domains,
            era: provider.era,
            tenant: Some(TenantOf { id: tenant, slug }),
        }
    }

    /// The installation's own provider.
    pub fn own(provider: &OwnProvider, secret: Option<Secret>) -> Self {
        Self {
            issuer: provider.issuer.clone(),
            client_id: provider.client_id.clone(),
            client_secret: secret,
            groups_claim: Some(provider.groups_claim.clone()),
            email_domains: provider.email_domains.clone(),
            era: provider.era(),
            tenant: None,
        }
    }
}
