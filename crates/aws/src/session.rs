//! Ways into AWS: the functions' own role, the broker in the management account, and the scoped roles of a tenant's account.
//!
//! # Guarantees
//! One HTTP client for all; a session is assumed once and kept until five minutes before it ends; account ids come from
//! [`baseline::Desired`], never from a request; `ExternalId` is the tenant id, and the session's name carries tenant and requester.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_http_client::tls;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tenancy::{AccountId, Failure, TenantId, Timestamp, Verb, names};
use tokio::sync::{Mutex, OnceCell};

use crate::{
    clock::Clock,
    errors,
    ledger::Ledger,
    rate_limiter::{RateLimitedClient, RateLimiter, TokenCache},
    with_body::WithBody,
};

/// The process's way into AWS: built once, at start.
#[derive(Clone)]
pub struct Aws {
    /// The function's own role.
    pub own: SdkConfig,
    sts: aws_sdk_sts::Client,
    sessions: Arc<Mutex<Sessions>>,
    tokens: Arc<TokenCache>,
}

#[derive(Clone)]
struct Session {
    config: SdkConfig,
    expires_at: Timestamp,
}

type Sessions = HashMap<String, Arc<OnceCell<Session>>>;

/// How many sessions a process keeps: it works on a few tenants at a time, but may see thousands in the hour a session lasts.
const MOST_SESSIONS: usize = 64;

/// Forgets sessions that end soon, and where there are too many, the one that ends first.
fn make_room(sessions: &mut Sessions, now: Timestamp) {
    sessions.retain(|_, cell| cell.get().is_none_or(|session| session.lasts(now)));
    while sessions.len() >= MOST_SESSIONS {
        let open = sessions
            .iter()
            .filter_map(|(key, cell)| Some((cell.get()?.expires_at, key)));
        let Some((_, first)) = open.min() else {
            return;
        };
        let first = first.clone();
        sessions.remove(&first);
    }
}

/// A role to assume.
pub struct Role<'a> {
    /// Its ARN.
    pub arn: String,
    /// Who enters, to be seen in CloudTrail.
    pub session_name: String,
    /// The external id its trust policy asks for.
    pub external_id: Option<&'a TenantId>,
    /// The session to come from; the function's own where absent.
    pub from: Option<&'a SdkConfig>,
}

impl Aws {
    /// Reads Region, endpoint and credentials from the environment, with our time limits and retries.
    pub async fn from_env() -> Self {
        // Three attempts within some seconds; what lasts longer is the queue's to bring back.
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(3))
            .operation_attempt_timeout(Duration::from_secs(20))
            .build();
        let retries = RetryConfig::standard()
            .with_max_attempts(3)
            .with_initial_backoff(Duration::from_millis(200));
        let own = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http_client())
            .timeout_config(timeouts)
            .retry_config(retries)
            .load()
            .await;
        Self::new(own)
    }

    /// A way into AWS from a given configuration.
    pub fn new(own: SdkConfig) -> Self {
        Self {
            sts: aws_sdk_sts::Client::new(&own),
            own,
            sessions: Arc::default(),
            tokens: Arc::default(),
        }
    }

    /// STS, by the function's own role.
    pub(crate) fn sts(&self) -> &aws_sdk_sts::Client {
        &self.sts
    }

    /// The rate limiter of this process's calls to Organizations.
    pub(crate) fn limiter(&self, ledger: &Ledger, clock: &Clock) -> RateLimiter {
        RateLimiter {
            cache: Arc::clone(&self.tokens),
            ledger: ledger.clone(),
            clock: Arc::clone(clock),
        }
    }

    /// Organizations in `session`: the one way to it, and every call keeps to its rate.
    pub(crate) fn organizations(
        session: &SdkConfig,
        limiter: RateLimiter,
    ) -> aws_sdk_organizations::Client {
        let client = session.http_client().unwrap_or_else(http_client);
        let config = session
            .to_builder()
            .http_client(RateLimitedClient::new(limiter, client))
            .build();
        aws_sdk_organizations::Client::new(&config)
    }

    /// A session in `role`, from memory if it still lasts five minutes.
    ///
    /// # Errors
    /// What STS answered, classified.
    pub async fn assume(&self, role: Role<'_>, now: Timestamp) -> Result<SdkConfig, Failure> {
        let key = format!("{} {}", role.arn, role.session_name);
        let cell = {
            let mut sessions = self.sessions.lock().await;
            make_room(&mut sessions, now);
            Arc::clone(sessions.entry(key).or_default())
        };
        let session = cell.get_or_try_init(|| self.open(&role)).await?;
        Ok(session.config.clone())
    }

    /// Forgets the sessions opened for a tenant: the next one asks STS again.
    pub async fn forget(&self, tenant: &TenantId) {
        let name = format!(" {tenant}@");
        let mut sessions = self.sessions.lock().await;
        sessions.retain(|key, _| !key.contains(&name));
    }

    async fn open(&self, role: &Role<'_>) -> Result<Session, Failure> {
        let doing = || format!("assuming role `{}`", role.arn);
        let chained = role.from.map(aws_sdk_sts::Client::new);
        let sts = chained.as_ref().unwrap_or(&self.sts);
        let answer = sts
            .assume_role()
            .role_arn(&role.arn)
            .role_session_name(&role.session_name)
            .set_external_id(role.external_id.map(ToString::to_string))
            .send()
            .await
            .map_err(|error| errors::failure(doing(), &error))?;
        let Some(given) = answer.credentials else {
            return Err(errors::unreadable(doing(), "no credentials in the answer"));
        };
        let expires_at = Timestamp::from_second(given.expiration.secs())
            .map_err(|error| Failure::bug(doing(), error.to_string()))?;
        let credentials = Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            Some(given.session_token),
            None,
            "tenantry",
        );
        let config = self
            .own
            .to_builder()
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        Ok(Session { config, expires_at })
    }
}

/// The one HTTP client that every session shares: one of its own for each would cost two open files a tenant.
pub fn http_client() -> SharedHttpClient {
    let client = aws_smithy_http_client::Builder::new().tls_provider(tls::Provider::Rustls(
        tls::rustls_provider::CryptoMode::AwsLc,
    ));
    SharedHttpClient::new(WithBody::new(client.build_https()))
}

impl Session {
    fn lasts(&self, now: Timestamp) -> bool {
        self.expires_at.as_second() > now.as_second().saturating_add(300)
    }
}

/// `tenant@requester` within what a session name may be: 2 to 64 of letters, digits and `_+=,.@-`.
pub fn session_name(tenant: &TenantId, requester: &str) -> String {
    let who = requester.rsplit('/').next().unwrap_or_default();
    let who: String = who
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "_+=,.-".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    format!("{tenant}@{who}").chars().take(64).collect()
}

/// A role in a tenant's account.
pub fn management_role<'a>(
    account: &AccountId,
    verb: Verb,
    tenant: &'a TenantId,
    session_name: String,
) -> Role<'a> {
    Role {
        arn: names::management_role_arn(account, verb.role()),
        session_name,
        external_id: Some(tenant),
        from: None,
    }
}

/// No retries by the SDK: for creations that AWS could make twice, where the outcome of a lost answer must be looked up, not repeated.
pub fn never_retry() -> RetryConfig {
    RetryConfig::disabled()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(second: i64) -> Arc<OnceCell<Session>> {
        Arc::new(OnceCell::new_with(Some(Session {
            config: SdkConfig::builder().build(),
            expires_at: Timestamp::from_second(second).unwrap(),
        })))
    }

    #[test]
    fn a_process_keeps_few_sessions_and_forgets_first_what_ends_first() {
        let now = Timestamp::from_second(0).unwrap();
        let mut sessions = Sessions::new();
        for second in 0..1000 {
            make_room(&mut sessions, now);
            sessions.insert(second.to_string(), session(4000 + second));
        }
        assert_eq!(sessions.len(), MOST_SESSIONS);
        assert!(sessions.contains_key("999") && sessions.contains_key("936"));
        make_room(&mut sessions, Timestamp::from_second(4900).unwrap());
        assert!(sessions.is_empty());
    }
}
