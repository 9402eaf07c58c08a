//! Sessions of people and machines in tenants' accounts: the credentials of one of the tenant's own roles.
//!
//! # Guarantees
//! The role that is assumed, the account and the tenant come from the ledger. CloudTrail in the account names who it is for
//! (`sourceIdentity`), which nobody can change within the session. Nothing is kept: each session is opened anew.

use std::fmt;

use aws_sdk_sts::types::{PolicyDescriptorType, Tag};
use tenancy::{
    AccountId, Failure, TenantId, Timestamp,
    access::{AccountRole, AccountSessionId, GrantId},
    names,
};

use crate::{
    errors,
    session::{Aws, session_name},
};

/// Opens sessions. Cheap to clone.
#[derive(Clone)]
pub struct SessionOpener(Aws);

/// A session to open.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// Its id, a tag of it.
    pub id: &'a AccountSessionId,
    /// The tenant: from the ledger.
    pub tenant: &'a TenantId,
    /// Its account: from the ledger.
    pub account: &'a AccountId,
    /// What to be there.
    pub role: AccountRole,
    /// Who it is for.
    pub source_identity: &'a str,
    /// The grant that it rests on, if it does on one.
    pub grant: Option<&'a GrantId>,
    /// How long it lasts.
    pub seconds: u32,
}

/// The credentials of a session. Only what hands them out may read them.
pub struct Opened {
    /// The access key's id.
    pub access_key_id: String,
    /// The access key's secret.
    pub secret_access_key: String,
    /// The token that goes with them.
    pub session_token: String,
    /// When they end.
    pub expires_at: Timestamp,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("access_key_id", &self.access_key_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl SessionOpener {
    /// Opens by this way into AWS.
    pub fn new(aws: Aws) -> Self {
        Self(aws)
    }

    /// The credentials of a session.
    ///
    /// # Errors
    /// What STS answered.
    pub async fn open(&self, session: &Opening<'_>) -> Result<Opened, Failure> {
        let arn = names::tenant_role_arn(session.account, session.role.iam_role());
        let doing = || format!("assuming role `{arn}`");
        let answer = self
            .0
            .sts()
            .assume_role()
            .role_arn(&arn)
            .role_session_name(session_name(session.tenant, session.source_identity))
            .external_id(session.tenant.as_str())
            .source_identity(session.source_identity)
            .set_tags(Some(tags(session, &doing)?))
            .set_policy_arns(policies(session.role))
            .duration_seconds(i32::try_from(session.seconds).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| errors::failure(doing(), &error))?;
        let Some(given) = answer.credentials else {
            return Err(errors::unreadable(doing(), "no credentials in the answer"));
        };
        let expires_at = Timestamp::from_second(given.expiration.secs())
            .map_err(|error| Failure::bug(doing(), error.to_string()))?;
        Ok(Opened {
            access_key_id: given.access_key_id,
            secret_access_key: given.secret_access_key,
            session_token: given.session_token,
            expires_at,
        })
    }
}

/// What policies in the account can be conditional on (`aws:PrincipalTag`), and CloudTrail shows.
fn tags(session: &Opening<'_>, doing: &impl Fn() -> String) -> Result<Vec<Tag>, Failure> {
    let mut all = vec![
        (names::TAG_TENANT, session.tenant.to_string()),
        (names::TAG_SESSION, session.id.to_string()),
    ];
    if let Some(grant) = session.grant {
        all.push((names::TAG_GRANT, grant.to_string()));
    }
    let tag = |(key, value): (&str, String)| {
        let tag = Tag::builder().key(key).value(value).build();
        tag.map_err(|error| Failure::bug(doing(), error.to_string()))
    };
    all.into_iter().map(tag).collect()
}

fn policies(role: AccountRole) -> Option<Vec<PolicyDescriptorType>> {
    let policy = role.session_policy()?;
    Some(vec![PolicyDescriptorType::builder().arn(policy).build()])
}
