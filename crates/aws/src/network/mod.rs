//! Observes, and works on, the component `network`.
//!
//! # Reads
//! - In each Region of the spec eleven reads, all at once (an audit reads the Availability Zones only where a subnet is missing),
//!   with two about the DNS of the recorded VPC among them; where the VPC is another, those two follow. If the VPC is to be removed,
//!   instead of those two four about what holds it, at once with the rest where the VPC is the recorded one; and after them, where there
//!   is a VPC of others besides, one about security groups that are associated with other VPCs than their own.
//! - For the account one for the enabled Regions, and the one of all roles, which other components share.
//! - In each other enabled Region one, for its default VPC and for what a dropped Region left. These Regions are not observed while
//!   the account is new: there, the removal of default VPCs reads by itself, so that building need not wait.
//!
//! A Region that the guardrail closes can be used by nobody in the account, the role of audits included: an audit asks nothing there. A
//! Region that cannot be read does not keep the others from being observed.

mod acls;
mod apart;
mod blockers;
mod contents;
mod create;
mod defaults;
mod effects;
mod elsewhere;
mod observe;
mod parse;
mod routes;
mod rules;

use std::{iter, sync::Arc};

use async_trait::async_trait;
use aws_smithy_runtime_api::client::result::SdkError;
use baseline::{
    Component, Desired, Port,
    declared::{DeclaredPort, Key, Observed, kind_port, leave_held, write},
    network::{
        DefaultVpc, Network, NetworkChange, NetworkFact, Observation, PartFact, first_notes,
        group_key, role_key,
    },
};
use futures::future::join_all;
use tenancy::{Failure, FailureKind, Region, Verb};

use self::{apart::apart, blockers::Blockers, defaults::DefaultVpcPort};
use crate::{
    calls::removed,
    errors::{self, Call, HttpStatus},
    identities::{TenantIam, Via},
    installation::never_entered,
    ledger::NewIntent,
    pass::PassContext,
    resources::{LogGroupPort, RolePort},
};

/// Works on the network of one tenant.
pub struct NetworkPort {
    pass: Arc<PassContext>,
    /// The role of the flow logs, their log groups, and default VPCs.
    resources: DeclaredPort,
}

impl NetworkPort {
    /// The network's port in a pass.
    pub fn new(pass: &Arc<PassContext>) -> Self {
        Self::sharing(pass, &TenantIam::new(pass, Via::Management))
    }

    /// The same, sharing the read of all roles with other components.
    pub(crate) fn sharing(pass: &Arc<PassContext>, iam: &Arc<TenantIam>) -> Self {
        let role = RolePort {
            iam: Arc::clone(iam),
            sessions_at: None,
        };
        Self {
            pass: Arc::clone(pass),
            resources: DeclaredPort(vec![
                kind_port(role),
                kind_port(LogGroupPort(Arc::clone(pass))),
                kind_port(DefaultVpcPort(Arc::clone(pass))),
            ]),
        }
    }
}

#[async_trait]
impl Port<Network> for NetworkPort {
    async fn observe(&self, desired: &Desired) -> Result<Observation, Failure> {
        if never_entered(&self.pass) {
            return Ok(Observation::default());
        }
        // Without a network in the spec, observing elsewhere finds what may be left of one.
        let regions: &[Region] = match desired.spec.network {
            true => &desired.spec.regions,
            false => &[],
        };
        let inventories = join_all(regions.iter().map(|region| self.inventory(desired, region)));
        let groups = regions.iter().map(group_key);
        let keys: Vec<Key> = iter::once(role_key()).chain(groups).collect();
        let (inventories, enabled, resources, blockers) = tokio::join!(
            inventories,
            self.enabled_regions(desired),
            self.resources.observe_keys(desired, &keys),
            self.expected_blockers(desired),
        );
        let inventories = apart(desired, regions.iter().cloned().zip(inventories))?;
        let mut resources = resources?;
        // The role goes where the tenant leaves, and the others are held by nobody.
        leave_held(Network::NAME, desired, |_| true, &mut resources);
        let mut seen = Observation {
            resources,
            unreadable: inventories.unreadable,
            ..Observation::default()
        };
        for (region, (inventory, default)) in inventories.read {
            default_vpcs(&mut seen, default.map(|vpc| (&region, vpc)));
            seen.regions.insert(region, inventory);
        }
        let home = desired.home_region();
        let enabled = match enabled {
            // It is asked at home, which refuses; the others are worked on all the same.
            Err(_) if home.is_some_and(|home| seen.unreadable.contains_key(home)) => Vec::new(),
            enabled => enabled?,
        };
        self.observe_details(desired, enabled, blockers, &mut seen)
            .await?;
        Ok(seen)
    }

    async fn apply(
        &self,
        desired: &Desired,
        change: &NetworkChange,
    ) -> Result<NetworkFact, Failure> {
        match change {
            NetworkChange::Part(change) => {
                let done = self.change_part(desired, change).await?;
                Ok(NetworkFact::Part(PartFact {
                    pending: done.pending,
                    ..PartFact::new(desired, change, done.id)
                }))
            }
            NetworkChange::Resource(change) => {
                let fact = self.resources.carry_out(desired, change).await?;
                Ok(NetworkFact::Resource(fact))
            }
        }
    }
}

impl NetworkPort {
    /// What can only be asked once the first answers are in.
    async fn observe_details(
        &self,
        desired: &Desired,
        enabled: Vec<Region>,
        blockers: Vec<Blockers>,
        seen: &mut Observation,
    ) -> Result<(), Failure> {
        let known = |region: &Region| {
            seen.regions.contains_key(region) || seen.unreadable.contains_key(region)
        };
        let others: Vec<Region> = enabled
            .into_iter()
            .filter(|region| !known(region) && self.is_open(desired, region))
            .collect();
        let fresh = self.is_fresh(desired, seen);
        let attributes = seen.regions.iter_mut().map(|(region, inventory)| async {
            let read = self.details(desired, region, inventory).await;
            (region.clone(), read)
        });
        let (attributes, elsewhere) =
            tokio::join!(join_all(attributes), self.elsewhere(desired, others, fresh));
        seen.blind(attributes);
        let defaults = elsewhere.defaults.iter();
        default_vpcs(seen, defaults.map(|(region, vpc)| (region, vpc.clone())));
        seen.unreadable.extend(elsewhere.unreadable);
        let dropped = elsewhere.dropped;
        let groups: Vec<Key> = dropped.iter().map(group_key).collect();
        let (left, groups) = tokio::join!(
            join_all(dropped.iter().map(|region| self.inventory(desired, region))),
            self.resources.observe_keys(desired, &groups),
        );
        for (region, left) in dropped.into_iter().zip(left) {
            match left {
                Ok((inventory, _)) => drop(seen.regions.insert(region, inventory)),
                Err(failure) => seen.blind([(region, Err(failure))]),
            }
        }
        seen.resources.0.extend(groups?.0);
        self.find_blockers(desired, blockers, seen).await;
        self.find_associations(desired, seen).await;
        Ok(())
    }
}

/// The intents that a new network begins with, of which nothing was asked for before.
pub(crate) fn first_intents(pass: &PassContext, desired: &Desired) -> Vec<NewIntent> {
    let component = Network::NAME;
    if pass.verb != Verb::Onboard || desired.leaving() || desired.recorded.has_any(component) {
        return Vec::new();
    }
    let keys = first_notes(desired).into_iter();
    let fresh = keys.filter(|key| pass.intents.get(component, key).is_none());
    let intent = |key| NewIntent {
        component,
        key,
        token: None,
    };
    fresh.map(intent).collect()
}

fn default_vpcs<'a>(
    seen: &mut Observation,
    found: impl IntoIterator<Item = (&'a Region, DefaultVpc)>,
) {
    let there = |(region, vpc)| (DefaultVpc::key(region), Observed::Present(write(&vpc)));
    seen.resources.0.extend(found.into_iter().map(there));
}

/// What an effect came to.
struct Done {
    /// The id of what was made, if something was.
    id: String,
    /// Whether AWS is still at it.
    pending: bool,
}

impl Done {
    /// Nothing new has an id.
    fn silently() -> Self {
        Self::made(String::new())
    }

    fn made(id: String) -> Self {
        Self { id, pending: false }
    }
}

/// The answer to an effect. That the thing is already there means that it was not seen: the next pass observes again.
fn done<T, E, R>(doing: &str, answer: Result<T, SdkError<E, R>>) -> Result<T, Failure>
where
    E: Call,
    R: HttpStatus,
{
    answer.map_err(|error| match errors::is_already_there(&error) {
        true => not_seen(doing),
        false => errors::failure(doing, &error),
    })
}

/// It is there, and was not seen.
fn not_seen(doing: &str) -> Failure {
    let detail = "it is there already, and will be observed again";
    Failure::retry(FailureKind::Transient, doing, detail, 2)
}

/// The answer to a removal: what is absent needs no removing.
fn deleted<T, E, R>(doing: &str, answer: Result<T, SdkError<E, R>>) -> Result<Done, Failure>
where
    E: Call,
    R: HttpStatus,
{
    removed(answer, || doing.to_owned()).map(|()| Done::silently())
}

/// The answer to a creation, with the id in it.
fn made(doing: &str, id: Option<impl Into<String>>) -> Result<Done, Failure> {
    match id {
        Some(id) => Ok(Done::made(id.into())),
        None => Err(errors::unreadable(doing, "no id in the answer")),
    }
}
