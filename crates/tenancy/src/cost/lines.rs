//! What each component costs while a tenant is idle. A component that costs something has one function here.

use super::{CostLine, Item, Prices};
use crate::{
    blueprint::TrailKind,
    component::ComponentName,
    id::Region,
    spec::{EffectiveSpec, Egress},
};

type Lines = fn(&EffectiveSpec, &Prices) -> Vec<CostLine>;

/// In the order in which components are built. What is not here costs nothing while it is idle.
const COMPONENTS: &[Lines] = &[
    keys,
    key_pair,
    network,
    access_analyzer,
    trail,
    alerting,
    dashboard,
];

/// Alarms of chapter 4 of the CIS benchmark, on the copy of the trail.
const TRAIL_ALARMS: u32 = 15;

const ALARMS_OF_A_GATEWAY: u32 = 2;

/// The roles in an account that Access Analyzer analyzes: the tenant's, ours, and the one that Organizations made.
fn roles(spec: &EffectiveSpec) -> u32 {
    // Of the tenant: administrator, developer, reader, machines; ours: provisioner, auditor, remover; Organizations'.
    let always = 4 + 3 + 1;
    let by_choice = [
        spec.support_role,
        spec.network,
        copies_the_trail(spec),
        spec.key_pair,
        spec.event_forwarding,
    ];
    by_choice
        .into_iter()
        .map(u32::from)
        .fold(always, u32::saturating_add)
}

fn copies_the_trail(spec: &EffectiveSpec) -> bool {
    spec.trail == TrailKind::Tenant && spec.trail_log_retention_days.is_some()
}

pub(super) fn of(spec: &EffectiveSpec, prices: &Prices) -> Vec<CostLine> {
    let lines = COMPONENTS.iter().flat_map(|lines| lines(spec, prices));
    lines.filter(|line| line.quantity > 0).collect()
}

/// So many of something that costs the same all month.
fn line(
    component: ComponentName,
    region: &Region,
    what: &str,
    (item, quantity): (Item, u32),
    prices: &Prices,
) -> CostLine {
    let (price, is_estimate) = prices.monthly(item, region);
    CostLine {
        component,
        region: region.clone(),
        what: what.to_owned(),
        quantity,
        monthly_micro_usd: price.times(quantity),
        is_estimate,
    }
}

fn keys(spec: &EffectiveSpec, prices: &Prices) -> Vec<CostLine> {
    let regions = spec.regions.iter().filter(|_| spec.keys);
    let key = |region| {
        let one = (Item::KmsKeyMonth, 1);
        line(ComponentName::KEYS, region, "KMS key", one, prices)
    };
    regions.map(key).collect()
}

fn key_pair(spec: &EffectiveSpec, prices: &Prices) -> Vec<CostLine> {
    let regions = spec.regions.iter().filter(|_| spec.key_pair);
    let secret = |region| {
        let (what, one) = ("secret with the private half", (Item::SecretMonth, 1));
        line(ComponentName::KEY_PAIR, region, what, one, prices)
    };
    regions.map(secret).collect()
}

/// The first Region's analyzer of unused access; those of external access are free.
fn access_analyzer(spec: &EffectiveSpec, prices: &Prices) -> Vec<CostLine> {
    let is_on = spec.unused_access_days.is_some();
    let home = spec.regions.first().filter(|_| is_on);
    let analyzed = |region| {
        let (what, roles) = (
            "roles, analyzed for unused access",
            (Item::AnalyzedIdentityMonth, roles(spec)),
        );
        line(ComponentName::ACCESS_ANALYZER, region, what, roles, prices)
    };
    home.map(analyzed).into_iter().collect()
}

fn alerting(spec: &EffectiveSpec, prices: &Prices) -> Vec<CostLine> {
    let copied = copies_the_trail(spec);
    let in_region = |(index, region): (usize, &Region)| {
        let of_trail = if copied && index == 0 {
            TRAIL_ALARMS
        } else {
            0
        };
        let gateways = if spec.network { gateways(spec) } else { 0 };
        let alarms = of_trail + ALARMS_OF_A_GATEWAY * gateways;
        let alarms = (Item::AlarmMonth, alarms);
        line(ComponentName::ALERTING, region, "alarm", alarms, prices)
    };
    let regions = spec.regions.iter().enumerate();
    regions.filter(|_| spec.alerting).map(in_region).collect()
}

/// One for the account, in whatever Region it is shown.
fn dashboard(spec: &EffectiveSpec, prices: &Prices) -> Vec<CostLine> {
    let home = spec.regions.first().filter(|_| spec.dashboard);
    let one = (Item::DashboardMonth, 1);
    let shown = |region| line(ComponentName::DASHBOARD, region, "dashboard", one, prices);
    home.map(shown).into_iter().collect()
}

/// NAT gateways in each Region.
fn gateways(spec: &EffectiveSpec) -> u32 {
    match spec.egress {
        Egress::None => 0,
        Egress::SingleNat => 1,
        Egress::NatPerAz => u32::from(spec.availability_zones),
    }
}

fn network(spec: &EffectiveSpec, prices: &Prices) -> Vec<CostLine> {
    let gateways = gateways(spec);
    let regions = spec.regions.iter().filter(|_| spec.network);
    let parts = [
        ("NAT gateway", Item::NatGatewayHour),
        ("public IPv4 address of a NAT gateway", Item::PublicIpv4Hour),
    ];
    let in_region = |region| {
        parts.map(|(what, item)| {
            let gateways = (item, gateways);
            line(ComponentName::NETWORK, region, what, gateways, prices)
        })
    };
    regions.flat_map(in_region).collect()
}

/// Where the organization has a trail of its own, the tenant's gets a second copy of its events, which is paid for.
fn trail(spec: &EffectiveSpec, prices: &Prices) -> Vec<CostLine> {
    let home = spec.regions.first();
    let home = home.filter(|_| spec.trail == TrailKind::Tenant);
    let events = |region| {
        let what = "management events, a second copy where the organization has a trail";
        let events = (Item::TrailEvent, prices.trail_events());
        line(ComponentName::TRAIL, region, what, events, prices)
    };
    home.map(events).into_iter().collect()
}
