//! The sessions of a pass: in the tenant's account by the role of its verb, and in the management account by the broker role.

use std::sync::Arc;

use aws_config::SdkConfig;
use baseline::Desired;
use tenancy::{AccountId, Failure, Verb};
use tokio::sync::OnceCell;

use super::PassInputs;
use crate::{
    clock::Clock,
    ledger::Ledger,
    rate_limiter::RateLimiter,
    session::{Aws, Role, management_role, session_name},
    settings::Settings,
};

/// Opens sessions when they are first needed; each lasts for the pass.
pub struct PassSessions {
    aws: Aws,
    settings: Arc<Settings>,
    ledger: Ledger,
    clock: Clock,
    verb: Verb,
    requester: String,
    broker: OnceCell<SdkConfig>,
    organizations: OnceCell<aws_sdk_organizations::Client>,
}

impl PassSessions {
    pub(super) fn new(inputs: &PassInputs) -> Self {
        Self {
            aws: inputs.aws.clone(),
            settings: Arc::clone(&inputs.settings),
            ledger: inputs.ledger.clone(),
            clock: Arc::clone(&inputs.clock),
            verb: inputs.verb,
            requester: inputs.requester.clone(),
            broker: OnceCell::new(),
            organizations: OnceCell::new(),
        }
    }

    /// The session in the tenant's account, by the role of the pass's verb.
    ///
    /// # Errors
    /// The account is not known yet, or the role does not let us in.
    pub async fn tenant(&self, desired: &Desired) -> Result<SdkConfig, Failure> {
        let name = session_name(&desired.tenant, &self.requester);
        let role = management_role(account(desired)?, self.verb, &desired.tenant, name);
        self.aws.assume(role, (self.clock)()).await
    }

    /// The session in the management account through which Organizations is asked and new accounts are entered.
    ///
    /// # Errors
    /// The broker role does not let us in.
    pub async fn broker(&self, desired: &Desired) -> Result<SdkConfig, Failure> {
        let open = || async {
            let role = Role {
                arn: self.settings.broker_role_arn.clone(),
                session_name: session_name(&desired.tenant, &self.requester),
                external_id: None,
                from: None,
            };
            self.aws.assume(role, (self.clock)()).await
        };
        self.broker.get_or_try_init(open).await.cloned()
    }

    /// The session in a new account by the role Organizations made there; only for probing readiness and for installing the
    /// management roles.
    ///
    /// # Errors
    /// The role is not there yet, or does not let us in.
    pub async fn bootstrap(&self, desired: &Desired) -> Result<SdkConfig, Failure> {
        let account = account(desired)?;
        let broker = self.broker(desired).await?;
        let name = &self.settings.bootstrap_role;
        let role = Role {
            arn: format!("arn:aws:iam::{account}:role/{name}"),
            session_name: session_name(&desired.tenant, &self.requester),
            external_id: None,
            from: Some(&broker),
        };
        self.aws.assume(role, (self.clock)()).await
    }

    /// Organizations, through the broker. Every call passes the rate limiter.
    ///
    /// # Errors
    /// The broker role does not let us in.
    pub async fn organizations(
        &self,
        desired: &Desired,
    ) -> Result<&aws_sdk_organizations::Client, Failure> {
        let open = || async {
            Ok(Aws::organizations(
                &self.broker(desired).await?,
                self.limiter(),
            ))
        };
        self.organizations.get_or_try_init(open).await
    }

    /// The rate limiter of this process's calls to Organizations.
    pub(crate) fn limiter(&self) -> RateLimiter {
        self.aws.limiter(&self.ledger, &self.clock)
    }
}

/// The tenant's account.
///
/// # Errors
/// A wait while it is not known.
pub(crate) fn account(desired: &Desired) -> Result<&AccountId, Failure> {
    let unknown = || {
        Failure::wait(
            format!("entering the account of tenant `{}`", desired.tenant),
            "the account to be known",
            30,
        )
    };
    desired.account.as_ref().ok_or_else(unknown)
}
