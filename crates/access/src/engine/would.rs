//! Which roles would allow something.

use tenancy::access::{Role, Scope, SelfService};

use super::{Engine, Question, entities::around};
use crate::HeldRole;

/// A role that would allow something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Would {
    /// The role.
    pub role: Role,
    /// Where it would have to be held.
    pub scope: Scope,
    /// What the tenant's blueprint would have to open besides.
    pub if_opened: Option<SelfService>,
}

impl Engine {
    /// Whether a principal may do something that holds just this.
    pub fn would_allow(&self, question: &Question<'_>, role: Role, scope: &Scope) -> bool {
        let held = [HeldRole::assumed(role, scope.clone())];
        let question = Question {
            held: &held,
            ..*question
        };
        self.decide(&question).allowed
    }

    /// The roles that would allow it, each at the narrowest scope it can be held at; those as well that would allow it only if the
    /// blueprint opened it.
    pub fn roles_for(&self, question: &Question<'_>) -> Vec<Would> {
        let mut found = Vec::new();
        for scope in around(question.resource) {
            let roles = Role::of(scope.level());
            found.extend(roles.filter_map(|role| self.would(question, role, &scope)));
        }
        found
    }

    fn would(&self, question: &Question<'_>, role: Role, scope: &Scope) -> Option<Would> {
        let would = |if_opened| Would {
            role,
            scope: scope.clone(),
            if_opened,
        };
        let allows = |self_service: &[SelfService]| {
            let question = Question {
                self_service,
                ..*question
            };
            self.would_allow(&question, role, scope)
        };
        // First, for most roles do not allow it whatever is opened.
        if !allows(&SelfService::ALL) {
            return None;
        }
        if allows(question.self_service) {
            return Some(would(None));
        }
        let opens = |service: &SelfService| {
            let mut opened = question.self_service.to_vec();
            opened.push(*service);
            allows(&opened)
        };
        let service = SelfService::ALL.into_iter().find(opens)?;
        Some(would(Some(service)))
    }
}
