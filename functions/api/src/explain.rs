//! Which policy decides, and on which grant it rests.

use access::{HeldRole, Question, Source, Verdict, Would};
use api_types::{ExplainView, HeldView, WouldView};
use axum::{Json, extract::State};
use serde_json::{Map, Value};
use tenancy::{
    FieldError, Slug,
    access::{Grantee, Level, MOST_GROUPS, Machine, Principal, Scope, SelfService},
    validate::{self, TenantKey, json::member, quoted},
};

use crate::{
    App,
    app::no_tenant,
    authorization::{Outcome, Target},
    body::JsonBody,
    call::now,
    query::Query,
    refusal::Refusal,
};

/// A request to explain a decision, as it was read.
struct ParsedRequest {
    /// Who, as grants name it.
    grantee: Grantee,
    /// Who would act.
    principal: Principal,
    /// Who, to the letter.
    text: String,
    action: String,
    target: Target,
}

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
    let request = read(&app, &body).map_err(Refusal::invalid)?;
    let resource = app.resolve(&request.target).await?;
    let resource = resource.ok_or_else(|| request.target.absent())?;
    let opened = app.opened(&resource).await?;
    let (principal, tenant) = (&request.principal, resource.tenant());
    let held = app
        .access
        .current_roles(&app.ledger, principal, tenant, now());
    let outcome = app
        .decide(principal, &held.await?, &request.action, &resource)
        .await?;
    let (verdict, would_allow) = match outcome {
        Outcome::Allowed(verdict) => (verdict, Vec::new()),
        Outcome::Hidden | Outcome::Refused { .. } => {
            let question = Question {
                principal,
                held: &[],
                action: &request.action,
                resource: &resource,
                self_service: &opened,
            };
            (Verdict::default(), app.access.engine().roles_for(&question))
        }
    };
    let is_reduced = request.grantee.to_string() != request.text;
    Ok(Json(ExplainView {
        principal: request.grantee,
        reduced_from: is_reduced.then_some(request.text),
        action: request.action,
        resource,
        allowed: verdict.allowed,
        policies: verdict.policies,
        because: verdict.because.into_iter().map(view).collect(),
        would_allow: would_allow.into_iter().map(would).collect(),
    }))
}

fn view(held: HeldRole) -> HeldView {
    HeldView {
        role: held.role,
        scope: held.scope,
        grant: match held.source {
            Source::Grant(id) => Some(id),
            Source::Parameter | Source::Assumed => None,
        },
    }
}

fn would(would: Would) -> WouldView {
    WouldView {
        role: would.role,
        scope: would.scope,
        if_opened: would.if_opened,
    }
}

impl App {
    /// What the blueprint of the tenant opens that a resource is of.
    async fn opened(&self, resource: &Scope) -> Result<Vec<SelfService>, Refusal> {
        let Some(id) = resource.tenant() else {
            return Ok(Vec::new());
        };
        let tenant = self.ledger.main_row(id).await?;
        let tenant = tenant.ok_or_else(|| no_tenant(&TenantKey::Id(id.clone())))?;
        Ok(self.self_service(&tenant).await)
    }
}

/// Somebody who is just this: a machine as it signs, with its session; a person with these groups.
fn principal(grantee: &Grantee, text: &str, groups: &[String]) -> Principal {
    match grantee.as_principal() {
        Principal::Machine(_) => Principal::Machine(Machine::new(text)),
        Principal::Person(mut person) => {
            person.groups.extend(groups.iter().cloned());
            Principal::Person(person)
        }
    }
}

/// Reads the request.
fn read(app: &App, body: &Value) -> Result<ParsedRequest, Vec<FieldError>> {
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
    let grantee: Option<Grantee> = text("principal").parse().ok();
    if grantee.is_none() {
        errors.push(refused("principal", Grantee::ALLOWED));
    }
    let groups = groups_in(members);
    if groups.is_none() {
        let detail = "is not a list of names";
        let longest = Grantee::LONGEST;
        let allowed = format!("up to {MOST_GROUPS} names of {longest} bytes at most");
        errors.push(FieldError::new("groups", detail, allowed));
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
    match (grantee, groups, target) {
        (Some(grantee), Some(groups), Some(target)) if errors.is_empty() => Ok(ParsedRequest {
            principal: principal(&grantee, text("principal"), &groups),
            grantee,
            text: text("principal").to_owned(),
            action: action.to_owned(),
            target,
        }),
        _ => Err(errors),
    }
}

fn groups_in(members: &Map<String, Value>) -> Option<Vec<String>> {
    let groups = match members.get("groups") {
        Some(groups) => serde_json::from_value(groups.clone()).ok(),
        None => Some(Vec::new()),
    };
    // A grant can name no longer one, and the ledger has no key for it.
    let is_name =
        |group: &String| group.len() <= Grantee::LONGEST && !group.chars().any(char::is_control);
    groups.filter(|groups: &Vec<String>| groups.len() <= MOST_GROUPS && groups.iter().all(is_name))
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
