//! The adapter: what makes a component of a set of declared resources.

use std::{borrow::Cow, collections::BTreeMap};

use tenancy::{ComponentName, EffectiveSpec};

use super::{
    Declared, Key, Observation, ResourceChange, ResourceFact, Resources, Wanted,
    ownership::without_others, plan,
};
use crate::{
    component::{Component, Departure, Plan},
    control::Control,
    desired::Desired,
    drift_control::DriftControl,
    policy::{Grants, Scope},
    watched::Properties,
};

/// What was imagined has no port that would say which kinds there are. Where what the spec no longer asks for goes, those of the other
/// resources tell.
fn knowing_kinds<'a, D: Declared>(
    seen: &'a Observation,
    declared: &Resources,
) -> Cow<'a, Observation> {
    let unknown = |key: &Key| seen.kind(key, declared).is_none();
    if !D::RECORDED || !seen.0.keys().any(unknown) {
        return Cow::Borrowed(seen);
    }
    let mut seen = seen.clone();
    let kinds = declared
        .values()
        .map(|wanted| (wanted.kind.name, wanted.kind));
    seen.1.extend(kinds);
    Cow::Owned(seen)
}

impl<D: Declared> Component for D {
    const NAME: ComponentName = D::NAME;
    const NEEDS: &'static [ComponentName] = D::NEEDS;
    const DEPARTURE: Departure = D::DEPARTURE;
    const LINGERS: bool = D::LINGERS;
    const WATCHED: &'static [&'static [Properties]] = D::WATCHED;
    type Observation = Observation;
    type Change = ResourceChange;
    type Fact = ResourceFact;

    fn enabled(spec: &EffectiveSpec) -> bool {
        D::enabled(spec)
    }

    fn waits_for(spec: &EffectiveSpec, need: ComponentName) -> bool {
        D::waits_for(spec, need)
    }

    fn plan(desired: &Desired, seen: &Observation) -> Plan<ResourceChange> {
        match D::wanted(desired) {
            Ok(declared) => plan(
                D::NAME,
                desired,
                &declared,
                &knowing_kinds::<D>(seen, &declared),
            ),
            Err(_) if desired.leaving() => plan(D::NAME, desired, &Resources::new(), seen),
            Err(wait) => Plan {
                waits: vec![wait],
                ..Plan::default()
            },
        }
    }

    fn learn(seen: &mut Observation, fact: ResourceFact) {
        fact.learn(seen);
    }

    fn imagine(_desired: &Desired, change: &ResourceChange) -> ResourceFact {
        ResourceFact::expected(change)
    }

    fn teach(seen: &Observation, desired: &mut Desired) {
        D::teach(seen, desired);
    }

    fn resources(desired: &Desired, seen: &Observation) -> BTreeMap<String, String> {
        D::resources(desired, &without_others::<D>(desired, seen))
    }

    fn grants(scope: &Scope) -> Grants {
        D::grants(scope)
    }

    fn wanted_keys(desired: &Desired) -> Option<Vec<String>> {
        let wanted = D::wanted(desired).ok()?;
        let named = |(key, wanted): (&Key, &Wanted)| {
            let called = wanted.called.clone();
            called.unwrap_or_else(|| key.to_string())
        };
        Some(wanted.iter().map(named).collect())
    }

    fn drift_controls() -> &'static [DriftControl] {
        D::drift_controls()
    }

    fn controls() -> &'static [Control<Observation>] {
        D::controls()
    }
}
