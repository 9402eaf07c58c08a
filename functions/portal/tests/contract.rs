//! The template has exactly the routes of the portal, all of them open.

#![allow(clippy::unwrap_used, reason = "tests fail loudly")]
#![allow(unused_crate_dependencies, reason = "a test needs few of them")]

use std::collections::BTreeSet;

use portal::ROUTES;

#[test]
fn the_template_has_the_portals_routes_and_sign_in_is_open_to_everybody() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/template.yaml");
    let template = std::fs::read_to_string(path).unwrap();
    let routes = template.lines().filter_map(|line| {
        let (before, rest) = line.split_once("RouteKey: \"")?;
        let (key, rest) = rest.split_once('"')?;
        let is_ours = before.contains("!Ref PortalApi,") && !key.contains(" /v1/");
        is_ours.then(|| (key.to_owned(), rest.contains("AuthorizationType: NONE")))
    });
    let wanted = ROUTES.map(|key| (key.to_owned(), true));
    assert_eq!(routes.collect::<BTreeSet<_>>(), BTreeSet::from(wanted));
}

#[test]
fn the_portal_takes_no_capacity_of_the_functions_that_work_on_tenants() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/template.yaml");
    let template = std::fs::read_to_string(path).unwrap();
    let (_, after) = template.split_once("\n  PortalFunction:").unwrap();
    let function = after.split("\n\n").next().unwrap();
    assert!(
        function.contains("ReservedConcurrentExecutions: !If [HasPortalConcurrency,"),
        "{function}"
    );
}
