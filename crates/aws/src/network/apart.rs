//! What was read, apart from what could not be.

use std::collections::BTreeMap;

use baseline::Desired;
use tenancy::{Failure, Region};

use crate::errors;

/// What was read, and the Regions of which nothing could be.
pub(super) struct Apart<T> {
    pub read: Vec<(Region, T)>,
    pub unreadable: BTreeMap<Region, Failure>,
}

/// A Region that cannot be read does not keep the others from being observed. If none can be read, the cause is not one Region,
/// unless it is the only one and was in use before: a new account is refused everywhere for a while.
pub(super) fn apart<T>(
    desired: &Desired,
    results: impl Iterator<Item = (Region, Result<T, Failure>)>,
) -> Result<Apart<T>, Failure> {
    let mut apart = Apart {
        read: Vec::new(),
        unreadable: BTreeMap::new(),
    };
    for (region, result) in results {
        match result {
            Ok(read) => apart.read.push((region, read)),
            Err(failure) => drop(apart.unreadable.insert(region, failure)),
        }
    }
    let only = apart.unreadable.len() == 1;
    if apart.read.is_empty()
        && let Some((region, failure)) = apart.unreadable.pop_first()
    {
        return Err(match only && desired.recorded.in_region(&region) {
            true => errors::of_region(failure, &region),
            false => failure,
        });
    }
    let of_region = |(region, failure)| {
        let failure = errors::of_region(failure, &region);
        (region, failure)
    };
    apart.unreadable = apart.unreadable.into_iter().map(of_region).collect();
    Ok(apart)
}
