//! A tenant's identity provider: what is asked for, read strictly, and what is shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tenancy::{
    FieldError, IdentityProvider, Timestamp,
    access::Grantee,
    identity_provider::GROUPS,
    validate::{BODY, MOST_ERRORS, json, quoted},
};

const FIELDS: [&str; 5] = [
    "issuer",
    "clientId",
    "clientSecret",
    "groupsClaim",
    "emailDomains",
];
const MOST_DOMAINS: usize = 20;

/// The identity provider that a tenant is to have: OpenID Connect.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct IdentityProviderRequest {
    /// The issuer, to the letter as the provider's tokens say it.
    #[schemars(length(max = 255), regex(pattern = r"^https?://[!-~]+$"))]
    pub issuer: String,
    /// The client that the provider knows us by.
    #[schemars(length(min = 1, max = 255), regex(pattern = r"^[!-~]+$"))]
    pub client_id: String,
    /// Its secret; it is never shown. Absent: the present one stays, where issuer and client stay; `null`: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        with = "Option<String>",
        length(min = 1, max = 2048),
        regex(pattern = r"^[!-~]+$")
    )]
    pub client_secret: Option<Option<String>>,
    /// The claim that holds a person's groups; absent: `groups`; `null`: nobody has groups.
    #[schemars(length(min = 1, max = 100), regex(pattern = r"^[!-~]+$"))]
    pub groups_claim: Option<String>,
    /// Domains of which a person's verified e-mail address must be one; empty: no address is demanded.
    #[serde(default)]
    #[schemars(
        length(max = 20),
        inner(
            length(max = 253),
            regex(pattern = r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}$")
        )
    )]
    pub email_domains: Vec<String>,
}

impl std::fmt::Debug for IdentityProviderRequest {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let IdentityProviderRequest {
            issuer, client_id, ..
        } = self;
        write!(out, "IdentityProviderRequest({issuer}, {client_id})")
    }
}

impl IdentityProviderRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// Every field at fault. No message holds the secret.
    pub fn read(body: &Value) -> Result<Self, Vec<FieldError>> {
        let Some(members) = body.as_object() else {
            let allowed = "an object with `issuer` and `clientId`";
            return Err(vec![FieldError::new(BODY, "is not an object", allowed)]);
        };
        let mut errors = unknown(members);
        let mut text = |name: &'static str, longest: usize| {
            let read = printable(members, name, longest);
            read.map_err(|error| errors.push(error)).ok()
        };
        let (issuer, client_id) = (text("issuer", Grantee::LONGEST), text("clientId", 255));
        let client_secret = match members.get("clientSecret") {
            None => None,
            Some(Value::Null) => Some(None),
            Some(_) => Some(text("clientSecret", 2048)),
        };
        let groups_claim = match members.get("groupsClaim") {
            None => Some(GROUPS.to_owned()),
            Some(Value::Null) => None,
            Some(_) => text("groupsClaim", 100),
        };
        let email_domains = domains(members.get("emailDomains"), &mut errors);
        if let Some(issuer) = &issuer {
            errors.extend(not_an_issuer(issuer));
        }
        match (issuer, client_id) {
            (Some(issuer), Some(client_id)) if errors.is_empty() => Ok(Self {
                issuer,
                client_id,
                client_secret,
                groups_claim,
                email_domains,
            }),
            _ => Err(errors),
        }
    }
}

fn unknown(members: &Map<String, Value>) -> Vec<FieldError> {
    let unknown = members.keys().filter(|key| !FIELDS.contains(&key.as_str()));
    unknown
        .take(MOST_ERRORS)
        .map(|key| FieldError::new(json::member("", key), "unknown field", FIELDS.join(", ")))
        .collect()
}

fn printable(
    members: &Map<String, Value>,
    name: &'static str,
    longest: usize,
) -> Result<String, FieldError> {
    let text = members
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default();
    let fits =
        (1..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| text.to_owned()).ok_or_else(|| {
        let allowed = format!("1 to {longest} printable ASCII characters without spaces");
        // What was given may be a secret.
        FieldError::new(name, "is not allowed", allowed)
    })
}

/// OpenID Connect Discovery, section 2: an issuer has neither query nor fragment.
fn not_an_issuer(issuer: &str) -> Option<FieldError> {
    let is_web = issuer.starts_with("https://") || issuer.starts_with("http://");
    let is_one = is_web && !issuer.contains(['?', '#', '@']);
    let allowed = "an address that begins with https:// and has no user, query or fragment";
    (!is_one).then(|| {
        FieldError::new(
            "issuer",
            format!("{} is no issuer", quoted(issuer)),
            allowed,
        )
    })
}

fn domains(value: Option<&Value>, errors: &mut Vec<FieldError>) -> Vec<String> {
    let many = match value {
        None => return Vec::new(),
        Some(Value::Array(many)) if many.len() <= MOST_DOMAINS => many,
        Some(_) => {
            let allowed = format!("a list of at most {MOST_DOMAINS} domains");
            errors.push(FieldError::new("emailDomains", "is not allowed", allowed));
            return Vec::new();
        }
    };
    let mut domains = Vec::new();
    for (place, one) in many.iter().enumerate() {
        match one.as_str().filter(|text| is_domain(text)) {
            Some(domain) => domains.push(domain.to_owned()),
            None => {
                let field = format!("emailDomains[{place}]");
                let allowed = "a domain in lower case, such as `example.com`";
                errors.push(FieldError::new(field, "is no domain", allowed));
            }
        }
    }
    domains
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty()
            && label.bytes().all(allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    let is_top =
        (2..=63).contains(&last.len()) && last.bytes().all(|byte| byte.is_ascii_lowercase());
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label) && is_top
}

/// A tenant's identity provider, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentityProviderView {
    /// The issuer.
    pub issuer: String,
    /// The client.
    pub client_id: String,
    /// Whether a secret is kept for it.
    pub has_client_secret: bool,
    /// The claim that holds a person's groups, if it is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups_claim: Option<String>,
    /// The domains that are allowed; empty: any.
    pub email_domains: Vec<String>,
    /// The address to register at the provider.
    pub redirect_uri: String,
    /// Where the tenant's people sign in.
    pub portal_url: String,
    /// Grows with every change, and beyond that of a provider that was removed before; the `ETag`.
    pub version: u64,
    /// Who set it.
    pub changed_by: String,
    /// When.
    pub changed_at: Timestamp,
}

impl IdentityProviderView {
    /// The view of a provider of the tenant with this slug, in the installation with the portal at `portal`.
    pub fn new(provider: IdentityProvider, portal: &str, slug: &str) -> Self {
        Self {
            issuer: provider.issuer,
            client_id: provider.client_id,
            has_client_secret: provider.secret.is_some(),
            groups_claim: provider.groups_claim,
            email_domains: provider.email_domains,
            redirect_uri: format!("{portal}/oauth2/callback/{slug}"),
            portal_url: format!("{portal}/{slug}"),
            version: provider.revision,
            changed_by: provider.changed_by,
            changed_at: provider.changed_at,
        }
    }
}

/// How a provider was tried, step by step, up to the first step that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentityProviderTestView {
    /// Whether every step went well.
    pub passed: bool,
    /// The steps.
    pub steps: Vec<IdentityProviderStepView>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentityProviderStepView {
    /// A stable word: `issuer`, `discovery`, `algorithms`, `keys`, `redirect`, `client`.
    pub name: String,
    /// Whether it went well.
    pub passed: bool,
    /// What was found.
    pub found: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(body: &Value) -> Vec<String> {
        let errors = IdentityProviderRequest::read(body).unwrap_err();
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_request_is_read_strictly_and_its_secret_is_in_no_message() {
        let body = json!({ "issuer": "https://id.example/t", "clientId": "c", "clientSecret": "s", "emailDomains": ["acme.example"] });
        let read = IdentityProviderRequest::read(&body).unwrap();
        assert_eq!(read.groups_claim.as_deref(), Some("groups"));
        assert_eq!(read.client_secret, Some(Some("s".to_owned())));
        assert!(!format!("{read:?}").contains("\"s\""));
        let body = json!({ "issuer": "https://id.example/?x", "clientId": "", "clientSecret": "se cret", "more": 1, "emailDomains": ["Acme.example", "acme"] });
        let errors = IdentityProviderRequest::read(&body).unwrap_err();
        assert!(!format!("{errors:?}").contains("se cret"));
        let wrong = [
            "/more",
            "clientId",
            "clientSecret",
            "emailDomains[0]",
            "emailDomains[1]",
            "issuer",
        ];
        let mut found = fields(&body);
        found.sort();
        assert_eq!(found.len(), wrong.len(), "{found:?}");
        for issuer in [
            "id.example",
            "ftp://id.example",
            "https://a@id.example",
            "https://id.example/#x",
            format!("https://id.example/{}", "x".repeat(237)).as_str(),
        ] {
            assert_eq!(
                fields(&json!({ "issuer": issuer, "clientId": "c" })),
                ["issuer"],
                "{issuer}"
            );
        }
        assert_eq!(fields(&json!([])).len(), 1);
    }
}
