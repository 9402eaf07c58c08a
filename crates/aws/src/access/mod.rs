//! Observes, and works on, the component `access`: installs the three management roles, once, through the role Organizations made.
//!
//! # Guarantees
//! An intent in the ledger is written before the first role is created, and settled when the provisioner has let us in and may do
//! what it must. From then on the bootstrap role is never used again, whatever becomes of ours.

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_iam::Client;
use baseline::{
    Desired, Port,
    access::{Access, AccessChange, Deed, Fact, RoleChange, Roles, Seen},
};
use tenancy::{Failure, FailureKind, Verb, names};
use tokio::sync::OnceCell;

use crate::{
    errors,
    identities::{IdentitySnapshots, identities, visible},
    installation::Installation,
    pass::PassContext,
};

pub(crate) mod role;

use role::{Applied, apply as apply_to_role};

/// How long a new role may take to let us in everywhere; ten to thirty seconds are usual.
const SETTLING_SECS: i64 = 300;

/// Works on the management roles of one tenant.
pub struct AccessPort {
    pass: Arc<PassContext>,
    snapshots: Arc<IdentitySnapshots>,
    /// Whether this pass has recorded that the installation begins.
    start_recorded: OnceCell<()>,
}

impl AccessPort {
    pub(crate) fn new(pass: &Arc<PassContext>, snapshots: &Arc<IdentitySnapshots>) -> Self {
        Self {
            pass: Arc::clone(pass),
            snapshots: Arc::clone(snapshots),
            start_recorded: OnceCell::new(),
        }
    }
}

#[async_trait]
impl Port<Access> for AccessPort {
    async fn observe(&self, desired: &Desired) -> Result<Seen, Failure> {
        let installation = Installation::of(&self.pass);
        if installation == Installation::NotStarted && self.pass.verb == Verb::Onboard {
            // What may be there all the same is found when its creation is refused.
            return Ok(Seen::default());
        }
        match self.pass.sessions.tenant(desired).await {
            Ok(_) if !installation.is_done() => self.observe_while_installing(desired).await,
            Ok(_) => {
                let roles = ours(&self.snapshots.read(desired).await?.roles);
                Ok(seen(roles, true, true))
            }
            Err(denied) if denied.kind == FailureKind::Denied => {
                self.observe_from_outside(desired, installation, denied)
                    .await
            }
            Err(other) => Err(other),
        }
    }

    async fn apply(&self, desired: &Desired, change: &AccessChange) -> Result<Fact, Failure> {
        match change {
            AccessChange::Role(role) => self.apply_to_role(desired, role).await,
            AccessChange::Enter => self.enter(desired).await,
            AccessChange::Prove => self.prove(desired).await,
        }
    }
}

impl AccessPort {
    /// The provisioner lets us in, but what it may do need not be in force yet.
    async fn observe_while_installing(&self, desired: &Desired) -> Result<Seen, Failure> {
        match self.snapshots.read(desired).await {
            Ok(found) => Ok(seen(ours(&found.roles), true, false)),
            Err(denied)
                if denied.kind == FailureKind::Denied && self.pass.verb == Verb::Onboard =>
            {
                Ok(seen(self.observe_by_bootstrap(desired).await?, true, false))
            }
            Err(other) => Err(other),
        }
    }

    async fn observe_from_outside(
        &self,
        desired: &Desired,
        installation: Installation,
        denied: Failure,
    ) -> Result<Seen, Failure> {
        let doing = format!("entering the account of tenant `{}`", desired.tenant);
        match installation {
            Installation::Started(_) if self.pass.verb == Verb::Onboard => Ok(seen(
                self.observe_by_bootstrap(desired).await?,
                false,
                false,
            )),
            Installation::Done(ago) if ago > SETTLING_SECS => Err(access_lost(&doing, &denied)),
            Installation::Done(_) => Err(Failure::wait(doing, "our roles to become assumable", 10)),
            Installation::NotStarted | Installation::Started(_) => Err(Failure::wait(
                doing,
                "the management roles to be installed",
                60,
            )),
        }
    }

    async fn observe_by_bootstrap(&self, desired: &Desired) -> Result<Roles, Failure> {
        let iam = Client::new(&self.pass.sessions.bootstrap(desired).await?);
        Ok(ours(&identities(&iam).await?.roles))
    }

    /// The session by which the management roles are installed, and later kept up to date.
    async fn role_session(&self, desired: &Desired) -> Result<SdkConfig, Failure> {
        match Installation::of(&self.pass) {
            Installation::Done(_) => self.pass.sessions.tenant(desired).await,
            Installation::NotStarted | Installation::Started(_) => {
                self.pass.sessions.bootstrap(desired).await
            }
        }
    }

    async fn apply_to_role(&self, desired: &Desired, change: &RoleChange) -> Result<Fact, Failure> {
        if matches!(change.deed, Deed::Create(_)) {
            self.record_start().await?;
        }
        let iam = Client::new(&self.role_session(desired).await?);
        match apply_to_role(&iam, change).await? {
            Applied::AlreadyThere => {
                let found = visible(&identities(&iam).await?.roles, &change.role)?;
                Ok(Fact::Found(change.role.clone(), found))
            }
            Applied::Done | Applied::InUse => Ok(Fact::Done(AccessChange::Role(change.clone()))),
        }
    }

    /// Records, before the first role is requested, that the installation begins. All three are created side by side; one
    /// record will do.
    async fn record_start(&self) -> Result<(), Failure> {
        let start = || Installation::start(&self.pass);
        self.start_recorded.get_or_try_init(start).await.map(drop)
    }

    async fn enter(&self, desired: &Desired) -> Result<Fact, Failure> {
        match self.pass.sessions.tenant(desired).await {
            Ok(_) => Ok(Fact::Done(AccessChange::Enter)),
            Err(denied) => Err(self.not_yet(denied, "to become assumable")),
        }
    }

    /// Asks IAM and EC2 something harmless: EC2 is known to learn of new policies last.
    async fn prove(&self, desired: &Desired) -> Result<Fact, Failure> {
        let iam = async {
            let asked = self
                .pass
                .clients
                .iam(desired)
                .await?
                .list_account_aliases()
                .send()
                .await;
            asked
                .map(drop)
                .map_err(|error| errors::failure("proving access to IAM", &error))
        };
        let ec2 = async {
            let Some(region) = desired.home_region() else {
                return Ok(());
            };
            let ec2 = self.pass.clients.ec2(desired, region).await?;
            let asked = ec2.describe_vpcs().max_results(5).send().await;
            asked
                .map(drop)
                .map_err(|error| errors::failure("proving access to EC2", &error))
        };
        futures::try_join!(iam, ec2)
            .map_err(|failure| self.not_yet(failure, "to be allowed what it must do"))?;
        Installation::finish(&self.pass).await?;
        Ok(Fact::Done(AccessChange::Prove))
    }

    /// A refusal shortly after the installation is only IAM taking its time.
    fn not_yet(&self, failure: Failure, what: &str) -> Failure {
        match Installation::of(&self.pass) {
            _ if failure.kind != FailureKind::Denied => failure,
            Installation::Started(ago) | Installation::Done(ago) if ago > SETTLING_SECS => {
                access_lost(&failure.doing, &failure)
            }
            _ => Failure::wait(
                failure.doing,
                format!("role `{}` {what}", names::PROVISIONER),
                5,
            ),
        }
    }
}

fn seen(roles: Roles, entered: bool, proved: bool) -> Seen {
    Seen {
        roles,
        entered,
        proved,
    }
}

/// The three roles of ours, of all roles in the account.
fn ours(all: &Roles) -> Roles {
    let name = |role: Verb| all.get_key_value(role.role());
    Verb::ALL
        .into_iter()
        .filter_map(name)
        .map(|(name, role)| (name.clone(), role.clone()))
        .collect()
}

fn access_lost(doing: &str, denied: &Failure) -> Failure {
    Failure::park(
        FailureKind::Denied,
        doing,
        denied.detail.clone(),
        "access-lost",
        "Our role in the tenant's account no longer lets us in. See in CloudTrail who changed it, put its trust policy back from the \
         management account (docs/operations), then retry the tenant.",
    )
}
