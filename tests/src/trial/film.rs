//! A quiet run, recorded: every call, and the world before and after it.

use std::collections::BTreeMap;
use std::path::Path;

use tenancy::Verb;
use tenancy::{Phase, TenantId};

use super::{
    check::{Left, always},
    stage::{LEASE_OVER_SECS, SANDBOX, STANDARD, Stage},
};
use crate::{
    machine::{APP, AnyError},
    proxy::{Checkpoint, Moment, Record, Step},
};

/// What of ours stays in a closed account, by design: the roles we entered by, which go with the account, and the trail's bucket with
/// its records.
const STAYS: [&str; 3] = ["iam roles ", "s3 buckets ", "s3 bucket_tags "];

/// A recorded run of one verb over one tenant.
#[derive(Clone, Debug)]
pub struct Film {
    /// What is done.
    pub name: &'static str,
    /// By which function.
    pub verb: Verb,
    /// To whom.
    pub tenant: TenantId,
    /// The worlds on the way, from the first to the last.
    pub worlds: Vec<Checkpoint>,
    /// Every point at which power can be lost, and the world that leaves.
    pub points: Vec<Point>,
    /// What the run left.
    pub left: Left,
}

/// A call, and whether it still takes effect.
#[derive(Clone, Debug)]
pub struct Point {
    /// Which call of the run, from 1.
    pub number: usize,
    /// Its name: `ec2:CreateVpc in us-east-1`.
    pub call: String,
    /// Before or after its effect.
    pub moment: Moment,
    /// The world that is left.
    pub world: usize,
}

impl Film {
    /// Records a run that is about to begin, and checks that it ends well.
    ///
    /// # Errors
    /// It does not settle as `phase`, or the world cannot be kept.
    pub async fn record(
        stage: &Stage,
        directory: &Path,
        name: &'static str,
        verb: Verb,
        tenant: &TenantId,
    ) -> Result<Self, AnyError> {
        let proxy = &stage.machine.aws.proxy;
        proxy.forget_calls();
        proxy.begin_recording(directory).await?;
        let settled = stage.settle(verb, tenant).await;
        let (worlds, steps) = proxy.end_recording().await?;
        settled.map_err(|error| format!("a quiet {name}: {error}"))?;
        let left = Left::of(stage, tenant).await?;
        let flaws = always(stage, tenant).await?;
        let good = [Some(Phase::Active), Some(Phase::Closed)].contains(&left.phase);
        if !good || !flaws.is_empty() {
            return Err(format!("a quiet {name} ends as {:?}: {flaws:?}", left.phase).into());
        }
        Ok(Self {
            name,
            verb,
            tenant: tenant.clone(),
            worlds,
            points: points(&proxy.calls(), &steps),
            left,
        })
    }

    /// The points that leave each world, by world.
    pub fn by_world(&self) -> BTreeMap<usize, Vec<&Point>> {
        let mut found: BTreeMap<usize, Vec<&Point>> = BTreeMap::new();
        for point in &self.points {
            found.entry(point.world).or_default().push(point);
        }
        found
    }
}

/// Every world that an interruption of any of the films leaves: film and world.
pub fn worlds(films: &[Film]) -> Vec<(usize, usize)> {
    let of = |(index, film): (usize, &Film)| {
        let worlds = film.by_world().into_keys();
        worlds.map(move |world| (index, world)).collect::<Vec<_>>()
    };
    films.iter().enumerate().flat_map(of).collect()
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
        for (moment, world) in [(Moment::Before, step.before), (Moment::After, step.after)] {
            points.push(Point {
                number: index + 1,
                call: name.clone(),
                moment,
                world,
            });
        }
    }
    points
}

/// The four verbs of a tenant, recorded one after the other.
///
/// # Errors
/// One of them does not end well, quiet as it is.
pub async fn all(stage: &Stage, directory: &Path) -> Result<Vec<Film>, AnyError> {
    let mut films = Vec::new();
    let tenant = stage.machine.request_tenant(STANDARD.spec("quiet")).await?;
    let id = &tenant.id;
    let onboarding = Film::record(stage, directory, "onboarding", Verb::Onboard, id).await?;
    let settled = stage.keep(directory).await?;
    films.push(onboarding);

    for (name, kept_of_ten) in [("repair of most", 4), ("repair of little", 8)] {
        stage.restore(&settled).await?;
        damage(stage, &films, kept_of_ten).await?;
        let mut repair = Film::record(stage, directory, name, Verb::Onboard, id).await?;
        // It ends as it was before the damage, whatever the recorded repair has left.
        let flaws = repair.left.flaws(&Left {
            account: crate::proxy::Inventory {
                made: repair.left.account.made.clone(),
                ..films[0].left.account.clone()
            },
            ..repair.left.clone()
        });
        if !flaws.is_empty() {
            return Err(format!("a quiet {name} leaves {flaws:?}").into());
        }
        repair.left.account.alive = films[0].left.account.alive.clone();
        films.push(repair);
    }

    stage.restore(&settled).await?;
    stage.ask_change(id, SANDBOX).await?;
    films.push(Film::record(stage, directory, "change to sandbox", Verb::Onboard, id).await?);
    // Later than whatever was asked for before the change may yet become visible.
    stage.machine.advance(86_400);
    stage.ask_change(id, STANDARD).await?;
    films.push(Film::record(stage, directory, "change to standard", Verb::Onboard, id).await?);

    stage.restore(&settled).await?;
    stage.ask_departure(id).await?;
    let departure = Film::record(stage, directory, "offboarding", Verb::Offboard, id).await?;
    let stays = |what: &&String| STAYS.iter().any(|kind| what.starts_with(kind));
    let tagged = &departure.left.account.tagged;
    if let Some(leak) = tagged.iter().find(|what| !stays(what)) {
        return Err(format!("a quiet departure leaves {leak}").into());
    }
    films.push(departure);
    Ok(films)
}

/// Somebody undoes, behind our back, what was built last: the tenant's account is put back into what it was after so many tenths
/// of the effects of its onboarding. The audit must find it; a repair is asked for.
async fn damage(stage: &Stage, films: &[Film], kept_of_ten: usize) -> Result<(), AnyError> {
    let onboarding = films.first().ok_or("no onboarding was recorded")?;
    let id = &onboarding.tenant;
    let tenant = stage.tenant(id).await?;
    let account = tenant.account_id.ok_or("no account")?;
    let world = onboarding.worlds.len() * kept_of_ten / 10;
    stage.machine.advance(86_400);
    let proxy = &stage.machine.aws.proxy;
    proxy
        .restore_account(&onboarding.worlds[world], account.as_str())
        .await?;
    stage.settle_once(Verb::Audit, id).await?;
    if stage.tenant(id).await?.open_findings == 0 {
        return Err("the audit does not find that a part of the tenant is gone".into());
    }
    stage.ask_repair(id).await?;
    stage.machine.advance(LEASE_OVER_SECS);
    Ok(())
}
