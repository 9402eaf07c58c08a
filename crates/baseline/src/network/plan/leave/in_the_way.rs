//! What is not ours and keeps a network of ours from being removed.

use std::collections::BTreeSet;

use super::Departure;
use crate::network::observation::*;

impl Departure<'_> {
    /// What is in our VPCs and not ours, by id.
    pub(super) fn foreign(&self) -> Vec<String> {
        let interfaces = self.inventory.interfaces.iter();
        let interfaces = interfaces.filter(|one| !one.of_nat && self.is_in_ours(&one.vpc));
        let is_foreign = |item: &&dyn Resource| {
            item.vpc().is_some_and(|vpc| self.is_in_ours(vpc))
                && !self.desired.owns(item.tags())
                && !item.comes_with_vpc()
        };
        let rest = self.inventory.all().filter(is_foreign);
        let interfaces = interfaces.map(|one| one.id.clone());
        interfaces
            .chain(rest.map(|item| item.id().to_owned()))
            .collect()
    }

    /// Rules of others that name a group of ours, in words: while there is one, AWS does not delete the group.
    pub(super) fn held_by_rules(&self) -> Vec<String> {
        let others = self.inventory.groups.iter();
        let others = others.filter(|group| !self.owns(*group) && !self.is_default_of_ours(group));
        let rules = others.flat_map(|group| {
            let both = Direction::BOTH.into_iter();
            let named = both.flat_map(|direction| self.naming_ours(group.rules(direction)));
            named.map(|rule| format!("rule `{rule}` of security group `{}`", group.id))
        });
        rules.collect()
    }

    /// Associations of a group with a VPC, one of the two ours, in words: while there is one, AWS deletes neither.
    pub(super) fn held_by_associations(&self) -> Vec<String> {
        let all = self.inventory.associations.iter();
        let holds = |one: &&GroupAssociation| {
            let mut groups = self.owned(&self.inventory.groups);
            self.is_in_ours(&one.vpc) || groups.any(|group| group.id == one.group)
        };
        let words = |one: &GroupAssociation| {
            let (group, vpc) = (&one.group, &one.vpc);
            format!("association of security group `{group}` with VPC `{vpc}`")
        };
        all.filter(holds).map(words).collect()
    }

    /// Those of the rules that name a group of ours.
    pub(super) fn naming_ours<'b>(
        &'b self,
        rules: &'b BTreeSet<Rule>,
    ) -> impl Iterator<Item = &'b Rule> {
        let is_ours = |id: &String| {
            let mut groups = self.owned(&self.inventory.groups);
            groups.any(|group| group.id == *id)
        };
        rules.iter().filter(move |rule| match &rule.peer {
            Peer::Group(id) => is_ours(id),
            Peer::V4(_) | Peer::V6(_) | Peer::Prefixes(_) => false,
        })
    }

    /// The default group came with our VPC and goes with it; what is in it is ours to repair.
    pub(super) fn is_default_of_ours(&self, group: &Group) -> bool {
        group.name == "default" && self.is_in_ours(&group.vpc)
    }
}
