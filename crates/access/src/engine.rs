//! The policies, loaded once, and the decisions over them.

use std::{
    collections::{HashMap, HashSet},
    sync::OnceLock,
};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy,
    PolicyId, PolicySet, Request, RestrictedExpression, Schema,
};
use tenancy::access::{Level, Principal, Role, Scope, SelfService};

use crate::{Held, Source};

const SCHEMA: &str = include_str!("../policies/tenantry.cedarschema");
const POLICIES: [&str; 3] = [
    include_str!("../policies/installation.cedar"),
    include_str!("../policies/tenant.cedar"),
    include_str!("../policies/project.cedar"),
];

/// The policies of this build cannot be loaded; a test proves that they can.
#[derive(Debug, thiserror::Error)]
#[error("the policies cannot be loaded: {0}")]
pub struct Broken(String);

fn broken(error: impl std::fmt::Display) -> Broken {
    Broken(error.to_string())
}

/// Decides.
#[derive(Debug)]
pub struct Engine {
    schema: Schema,
    policies: PolicySet,
    /// The actions with their groups: part of every decision.
    actions: Entities,
    /// Operations by the level of what they act on.
    operations: HashMap<String, Level>,
    names: Names,
}

/// Names that every decision needs, parsed once.
#[derive(Debug)]
struct Names {
    action: EntityTypeName,
    person: EntityTypeName,
    machine: EntityTypeName,
    levels: [EntityTypeName; 3],
}

/// Who wants to do what to what.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Who.
    pub principal: &'a Principal,
    /// What the principal holds, at the time of the request.
    pub held: &'a [Held],
    /// The operation, by its name in the OpenAPI document.
    pub action: &'a str,
    /// What it acts on.
    pub resource: &'a Scope,
    /// What the tenant's blueprint opens to its administrators.
    pub self_service: &'a [SelfService],
}

/// What was decided, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is allowed.
    pub allowed: bool,
    /// The policies that decided; none for a refusal by default.
    pub policies: Vec<String>,
    /// What of that which the principal holds they rest on.
    pub because: Vec<Held>,
}

impl Engine {
    /// The policies of this build.
    ///
    /// # Errors
    /// If they cannot be loaded.
    pub fn new() -> Result<Self, Broken> {
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA).map_err(broken)?;
        let mut policies = PolicySet::new();
        for text in POLICIES {
            let parsed: PolicySet = text.parse().map_err(broken)?;
            for policy in parsed.policies() {
                let id = policy
                    .annotation("id")
                    .ok_or(broken("a policy has no id"))?;
                let policy = policy.new_id(PolicyId::new(id));
                policies.add(policy).map_err(broken)?;
            }
        }
        let actions = schema.action_entities().map_err(broken)?;
        let name = |text: &str| text.parse::<EntityTypeName>().map_err(broken);
        let names = Names {
            action: name("Action")?,
            person: name("Person")?,
            machine: name("Machine")?,
            levels: [name("Installation")?, name("Tenant")?, name("Project")?],
        };
        let operations = operations(&schema, &names);
        Ok(Self {
            schema,
            policies,
            actions,
            operations,
            names,
        })
    }

    /// The policies of this build, loaded once in the life of a process.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn shared() -> Result<&'static Self, Broken> {
        static SHARED: OnceLock<Engine> = OnceLock::new();
        if let Some(engine) = SHARED.get() {
            return Ok(engine);
        }
        let engine = Self::new()?;
        Ok(SHARED.get_or_init(|| engine))
    }

    /// Every operation there is a rule about, and the level of what it acts on.
    pub fn operations(&self) -> impl Iterator<Item = (&str, Level)> {
        let all = self.operations.iter();
        all.map(|(name, level)| (name.as_str(), *level))
    }

    /// Decides.
    pub fn decide(&self, question: &Question<'_>) -> Verdict {
        // An operation of another level would be evaluated, and permitted to an operator: it is asked by mistake.
        if self.operations.get(question.action) != Some(&question.resource.level()) {
            return Verdict::default();
        }
        let Some((request, entities)) = self.request(question) else {
            return Verdict::default();
        };
        let response = Authorizer::new().is_authorized(&request, &self.policies, &entities);
        // A policy that cannot be evaluated permits nothing; one that forbids would not forbid either.
        let is_sound = response.diagnostics().errors().next().is_none();
        let allowed = response.decision() == Decision::Allow && is_sound;
        let mut reasons: Vec<&PolicyId> = response.diagnostics().reason().collect();
        reasons.sort();
        let because = reasons
            .iter()
            .filter_map(|id| self.policies.policy(id))
            .flat_map(|policy| held_for(policy, question));
        let mut verdict = Verdict {
            allowed,
            policies: reasons.iter().map(ToString::to_string).collect(),
            because: Vec::new(),
        };
        for held in because {
            if !verdict.because.contains(held) {
                verdict.because.push(held.clone());
            }
        }
        verdict
    }

    /// Whether a principal may do something that holds just this.
    pub fn would_allow(&self, question: &Question<'_>, role: Role, scope: &Scope) -> bool {
        let held = [Held {
            role,
            scope: scope.clone(),
            until: None,
            source: Source::Assumed,
        }];
        let question = Question {
            held: &held,
            ..*question
        };
        self.decide(&question).allowed
    }

    /// The roles that would allow it, each at the narrowest scope it can be held at.
    pub fn roles_for(&self, question: &Question<'_>) -> Vec<(Role, Scope)> {
        let mut found = Vec::new();
        for scope in around(question.resource) {
            for role in Role::of(scope.level()) {
                if self.would_allow(question, role, &scope) {
                    found.push((role, scope.clone()));
                }
            }
        }
        found
    }

    fn request(&self, question: &Question<'_>) -> Option<(Request, Entities)> {
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
fn around(scope: &Scope) -> Vec<Scope> {
    let mut all = vec![scope.clone()];
    if let Scope::Project(tenant, _) = scope {
        all.push(Scope::Tenant(tenant.clone()));
    }
    if *scope != Scope::Installation {
        all.push(Scope::Installation);
    }
    all
}

/// What the principal holds that this policy asks for.
fn held_for<'a>(policy: &'a Policy, question: &'a Question<'_>) -> impl Iterator<Item = &'a Held> {
    let role = policy.annotation("role").unwrap_or_default();
    let held = question.held.iter();
    held.filter(move |held| held.role.as_str() == role && held.scope.contains(question.resource))
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

/// The actions of the schema that are operations, by what they act on.
fn operations(schema: &Schema, names: &Names) -> HashMap<String, Level> {
    let mut all = HashMap::new();
    for action in schema.actions() {
        let resources = schema.resources_for_action(action).into_iter().flatten();
        for kind in resources {
            let mut levels = Level::ALL.into_iter().zip(&names.levels);
            if let Some((level, _)) = levels.find(|(_, name)| *name == kind) {
                all.insert(action.id().unescaped().to_owned(), level);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests;
