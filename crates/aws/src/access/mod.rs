//! Observes, and works on, the component `access`: installs the three management roles, once, through the role Organizations made.
//!
//! # Guarantees
//! An intent in the ledger is written before the first role is created, and settled when the provisioner has let us in. From then on
//! the bootstrap role is never used again, whatever becomes of ours.

use std::sync::Arc;

use async_trait::async_trait;
use baseline::{
    Desired, Port,
    access::{Access, AccessChange, AccessFact, Observation, keys},
    declared::{self, DeclaredPort, Effect, Key, kind_port},
    resources::Policy,
};
use tenancy::{ComponentName, Failure, FailureKind, Verb, names};
use tokio::sync::OnceCell;

use crate::{
    account,
    calls::checked,
    early::EarlyObservations,
    identities::{TenantIam, Via},
    installation::Installation,
    network,
    pass::{self, PassContext},
    resources::{PolicyPort, RolePort},
};

/// How long a new role may take to let us in everywhere; ten to thirty seconds are usual.
const SETTLING_SECS: i64 = 300;
/// For how long after its request a new account may refuse the bootstrap role before a person is asked.
const YOUNG_SECS: u32 = 3600;

/// Works on the management roles of one tenant.
pub struct AccessPort {
    pass: Arc<PassContext>,
    /// By the management role of the pass.
    own: Roles,
    /// By the bootstrap role, until ours have let us in.
    bootstrap: Roles,
    /// Whether this pass has recorded that the installation begins.
    start_recorded: OnceCell<()>,
    /// Of the components that begin as soon as the roles are installed.
    early: Arc<EarlyObservations>,
}

/// Our roles and their policies, worked on by one session.
struct Roles {
    iam: Arc<TenantIam>,
    port: DeclaredPort,
}

impl Roles {
    fn new(iam: Arc<TenantIam>) -> Self {
        let roles = RolePort {
            iam: Arc::clone(&iam),
            sessions_at: None,
        };
        let policies = PolicyPort(Arc::clone(&iam));
        Self {
            iam,
            port: DeclaredPort(vec![kind_port(roles), kind_port(policies)]),
        }
    }

    /// With policies of ours that are not wanted any more.
    async fn observe(&self, desired: &Desired) -> Result<declared::Observation, Failure> {
        let wanted = keys(desired, pass::account(desired)?);
        let (mut seen, all) = futures::try_join!(
            self.port.observe_keys(desired, &wanted),
            self.iam.identities(desired)
        )?;
        let at_our_path = all
            .policies
            .iter()
            .filter(|(_, policy)| policy.path == names::MANAGEMENT_PATH)
            .map(|(name, _)| Policy::key(name));
        let others: Vec<Key> = at_our_path.filter(|key| !wanted.contains(key)).collect();
        if !others.is_empty() {
            seen.0
                .extend(self.port.observe_keys(desired, &others).await?.0);
        }
        // Of a tenant that leaves they go with the account.
        if !desired.leaving() {
            let is_wanted = |key: &Key| wanted.contains(key);
            declared::leave_held(ComponentName::ACCESS, desired, is_wanted, &mut seen);
        }
        Ok(seen)
    }
}

impl AccessPort {
    pub(crate) fn new(
        pass: &Arc<PassContext>,
        iam: &Arc<TenantIam>,
        early: &Arc<EarlyObservations>,
    ) -> Self {
        Self {
            pass: Arc::clone(pass),
            own: Roles::new(Arc::clone(iam)),
            bootstrap: Roles::new(TenantIam::new(pass, Via::Bootstrap)),
            start_recorded: OnceCell::new(),
            early: Arc::clone(early),
        }
    }
}

#[async_trait]
impl Port<Access> for AccessPort {
    async fn observe(&self, desired: &Desired) -> Result<Observation, Failure> {
        let installation = Installation::of(&self.pass);
        let onboarding = self.pass.verb == Verb::Onboard;
        // An installation that begins with the record of the account, and of which nothing was requested yet.
        let untouched = Installation::is_of(&self.pass) && !self.start_recorded.initialized();
        if onboarding && (installation == Installation::NotStarted || untouched) {
            // What may be there all the same is found when its creation is refused.
            return Ok(Observation::default());
        }
        let entered = match self.pass.sessions.tenant(desired).await {
            Ok(_) => true,
            Err(denied) if denied.kind != FailureKind::Denied => return Err(denied),
            Err(_) if !installation.is_done() && onboarding => false,
            Err(denied) => return Err(locked_out(desired, installation, &denied)),
        };
        // What the provisioner may do need not be in force yet while it is being installed.
        let roles = match installation.is_done() || !onboarding {
            true => &self.own,
            false => &self.bootstrap,
        };
        Ok(Observation {
            resources: roles.observe(desired).await?,
            entered,
            proved: installation.is_done(),
        })
    }

    async fn apply(&self, desired: &Desired, change: &AccessChange) -> Result<AccessFact, Failure> {
        match change {
            AccessChange::Enter => self.enter(desired).await,
            AccessChange::Prove => self.prove(desired).await,
            AccessChange::Resource(change) => {
                match &change.effect {
                    Effect::Create { .. } => self.record_start().await?,
                    Effect::Set { .. } | Effect::Delete { .. } => {}
                }
                let roles = match Installation::of(&self.pass) {
                    Installation::Done(_) => &self.own,
                    Installation::NotStarted | Installation::Started(_) => &self.bootstrap,
                };
                let done = roles.port.carry_out(desired, change).await;
                let fact = done.map_err(|failure| self.not_usable_yet(failure))?;
                Ok(AccessFact::Resource(fact))
            }
        }
    }
}

impl AccessPort {
    /// Records, before the first role is requested, that the installation begins. All are created side by side; one record will
    /// do.
    async fn record_start(&self) -> Result<(), Failure> {
        let start = || Installation::start(&self.pass);
        self.start_recorded.get_or_try_init(start).await.map(drop)
    }

    async fn enter(&self, desired: &Desired) -> Result<AccessFact, Failure> {
        match self.pass.sessions.tenant(desired).await {
            Ok(_) => Ok(AccessFact::Entered),
            Err(denied) => Err(self.not_yet(denied, "to become assumable")),
        }
    }

    /// Asks IAM and EC2 something harmless while it is recorded that the provisioner has let us in, and with it what AWS will be asked for
    /// next. Nothing else is made in the account before both are done; what begins then is observed meanwhile.
    async fn prove(&self, desired: &Desired) -> Result<AccessFact, Failure> {
        let next = network::first_intents(&self.pass, desired);
        let finish = Installation::finish(&self.pass, &next);
        let answered = self.answered(desired);
        let early = Box::pin(self.early.observe(desired));
        let (finished, answered, ()) = futures::join!(finish, answered, early);
        finished?;
        answered.map_err(|failure| self.not_yet(failure, "to be allowed what it must do"))?;
        Ok(AccessFact::Proved)
    }

    /// EC2 is known to learn of new policies last.
    async fn answered(&self, desired: &Desired) -> Result<(), Failure> {
        let iam = async {
            let client = self.own.iam.client(desired).await?;
            let answer = client.list_account_aliases().send().await;
            checked(answer, || "checking access to IAM".into()).map(drop)
        };
        let ec2 = async {
            let Some(region) = desired.home_region() else {
                return Ok(());
            };
            let client = self.pass.clients.ec2(desired, region).await?;
            let answer = client.describe_vpcs().max_results(5).send().await;
            checked(answer, || "checking access to EC2".into()).map(drop)
        };
        futures::try_join!(iam, ec2).map(drop)
    }

    /// IAM of an account that was made a moment ago may refuse the bootstrap role for minutes; nothing is documented.
    fn not_usable_yet(&self, failure: Failure) -> Failure {
        let pass = &self.pass;
        let made = pass.intents.get(ComponentName::ACCOUNT, account::CREATE);
        let age = made.map_or(0, |intent| pass.secs_since(intent.asked_at.as_second()));
        let refused = failure.kind == FailureKind::Denied && age < YOUNG_SECS;
        if !refused || Installation::of(pass).is_done() {
            return failure;
        }
        Failure::wait(
            failure.doing,
            format!("IAM of the new account to let us in: {}", failure.detail),
            15,
        )
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

/// Our role does not let us in: not yet, or not any more.
fn locked_out(desired: &Desired, installation: Installation, denied: &Failure) -> Failure {
    let doing = format!("entering the account of tenant `{}`", desired.tenant);
    match installation {
        Installation::Done(ago) if ago > SETTLING_SECS => access_lost(&doing, denied),
        Installation::Done(_) => Failure::wait(doing, "our roles to become assumable", 10),
        Installation::NotStarted | Installation::Started(_) => {
            Failure::wait(doing, "the management roles to be installed", 60)
        }
    }
}

fn access_lost(doing: &str, denied: &Failure) -> Failure {
    Failure::park(
        FailureKind::Denied,
        doing,
        denied.detail.clone(),
        "access-lost",
        "Our role in the tenant's account no longer lets us in. See in CloudTrail who changed it, put its trust policy back from the \
         management account (docs/operations.md, `access-lost`), then retry the tenant.",
    )
}
