//! Granting and revoking: nobody grants what he or she does not hold, nor lets himself or herself into a tenant.

use tenancy::{
    Timestamp,
    access::{Grantee, Identity, Level, Principal, Role, Scope, SelfService},
};

use crate::{Engine, HeldRole, Question};

/// Why a grant is not given or revoked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The role allows something there that the granter may not do.
    #[error("`{role}` allows `{action}`, which you may not do")]
    MoreThanHeld {
        /// The role.
        role: Role,
        /// What the granter may not do.
        action: String,
    },
    /// It would last longer than what the granter holds.
    #[error("the grant outlasts what you hold yourself")]
    LongerThanHeld,
    /// Somebody of a tenant's provider would hold a role outside that tenant.
    #[error("a person or group of a tenant's identity provider holds roles in that tenant alone")]
    OutsideItsTenant,
    /// Somebody of the installation would make a role of the tenant his or her own: by a grant like that, an operator would be in the
    /// tenant's account without the reason, the event and the alarm of an emergency.
    #[error("nobody lets himself or herself into a tenant")]
    ToOneself,
}

impl Engine {
    /// Whether somebody who holds `held` may grant this role there to `grantee`, until then.
    ///
    /// # Errors
    /// Why not.
    pub fn may_grant(
        &self,
        question: &Question<'_>,
        grantee: &Grantee,
        (role, scope): (Role, &Scope),
        until: Option<Timestamp>,
    ) -> Result<(), Refused> {
        if grantee.provider().is_some_and(|it| !it.reaches(scope)) {
            return Err(Refused::OutsideItsTenant);
        }
        self.covers_until(question, (role, scope), until)?;
        if scope.tenant().is_none() || !may_be(question.principal, grantee) {
            return Ok(());
        }
        // What is held in the tenant may be given on, also to a group that one is in.
        let of_tenant: Vec<HeldRole> = question
            .held
            .iter()
            .filter(|held| held.scope.level() != Level::Installation)
            .cloned()
            .collect();
        let of_tenant = Question {
            held: &of_tenant,
            ..*question
        };
        self.covers_until(&of_tenant, (role, scope), until)
            .map_err(|_| Refused::ToOneself)
    }

    /// Whether somebody who holds `held` may revoke this role there, which would last until then: only what he or she could grant.
    ///
    /// # Errors
    /// `MoreThanHeld`, `LongerThanHeld`.
    pub fn may_revoke(
        &self,
        question: &Question<'_>,
        given: (Role, &Scope),
        until: Option<Timestamp>,
    ) -> Result<(), Refused> {
        self.covers_until(question, given, until)
    }

    /// Whether whoever asks may do everything that the role allows there, now and until then.
    fn covers_until(
        &self,
        question: &Question<'_>,
        given: (Role, &Scope),
        until: Option<Timestamp>,
    ) -> Result<(), Refused> {
        self.covers(question, given)?;
        let lasting: Vec<HeldRole> = question
            .held
            .iter()
            .filter(|held| match (held.until, until) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(held), Some(given)) => given <= held,
            })
            .cloned()
            .collect();
        let lasting = Question {
            held: &lasting,
            ..*question
        };
        self.covers(&lasting, given)
            .map_err(|_| Refused::LongerThanHeld)
    }

    fn covers(
        &self,
        question: &Question<'_>,
        (role, scope): (Role, &Scope),
    ) -> Result<(), Refused> {
        // As if everything were open, for a role counts when the blueprint changes as well.
        for (action, resource) in self.within(scope) {
            let question = Question {
                action,
                resource: &resource,
                self_service: &SelfService::ALL,
                ..*question
            };
            if self.would_allow(&question, role, scope) && !self.decide(&question).allowed {
                return Err(Refused::MoreThanHeld {
                    role,
                    action: action.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Every operation on the scope, and on a project in it.
    fn within<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = (&'a str, Scope)> {
        self.operations().filter_map(move |(action, level)| {
            let resource = match (scope, level) {
                (Scope::Installation, _) => example(level),
                (_, Level::Installation) => return None,
                (Scope::Tenant(_), Level::Tenant) => scope.clone(),
                (Scope::Tenant(tenant), Level::Project) => {
                    Scope::Project(tenant.clone(), example_project()?)
                }
                (Scope::Project(..), Level::Project) => scope.clone(),
                (Scope::Project(..), Level::Tenant) => return None,
            };
            Some((action, resource))
        })
    }
}

/// Whether a grant to `grantee` may be one to whoever gives it: by any name, or by a group.
fn may_be(granter: &Principal, grantee: &Grantee) -> bool {
    let given = Identity::of(&grantee.as_principal());
    granter.grantees().contains(grantee) || Identity::of(granter).may_be(&given)
}

/// Something that is nowhere in particular: only roles of the installation hold there.
fn example(level: Level) -> Scope {
    let tenant = tenancy::TenantId::from_random([0; 10]);
    match (level, example_project()) {
        (Level::Installation, _) | (_, None) => Scope::Installation,
        (Level::Tenant, _) => Scope::Tenant(tenant),
        (Level::Project, Some(project)) => Scope::Project(tenant, project),
    }
}

fn example_project() -> Option<tenancy::Slug> {
    "any-project".parse().ok()
}
