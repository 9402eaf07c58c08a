//! Which policy decides, and on which grant it rests.

use access::{Held, Source, Verdict};
use api_types::{ExplainRequest, ExplainView, HeldView};
use axum::{Json, extract::State};
use serde_json::{Map, Value};
use tenancy::{
    FieldError, Slug,
    access::{Grantee, Level, Principal, Role, Scope},
    validate::{self, TenantKey, json::member, quoted},
};

use crate::{
    App,
    authorization::{Outcome, Target},
    body::JsonBody,
    call::now,
    query::Query,
    refusal::Refusal,
};

const RESOURCE: &str =
    "`installation`, a tenant by id or slug, or a tenant, `/` and a project's slug";
const FIELDS: [&str; 4] = ["principal", "groups", "action", "resource"];

/// `POST /v1/access/explain`
pub async fn explain(
    State(app): State<App>,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Json<ExplainView>, Refusal> {
    query.done()?;
    let (asked, target) = read(&app, &body).map_err(Refusal::invalid)?;
    let resource = app.scope_of(&target).await?;
    let mut principal = asked.principal.as_principal();
    if let Principal::Person(person) = &mut principal {
        person.groups.extend(asked.groups.iter().cloned());
    }
    let held = app.access.held_now(&app.ledger, &principal, now()).await?;
    let outcome = app
        .decide(&principal, &held, &asked.action, &target)
        .await?;
    let (verdict, would_allow) = match outcome {
        Outcome::Allowed(verdict) => (verdict, Vec::new()),
        Outcome::Hidden | Outcome::Refused { .. } => {
            let would = app.roles_for(&principal, &asked.action, &resource);
            (Verdict::default(), would)
        }
    };
    Ok(Json(ExplainView {
        principal: asked.principal,
        action: asked.action,
        resource,
        allowed: verdict.allowed,
        policies: verdict.policies,
        because: verdict.because.into_iter().map(view).collect(),
        would_allow: would_allow.into_iter().map(would).collect(),
    }))
}

fn view(held: Held) -> HeldView {
    HeldView {
        role: held.role,
        scope: held.scope,
        grant: match held.source {
            Source::Grant(id) => Some(id),
            Source::Parameter | Source::Assumed => None,
        },
    }
}

fn would((role, scope): (Role, Scope)) -> HeldView {
    HeldView {
        role,
        scope,
        grant: None,
    }
}

/// The question, and what it is about.
fn read(app: &App, body: &Value) -> Result<(ExplainRequest, Target), Vec<FieldError>> {
    let mut errors = Vec::new();
    let Some(members) = body.as_object() else {
        let error = FieldError::new(validate::BODY, "is not an object", "an object");
        return Err(vec![error]);
    };
    for key in members.keys().filter(|key| !FIELDS.contains(&key.as_str())) {
        let error = FieldError::new(member("", key), "unknown field", FIELDS.join(", "));
        errors.push(error);
    }
    let text = |name: &'static str| {
        members
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let refused = |name: &'static str, allowed: &str| {
        let detail = format!("{} is not allowed", quoted(text(name)));
        FieldError::new(name, detail, allowed)
    };
    let principal: Option<Grantee> = text("principal").parse().ok();
    if principal.is_none() {
        errors.push(refused("principal", Grantee::ALLOWED));
    }
    let groups = groups_in(members);
    if groups.is_none() {
        let detail = "is not a list of names";
        errors.push(FieldError::new("groups", detail, "up to 90 names"));
    }
    let action = text("action");
    let mut operations = app.access.engine().operations();
    let level = operations.find_map(|(name, level)| (name == action).then_some(level));
    if level.is_none() {
        errors.push(refused(
            "action",
            "an operation's name in the OpenAPI document",
        ));
    }
    let target = target(text("resource"));
    match (&target, level) {
        (None, _) => errors.push(refused("resource", RESOURCE)),
        (Some(target), Some(level)) if level != level_of(target) => {
            let detail = format!("`{action}` does not act on that");
            errors.push(FieldError::new("resource", detail, RESOURCE));
        }
        _ => {}
    }
    match (principal, groups, target) {
        (Some(principal), Some(groups), Some(target)) if errors.is_empty() => {
            let request = ExplainRequest {
                principal,
                groups,
                action: action.to_owned(),
                resource: text("resource").to_owned(),
            };
            Ok((request, target))
        }
        _ => Err(errors),
    }
}

fn groups_in(members: &Map<String, Value>) -> Option<Vec<String>> {
    let groups = match members.get("groups") {
        Some(groups) => serde_json::from_value(groups.clone()).ok(),
        None => Some(Vec::new()),
    };
    let is_name = |group: &String| !group.chars().any(char::is_control);
    groups.filter(|groups: &Vec<String>| groups.len() <= 90 && groups.iter().all(is_name))
}

fn target(text: &str) -> Option<Target> {
    let key = |text: &str| validate::tenant_key(text).ok();
    match text.split_once('/') {
        None if text == "installation" => Some(Target::Installation),
        None => key(text).map(Target::Tenant),
        Some((tenant, project)) => {
            Some(Target::Project(key(tenant)?, project.parse::<Slug>().ok()?))
        }
    }
}

fn level_of(target: &Target) -> Level {
    match target {
        Target::Installation => Level::Installation,
        Target::Tenant(_) | Target::Operation(_) => Level::Tenant,
        Target::Project(..) => Level::Project,
    }
}

impl App {
    /// The target by its ids.
    async fn scope_of(&self, target: &Target) -> Result<Scope, Refusal> {
        let key: &TenantKey = match target {
            Target::Installation | Target::Operation(_) => return Ok(Scope::Installation),
            Target::Tenant(key) | Target::Project(key, _) => key,
        };
        let tenant = self.tenant_id(key).await?;
        Ok(match target {
            Target::Project(_, slug) => Scope::Project(tenant, slug.clone()),
            _ => Scope::Tenant(tenant),
        })
    }

    fn roles_for(
        &self,
        principal: &Principal,
        action: &str,
        resource: &Scope,
    ) -> Vec<(Role, Scope)> {
        self.access.engine().roles_for(&access::Question {
            principal,
            held: &[],
            action,
            resource,
            self_service: &[],
        })
    }
}
