//! Identity providers of tenants: one row each, in a partition of its own, which the function `portal` may read.
//!
//! # Guarantees
//! A change is one transaction with the tenant's history. A tenant that leaves loses its provider in the transaction that records
//! its departure, and with it every session that the provider began.

use tenancy::{IdentityProvider, Slug, TenantId};

use super::{
    Ledger, LedgerError, Request,
    commit::Draft,
    idempotency,
    item::{doc, n, with_doc},
    keys,
    requests::{Answer, ensure_present, entry},
    tenants::owner,
    write::Write,
};

impl Ledger {
    /// A tenant's identity provider, if it has one.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn identity_provider(
        &self,
        tenant: &TenantId,
    ) -> Result<Option<IdentityProvider>, LedgerError> {
        let row = self.get(keys::identity_provider(tenant)).await?;
        row.as_ref().map(doc).transpose()
    }

    /// The tenant that has a slug; its own rows are not read.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn tenant_named(&self, slug: &Slug) -> Result<Option<TenantId>, LedgerError> {
        let row = self.get(keys::slug(slug)).await?;
        Ok(row.as_ref().and_then(owner))
    }

    /// Sets a tenant's identity provider in the place of `before`. False if somebody else has changed it meanwhile.
    ///
    /// # Errors
    /// `NotFound`, `Leaving`, `IdempotencyReused`, `Conflict` (somebody else changed it meanwhile), `Failed`.
    pub async fn set_identity_provider(
        &self,
        tenant: &TenantId,
        before: Option<&IdentityProvider>,
        provider: &IdentityProvider,
        request: &Request,
    ) -> Result<(), LedgerError> {
        let mut row = with_doc(keys::identity_provider(tenant), provider)?;
        row.insert("revision".to_owned(), n(provider.revision));
        let write = Write::put(row)
            .if_revision(before.map(|before| before.revision))
            .otherwise(changed_meanwhile());
        let summary = format!("the identity provider was set to `{}`", provider.issuer);
        let action = "identity-provider-set";
        self.provider_change(tenant, write, action, summary, request)
            .await
    }

    /// Removes a tenant's identity provider: every session that it began has ended.
    ///
    /// # Errors
    /// `NotFound`, `Leaving`, `IdempotencyReused`, `Conflict` (somebody else changed it meanwhile), `Failed`.
    pub async fn remove_identity_provider(
        &self,
        tenant: &TenantId,
        before: &IdentityProvider,
        request: &Request,
    ) -> Result<(), LedgerError> {
        let write = Write::delete(keys::identity_provider(tenant))
            .if_revision(Some(before.revision))
            .otherwise(changed_meanwhile());
        let summary = format!("the identity provider `{}` was removed", before.issuer);
        let action = "identity-provider-removed";
        self.provider_change(tenant, write, action, summary, request)
            .await
    }

    async fn provider_change(
        &self,
        tenant: &TenantId,
        write: Write,
        action: &str,
        summary: String,
        request: &Request,
    ) -> Result<(), LedgerError> {
        let changed = self.request("changing the identity provider", tenant, request, |now| {
            ensure_present(&now.record.tenant)?;
            let mut draft = Draft::of(&now.record);
            draft.writes = idempotency::row(tenant, None, request);
            draft.writes.push(write.clone());
            let entry = entry(request, action, summary.clone(), None);
            draft.history = (request.at, vec![entry]);
            Ok(Answer::Change(Box::new(draft), None))
        });
        changed.await.map(drop)
    }
}

fn changed_meanwhile() -> LedgerError {
    LedgerError::conflict("the identity provider was changed meanwhile")
}
