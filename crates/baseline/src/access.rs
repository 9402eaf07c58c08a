//! The three roles of ours by which passes enter the account.

use std::collections::BTreeMap;

use tenancy::{ComponentName, finding::Difference};

use crate::{
    component::{Change, Component, Plan},
    desired::Desired,
};

/// The three roles of ours by which passes enter the account.
pub struct Access;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {}

/// One effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessChange {}

/// What an effect taught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {}

impl Change for AccessChange {
    fn key(&self) -> String {
        match *self {}
    }

    fn difference(&self) -> Difference {
        match *self {}
    }
}

impl Component for Access {
    const NAME: ComponentName = ComponentName::Access;
    type Seen = Seen;
    type Change = AccessChange;
    type Fact = Fact;

    fn plan(_desired: &Desired, _seen: &Seen) -> Plan<AccessChange> {
        Plan::default()
    }

    fn learn(_seen: &mut Seen, fact: Fact) {
        match fact {}
    }

    fn imagine(_desired: &Desired, change: &AccessChange) -> Fact {
        match *change {}
    }

    fn resources(_seen: &Seen) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
}
