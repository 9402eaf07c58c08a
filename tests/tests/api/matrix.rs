//! Every operation by every role: what the policies say, what the API does, and what `docs/access.md` has are the same.
//!
//! `BLESS=1` writes the document's part.

use std::{fs, path::PathBuf};

use access::{Engine, HeldRole, Question};
use api::{On, Route, routes};
use serde_json::Value;
use tenancy::access::{Level, Machine, Principal, Role, Scope, SelfService};

use crate::{
    access::{claims, grant, id, open_tenant, site},
    site::{Site, post, request},
};

const BEGIN: &str = "<!-- matrix: written by the tests -->\n";
const END: &str = "<!-- end of the matrix -->";

/// What a request of the matrix is about.
struct Target {
    scope: Scope,
    /// What stands in the path for `{id}` and `{slug}`.
    tenant: String,
    project: &'static str,
}

fn held_roles() -> Vec<(Role, Level)> {
    let levels = Level::ALL.into_iter();
    levels
        .flat_map(|level| Role::of(level).map(move |role| (role, level)))
        .collect()
}

/// The targets of an operation, the caller's own first.
fn targets(on: On, own: &str, other: &str) -> Vec<Target> {
    let target = |scope, tenant: &str, project| Target {
        scope,
        tenant: tenant.to_owned(),
        project,
    };
    let project = |tenant: &str, slug| {
        let scope = Scope::Project(tenant.parse().unwrap(), slug_of(slug));
        target(scope, tenant, slug)
    };
    let tenant = |tenant: &str| target(Scope::Tenant(tenant.parse().unwrap()), tenant, "");
    match on {
        On::Nothing => Vec::new(),
        On::Installation => vec![target(Scope::Installation, "", "")],
        On::Tenant | On::Operation => vec![tenant(own), tenant(other)],
        On::Project => vec![
            project(own, "own"),
            project(own, "beside"),
            project(other, "foreign"),
        ],
    }
}

fn slug_of(text: &str) -> tenancy::Slug {
    text.parse().unwrap()
}

fn expected(engine: &Engine, route: &Route, target: &Target, held: &HeldRole, open: bool) -> bool {
    let opened: &[SelfService] = match open {
        true => &SelfService::ALL,
        false => &[],
    };
    let question = Question {
        principal: &Principal::Machine(Machine::new("arn:aws:iam::111111111111:user/x")),
        held: std::slice::from_ref(held),
        action: route.name,
        resource: &target.scope,
        self_service: opened,
    };
    engine.decide(&question).allowed
}

fn path(route: &Route, target: &Target) -> String {
    let id = match route.on {
        On::Operation => format!("{}.aaaaaaaaaaaaaaaa", target.tenant),
        On::Installation if route.path.contains("grants") => "g-aaaaaaaaaaaaaaaa".into(),
        On::Installation => "a".into(),
        _ => target.tenant.clone(),
    };
    let path = route.path.replace("{id}", &id);
    let path = path.replace("{slug}", target.project);
    let path = path.replace("{grant}", "g-aaaaaaaaaaaaaaaa");
    let path = path.replace("{request}", "r-aaaaaaaaaaaaaaaa");
    let path = path.replace("{suppression}", "aaaaaaaaaaaaaaaa");
    path.replace("{name}", "standard")
}

/// Tries an operation with a parameter that none knows, so that one that is allowed is refused as invalid and changes nothing.
async fn tried(site: &Site, route: &Route, target: &Target, token: &Value) -> bool {
    let path = format!("{}?matrix=1", path(route, target));
    let answer = site
        .call(request(route.method, path).with_token(token))
        .await;
    match answer.status {
        403 | 404 => false,
        400 | 415 | 422 => true,
        other => panic!("{} {other}: {}", route.name, answer.body),
    }
}

fn level_held(role: Role, level: Level, own: &str) -> HeldRole {
    let tenant = own.parse().unwrap();
    HeldRole::assumed(
        role,
        match level {
            Level::Installation => Scope::Installation,
            Level::Tenant => Scope::Tenant(tenant),
            Level::Project => Scope::Project(tenant, slug_of("own")),
        },
    )
}

/// Where a role allows an operation, in a word.
fn word(on: On, allowed: &[bool]) -> &'static str {
    match (on, allowed) {
        (_, targets) if targets.iter().all(|allowed| !allowed) => "–",
        (On::Installation, _) => "yes",
        (_, targets) if targets.iter().all(|allowed| *allowed) => "all",
        (_, [true, false]) | (On::Project, [true, false, false]) => "own",
        (On::Project, [true, true, false]) => "tenant's",
        _ => "?",
    }
}

fn rendered(engine: &Engine, own: &str, other: &str) -> String {
    let roles = held_roles();
    let mut text = String::from("| operation |");
    for (role, level) in &roles {
        let level = if *role == Role::Billing && *level == Level::Tenant {
            " (tenant)"
        } else {
            ""
        };
        text += &format!(" {role}{level} |");
    }
    text += &format!("\n|---|{}\n", "---|".repeat(roles.len()));
    for route in routes().filter(|route| !route.open) {
        text += &format!("| `{}` |", route.name);
        for (role, level) in &roles {
            let held = level_held(*role, *level, own);
            let decided = |open| {
                let targets = targets(route.on, own, other);
                let allowed: Vec<bool> = targets
                    .iter()
                    .map(|target| expected(engine, route, target, &held, open))
                    .collect();
                word(route.on, &allowed)
            };
            let (closed, open) = (decided(false), decided(true));
            let mark = if closed == open { "" } else { " \\*" };
            text += &format!(" {open}{mark} |");
        }
        text += "\n";
    }
    text
}

#[test]
fn every_operation_is_an_action_of_the_schema_about_what_it_acts_on_and_no_other_is() {
    let engine = Engine::new().unwrap();
    let mut actions: Vec<(String, Level)> = engine
        .operations()
        .map(|(name, level)| (name.to_owned(), level))
        .collect();
    actions.sort();
    let mut operations: Vec<(String, Level)> = routes()
        .filter_map(|route| {
            let level = match route.on {
                On::Nothing => return None,
                On::Installation => Level::Installation,
                On::Tenant | On::Operation => Level::Tenant,
                On::Project => Level::Project,
            };
            Some((route.name.to_owned(), level))
        })
        .collect();
    operations.sort();
    assert_eq!(actions, operations);
    for route in routes() {
        assert_eq!(route.open, route.on == On::Nothing, "{}", route.name);
        let named = |name: &str| route.path.contains(name);
        match route.on {
            On::Nothing => {}
            On::Installation => assert!(!named("/tenants/{id}"), "{}", route.name),
            On::Tenant => assert!(named("/v1/tenants/{id}"), "{}", route.name),
            On::Operation => assert!(named("/v1/operations/{id}"), "{}", route.name),
            On::Project => {
                assert!(named("/v1/tenants/{id}/projects/{slug}"), "{}", route.name);
            }
        }
    }
}

#[test]
fn the_matrix_in_the_documentation_is_that_of_the_policies() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/access.md");
    let text = fs::read_to_string(&file).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let engine = Engine::new().unwrap();
    let matrix = rendered(&engine, "t-aaaaaaaaaaaaaaaa", "t-bbbbbbbbbbbbbbbb");
    let wanted = format!("{before}{BEGIN}\n{matrix}\n{END}{after}");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, &wanted).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap();
    assert_eq!(
        written, wanted,
        "docs/access.md is not current: run with BLESS=1"
    );
}

#[tokio::test]
async fn every_operation_by_every_role_is_allowed_where_the_policies_say_and_nowhere_else() {
    let site = site().await;
    let (own, other) = (
        open_tenant(&site, "own").await,
        open_tenant(&site, "other").await,
    );
    let (own, other) = (id(&own), id(&other));
    for (tenant, slug) in [(own, "own"), (own, "beside"), (other, "foreign")] {
        let body = serde_json::json!({ "slug": slug, "name": slug });
        let path = format!("/v1/tenants/{tenant}/projects");
        assert_eq!(site.call(post(path, &body)).await.status, 201);
    }
    let engine = Engine::new().unwrap();
    let before = site.rows().await.len();
    let mut granted = 0;
    let mut differing = Vec::new();
    for (role, level) in held_roles() {
        let subject = format!("{role}-{level:?}");
        let at = (level != Level::Installation).then_some(own);
        let token = claims(at, &subject, &[]);
        let provider = at.unwrap_or("installation");
        let principal = format!("person:{provider}:{}#{subject}", crate::access::PROVIDER);
        match level {
            Level::Installation => {
                drop(grant(&site, "/v1/grants", &principal, role.as_str()).await)
            }
            Level::Tenant => {
                let path = format!("/v1/tenants/{own}/grants");
                grant(&site, &path, &principal, role.as_str()).await;
            }
            Level::Project => {
                let body = serde_json::json!({
                    "principal": principal, "role": role, "project": "own", "reason": "a test"
                });
                let path = format!("/v1/tenants/{own}/grants");
                assert_eq!(site.call(post(path, &body)).await.status, 201);
            }
        }
        // The grant, what its holder has, and, in a tenant, the entry of its history.
        granted += if level == Level::Installation { 2 } else { 3 };
        let held = level_held(role, level, own);
        for route in routes().filter(|route| !route.open) {
            for target in targets(route.on, own, other) {
                let wanted = expected(&engine, route, &target, &held, true);
                if tried(&site, route, &target, &token).await != wanted {
                    differing.push(format!("{role} {} {}", route.name, target.scope));
                }
            }
        }
    }
    assert_eq!(differing, [] as [String; 0]);
    assert_eq!(site.rows().await.len(), before + granted);
}
