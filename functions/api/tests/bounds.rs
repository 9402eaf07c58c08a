//! Every answer has a size that Lambda takes: a list is a page that is cut to what fits, and everything else is small by what may be
//! requested or recorded, for the reason given here.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use api::{openapi_document, routes};
use api_types::SuppressionView;
use serde_json::Value;
use tenancy::{
    Suppression, Timestamp,
    suppression::{MOST_SUPPRESSIONS, NewSuppression},
};

/// The largest page (`bounded::LARGEST`).
const LARGEST: usize = 2 << 20;

enum Bound {
    /// Pages of at most a hundred items, cut to what fits.
    Pages,
    /// Cut to what fits: the file of `src` that does it, and by which call.
    Cut(&'static str, &'static str),
    /// A whole list of at most so many.
    Whole(usize),
    /// Small, and why.
    Small(&'static str),
}
use Bound::{Cut, Pages, Small, Whole};

const FIXED: &str = "its fields are fixed, and each text in it is bounded where it is read";
const TENANT: &str = "one tenant: its spec is bounded where it is read; 50 operations are open at most, 32 keys and 40 sessions on record; a \
                      component names a hundred things of others at most";
const BLUEPRINT: &str = "a blueprint is published by one request of 64 KB at most";

const BOUNDS: &[(&str, Bound)] = &[
    (
        "explainAccess",
        Small("a hundred grants at most are held in one place, and the policies are ours"),
    ),
    ("listBlueprints", Pages),
    ("publishBlueprint", Small(BLUEPRINT)),
    ("getBlueprint", Small(BLUEPRINT)),
    ("retireBlueprint", Small(BLUEPRINT)),
    ("listDeadLetters", Pages),
    (
        "getDeadLetter",
        Cut("dead_letters.rs", "view(find(&app, &id).await?, LONGEST)"),
    ),
    (
        "retryDeadLetter",
        Cut("dead_letters.rs", "view(letter, CUT)"),
    ),
    ("listAllFindings", Pages),
    ("listGrants", Pages),
    ("createGrant", Small(FIXED)),
    ("deleteGrant", Small(FIXED)),
    ("getHealth", Small(FIXED)),
    (
        "getLimits",
        Small(
            "the entries of a queue that are shown are a hundred at most; a creation or closure in flight has one of few slots",
        ),
    ),
    ("setCreations", Small("as `getLimits`, with 20 entries")),
    ("getOpenapi", Small("it is the committed document")),
    ("getOperation", Small(TENANT)),
    ("endSessions", Small(FIXED)),
    ("listPosture", Pages),
    ("listTenants", Pages),
    (
        "createTenant",
        Small(
            "what is previewed is what 17 Regions at most come to: `the_largest_preview_is_a_small_answer` (baseline)",
        ),
    ),
    ("deleteTenant", Small(TENANT)),
    ("getTenant", Small(TENANT)),
    ("changeTenant", Cut("plan.rs", "Ok(bounded::first(items))")),
    ("listAccessRequests", Pages),
    ("requestAccess", Small(FIXED)),
    ("getAccessRequest", Small(FIXED)),
    ("approveAccessRequest", Small(FIXED)),
    ("cancelAccessRequest", Small(FIXED)),
    ("denyAccessRequest", Small(FIXED)),
    ("startAudit", Small(TENANT)),
    ("removeBudget", Small(TENANT)),
    ("setBudget", Small(TENANT)),
    ("listFindings", Pages),
    ("listTenantGrants", Pages),
    ("createTenantGrant", Small(FIXED)),
    ("deleteTenantGrant", Small(FIXED)),
    ("getHistory", Pages),
    ("removeIdentityProvider", Small("20 domains at most")),
    ("getIdentityProvider", Small("20 domains at most")),
    ("setIdentityProvider", Small("20 domains at most")),
    ("testIdentityProvider", Small("its steps are ours")),
    ("getKeyPair", Small(FIXED)),
    ("rotateKeyPair", Small(TENANT)),
    ("listOperations", Pages),
    ("endTenantSessions", Small(FIXED)),
    (
        "getPlan",
        Cut("plan.rs", "let items = bounded::first(items)"),
    ),
    (
        "getPosture",
        Small("the controls are those of the catalogue, and the trend has 90 days"),
    ),
    ("listProjects", Pages),
    ("createProject", Small(FIXED)),
    ("deleteProject", Small(FIXED)),
    ("getProject", Small(FIXED)),
    ("changeProject", Small(FIXED)),
    ("listProjectGrants", Pages),
    ("createProjectGrant", Small(FIXED)),
    ("deleteProjectGrant", Small(FIXED)),
    ("startRepair", Small(TENANT)),
    (
        "getReport",
        Cut("reports/mod.rs", "content.len() > bounded::LARGEST"),
    ),
    ("retryTenant", Small(TENANT)),
    ("listSessions", Pages),
    ("openSession", Small(FIXED)),
    ("listSuppressions", Whole(MOST_SUPPRESSIONS)),
    ("suppressFinding", Small(FIXED)),
    ("endSuppression", Whole(MOST_SUPPRESSIONS)),
];

fn source(path: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path)
}

/// The handlers of the table of routes, such as `tenants::list`, by the names of the routes.
fn handlers() -> BTreeMap<String, String> {
    let is_route = |name: &str| routes().any(|route| route.name == name);
    let mut handlers = BTreeMap::new();
    for file in fs::read_dir(source("routes")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let mut route = String::new();
        // Parameters of a route have names as well.
        for part in text.split("name: \"").skip(1) {
            let name = part.split('"').next().unwrap();
            if is_route(name) {
                name.clone_into(&mut route);
            }
            if let Some((_, handler)) = part.split_once("handler: || ") {
                let (_, handler) = handler.split_once('(').unwrap();
                let handler = handler.split(')').next().unwrap();
                handlers.insert(route.clone(), handler.to_owned());
            }
        }
    }
    handlers
}

/// What stands in the file of a handler.
fn text_of(handler: &str) -> String {
    let (module, function) = handler.split_once("::").unwrap();
    let files = [format!("{module}.rs"), format!("{module}/{function}.rs")];
    let texts = files
        .iter()
        .filter_map(|file| fs::read_to_string(source(file)).ok());
    texts.collect()
}

/// The schemas of what a route answers when it refuses nothing, as far as they are by name.
fn answers(document: &Value, name: &str) -> Vec<Value> {
    let route = routes().find(|route| route.name == name).unwrap();
    let operation = &document["paths"][route.path][route.method.to_ascii_lowercase()];
    let responses = operation["responses"].as_object().unwrap().iter();
    let answered = responses.filter(|(status, _)| status.starts_with('2'));
    let schemas = answered.map(|(_, response)| &response["content"]["application/json"]["schema"]);
    let named = schemas.filter_map(|schema| schema["$ref"].as_str()?.strip_prefix('#'));
    named
        .filter_map(|pointer| document.pointer(pointer).cloned())
        .collect()
}

fn is_list(schema: &Value) -> bool {
    let fields = &schema["properties"];
    fields["items"]["type"] == "array" && fields.get("nextCursor").is_some()
}

#[test]
fn every_route_says_once_what_bounds_its_answer() {
    let names: BTreeSet<&str> = routes().map(|route| route.name).collect();
    let listed: BTreeSet<&str> = BOUNDS.iter().map(|(name, _)| *name).collect();
    assert_eq!(listed, names);
    assert_eq!(BOUNDS.len(), names.len());
    for (name, bound) in BOUNDS {
        match bound {
            Small(why) => assert!(why.len() > 10, "{name}"),
            Whole(most) => assert!(*most <= 100, "{name}"),
            Pages | Cut(..) => {}
        }
    }
}

#[test]
fn every_list_is_paged_and_cut_to_what_fits_or_has_at_most_so_many_items() {
    let (document, handlers) = (openapi_document(), handlers());
    assert_eq!(handlers.len(), routes().count());
    for (name, bound) in BOUNDS {
        let lists = answers(&document, name).iter().any(is_list);
        assert_eq!(lists, matches!(bound, Pages | Whole(_)), "{name}");
        let route = routes().find(|route| route.name == *name).unwrap();
        let parameters = || route.params.iter().map(|param| param.name);
        let is_paged = ["limit", "cursor"].map(|wanted| parameters().any(|one| one == wanted));
        assert_eq!(is_paged.contains(&false), !matches!(bound, Pages), "{name}");
        match bound {
            Pages => {
                let operation = &document["paths"][route.path]["get"]["parameters"];
                let mut found = operation.as_array().unwrap().iter();
                let limit = found.find(|one| one["name"] == "limit").unwrap();
                assert_eq!(limit["schema"]["maximum"], 100, "{name}");
                let text = text_of(&handlers[*name]);
                assert!(text.contains("bounded::Fit::new("), "{name}");
                assert!(text.contains("fit.answer("), "{name}");
            }
            Cut(file, call) => {
                let text = fs::read_to_string(source(file)).unwrap();
                assert!(text.contains(call), "{name}: {call}");
            }
            Whole(_) | Small(_) => {}
        }
    }
}

#[test]
fn the_most_suppressions_that_a_tenant_may_have_at_their_longest_fit_into_one_answer() {
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    // Each character takes four bytes, and nobody may say more.
    let longest = |characters: usize| "𝄞".repeat(characters);
    let body = serde_json::json!({
        "control": "TNT.EVENT-FORWARDING.101", "resource": longest(500), "reason": longest(200),
        "expiresAt": "2026-12-31T23:59:59.999999999Z",
    });
    let new = NewSuppression::read(&body, now).unwrap();
    let suppression: Suppression = new.by(&"o".repeat(2048), now);
    let view = SuppressionView {
        expired: false,
        suppression,
    };
    let size = serde_json::to_string(&view).unwrap().len();
    assert!(size > 4 * 700, "{size}");
    assert!(size * MOST_SUPPRESSIONS < LARGEST, "{size}");
    for (characters, field) in [(501, "resource"), (201, "reason")] {
        let mut body = body.clone();
        body[field] = longest(characters).into();
        let errors = NewSuppression::read(&body, now).unwrap_err();
        assert_eq!(errors[0].field, field);
    }
}

#[test]
fn what_would_be_too_large_all_the_same_is_a_documented_status_with_a_sentence() {
    let document = openapi_document();
    for route in routes() {
        let operation = &document["paths"][route.path][route.method.to_ascii_lowercase()];
        let reference = operation["responses"]["500"]["$ref"].as_str().unwrap();
        let response = document.pointer(reference.strip_prefix('#').unwrap());
        let problem = &response.unwrap()["content"]["application/problem+json"]["schema"];
        assert!(problem.is_object(), "{}", route.name);
    }
    // The sentence is tried where the answer is made: `an_answer_that_lambda_would_not_take_is_a_problem_as_any_other`.
    let adapter = fs::read_to_string(source("adapter.rs")).unwrap();
    assert!(adapter.contains("\"the answer is too large\""));
}
