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
const COMPONENTS: &[Lines] = &[keys, network, trail];

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

fn network(spec: &EffectiveSpec, prices: &Prices) -> Vec<CostLine> {
    let gateways = match spec.egress {
        Egress::None => 0,
        Egress::SingleNat => 1,
        Egress::NatPerAz => u32::from(spec.availability_zones),
    };
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
