//! The tenant's VPCs, one per Region, and the absence of default VPCs.

use std::collections::BTreeMap;

use tenancy::{ComponentName, finding::Difference};

use crate::{
    component::{Change, Component, Plan},
    desired::Desired,
};

/// The tenant's VPCs, one per Region, and the absence of default VPCs.
pub struct Network;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {}

/// One effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkChange {}

/// What an effect taught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {}

impl Change for NetworkChange {
    fn key(&self) -> String {
        match *self {}
    }

    fn difference(&self) -> Difference {
        match *self {}
    }
}

impl Component for Network {
    const NAME: ComponentName = ComponentName::Network;
    type Seen = Seen;
    type Change = NetworkChange;
    type Fact = Fact;

    fn plan(_desired: &Desired, _seen: &Seen) -> Plan<NetworkChange> {
        Plan::default()
    }

    fn learn(_seen: &mut Seen, fact: Fact) {
        match fact {}
    }

    fn imagine(_desired: &Desired, change: &NetworkChange) -> Fact {
        match *change {}
    }

    fn resources(_seen: &Seen) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
}
