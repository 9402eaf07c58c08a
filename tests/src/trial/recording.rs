//! A reference run, recorded: every call, with a checkpoint before and after it.

use std::collections::BTreeMap;
use std::path::Path;

use tenancy::{Phase, TenantId, Verb};

use super::{
    environment::{Environment, LEASE_OVER_SECS, SANDBOX, STANDARD},
    invariants::{FinalState, check_invariants},
};
use crate::{
    machine::{APP, AnyError},
    proxy::{Checkpoint, Inventory, Moment, Record, Step},
};

/// What of ours stays in a closed account, by design: the roles that passes entered by, which go with the account, and the trail's
/// bucket with its records.
const RETAINED: [&str; 3] = ["iam roles ", "s3 buckets ", "s3 bucket_tags "];

/// A recorded run of one verb over one tenant.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Name of the run.
    pub name: &'static str,
    /// The function that makes it.
    pub verb: Verb,
    /// The tenant.
    pub tenant: TenantId,
    /// The checkpoints, from the first to the last.
    pub checkpoints: Vec<Checkpoint>,
    /// Every point at which power can be lost, and the checkpoint that leaves.
    pub points: Vec<Point>,
    /// What the run left.
    pub reference: FinalState,
}

/// A point at which power can be lost: a call, before or after its effect.
#[derive(Clone, Debug)]
pub struct Point {
    /// Which call of the run, from 1.
    pub number: usize,
    /// Its name: `ec2:CreateVpc in us-east-1`.
    pub call: String,
    /// Before or after its effect.
    pub moment: Moment,
    /// The checkpoint that is left, as an index.
    pub checkpoint: usize,
}

impl Recording {
    /// Records a run that is about to begin, and checks its result.
    ///
    /// # Errors
    /// It does not settle, an invariant is violated, or a checkpoint cannot be taken.
    pub async fn record(
        environment: &Environment,
        directory: &Path,
        name: &'static str,
        verb: Verb,
        tenant: &TenantId,
    ) -> Result<Self, AnyError> {
        let proxy = &environment.machine.aws.proxy;
        proxy.forget_calls();
        proxy.begin_recording(directory).await?;
        let settled = environment.settle(verb, tenant).await;
        let (checkpoints, steps) = proxy.end_recording().await?;
        settled.map_err(|error| format!("reference run of {name}: {error}"))?;
        let points = points(&proxy.calls(), &steps);
        Ok(Self {
            name,
            verb,
            tenant: tenant.clone(),
            checkpoints,
            points,
            reference: checked(environment, name, tenant).await?,
        })
    }

    /// The points that leave each checkpoint, by checkpoint.
    pub fn by_checkpoint(&self) -> BTreeMap<usize, Vec<&Point>> {
        let mut found: BTreeMap<usize, Vec<&Point>> = BTreeMap::new();
        for point in &self.points {
            found.entry(point.checkpoint).or_default().push(point);
        }
        found
    }
}

/// What a reference run left, which must be good.
async fn checked(
    environment: &Environment,
    name: &str,
    tenant: &TenantId,
) -> Result<FinalState, AnyError> {
    let left = FinalState::of(environment, tenant).await?;
    let violations = check_invariants(environment, tenant).await?;
    let is_settled = [Some(Phase::Active), Some(Phase::Closed)].contains(&left.phase);
    if is_settled && violations.is_empty() {
        return Ok(left);
    }
    let phase = left.phase;
    Err(format!("the reference run of {name} ends as {phase:?}: {violations:?}").into())
}

/// Every checkpoint that an interruption of any of the recordings leaves: recording and checkpoint.
pub fn crash_points(recordings: &[Recording]) -> Vec<(usize, usize)> {
    let of = |(index, recording): (usize, &Recording)| {
        let checkpoints = recording.by_checkpoint().into_keys();
        checkpoints
            .map(move |checkpoint| (index, checkpoint))
            .collect::<Vec<_>>()
    };
    recordings.iter().enumerate().flat_map(of).collect()
}

/// Before and after each call of the workers.
fn points(calls: &[Record], steps: &[Step]) -> Vec<Point> {
    let named: BTreeMap<u64, &Record> = calls
        .iter()
        .filter(|call| call.app == APP)
        .map(|call| (call.sequence, call))
        .collect();
    let ours = steps
        .iter()
        .filter_map(|step| Some((step, named.get(&step.sequence)?)));
    let mut points = Vec::new();
    for (index, (step, call)) in ours.enumerate() {
        let name = format!("{}:{} in {}", call.service, call.operation, call.region);
        for (moment, checkpoint) in [(Moment::Before, step.before), (Moment::After, step.after)] {
            points.push(Point {
                number: index + 1,
                call: name.clone(),
                moment,
                checkpoint,
            });
        }
    }
    points
}

/// Records the four verbs of a tenant, one after the other.
///
/// # Errors
/// One of them fails without any fault.
pub async fn record_all(
    environment: &Environment,
    directory: &Path,
) -> Result<Vec<Recording>, AnyError> {
    let tenant = environment
        .machine
        .request_tenant(STANDARD.spec("reference"))
        .await?;
    let id = &tenant.id;
    let record = |name, verb| Recording::record(environment, directory, name, verb, id);
    let onboarding = record("onboarding", Verb::Onboard).await?;
    let settled = environment.checkpoint(directory).await?;

    let mut repairs = Vec::new();
    for (name, kept_of_ten) in [("repair of most", 4), ("repair of little", 8)] {
        environment.restore(&settled).await?;
        repairs.push(record_repair(environment, directory, &onboarding, name, kept_of_ten).await?);
    }

    environment.restore(&settled).await?;
    environment.request_change(id, SANDBOX).await?;
    let to_sandbox = record("change to sandbox", Verb::Onboard).await?;
    // Later than the last time at which an effect of the first change may become visible.
    environment.machine.advance(86_400);
    environment.request_change(id, STANDARD).await?;
    let to_standard = record("change to standard", Verb::Onboard).await?;

    environment.restore(&settled).await?;
    environment.request_departure(id).await?;
    let departure = record("offboarding", Verb::Offboard).await?;
    // The policies of those roles stay with them.
    let is_ours =
        |what: &str| what.starts_with("iam policies ") && what.contains(":policy/tenantry/");
    let is_retained =
        |what: &&String| is_ours(what) || RETAINED.iter().any(|kind| what.starts_with(kind));
    let tagged = &departure.reference.account.tagged;
    if let Some(leak) = tagged.iter().find(|what| !is_retained(what)) {
        return Err(format!("the reference run of offboarding leaves {leak}").into());
    }

    let mut recordings = vec![onboarding];
    recordings.extend(repairs);
    recordings.extend([to_sandbox, to_standard, departure]);
    Ok(recordings)
}

/// Damages the tenant, records the repair, and checks that it ends as it was before the damage.
async fn record_repair(
    environment: &Environment,
    directory: &Path,
    onboarding: &Recording,
    name: &'static str,
    kept_of_ten: usize,
) -> Result<Recording, AnyError> {
    damage(environment, onboarding, kept_of_ten).await?;
    let tenant = &onboarding.tenant;
    let mut repair = Recording::record(environment, directory, name, Verb::Onboard, tenant).await?;
    // Whatever the repair itself leaves: it is compared with the state before the damage.
    let violations = repair.reference.violations(&FinalState {
        account: Inventory {
            made: repair.reference.account.made.clone(),
            ..onboarding.reference.account.clone()
        },
        ..repair.reference.clone()
    });
    if !violations.is_empty() {
        return Err(format!("the reference run of {name} leaves {violations:?}").into());
    }
    repair.reference.account.alive = onboarding.reference.account.alive.clone();
    Ok(repair)
}

/// Undoes, from outside, what was built last: puts the tenant's account back to what it was after so many tenths of the effects of
/// its onboarding. The audit must find it; then a repair is requested.
async fn damage(
    environment: &Environment,
    onboarding: &Recording,
    kept_of_ten: usize,
) -> Result<(), AnyError> {
    let id = &onboarding.tenant;
    let tenant = environment.tenant(id).await?;
    let account = tenant.account_id.ok_or("no account")?;
    let checkpoint = onboarding.checkpoints.len() * kept_of_ten / 10;
    environment.machine.advance(86_400);
    let proxy = &environment.machine.aws.proxy;
    proxy
        .restore_account(&onboarding.checkpoints[checkpoint], account.as_str())
        .await?;
    environment.one_pass(Verb::Audit, id).await?;
    if environment.tenant(id).await?.open_findings == 0 {
        return Err("the audit does not find that a part of the tenant is missing".into());
    }
    environment.request_repair(id).await?;
    environment.machine.advance(LEASE_OVER_SECS);
    Ok(())
}
