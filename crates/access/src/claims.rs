//! The claims of the installation's own tokens: the portal issues them, the API verifies them.

use serde::{Deserialize, Serialize};
use tenancy::TenantId;

/// The claims of an access token of the portal.
///
/// Every value is text or a number: API Gateway's JWT authorizer hands other kinds on in a writing of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The portal's address.
    pub iss: String,
    /// What the token is for: the API of this installation.
    pub aud: String,
    /// The person at his or her provider: the provider's `sub`.
    pub sub: String,
    /// The issuer that signed the person in.
    pub provider: String,
    /// The tenant whose provider signed the person in; absent: the installation's provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// The session: all tokens that came of one sign-in. Ended as a whole.
    pub sid: String,
    /// As the provider gave it, verified there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The person's groups at the provider: a JSON list, as text.
    #[serde(default)]
    pub groups: String,
    /// Seconds since 1970.
    pub iat: i64,
    /// Seconds since 1970.
    pub exp: i64,
}
