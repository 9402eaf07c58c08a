//! The decision about one request, with as few reads as it needs.

use access::{HeldRole, Question, Verdict, Would};
use sha2::{Digest, Sha256};
use tenancy::{
    Tenant, TenantId,
    access::{Principal, Scope, SelfService},
    validate::TenantKey,
};

use super::{
    held_roles::{nowhere, of_installation},
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
        would_allow: Vec<Would>,
    },
}

/// Who wants to do what.
struct Attempt<'a> {
    principal: &'a Principal,
    action: &'a str,
}

impl App {
    /// What a request acts on, by ids: a slug is resolved here and nowhere else, so that what is decided about is what is handled. `None`
    /// where no tenant has the slug; whether there is one with an id is not read.
    pub(crate) async fn resolve(&self, target: &Target) -> Result<Option<Scope>, Refusal> {
        let tenant = match target.tenant() {
            None if *target == Target::Installation => return Ok(Some(Scope::Installation)),
            None => None,
            Some(TenantKey::Id(id)) => Some(id),
            Some(TenantKey::Slug(slug)) => self.ledger.tenant_id(&slug).await?,
        };
        Ok(tenant.map(|tenant| scope(tenant, target)))
    }

    /// Decides about an action. What is held at the installation needs no reading; only for a tenant in which whoever asks holds
    /// something is its main row read, for what its blueprint opens, and for whether it is closed: then its grants have ended.
    pub(crate) async fn decide(
        &self,
        principal: &Principal,
        held: &[HeldRole],
        action: &str,
        resource: &Scope,
    ) -> Result<Outcome, Refusal> {
        let attempt = Attempt { principal, action };
        let Some(id) = resource.tenant() else {
            return Ok(self.outcome(&attempt, held, resource, &[]));
        };
        let everywhere = of_installation(held);
        if !everywhere.is_empty() {
            let verdict = self.verdict(&attempt, &everywhere, resource, &[]);
            if verdict.allowed {
                return Ok(Outcome::Allowed(verdict));
            }
        }
        let is_member = held.iter().any(|it| it.scope.tenant() == Some(id));
        let tenant = match is_member {
            true => self.ledger.main_row(id).await?,
            false => None,
        };
        let Some(tenant) = tenant.filter(|tenant| tenant.closed_at.is_none()) else {
            // Whoever holds something at the installation knows of all tenants, and learns nothing of this one.
            return Ok(match everywhere.is_empty() {
                true => Outcome::Hidden,
                false => self.outcome(&attempt, &everywhere, resource, &[]),
            });
        };
        let opened = self.self_service(&tenant).await;
        let is_hidden = everywhere.is_empty() && !held.iter().any(|it| knows(it, resource));
        match self.outcome(&attempt, held, resource, &opened) {
            Outcome::Refused { .. } if is_hidden => Ok(Outcome::Hidden),
            outcome => Ok(outcome),
        }
    }

    /// What the blueprint of a tenant opens to its administrators; nothing where it cannot be read.
    pub(crate) async fn self_service(&self, tenant: &Tenant) -> Vec<SelfService> {
        let deployment = self.knowing(&tenant.spec.blueprint).await;
        let blueprint = deployment.catalog.find(&tenant.spec.blueprint);
        blueprint
            .map(|blueprint| blueprint.settings.opened())
            .unwrap_or_default()
    }

    fn verdict(
        &self,
        attempt: &Attempt<'_>,
        held: &[HeldRole],
        resource: &Scope,
        self_service: &[SelfService],
    ) -> Verdict {
        self.access.engine.decide(&Question {
            principal: attempt.principal,
            held,
            action: attempt.action,
            resource,
            self_service,
        })
    }

    fn outcome(
        &self,
        attempt: &Attempt<'_>,
        held: &[HeldRole],
        resource: &Scope,
        self_service: &[SelfService],
    ) -> Outcome {
        let verdict = self.verdict(attempt, held, resource, self_service);
        if verdict.allowed {
            return Outcome::Allowed(verdict);
        }
        let question = Question {
            principal: attempt.principal,
            held,
            action: attempt.action,
            resource,
            self_service,
        };
        Outcome::Refused {
            would_allow: self.access.engine.roles_for(&question),
        }
    }
}

/// Whether who holds this may know that there is such a thing: of a tenant, by whatever is held in it; of a project, by what reaches it.
fn knows(held: &HeldRole, resource: &Scope) -> bool {
    match resource {
        Scope::Project(..) => held.scope.contains(resource),
        Scope::Installation | Scope::Tenant(_) => held.scope.tenant() == resource.tenant(),
    }
}

/// What stands for a target of a tenant that is absent: nobody holds anything in it. Each slug has its own, so that what was kept of the rows
/// that were looked for does not tell one that nobody has from one that is forbidden.
pub(super) fn absent(target: &Target) -> Scope {
    let tenant = match target.tenant() {
        Some(TenantKey::Slug(slug)) => {
            let hash = Sha256::digest(slug.as_str());
            let bytes = hash.first_chunk().copied();
            bytes.map_or_else(nowhere, TenantId::from_random)
        }
        Some(TenantKey::Id(_)) | None => nowhere(),
    };
    scope(tenant, target)
}

/// The target, in this tenant.
fn scope(tenant: TenantId, target: &Target) -> Scope {
    match target {
        Target::Installation => Scope::Installation,
        Target::Tenant(_) | Target::Operation(_) => Scope::Tenant(tenant),
        Target::Project(_, slug) => Scope::Project(tenant, slug.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_that_nobody_has_stand_for_tenants_of_their_own() {
        let target = |slug: &str| Target::Tenant(TenantKey::Slug(slug.parse().unwrap()));
        let (one, other) = (absent(&target("acme")), absent(&target("other")));
        assert_ne!(one, other);
        assert_eq!(one, absent(&target("acme")));
        assert_ne!(one, absent(&Target::Installation));
    }
}
