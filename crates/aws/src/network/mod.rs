//! Observes, and works on, the component `network`.
//!
//! # Reads
//! In each Region of the spec twelve, all at once, and then two about the VPC's DNS; once for the account two about the role and
//! one for the enabled Regions; in each other enabled Region one, for its default VPC and for what a dropped Region left. The
//! other Regions are not observed while the account is new: there, the removal of default VPCs reads by itself, so that
//! building need not wait. A Region the guardrail closes cannot be observed, nor used by anybody, and is passed over.

mod defaults;
mod effects;
mod elsewhere;
mod observe;
mod parse;
mod role;
mod routes;
mod rules;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use baseline::{
    Desired, Port,
    network::{Fact, Network, NetworkChange, Place, Seen, dropped_regions},
};
use futures::future::try_join_all;
use tenancy::{Failure, FailureKind, Region};

use crate::{
    calls::removed,
    errors::{self, HttpStatus},
    installation::never_entered,
    pass::PassContext,
};

/// Works on the network of one tenant.
pub struct NetworkPort {
    pass: Arc<PassContext>,
}

impl NetworkPort {
    /// The network's port in a pass.
    pub fn new(pass: &Arc<PassContext>) -> Self {
        Self {
            pass: Arc::clone(pass),
        }
    }
}

#[async_trait]
impl Port<Network> for NetworkPort {
    async fn observe(&self, desired: &Desired) -> Result<Seen, Failure> {
        if never_entered(&self.pass) {
            return Ok(Seen::default());
        }
        // Without a network in the spec, observing elsewhere finds what may be left of one.
        let regions: &[Region] = match desired.spec.network {
            true => &desired.spec.regions,
            false => &[],
        };
        let places = try_join_all(regions.iter().map(|region| self.place(desired, region)));
        let (places, enabled, role) = tokio::try_join!(
            places,
            self.enabled_regions(desired),
            self.flow_logs_role(desired),
        )?;
        let mut seen = Seen {
            role,
            ..Seen::default()
        };
        for (region, (place, default)) in regions.iter().zip(places) {
            seen.places.insert(region.clone(), place);
            seen.defaults
                .extend(default.map(|found| (region.clone(), found)));
        }
        self.observe_details(desired, enabled, &mut seen).await?;
        Ok(seen)
    }

    async fn apply(&self, desired: &Desired, change: &NetworkChange) -> Result<Fact, Failure> {
        let done = match &change.region {
            Some(region) => self.change_region(desired, region, change).await?,
            None => self.change_role(desired, change).await?,
        };
        Ok(Fact {
            pending: done.pending,
            ..Fact::new(desired, change, done.id)
        })
    }
}

impl NetworkPort {
    /// What can only be asked once the first answers are in.
    async fn observe_details(
        &self,
        desired: &Desired,
        enabled: Vec<Region>,
        seen: &mut Seen,
    ) -> Result<(), Failure> {
        let others: Vec<Region> = enabled
            .into_iter()
            .filter(|region| !seen.places.contains_key(region))
            .collect();
        let fresh = self.is_fresh(desired, seen);
        let attributes = seen
            .places
            .iter_mut()
            .map(|(region, place)| self.dns(desired, region, place));
        let (_, elsewhere) = tokio::try_join!(
            try_join_all(attributes),
            self.elsewhere(desired, others, fresh)
        )?;
        seen.defaults.extend(elsewhere.defaults);
        let dropped = elsewhere.dropped.iter();
        let left = dropped.map(|region| async move {
            let (place, _) = self.place(desired, region).await?;
            Ok::<_, Failure>((region.clone(), place))
        });
        seen.places.extend(try_join_all(left).await?);
        self.interfaces(desired, seen).await
    }

    /// Who holds the networks that are to be taken away.
    async fn interfaces(&self, desired: &Desired, seen: &mut Seen) -> Result<(), Failure> {
        let regions: Vec<Region> = dropped_regions(desired, seen).cloned().collect();
        let reads = regions.iter().filter_map(|region| {
            let place: &Place = seen.places.get(region)?;
            let vpcs: Vec<String> = place
                .vpcs
                .iter()
                .filter(|vpc| desired.owns(&vpc.tags))
                .map(|vpc| vpc.id.clone())
                .collect();
            (!vpcs.is_empty()).then(|| self.interfaces_in(desired, region, vpcs))
        });
        let found: BTreeMap<Region, _> = try_join_all(reads).await?.into_iter().collect();
        for (region, interfaces) in found {
            seen.places.entry(region).or_default().interfaces = interfaces;
        }
        Ok(())
    }
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
    E: ProvideErrorMetadata,
    R: HttpStatus,
{
    answer.map_err(|error| match errors::is_already_there(&error) {
        true => Failure::retry(
            FailureKind::Transient,
            doing,
            "it is there already, and will be observed again",
            2,
        ),
        false => errors::failure(doing, &error),
    })
}

/// The answer to a removal: what is absent needs no removing.
fn gone<T, E, R>(doing: &str, answer: Result<T, SdkError<E, R>>) -> Result<Done, Failure>
where
    E: ProvideErrorMetadata,
    R: HttpStatus,
{
    removed(answer, || doing.to_owned()).map(|()| Done::silently())
}

/// The answer to a creation, with the id in it.
fn made(doing: &str, id: Option<impl Into<String>>) -> Result<Done, Failure> {
    match id {
        Some(id) => Ok(Done::made(id.into())),
        None => Err(Failure::bug(doing, "no id in the answer")),
    }
}
