//! The organizational unit the account is in, and the guardrail on it.

use std::collections::BTreeMap;

use tenancy::{ComponentName, finding::Difference};

use crate::{
    component::{Change, Component, Plan},
    desired::Desired,
};

/// The organizational unit the account is in, and the guardrail on it.
pub struct Placement;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {}

/// One effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlacementChange {}

/// What an effect taught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {}

impl Change for PlacementChange {
    fn key(&self) -> String {
        match *self {}
    }

    fn difference(&self) -> Difference {
        match *self {}
    }
}

impl Component for Placement {
    const NAME: ComponentName = ComponentName::Placement;
    type Seen = Seen;
    type Change = PlacementChange;
    type Fact = Fact;

    fn plan(_desired: &Desired, _seen: &Seen) -> Plan<PlacementChange> {
        Plan::default()
    }

    fn learn(_seen: &mut Seen, fact: Fact) {
        match fact {}
    }

    fn imagine(_desired: &Desired, change: &PlacementChange) -> Fact {
        match *change {}
    }

    fn resources(_seen: &Seen) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
}
