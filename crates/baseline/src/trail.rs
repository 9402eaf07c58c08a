//! The tenant's audit log.

use std::collections::BTreeMap;

use tenancy::{ComponentName, finding::Difference};

use crate::{
    component::{Change, Component, Plan},
    desired::Desired,
};

/// The tenant's audit log.
pub struct Trail;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {}

/// One effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrailChange {}

/// What an effect taught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {}

impl Change for TrailChange {
    fn key(&self) -> String {
        match *self {}
    }

    fn difference(&self) -> Difference {
        match *self {}
    }
}

impl Component for Trail {
    const NAME: ComponentName = ComponentName::Trail;
    type Seen = Seen;
    type Change = TrailChange;
    type Fact = Fact;

    fn plan(_desired: &Desired, _seen: &Seen) -> Plan<TrailChange> {
        Plan::default()
    }

    fn learn(_seen: &mut Seen, fact: Fact) {
        match fact {}
    }

    fn imagine(_desired: &Desired, change: &TrailChange) -> Fact {
        match *change {}
    }

    fn resources(_seen: &Seen) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
}
