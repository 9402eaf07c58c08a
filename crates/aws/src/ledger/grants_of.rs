//! The grants of somebody: a row for each holder, and each tenant or the installation.
//!
//! # Guarantees
//! A decision about a tenant reads two rows for a machine, and two for a person and each of his or her groups: what is held there, and at the
//! installation. What is held in other tenants is not read, however much it is.

use futures::{FutureExt, StreamExt, TryStreamExt, future::try_join_all, stream};
use tenancy::{
    TenantId,
    access::{Grant, Grantee, Provider},
};

use super::{
    Ledger, LedgerError, grants::grants_in, item::Item, keys, query::Rows, visible::AT_ONCE,
};

/// Holders whose rows are queried at the same time.
const QUERIES: usize = 10;

/// Whose row it is, and of which tenant; `None` for the installation.
type HolderKey<'a> = (&'a Grantee, Option<&'a TenantId>);

impl Ledger {
    /// All that these hold at the installation, and in this tenant and its projects, whether it counts still or not.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn grants_of(
        &self,
        grantees: &[Grantee],
        tenant: Option<&TenantId>,
    ) -> Result<Vec<Grant>, LedgerError> {
        let holders = grantees
            .iter()
            .flat_map(|grantee| holder_keys(grantee, tenant));
        let holders: Vec<HolderKey<'_>> = holders.collect();
        let found = holders.chunks(AT_ONCE).map(|some| self.grants_at(some));
        Ok(try_join_all(found).await?.concat())
    }

    async fn grants_at(&self, holders: &[HolderKey<'_>]) -> Result<Vec<Grant>, LedgerError> {
        let keys = holders
            .iter()
            .map(|(whose, tenant)| keys::grants_of(whose, *tenant));
        let rows = self.get_all(keys.collect()).await?;
        let mut all = Vec::new();
        for (row, (whose, tenant)) in rows.iter().zip(holders) {
            let grants = row.as_ref().map(|row| grants(row, whose)).transpose()?;
            let grants = grants.into_iter().flatten();
            all.extend(grants.filter(|grant| grant.scope.tenant() == *tenant));
        }
        Ok(all)
    }

    /// All that these hold in tenants, whether it counts still or not: a query for each of them.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn grants_in_tenants(&self, grantees: &[Grantee]) -> Result<Vec<Grant>, LedgerError> {
        let queries = grantees.iter().map(|it| self.holder_in_tenants(it).boxed());
        let queries: Vec<_> = queries.collect();
        let found: Vec<_> = stream::iter(queries)
            .buffered(QUERIES)
            .try_collect()
            .await?;
        Ok(found.concat())
    }

    async fn holder_in_tenants(&self, grantee: &Grantee) -> Result<Vec<Grant>, LedgerError> {
        let rows = Rows::of(keys::holder(grantee)).beginning_with(keys::GRANTS_IN_TENANTS);
        let rows = rows.all(self).await?;
        let grants = rows.iter().map(|row| grants(row, grantee));
        let mut all = grants.collect::<Result<Vec<_>, _>>()?.concat();
        all.retain(|grant| grant.scope.tenant().is_some());
        Ok(all)
    }
}

/// Where somebody may hold something that counts for a tenant. Those of a tenant's provider hold nothing outside that tenant.
fn holder_keys<'a>(
    grantee: &'a Grantee,
    tenant: Option<&'a TenantId>,
) -> impl Iterator<Item = HolderKey<'a>> {
    let own = match grantee.provider() {
        Some(Provider::Tenant(own)) => Some(own),
        Some(Provider::Installation) | None => None,
    };
    let at_installation = own.is_none().then_some((grantee, None));
    let here = tenant.filter(|tenant| own.is_none_or(|own| own == *tenant));
    let in_tenant = here.map(|tenant| (grantee, Some(tenant)));
    at_installation.into_iter().chain(in_tenant)
}

/// The grants in a row that are its holder's. One that this release cannot read gives nothing.
fn grants(row: &Item, whose: &Grantee) -> Result<Vec<Grant>, LedgerError> {
    let grants = grants_in(row)?.into_iter().filter_map(|grant| {
        let read = serde_json::from_value::<Grant>(grant);
        read.inspect_err(|error| tracing::error!(%error, "a grant cannot be read"))
            .ok()
    });
    Ok(grants.filter(|grant| grant.principal == *whose).collect())
}
