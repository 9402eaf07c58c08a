//! The policies, loaded once, and the decisions over them.

mod entities;
mod would;

use std::{collections::HashMap, sync::OnceLock};

use cedar_policy::{Authorizer, Decision, Entities, Policy, PolicyId, PolicySet, Schema};
use tenancy::access::{Level, Principal, Scope, SelfService};

use self::entities::Names;
pub use self::would::Would;
use crate::HeldRole;

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

/// Who wants to do what to what.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Who.
    pub principal: &'a Principal,
    /// What the principal holds, at the time of the request.
    pub held: &'a [HeldRole],
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
    pub because: Vec<HeldRole>,
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
        let names = Names::new()?;
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
}

/// What the principal holds that this policy asks for.
fn held_for<'a>(
    policy: &'a Policy,
    question: &'a Question<'_>,
) -> impl Iterator<Item = &'a HeldRole> {
    let role = policy.annotation("role").unwrap_or_default();
    let held = question.held.iter();
    held.filter(move |held| held.role.as_str() == role && held.scope.contains(question.resource))
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
