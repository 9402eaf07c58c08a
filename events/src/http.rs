//! How API Gateway calls the function `api`, and what it takes for an answer.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Unreadable;

/// The part of a request to an HTTP API that tenantry reads, payload format 2.0. Source: API Gateway Developer Guide, "Lambda
/// proxy integrations for HTTP APIs".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpRequest {
    /// `2.0`.
    pub version: String,
    /// The route that API Gateway chose and authorized, such as `GET /v1/tenants/{id}`, or `$default`.
    pub route_key: String,
    /// Path, decoded but for `%25`; the stage included unless it is `$default`.
    pub raw_path: String,
    /// The query string, as it was sent.
    pub raw_query_string: String,
    /// Headers by name in lower case.
    pub headers: BTreeMap<String, String>,
    /// Cookies, each as `name=value`; they are in no header.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cookies: Vec<String>,
    /// The caller and the request.
    pub request_context: RequestContext,
    /// The body, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Whether the body is encoded in base64.
    pub is_base64_encoded: bool,
}

/// The caller and the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestContext {
    /// Id of the request; repeated in our answer and logs.
    pub request_id: String,
    /// The stage.
    pub stage: String,
    /// Method and path.
    pub http: RequestLine,
    /// The caller, on routes with IAM authorization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorizer: Option<Authorizer>,
}

/// Method and path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestLine {
    /// Method.
    pub method: String,
    /// Path.
    pub path: String,
}

/// How the caller was authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Authorizer {
    /// The caller, authenticated by IAM (SigV4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iam: Option<Iam>,
    /// The person, by a token that API Gateway has verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwt: Option<Jwt>,
}

/// A verified token. Source: API Gateway Developer Guide, "Control access to HTTP APIs with JWT authorizers".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Jwt {
    /// Its claims, each as text.
    pub claims: BTreeMap<String, String>,
}

/// An IAM caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Iam {
    /// Its ARN: the actor in the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_arn: Option<String>,
}

/// An answer to API Gateway, payload format 2.0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpResponse {
    /// HTTP status.
    pub status_code: u16,
    /// Headers by name in lower case.
    pub headers: BTreeMap<String, String>,
    /// Values of `Set-Cookie`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cookies: Vec<String>,
    /// The body.
    pub body: String,
    /// Always false: every answer is text.
    pub is_base64_encoded: bool,
}

impl HttpRequest {
    /// Reads what Lambda hands over.
    ///
    /// # Errors
    /// If it is no request of an HTTP API.
    pub fn parse(payload: Value) -> Result<Self, Unreadable> {
        let request: Self = serde_json::from_value(payload).map_err(|error| Unreadable {
            detail: format!("not a request of an HTTP API: {error}"),
        })?;
        if request.version == "2.0" {
            return Ok(request);
        }
        Err(Unreadable {
            detail: "not a request of payload format 2.0".to_owned(),
        })
    }

    /// Whether the path can be read in one way only, and is the one that API Gateway chose the route by: segments of letters, digits and
    /// `-._~@`, none of them empty or made of dots. The paths of all routes are such; what is encoded, dotted or doubled was authorized
    /// as something else than it would be routed as.
    pub fn has_plain_path(&self) -> bool {
        is_plain(&self.raw_path) && self.request_context.http.path == self.raw_path
    }

    /// Whether the path is one of the route that API Gateway chose: what was decoded may have more segments than what was matched.
    pub fn is_of_its_route(&self) -> bool {
        let Some((method, route)) = self.route_key.split_once(' ') else {
            return false;
        };
        let fits = |(wanted, given): (&str, &str)| wanted.starts_with('{') || wanted == given;
        let (wanted, given) = (route.split('/'), self.raw_path.split('/'));
        let both = wanted.clone().zip(given.clone());
        method == self.request_context.http.method
            && wanted.count() == given.count()
            && both.into_iter().all(fits)
    }

    /// The claims of the caller's token, where API Gateway says that it has verified one.
    pub fn claims(&self) -> Option<&BTreeMap<String, String>> {
        let authorizer = self.request_context.authorizer.as_ref()?;
        Some(&authorizer.jwt.as_ref()?.claims)
    }

    /// The ARN of the caller, where API Gateway says that it has authenticated one.
    pub fn caller(&self) -> Option<&str> {
        let authorizer = self.request_context.authorizer.as_ref()?;
        let arn = authorizer.iam.as_ref()?.user_arn.as_deref()?;
        Some(arn).filter(|arn| !arn.is_empty())
    }
}

/// The root of the portal, and its keys for programs (RFC 8615), are paths of routes too.
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

fn is_plain(path: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte);
    let of_segments = |path: &str| {
        path.split('/').all(|segment| {
            !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(is_plain)
        })
    };
    path == "/" || path == WELL_KNOWN || path.strip_prefix('/').is_some_and(of_segments)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(route: &str, path: &str, http: &str) -> HttpRequest {
        let event = json!({
            "version": "2.0", "routeKey": route, "rawPath": path, "rawQueryString": "", "headers": {}, "isBase64Encoded": false,
            "requestContext": { "requestId": "r", "stage": "$default", "http": { "method": "GET", "path": http } }
        });
        HttpRequest::parse(event).unwrap()
    }

    #[test]
    fn a_path_that_can_be_read_in_two_ways_is_not_plain() {
        for path in [
            "/",
            "/acme",
            "/oauth2/jwks.json",
            WELL_KNOWN,
            "/v1/a@b~c_d-e",
        ] {
            assert!(asked("GET /", path, path).has_plain_path(), "{path}");
        }
        let odd = [
            "",
            "acme",
            "//acme",
            "/acme/",
            "/a/../b",
            "/.well-known/x",
            "/a%2fb",
            "/a b",
            "/a#b",
            "/ä",
            "/a\u{0}",
        ];
        for path in odd {
            assert!(!asked("GET /", path, path).has_plain_path(), "{path}");
        }
        assert!(!asked("GET /", "/acme", "/other").has_plain_path());
    }

    #[test]
    fn a_path_with_more_segments_than_its_route_is_not_of_it() {
        let fits = |route, path| asked(route, path, path).is_of_its_route();
        assert!(fits("GET /{slug}", "/acme") && fits("GET /", "/"));
        assert!(fits("GET /oauth2/callback/{slug}", "/oauth2/callback/acme"));
        for (route, path) in [
            ("GET /{slug}", "/x/acme"),
            ("GET /oauth2/callback", "/oauth2/other"),
            ("POST /{slug}", "/acme"),
            ("$default", "/acme"),
        ] {
            assert!(!fits(route, path), "{route} {path}");
        }
    }
}
