//! Every change that a plan can hold is permitted to the role that carries it out.
//!
//! Specs are paired with specs, and with nothing; what is there is drifted field by field and part by part. Every change that is
//! then planned is put to the policies that tenantry writes for the role of the pass.

mod drift;
mod held;
mod kinds;
mod management;
pub(crate) mod policies;
mod reported;
mod strangers;
mod taken;
mod watched;

use std::collections::{BTreeMap, BTreeSet};

use tenancy::{
    ComponentName, Egress, Region, Verb,
    access::RefusedSessions,
    blueprint::{Encryption, TrailKind, VpcBlock},
};

use self::{
    kinds::kinds_of,
    policies::{Installed, Policies},
};
use crate::{
    access::{Access, AccessChange},
    account::{Account, AccountChange},
    asks::Ask,
    billing,
    component::{Change, Component},
    contacts,
    declared::{self, Declared, Resource as _, ResourceChange},
    desired::Desired,
    imagine::imagine_until_settled,
    network::{
        self, DefaultVpc, Network, NetworkChange,
        tests::{desired, leaving},
    },
    placement::{Placement, PlacementChange},
    recorded::Recorded,
    table::with_components,
};

/// A component of which every change can be listed.
trait Listed: Component {
    /// The declared resources in what was seen.
    fn resources_of(seen: &mut Self::Observation) -> Option<&mut declared::Observation>;
    /// What the change asks of AWS.
    fn asks(desired: &Desired, change: &Self::Change) -> Vec<Ask>;
    /// The kinds that are declared for this spec, whether or not they are changed.
    fn declared(_desired: &Desired) -> BTreeMap<&'static str, &'static declared::Kind> {
        BTreeMap::new()
    }
    /// What may be seen that is not as wanted, beyond its resources.
    fn drifted(_desired: &Desired, _seen: &Self::Observation) -> Vec<Self::Observation> {
        Vec::new()
    }
    /// How often something of it was put on something of others, and what it did about it.
    fn on_strangers() -> (usize, BTreeSet<String>) {
        (0, BTreeSet::new())
    }
}

impl<D: Declared> Listed for D {
    fn resources_of(seen: &mut declared::Observation) -> Option<&mut declared::Observation> {
        Some(seen)
    }
    fn asks(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
        (change.kind.asks)(desired, change)
    }
    fn declared(desired: &Desired) -> BTreeMap<&'static str, &'static declared::Kind> {
        let wanted = D::wanted(desired).unwrap_or_default().into_values();
        wanted
            .map(|wanted| (wanted.kind.name, wanted.kind))
            .collect()
    }
    fn on_strangers() -> (usize, BTreeSet<String>) {
        strangers::touched::<D>()
    }
}

/// Its changes are in the management account: [`management`].
impl Listed for Account {
    fn resources_of(_seen: &mut Self::Observation) -> Option<&mut declared::Observation> {
        None
    }
    fn asks(_desired: &Desired, _change: &AccountChange) -> Vec<Ask> {
        Vec::new()
    }
}

/// Its changes are in the management account: [`management`].
impl Listed for Placement {
    fn resources_of(_seen: &mut Self::Observation) -> Option<&mut declared::Observation> {
        None
    }
    fn asks(_desired: &Desired, _change: &PlacementChange) -> Vec<Ask> {
        Vec::new()
    }
}

impl Listed for Network {
    fn resources_of(seen: &mut Self::Observation) -> Option<&mut declared::Observation> {
        Some(&mut seen.resources)
    }
    fn asks(desired: &Desired, change: &NetworkChange) -> Vec<Ask> {
        match change {
            NetworkChange::Part(part) => network::asks::of_part(desired, part),
            NetworkChange::Resource(change) => (change.kind.asks)(desired, change),
        }
    }
    /// Its default VPCs are never wanted, only found.
    fn declared(_desired: &Desired) -> BTreeMap<&'static str, &'static declared::Kind> {
        BTreeMap::from([(DefaultVpc::KIND.name, const { &DefaultVpc::KIND })])
    }
    fn drifted(desired: &Desired, seen: &Self::Observation) -> Vec<Self::Observation> {
        drift::networks(desired, seen)
    }
}

impl Listed for Access {
    fn resources_of(seen: &mut Self::Observation) -> Option<&mut declared::Observation> {
        Some(&mut seen.resources)
    }
    fn asks(desired: &Desired, change: &AccessChange) -> Vec<Ask> {
        match change {
            AccessChange::Resource(change) => (change.kind.asks)(desired, change),
            AccessChange::Enter => Vec::new(),
            AccessChange::Prove => vec![
                Ask::of("iam:ListAccountAliases", "*"),
                Ask::of("ec2:DescribeVpcs", "*"),
            ],
        }
    }
}

fn region(name: &str) -> Region {
    name.parse().unwrap()
}

/// Specs that differ in everything that makes a component, a Region or a part come and go.
fn specs() -> Vec<Desired> {
    let mut all = Vec::new();
    for (egress, zones) in [
        (Egress::None, 1),
        (Egress::SingleNat, 2),
        (Egress::NatPerAz, 3),
    ] {
        for regions in [
            &["eu-central-1"][..],
            &["eu-central-1", "eu-west-1"],
            &["us-east-1"],
        ] {
            let mut one = desired(egress, zones);
            one.spec.regions = regions.iter().map(|name| region(name)).collect();
            let cidrs = one.spec.regions.iter().enumerate();
            one.cidrs = cidrs
                .map(|(n, region)| (region.clone(), format!("10.{n}.16.0/20").parse().unwrap()))
                .collect();
            one.spec.keys = zones > 1;
            one.spec.alerting = zones > 1;
            one.spec.event_forwarding = zones > 1;
            one.spec.dashboard = zones > 1;
            one.spec.contacts = contacts::tests::contacts();
            one.spec.trail_log_retention_days = (zones > 1).then_some(365);
            one.spec.resource_group = zones > 1;
            one.spec.budget = billing::tests::budget(&zones.to_string()).filter(|_| zones > 1);
            one.spec.anomalies = billing::tests::anomalies("50").filter(|_| zones > 2);
            one.spec.support_role = zones > 1;
            one.spec.access_analyzer = zones > 1;
            one.spec.vpc_block_public_access = (zones > 1).then_some(VpcBlock::BlockIngress);
            one.spec.allowed_images = (zones > 1).then(|| vec!["amazon".to_owned()]);
            one.spec.unused_access_days = (zones > 1).then_some(i32::from(zones));
            one.spec.key_pair = zones > 1;
            if zones > 1 {
                let now = tenancy::Timestamp::UNIX_EPOCH;
                one.refused_sessions = vec![RefusedSessions::of_person("ann", now)];
            }
            if zones > 2 {
                one.spec.encryption = Encryption::TenantKey;
            }
            all.push(one);
        }
    }
    let mut little = desired(Egress::None, 1);
    little.spec.network = false;
    little.spec.guard = false;
    little.spec.trail = TrailKind::Organization;
    little.spec.tags = BTreeMap::new();
    little.spec.contacts = contacts::tests::contacts();
    all.push(little);
    all
}

/// What is observed of a component of this spec when it is built.
fn built<C: Listed>(desired: &Desired) -> C::Observation {
    if !C::enabled(&desired.spec) {
        return C::Observation::default();
    }
    let imagined = imagine_until_settled::<C>(desired, C::Observation::default());
    assert!(imagined.converged, "{}", C::NAME);
    imagined.seen
}

/// Every change on the way from `seen` to `desired`.
fn changes<C: Listed>(desired: &Desired, seen: &C::Observation) -> Vec<C::Change> {
    let mut wanted = desired.clone();
    if !C::enabled(&desired.spec) {
        wanted.desired_state = tenancy::DesiredState::Absent;
    }
    imagine_until_settled::<C>(&wanted, seen.clone()).changes
}

/// What may be seen of a built component that is not as wanted, drifted in one way each.
fn drifted<C: Listed>(desired: &Desired) -> Vec<C::Observation> {
    let seen = built::<C>(desired);
    let kinds = kinds_of::<C>(&changes::<C>(desired, &C::Observation::default()));
    let mut sights = C::drifted(desired, &seen);
    let resources = C::resources_of(&mut seen.clone()).cloned();
    for drifted in drift::resources(&resources.unwrap_or_default(), &kinds) {
        let mut sight = seen.clone();
        if let Some(resources) = C::resources_of(&mut sight) {
            *resources = drifted;
        }
        sights.push(sight);
    }
    sights
}

/// What is seen, and what is then wanted, by the verb of the pass. The ledger has what was built.
fn passes<C: Listed>() -> Vec<(C::Observation, Verb, Desired)> {
    let mut passes = Vec::new();
    for from in specs() {
        let seen = built::<C>(&from);
        let resources = C::resources(&from, &seen);
        let knowing = |to: Desired| Desired {
            recorded: Recorded::new([(C::NAME, resources.clone())]),
            ..to
        };
        let next = specs().into_iter();
        passes.extend(next.map(|to| (seen.clone(), Verb::Onboard, knowing(to))));
        passes.push((C::Observation::default(), Verb::Onboard, from.clone()));
        passes.push((seen, Verb::Offboard, knowing(leaving(&from))));
        for seen in drifted::<C>(&from) {
            passes.push((seen.clone(), Verb::Onboard, knowing(from.clone())));
            passes.push((seen, Verb::Offboard, knowing(leaving(&from))));
        }
    }
    passes
}

/// The changes a role is refused, in words: it has the policies that a tenant of this spec, of which this was recorded, is given.
fn refused<C: Listed>(installed: &mut Installed) -> BTreeSet<String> {
    let mut refused = BTreeSet::new();
    for (seen, verb, to) in passes::<C>() {
        let policies = installed.of(&to);
        for change in changes::<C>(&to, &seen) {
            let asks = C::asks(&to, &change).into_iter();
            let not = asks.filter(|ask| !policies.allow(verb, ask));
            refused.extend(
                not.map(|ask| format!("{} may not {ask}, for `{}`", verb.role(), change.key())),
            );
        }
    }
    refused
}

macro_rules! refused_of_each {
    ($($component:ty),*) => {{
        let mut installed = Installed::default();
        [$(refused::<$component>(&mut installed)),*]
    }};
}

#[test]
fn every_change_of_a_tenants_account_is_permitted_to_the_role_that_carries_it_out() {
    let refused = with_components!(refused_of_each);
    let refused: Vec<String> = refused.into_iter().flatten().collect();
    assert_eq!(refused, Vec::<String>::new());
}

#[test]
fn a_removal_of_a_default_vpc_is_permitted_to_the_provisioner() {
    let desired = desired(Egress::None, 1);
    let change = ResourceChange {
        component: ComponentName::NETWORK,
        key: DefaultVpc::key(&region("eu-west-3")),
        called: None,
        kind: &DefaultVpc::KIND,
        effect: declared::Effect::Delete {
            found: declared::State::new(),
        },
        raise: tenancy::Severity::Low,
    };
    let policies = Policies::of(&desired);
    for ask in (change.kind.asks)(&desired, &change) {
        assert!(policies.allow(Verb::Onboard, &ask), "{ask}");
    }
}
