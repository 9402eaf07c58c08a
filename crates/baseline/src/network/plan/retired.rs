//! Tags that the spec has no more come off.

use super::{NetworkPlan, Site, part_tags};
use crate::network::{effect::Effect, words::listed};

/// One change for each resource that still has some.
pub(super) fn tags(site: &Site<'_>, plan: &mut NetworkPlan) {
    for (part, item) in site.ours.parts() {
        let wanted = part_tags(site.desired, &part);
        let retired = site.desired.retired(item.tags(), &wanted);
        if retired.is_empty() {
            continue;
        }
        let found = retired.iter().filter_map(|key| {
            let value = item.tags().get(key)?;
            Some(format!("{key}={value}"))
        });
        let found = listed(found);
        let effect = Effect::Untag {
            id: item.id().to_owned(),
            keys: retired,
        };
        site.change(plan, &part, found, effect);
    }
}
