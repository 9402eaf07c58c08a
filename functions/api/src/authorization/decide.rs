//! The decision about one request, with as few reads as it needs.

use access::{Held, Question, Verdict};
use tenancy::{
    Tenant, TenantId,
    access::{Principal, Role, Scope, SelfService},
    validate::TenantKey,
};

use super::{
    held::{nowhere, of_installation},
    target::Target,
};
use crate::{App, refusal::Refusal};

/// What was decided.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is allowed.
    Allowed(Verdict),
    /// It is refused, and whoever asks may not know whether there is such a thing.
    Hidden,
    /// It is refused.
    Refused {
        /// The roles that would allow it.
        would_allow: Vec<(Role, Scope)>,
    },
}

/// Who wants to do what.
struct Asked<'a> {
    principal: &'a Principal,
    action: &'a str,
}

impl App {
    /// Decides about an action. What is held at the installation needs no reading; only for a tenant in which whoever asks holds
    /// something is its main row read, for what its blueprint opens, and for whether it is closed: then its grants have ended.
    pub(crate) async fn decide(
        &self,
        principal: &Principal,
        held: &[Held],
        action: &str,
        target: &Target,
    ) -> Result<Outcome, Refusal> {
        let asked = Asked { principal, action };
        let Some(key) = target.tenant() else {
            return Ok(self.outcome(&asked, held, &Scope::Installation, &[]));
        };
        let everywhere = of_installation(held);
        if !everywhere.is_empty() {
            let verdict = self.verdict(&asked, &everywhere, &scope(nowhere(), target), &[]);
            if verdict.allowed {
                return Ok(Outcome::Allowed(verdict));
            }
        }
        let id = match key {
            TenantKey::Id(id) => Some(id),
            TenantKey::Slug(slug) => self.ledger.tenant_id(&slug).await?,
        };
        let is_member = |id: &TenantId| held.iter().any(|it| it.scope.tenant() == Some(id));
        let known = id.filter(|id| is_member(id));
        let tenant = match &known {
            Some(id) => self.ledger.main_row(id).await?,
            None => None,
        };
        let Some(tenant) = tenant.filter(|tenant| tenant.closed_at.is_none()) else {
            // Whoever holds something at the installation knows of all tenants, and learns nothing of this one.
            return Ok(match everywhere.is_empty() {
                true => Outcome::Hidden,
                false => self.outcome(&asked, &everywhere, &scope(nowhere(), target), &[]),
            });
        };
        let opened = self.self_service(&tenant).await;
        let resource = scope(tenant.id, target);
        let is_hidden = everywhere.is_empty() && !held.iter().any(|it| knows(it, &resource));
        match self.outcome(&asked, held, &resource, &opened) {
            Outcome::Refused { .. } if is_hidden => Ok(Outcome::Hidden),
            outcome => Ok(outcome),
        }
    }

    /// What the blueprint of a tenant opens to its administrators; nothing where it cannot be read.
    async fn self_service(&self, tenant: &Tenant) -> Vec<SelfService> {
        let deployment = self.knowing(&tenant.spec.blueprint).await;
        let blueprint = deployment.catalog.find(&tenant.spec.blueprint);
        blueprint
            .map(|blueprint| blueprint.settings.self_service.clone())
            .unwrap_or_default()
    }

    fn verdict(
        &self,
        asked: &Asked<'_>,
        held: &[Held],
        resource: &Scope,
        self_service: &[SelfService],
    ) -> Verdict {
        self.access.engine.decide(&Question {
            principal: asked.principal,
            held,
            action: asked.action,
            resource,
            self_service,
        })
    }

    fn outcome(
        &self,
        asked: &Asked<'_>,
        held: &[Held],
        resource: &Scope,
        self_service: &[SelfService],
    ) -> Outcome {
        let verdict = self.verdict(asked, held, resource, self_service);
        if verdict.allowed {
            return Outcome::Allowed(verdict);
        }
        let question = Question {
            principal: asked.principal,
            held,
            action: asked.action,
            resource,
            self_service,
        };
        Outcome::Refused {
            would_allow: self.access.engine.roles_for(&question),
        }
    }
}

/// Whether who holds this may know that there is such a thing: of a tenant, by whatever is held in it; of a project, by what reaches it.
fn knows(held: &Held, resource: &Scope) -> bool {
    match resource {
        Scope::Project(..) => held.scope.contains(resource),
        _ => held.scope.tenant() == resource.tenant(),
    }
}

/// The target, in this tenant.
fn scope(tenant: TenantId, target: &Target) -> Scope {
    match target {
        Target::Installation => Scope::Installation,
        Target::Tenant(_) | Target::Operation(_) => Scope::Tenant(tenant),
        Target::Project(_, slug) => Scope::Project(tenant, slug.clone()),
    }
}
