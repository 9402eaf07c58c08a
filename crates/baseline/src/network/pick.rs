//! Choosing the one that is a part of ours.

use std::cmp::Reverse;

use tenancy::{ComponentName, Region, names};

use super::{
    addresses::LETTERS,
    effect::Kind,
    observation::Resource,
    ours::{ENDPOINTS, INTERFACES, PUBLIC_TABLE, WORKLOAD},
};
use crate::desired::Desired;

fn is_part(part: &str) -> bool {
    let zone_parts = ["private-", "public-", "rt-private-", "nat-", "eip-"];
    let fixed = [
        "vpc",
        "igw",
        PUBLIC_TABLE,
        WORKLOAD.0,
        INTERFACES.0,
        "flow-log",
    ];
    fixed.contains(&part)
        || ENDPOINTS.iter().any(|(known, _)| *known == part)
        || zone_parts.iter().any(|prefix| {
            part.strip_prefix(prefix)
                .is_some_and(|rest| LETTERS.iter().any(|l| rest == l.to_string()))
        })
}

/// The part that the ledger recorded this very resource to be.
fn recorded_part<'a>(desired: &'a Desired, region: &Region, id: &str) -> Option<&'a str> {
    let role = desired.recorded.role(ComponentName::NETWORK, id)?;
    let part = role.strip_prefix(region.as_str())?.strip_prefix('.')?;
    is_part(part).then_some(part)
}

/// Which part of ours a resource is: as the ledger recorded it, or as its tags say.
pub fn part_of<'a>(
    desired: &'a Desired,
    region: &Region,
    item: &'a dyn Resource,
) -> Option<&'a str> {
    let tagged = || item.tags().get(names::TAG_PART).map(String::as_str);
    recorded_part(desired, region, item.id())
        .or_else(|| tagged().filter(|_| desired.owns(item.tags())))
}

/// Whether a resource is ours, by its tags or as the ledger recorded it.
pub fn is_mine(desired: &Desired, region: &Region, item: &dyn Resource) -> bool {
    desired.owns(item.tags()) || recorded_part(desired, region, item.id()).is_some()
}

/// Choosing among what was found, in the eyes of one tenant.
pub(super) struct Picker<'a> {
    pub desired: &'a Desired,
    pub region: &'a Region,
    /// Second ones that can go: kind, part and id.
    pub extras: Vec<(Kind, String, String)>,
}

impl<'d> Picker<'d> {
    /// One that has chosen nothing.
    pub const fn new(desired: &'d Desired, region: &'d Region) -> Self {
        Self {
            desired,
            region,
            extras: Vec::new(),
        }
    }

    /// Whether it is ours, by its tags or as recorded.
    pub fn is_mine(&self, item: &impl Resource) -> bool {
        is_mine(self.desired, self.region, item)
    }

    /// Whether it was recorded as ours, whatever its tags say.
    pub fn is_recorded(&self, item: &impl Resource) -> bool {
        recorded_part(self.desired, self.region, item.id()).is_some()
    }

    /// Whether it is this part, as recorded or by its tags.
    pub fn is_part(&self, item: &impl Resource, part: &str) -> bool {
        part_of(self.desired, self.region, item) == Some(part)
    }

    /// Whether it carries our tag, and none that says which part it is.
    fn lost_its_part(&self, item: &impl Resource) -> bool {
        let part = part_of(self.desired, self.region, item);
        self.desired.owns(item.tags()) && part.is_none_or(|part| !is_part(part))
    }

    /// The one that is `part`, of those of which AWS allows no second.
    pub fn only<'a, T: Resource>(
        &mut self,
        part: (Kind, &str),
        items: impl IntoIterator<Item = &'a T>,
    ) -> Option<&'a T> {
        self.pick(part, items, |_| true, |_| (), |_| false)
    }

    /// The one that is `part`: as recorded or by its tags; else, where it carries our tag and does not say which part it is, by
    /// its place. Of several the recorded one, the best by `rank`, then the one with the lowest id; those that are `spare` are
    /// extras.
    pub fn pick<'a, T: Resource, R: Ord>(
        &mut self,
        (kind, part): (Kind, &str),
        items: impl IntoIterator<Item = &'a T>,
        by_place: impl Fn(&T) -> bool,
        rank: impl Fn(&T) -> R,
        spare: impl Fn(&T) -> bool,
    ) -> Option<&'a T> {
        let items: Vec<&'a T> = items.into_iter().collect();
        let best = |candidates: &[&'a T]| {
            let rank = |item: &T| (self.is_recorded(item), rank(item));
            candidates
                .iter()
                .copied()
                .max_by_key(|item| (rank(item), Reverse(item.id().to_owned())))
        };
        let known = items.iter().copied();
        let known: Vec<&'a T> = known.filter(|item| self.is_part(*item, part)).collect();
        let Some(one) = best(&known) else {
            let placed = items.into_iter();
            let placed = placed.filter(|item| self.lost_its_part(*item) && by_place(item));
            return best(&placed.collect::<Vec<&'a T>>());
        };
        let others = known
            .iter()
            .filter(|item| item.id() != one.id() && spare(item));
        self.extras
            .extend(others.map(|item| (kind, part.to_owned(), item.id().to_owned())));
        Some(one)
    }
}
