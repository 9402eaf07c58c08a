//! The answers that carry an `ETag`.

use super::*;

/// What they are about, by route and status: a tenant, the limits, or an identity provider, each with a version.
const WITH_ETAG: [(&str, &str); 15] = [
    ("changeTenant", "200"),
    ("changeTenant", "202"),
    ("createTenant", "202"),
    ("deleteTenant", "202"),
    ("getIdentityProvider", "200"),
    ("getLimits", "200"),
    ("getTenant", "200"),
    ("removeBudget", "200"),
    ("removeBudget", "202"),
    ("removeIdentityProvider", "200"),
    ("retryTenant", "202"),
    ("setBudget", "200"),
    ("setBudget", "202"),
    ("setCreations", "200"),
    ("setIdentityProvider", "200"),
];

/// `Site` in the tests of the API holds every answer against this: one that is declared comes, and one that comes is declared.
#[test]
fn every_answer_with_a_version_declares_its_etag_and_no_other_does() {
    let document = openapi_document();
    let mut declared = BTreeSet::new();
    for route in routes() {
        let operation = &document["paths"][route.path][route.method.to_ascii_lowercase()];
        for (status, response) in operation["responses"].as_object().unwrap() {
            let etag = &response["headers"]["ETag"];
            if etag.is_null() {
                continue;
            }
            let schema = json!({ "type": "string", "pattern": "^\"(0|[1-9][0-9]*)\"$" });
            assert_eq!(etag["schema"], schema, "{} {status}", route.name);
            declared.insert((route.name.to_owned(), status.clone()));
        }
    }
    let wanted = WITH_ETAG.map(|(name, status)| (name.to_owned(), status.to_owned()));
    assert_eq!(declared, BTreeSet::from(wanted));
}
