//! The AWS account itself: asked for once, followed, adopted, and closed on the way out.

use std::collections::BTreeMap;

use tenancy::{ComponentName, finding::Difference};

use crate::{
    component::{Change, Component, Plan},
    desired::Desired,
};

/// The AWS account itself: asked for once, followed, adopted, and closed on the way out.
pub struct Account;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {}

/// One effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountChange {}

/// What an effect taught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {}

impl Change for AccountChange {
    fn key(&self) -> String {
        match *self {}
    }

    fn difference(&self) -> Difference {
        match *self {}
    }
}

impl Component for Account {
    const NAME: ComponentName = ComponentName::Account;
    type Seen = Seen;
    type Change = AccountChange;
    type Fact = Fact;

    fn plan(_desired: &Desired, _seen: &Seen) -> Plan<AccountChange> {
        Plan::default()
    }

    fn learn(_seen: &mut Seen, fact: Fact) {
        match fact {}
    }

    fn imagine(_desired: &Desired, change: &AccountChange) -> Fact {
        match *change {}
    }

    fn resources(_seen: &Seen) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
}
