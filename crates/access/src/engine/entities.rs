//! A question in Cedar's words: the principal with where it holds each role, and what is around the resource.

use std::collections::{HashMap, HashSet};

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression,
};
use tenancy::access::{Level, Principal, Role, Scope};

use super::{Broken, Engine, Question, broken};

/// Names that every decision needs, parsed once.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) action: EntityTypeName,
    pub(super) person: EntityTypeName,
    pub(super) machine: EntityTypeName,
    pub(super) levels: [EntityTypeName; 3],
}

impl Names {
    pub(super) fn new() -> Result<Self, Broken> {
        let name = |text: &str| text.parse::<EntityTypeName>().map_err(broken);
        Ok(Self {
            action: name("Action")?,
            person: name("Person")?,
            machine: name("Machine")?,
            levels: [name("Installation")?, name("Tenant")?, name("Project")?],
        })
    }
}

impl Engine {
    pub(super) fn request(&self, question: &Question<'_>) -> Option<(Request, Entities)> {
        let resource = self.uid(question.resource);
        let principal = self.principal(question)?;
        let action = EntityUid::from_type_name_and_id(
            self.names.action.clone(),
            EntityId::new(question.action),
        );
        let opened = question.self_service.iter();
        let opened = opened.map(|it| RestrictedExpression::new_string(it.as_str().to_owned()));
        let opened = RestrictedExpression::new_set(opened);
        let context = Context::from_pairs([("selfService".to_owned(), opened)]).ok()?;
        let request = Request::new(
            principal.uid(),
            action,
            resource,
            context,
            Some(&self.schema),
        )
        .ok()?;
        let mut all = vec![principal];
        // A role counts below where it is held: only what is around the resource has to be known.
        let mut parents = HashSet::new();
        for scope in around(question.resource).into_iter().rev() {
            let uid = self.uid(&scope);
            all.push(Entity::new_no_attrs(uid.clone(), parents));
            parents = HashSet::from([uid]);
        }
        let entities = self.actions.clone().add_entities(all, None).ok()?;
        Some((request, entities))
    }

    fn principal(&self, question: &Question<'_>) -> Option<Entity> {
        let kind = match question.principal {
            Principal::Person(_) => &self.names.person,
            Principal::Machine(_) => &self.names.machine,
        };
        let mut places: HashMap<&str, HashSet<&Scope>> = HashMap::new();
        for held in question.held {
            let attribute = attribute(held.role, held.scope.level())?;
            if held.scope.contains(question.resource) {
                places.entry(attribute).or_default().insert(&held.scope);
            }
        }
        let roles = ATTRIBUTES.map(|(_, _, name)| {
            let places = places.get(name).into_iter().flatten();
            let places = places.map(|scope| RestrictedExpression::new_entity_uid(self.uid(scope)));
            (name.to_owned(), RestrictedExpression::new_set(places))
        });
        let roles = RestrictedExpression::new_record(roles).ok()?;
        let id = EntityId::new(question.principal.actor());
        let uid = EntityUid::from_type_name_and_id(kind.clone(), id);
        let attributes = HashMap::from([("roles".to_owned(), roles)]);
        Entity::new(uid, attributes, HashSet::new()).ok()
    }

    fn uid(&self, scope: &Scope) -> EntityUid {
        let [installation, tenant, project] = &self.names.levels;
        let kind = match scope.level() {
            Level::Installation => installation,
            Level::Tenant => tenant,
            Level::Project => project,
        };
        EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(scope.to_string()))
    }
}

/// The scope, and those that contain it, the narrowest first.
pub(super) fn around(scope: &Scope) -> Vec<Scope> {
    let mut all = vec![scope.clone()];
    if let Scope::Project(tenant, _) = scope {
        all.push(Scope::Tenant(tenant.clone()));
    }
    if *scope != Scope::Installation {
        all.push(Scope::Installation);
    }
    all
}

/// The attribute of a principal that says where it holds a role.
const ATTRIBUTES: [(Role, Level, &str); 11] = [
    (Role::Operator, Level::Installation, "operator"),
    (Role::Support, Level::Installation, "support"),
    (Role::Auditor, Level::Installation, "auditor"),
    (Role::Billing, Level::Installation, "billing"),
    (Role::TenantAdmin, Level::Tenant, "tenantAdmin"),
    (Role::Developer, Level::Tenant, "developer"),
    (Role::ReadOnly, Level::Tenant, "readOnly"),
    (Role::Billing, Level::Tenant, "tenantBilling"),
    (Role::ProjectAdmin, Level::Project, "projectAdmin"),
    (Role::ProjectDeveloper, Level::Project, "projectDeveloper"),
    (Role::ProjectReadOnly, Level::Project, "projectReadOnly"),
];

fn attribute(role: Role, level: Level) -> Option<&'static str> {
    let known = ATTRIBUTES
        .iter()
        .find(|(r, l, _)| (*r, *l) == (role, level));
    known.map(|(_, _, name)| *name)
}
