//! Projects: a row each, in the partition of the tenant's grants.

use tenancy::{
    Slug, TenantId,
    access::{Project, ProjectChange, Scope},
};

use super::{
    Ledger, LedgerError, Page, Request,
    attempts::Attempts,
    commit::Draft,
    cursor, idempotency,
    item::{Item, doc, n, number, with_doc},
    keys,
    query::Rows,
    requests::{ensure_present, entry},
    write::Write,
};

impl Ledger {
    /// The projects of a tenant, by slug.
    ///
    /// # Errors
    /// `BadCursor`, `Failed`.
    pub async fn projects(
        &self,
        tenant: &TenantId,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Page<Project>, LedgerError> {
        let question = format!("projects {tenant}");
        let after = cursor::open(&question, cursor)?;
        let rows = Rows::of(keys::access(Some(tenant))).beginning_with(keys::PROJECT);
        self.page(&rows, &question, limit, after, doc).await
    }

    /// A project of a tenant.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn project(&self, tenant: &TenantId, slug: &Slug) -> Result<Project, LedgerError> {
        doc(&self.project_row(tenant, slug).await?)
    }

    async fn project_row(&self, tenant: &TenantId, slug: &Slug) -> Result<Item, LedgerError> {
        let row = self.get(keys::project(tenant, slug)).await?;
        row.ok_or_else(|| LedgerError::not_found(format!("project `{slug}`")))
    }

    /// Records a new project.
    ///
    /// # Errors
    /// `NotFound` (the tenant), `Leaving`, `IdempotencyReused`, `Conflict` (the slug is taken), `Failed`.
    pub async fn create_project(
        &self,
        tenant: &TenantId,
        project: &Project,
        request: &Request,
    ) -> Result<(), LedgerError> {
        let slug = &project.slug;
        let taken = format!("the tenant has a project `{slug}` already");
        let doing = "creating a project";
        let mut attempts = Attempts::new(doing);
        loop {
            let write = project_write(tenant, project, None)?;
            let write = write.otherwise(LedgerError::conflict(taken.clone()));
            let word = "project-created";
            if self
                .record_project(doing, word, (tenant, project), request, write)
                .await?
            {
                return Ok(());
            }
            attempts.again().await?;
        }
    }

    /// Changes a project.
    ///
    /// # Errors
    /// `NotFound`, `Leaving`, `IdempotencyReused`, `Failed`.
    pub async fn change_project(
        &self,
        tenant: &TenantId,
        slug: &Slug,
        change: &ProjectChange,
        request: &Request,
    ) -> Result<Project, LedgerError> {
        let doing = "changing a project";
        let mut attempts = Attempts::new(doing);
        loop {
            let row = self.project_row(tenant, slug).await?;
            let before: Project = doc(&row)?;
            let mut after = before.clone();
            if let Some(name) = &change.name {
                after.name.clone_from(name);
            }
            if let Some(share) = change.budget_share_percent {
                after.budget_share_percent = share;
            }
            if after == before {
                let answer = serde_json::to_value(&before).unwrap_or_default();
                self.remember_answer(request, &answer).await?;
                return Ok(before);
            }
            after.updated_at = request.at;
            let write = project_write(tenant, &after, number(&row, "version"))?;
            let word = "project-changed";
            if self
                .record_project(doing, word, (tenant, &after), request, write)
                .await?
            {
                return Ok(after);
            }
            attempts.again().await?;
        }
    }

    /// Deletes a project for which nobody holds a grant.
    ///
    /// # Errors
    /// `NotFound`, `Leaving`, `IdempotencyReused`, `Conflict` (grants count for it), `Failed`.
    pub async fn delete_project(
        &self,
        tenant: &TenantId,
        slug: &Slug,
        request: &Request,
    ) -> Result<Project, LedgerError> {
        let doing = "deleting a project";
        let mut attempts = Attempts::new(doing);
        loop {
            let row = self.project_row(tenant, slug).await?;
            let project: Project = doc(&row)?;
            let scope = Scope::Project(tenant.clone(), slug.clone());
            let grants = self.grants_of_project(&scope, request.at).await?;
            if grants > 0 {
                let detail = format!("project `{slug}` has {grants} grants: revoke them first");
                return Err(LedgerError::conflict(detail));
            }
            let write = Write::delete(keys::project(tenant, slug));
            let write = write.if_version(number(&row, "version"));
            let word = "project-deleted";
            if self
                .record_project(doing, word, (tenant, &project), request, write)
                .await?
            {
                return Ok(project);
            }
            attempts.again().await?;
        }
    }

    /// Carries the write out, with an entry in the tenant's history.
    async fn record_project(
        &self,
        doing: &str,
        action: &str,
        (tenant, project): (&TenantId, &Project),
        request: &Request,
        write: Write,
    ) -> Result<bool, LedgerError> {
        let record = self.record(tenant).await?;
        ensure_present(&record.tenant)?;
        let done = action.trim_start_matches("project-");
        let summary = format!("project `{}` was {done}", project.slug);
        let mut entry = entry(request, action, summary, None);
        let slug = project.slug.to_string();
        entry.details.insert("project".to_owned(), slug.into());
        let mut draft = Draft::of(&record);
        draft.history = (request.at, vec![entry]);
        let answer = serde_json::to_value(project).unwrap_or_default();
        draft.writes = idempotency::answer_row(request, &answer);
        draft.writes.push(write);
        Ok(Box::pin(self.commit(doing, draft, None)).await?.is_some())
    }
}

fn project_write(
    tenant: &TenantId,
    project: &Project,
    version: Option<u64>,
) -> Result<Write, LedgerError> {
    let mut row = with_doc(keys::project(tenant, &project.slug), project)?;
    row.insert("version".to_owned(), n(version.unwrap_or_default() + 1));
    Ok(Write::put(row).if_version(version))
}
