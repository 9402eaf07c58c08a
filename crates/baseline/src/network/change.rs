//! A change of a network: one effect on one part, or on a resource that other components declare as well.

use tenancy::{
    ComponentName, Region,
    finding::{Difference, Repair},
};

use super::effect::Effect;
use crate::{component::Change, declared::ResourceChange};

/// One effect on a network.
#[derive(Debug, Clone)]
pub enum NetworkChange {
    /// On a part of a Region's network.
    Part(PartChange),
    /// On the role of the flow logs, on a Region's log group for them, or on its default VPC.
    Resource(ResourceChange),
}

/// One effect on one part of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct PartChange {
    /// Where.
    pub region: Region,
    /// Which part, such as `private-a`: the value of the tag `tenantry:part`.
    pub part: String,
    /// What is there now, in words.
    pub found: String,
    /// What is done.
    pub effect: Effect,
}

impl NetworkChange {
    pub(super) fn part(
        region: &Region,
        part: impl Into<String>,
        found: impl Into<String>,
        effect: Effect,
    ) -> Self {
        Self::Part(PartChange {
            region: region.clone(),
            part: part.into(),
            found: found.into(),
            effect,
        })
    }
}

impl PartChange {
    fn key(&self, property: &str) -> String {
        let words = [self.region.as_str(), &self.part, property];
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        words.join(".")
    }

    fn difference(&self) -> Difference {
        let words = self.effect.words(&self.part);
        let (region, part) = (&self.region, &self.part);
        Difference {
            key: self.key(&words.property),
            component: ComponentName::NETWORK,
            resource: match words.id.filter(|id| id != part) {
                Some(id) => format!("{region} {part} ({id})"),
                None => format!("{region} {part}"),
            },
            field: match words.property.is_empty() {
                true => "presence".into(),
                false => words.property,
            },
            wanted: words.wanted,
            found: self.found.clone(),
            severity: words.severity,
            remedy: words.remedy,
            repair: Repair::Tenantry,
        }
    }
}

impl Change for NetworkChange {
    fn key(&self) -> String {
        match self {
            Self::Part(change) => change.key(&change.effect.words(&change.part).property),
            Self::Resource(change) => change.key(),
        }
    }

    fn difference(&self) -> Difference {
        match self {
            Self::Part(change) => change.difference(),
            Self::Resource(change) => change.difference(),
        }
    }

    fn differences(&self) -> Vec<Difference> {
        match self {
            Self::Part(change) => vec![change.difference()],
            Self::Resource(change) => change.differences(),
        }
    }

    fn needs_note(&self) -> bool {
        match self {
            Self::Part(change) => match &change.effect {
                Effect::Create(new) => new.could_be_made_twice(),
                Effect::Connect(_)
                | Effect::Rules(_)
                | Effect::Acl(_)
                | Effect::Tag { .. }
                | Effect::Untag { .. }
                | Effect::Delete { .. } => false,
            },
            Self::Resource(change) => change.needs_note(),
        }
    }
}
