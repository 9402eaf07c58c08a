//! Choosing the one that is a part of ours.

use std::cmp::Reverse;

use tenancy::names;

use super::{
    addresses::LETTERS,
    effect::Kind,
    ours::{ENDPOINTS, INTERFACES, PUBLIC_TABLE, WORKLOAD, part_tags},
    seen::{Resource, Tags},
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

/// Choosing among what was found, in the eyes of one tenant.
pub(super) struct Picker<'a> {
    pub desired: &'a Desired,
    /// Second ones that can go: kind, part and id.
    pub extras: Vec<(Kind, String, String)>,
}

impl Picker<'_> {
    pub fn tagged(&self, tags: &Tags, part: &str) -> bool {
        self.desired.owns(tags) && tags.get(names::TAG_PART).is_some_and(|p| p == part)
    }

    /// Whether nothing says that it is another tenant's, or another part.
    pub fn may_be(&self, tags: &Tags) -> bool {
        let foreign = tags.contains_key(names::TAG_TENANT) && !self.desired.owns(tags);
        let other = tags.get(names::TAG_PART).is_some_and(|part| is_part(part));
        !foreign && (!other || !self.desired.owns(tags))
    }

    /// Whether some of the tags we gave are left.
    pub fn hinted(&self, tags: &Tags, part: &str) -> bool {
        let ours = part_tags(self.desired, part);
        [names::TAG_TENANT, names::TAG_PART, "Name"]
            .iter()
            .any(|key| {
                tags.get(*key)
                    .is_some_and(|value| ours.get(*key) == Some(value))
            })
    }

    /// The one that is `part`: by its tags, else by its place. Of several the best by `rank`, then the one with the lowest id;
    /// those that are `spare` are extras.
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
            candidates
                .iter()
                .copied()
                .max_by_key(|item| (rank(item), Reverse(item.id().to_owned())))
        };
        let tagged: Vec<&'a T> = items
            .iter()
            .copied()
            .filter(|item| self.tagged(item.tags(), part))
            .collect();
        let Some(one) = best(&tagged) else {
            let placed: Vec<&'a T> = items
                .into_iter()
                .filter(|item| self.may_be(item.tags()) && by_place(item))
                .collect();
            return best(&placed);
        };
        let others = tagged
            .iter()
            .filter(|item| item.id() != one.id() && spare(item));
        self.extras
            .extend(others.map(|item| (kind, part.to_owned(), item.id().to_owned())));
        Some(one)
    }
}
