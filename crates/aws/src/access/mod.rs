//! Looks at, and works on, the component `access`: plants our three roles, once, through the role Organizations made.
//!
//! # Guarantees
//! An intent in the ledger is written before the first role is planted, and settled when the provisioner has let us in and may do
//! what it must. From then on the bootstrap role is never used again, whatever becomes of ours.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_iam::Client;
use baseline::{
    Desired, Port,
    access::{Access, AccessChange, Deed, Fact, RoleChange, Roles, Seen},
};
use tenancy::{ComponentName, Failure, FailureKind, Verb, names};

use crate::{errors, ledger::NewIntent, visit::Visit};

mod look;
mod role;

pub(crate) use look::{Glance, Identities, boundary, document, identities, tags, visible};
pub(crate) use role::{Applied, apply as apply_to_role, sdk_tags};

/// The intent under which planting is noted.
const PLANTED: &str = "planted";
/// What that intent comes to.
const ENTERED: &str = "entered";
/// How long a new role may take to let us in everywhere; ten to thirty seconds are usual.
const SETTLING_SECS: i64 = 300;

/// How far the planting of our roles has come, as the ledger knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Planting {
    /// Not begun.
    Never,
    /// Begun, this many seconds ago.
    Begun(i64),
    /// Done; begun this many seconds ago.
    Done(i64),
}

#[async_trait]
impl Port<Access> for Visit {
    async fn observe(&self, desired: &Desired) -> Result<Seen, Failure> {
        let planting = self.planting();
        if planting == Planting::Never && self.verb() == Verb::Onboard {
            // What may be there all the same is found when its creation is refused.
            return Ok(Seen::default());
        }
        match self.entry(desired).await {
            Ok(_) if planting_is_open(planting) => self.look_while_planting(desired).await,
            Ok(_) => {
                let roles = ours(&self.identities(desired).await?.roles);
                Ok(seen(roles, true, true))
            }
            Err(denied) if denied.kind == FailureKind::Denied => {
                self.look_from_outside(desired, planting, denied).await
            }
            Err(other) => Err(other),
        }
    }

    async fn apply(&self, desired: &Desired, change: &AccessChange) -> Result<Fact, Failure> {
        match change {
            AccessChange::Role(role) => self.plant(desired, role).await,
            AccessChange::Enter => self.enter(desired).await,
            AccessChange::Prove => self.prove(desired).await,
        }
    }
}

impl Visit {
    /// How far the planting of our roles has come. While it is not done, nothing else of ours can be in the account.
    pub(crate) fn planting(&self) -> Planting {
        let Some(intent) = self.intent(ComponentName::ACCESS, PLANTED) else {
            return Planting::Never;
        };
        let ago = self.now().as_second() - intent.asked_at.as_second();
        match intent.outcome {
            Some(_) => Planting::Done(ago),
            None => Planting::Begun(ago),
        }
    }

    /// Whether a departure finds nothing of ours in the account, because we were never let in. There is no role to look with then,
    /// and none is needed.
    pub(crate) fn never_entered(&self) -> bool {
        self.verb() == Verb::Offboard && planting_is_open(self.planting())
    }

    /// The provisioner lets us in, but what it may do need not be in force yet.
    async fn look_while_planting(&self, desired: &Desired) -> Result<Seen, Failure> {
        match self.identities(desired).await {
            Ok(found) => Ok(seen(ours(&found.roles), true, false)),
            Err(denied) if denied.kind == FailureKind::Denied && self.verb() == Verb::Onboard => {
                Ok(seen(self.bootstrap_look(desired).await?, true, false))
            }
            Err(other) => Err(other),
        }
    }

    async fn look_from_outside(
        &self,
        desired: &Desired,
        planting: Planting,
        denied: Failure,
    ) -> Result<Seen, Failure> {
        let doing = format!("entering the account of tenant `{}`", desired.tenant);
        match planting {
            Planting::Begun(_) if self.verb() == Verb::Onboard => {
                Ok(seen(self.bootstrap_look(desired).await?, false, false))
            }
            Planting::Done(ago) if ago > SETTLING_SECS => Err(access_lost(&doing, &denied)),
            Planting::Done(_) => Err(Failure::wait(doing, "our roles to become assumable", 10)),
            Planting::Never | Planting::Begun(_) => {
                Err(Failure::wait(doing, "our roles to be planted", 60))
            }
        }
    }

    async fn bootstrap_look(&self, desired: &Desired) -> Result<Roles, Failure> {
        let iam = Client::new(&self.bootstrap(desired).await?);
        Ok(ours(&identities(&iam).await?.roles))
    }

    /// The session by which our roles are planted, and later looked after.
    async fn gardener(&self, desired: &Desired) -> Result<SdkConfig, Failure> {
        match self.planting() {
            Planting::Done(_) => self.entry(desired).await,
            Planting::Never | Planting::Begun(_) => self.bootstrap(desired).await,
        }
    }

    async fn plant(&self, desired: &Desired, change: &RoleChange) -> Result<Fact, Failure> {
        if matches!(change.deed, Deed::Create(_)) {
            self.begin_planting().await?;
        }
        let iam = Client::new(&self.gardener(desired).await?);
        match apply_to_role(&iam, change).await? {
            Applied::AlreadyThere => {
                let found = visible(&identities(&iam).await?.roles, &change.role)?;
                Ok(Fact::Found(change.role.clone(), found))
            }
            Applied::Done | Applied::InUse => Ok(Fact::Done(AccessChange::Role(change.clone()))),
        }
    }

    /// Notes, before the first role is asked for, that planting has begun. All three are planted side by side; one note will do.
    async fn begin_planting(&self) -> Result<(), Failure> {
        let note = || async {
            if self.planting() != Planting::Never {
                return Ok(());
            }
            let intent = NewIntent {
                component: ComponentName::ACCESS,
                key: PLANTED.into(),
                token: None,
            };
            self.intend(&[intent]).await
        };
        self.glance.planting_noted.get_or_try_init(note).await?;
        Ok(())
    }

    async fn enter(&self, desired: &Desired) -> Result<Fact, Failure> {
        match self.entry(desired).await {
            Ok(_) => Ok(Fact::Done(AccessChange::Enter)),
            Err(denied) => Err(self.not_yet(denied, "to become assumable")),
        }
    }

    /// Asks IAM and EC2 something harmless: EC2 is known to learn of new policies last.
    async fn prove(&self, desired: &Desired) -> Result<Fact, Failure> {
        let iam = async {
            let asked = self.iam(desired).await?.list_account_aliases().send().await;
            asked
                .map(drop)
                .map_err(|error| errors::failure("proving access to IAM", &error))
        };
        let ec2 = async {
            let Some(region) = desired.home_region() else {
                return Ok(());
            };
            let ec2 = self.ec2(desired, region).await?;
            let asked = ec2.describe_vpcs().max_results(5).send().await;
            asked
                .map(drop)
                .map_err(|error| errors::failure("proving access to EC2", &error))
        };
        futures::try_join!(iam, ec2)
            .map_err(|failure| self.not_yet(failure, "to be allowed what it must do"))?;
        self.settle(ComponentName::ACCESS, PLANTED, ENTERED).await?;
        Ok(Fact::Done(AccessChange::Prove))
    }

    /// A refusal shortly after planting is only IAM taking its time.
    fn not_yet(&self, failure: Failure, what: &str) -> Failure {
        match self.planting() {
            _ if failure.kind != FailureKind::Denied => failure,
            Planting::Begun(ago) | Planting::Done(ago) if ago > SETTLING_SECS => {
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

fn planting_is_open(planting: Planting) -> bool {
    !matches!(planting, Planting::Done(_))
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
