//! Names of the operations of services that tell them by method and path.

use http::Method;

/// By service, method and path; a star is one part of a path, or the rest of it. The first that fits.
const OPERATIONS: &[(&str, Method, &str, &str)] = &[
    (
        "access-analyzer",
        Method::PUT,
        "/analyzer",
        "CreateAnalyzer",
    ),
    ("access-analyzer", Method::GET, "/analyzer", "ListAnalyzers"),
    ("access-analyzer", Method::GET, "/analyzer/*", "GetAnalyzer"),
    (
        "access-analyzer",
        Method::PUT,
        "/analyzer/*",
        "UpdateAnalyzer",
    ),
    (
        "access-analyzer",
        Method::DELETE,
        "/analyzer/*",
        "DeleteAnalyzer",
    ),
    (
        "access-analyzer",
        Method::GET,
        "/tags/*",
        "ListTagsForResource",
    ),
    ("access-analyzer", Method::POST, "/tags/*", "TagResource"),
    (
        "access-analyzer",
        Method::DELETE,
        "/tags/*",
        "UntagResource",
    ),
    ("resource-groups", Method::POST, "/groups", "CreateGroup"),
    (
        "resource-groups",
        Method::POST,
        "/groups-list",
        "ListGroups",
    ),
    ("resource-groups", Method::POST, "/get-group", "GetGroup"),
    (
        "resource-groups",
        Method::POST,
        "/get-group-query",
        "GetGroupQuery",
    ),
    (
        "resource-groups",
        Method::POST,
        "/update-group-query",
        "UpdateGroupQuery",
    ),
    (
        "resource-groups",
        Method::POST,
        "/delete-group",
        "DeleteGroup",
    ),
    (
        "resource-groups",
        Method::POST,
        "/list-group-resources",
        "ListGroupResources",
    ),
    ("resource-groups", Method::GET, "/resources/*", "GetTags"),
    ("resource-groups", Method::PUT, "/resources/*", "Tag"),
    ("resource-groups", Method::PATCH, "/resources/*", "Untag"),
];

/// The name of an operation, if the service and the path are known.
pub fn operation(service: &str, method: &Method, path: &str) -> Option<String> {
    let mut known = OPERATIONS.iter();
    let fits = |(of, by, pattern, _): &&(&str, Method, &str, &str)| {
        *of == service && by == method && is_like(pattern, path)
    };
    let (.., name) = known.find(fits)?;
    Some((*name).to_owned())
}

fn is_like(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => path.len() > start.len() && path.starts_with(start),
        None => path.trim_end_matches('/') == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_told_by_method_and_path() {
        let name = |method, path| operation("resource-groups", &method, path);
        assert_eq!(
            name(Method::POST, "/groups").as_deref(),
            Some("CreateGroup")
        );
        let tags = "/resources/arn%3Aaws%3Aresource-groups/tags";
        assert_eq!(name(Method::PATCH, tags).as_deref(), Some("Untag"));
        assert_eq!(name(Method::POST, "/unheard-of"), None);
        assert_eq!(operation("lambda", &Method::POST, "/groups"), None);
    }
}
