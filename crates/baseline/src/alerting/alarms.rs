//! The alarms: one row each for those of the benchmark, and two for each NAT gateway.

mod cis;

use std::collections::{BTreeMap, BTreeSet};

use tenancy::{AccountId, ComponentName, Egress, Region, Severity, names};

pub use self::cis::{CIS, CisAlarm};
use super::{Topic, has_gateways};
use crate::{
    declared::{Key, Resources, Wanted},
    desired::Desired,
    network::{LETTERS, Network},
    resources::{Alarm, MetricFilter},
    trail,
};

/// The namespace of the metrics that our filters emit.
pub const NAMESPACE: &str = "tenantry/trail";
/// How many seconds of a metric are taken together. The benchmark's alarms have five minutes.
const PERIOD: i32 = 300;

/// The metric filters on the trail's log group, and an alarm for each.
pub(super) fn of_the_trail(desired: &Desired, account: &AccountId) -> Resources {
    let home = trail::home(desired).filter(|_| trail::is_copied(desired));
    let rows = home.iter().flat_map(|home| {
        CIS.iter()
            .flat_map(move |row| row.wanted(desired, account, home))
    });
    rows.collect()
}

impl CisAlarm {
    fn wanted(&self, desired: &Desired, account: &AccountId, home: &Region) -> [(Key, Wanted); 2] {
        let name = self.alarm_name();
        let filter = MetricFilter {
            group: names::trail_log_group().into(),
            pattern: self.pattern.text(),
            metric: name.clone(),
            namespace: NAMESPACE.into(),
            value: "1".into(),
            ..MetricFilter::default()
        };
        let alarm = Alarm {
            description: format!("CIS {}: {}", self.control, self.title),
            metric: Some(name.clone()),
            namespace: Some(NAMESPACE.into()),
            // Whoever may put data to the metric can lower a sum, and no maximum.
            statistic: Some("Maximum".into()),
            threshold: self.threshold,
            evaluations: 1,
            ..alarm(desired, account, home)
        };
        let (filter_key, alarm_key) = (MetricFilter::key(home, &name), Alarm::key(home, &name));
        let filter = Wanted::of(&filter).raised_to(self.severity);
        let alarm = Wanted::of(&alarm).raised_to(self.severity);
        [
            (filter_key, filter),
            (alarm_key, alarm.after([Topic::key(home)])),
        ]
    }

    /// The name of the alarm, of the filter and of the metric.
    fn alarm_name(&self) -> String {
        format!("{}{}", names::ALARM_PREFIX, self.name)
    }
}

/// What alarms have unless they say otherwise: they go off once the sum reaches the threshold, tell our topic, and take no data for a good
/// sign.
fn alarm(desired: &Desired, account: &AccountId, region: &Region) -> Alarm {
    Alarm {
        statistic: Some("Sum".into()),
        period: Some(PERIOD),
        comparison: "GreaterThanOrEqualToThreshold".into(),
        missing_data: "notBreaching".into(),
        acts: true,
        actions: BTreeSet::from([names::alerts_topic_arn(account, region)]),
        dimensions: Some(BTreeMap::new()),
        tags: Alarm::own_tags(desired),
        ..Alarm::default()
    }
}

/// What is watched of a NAT gateway: name, what it means, metric, for how many periods in a row.
/// Source: VPC User Guide, "NAT gateway metrics and dimensions".
const OF_A_GATEWAY: &[(&str, &str, &str, i32)] = &[
    (
        "port-allocation",
        "The NAT gateway had no port for a connection: too many at once to one destination",
        "ErrorPortAllocation",
        1,
    ),
    (
        "packets-dropped",
        "The NAT gateway drops packets, for a quarter of an hour",
        "PacketsDropCount",
        3,
    ),
];

/// The alarms of our NAT gateways, in each Region.
pub(super) fn of_gateways(desired: &Desired, account: &AccountId) -> Resources {
    let mut all = Resources::new();
    let regions = desired.spec.regions.iter();
    for region in regions.filter(|_| has_gateways(&desired.spec)) {
        for (part, gateway) in gateways(desired, region) {
            for (name, description, metric, evaluations) in OF_A_GATEWAY {
                let dimensions = gateway
                    .as_ref()
                    .map(|id| BTreeMap::from([("NatGatewayId".to_owned(), id.clone())]));
                let alarm = Alarm {
                    description: (*description).to_owned(),
                    metric: Some((*metric).to_owned()),
                    namespace: Some("AWS/NATGateway".into()),
                    threshold: 1.0,
                    evaluations: *evaluations,
                    dimensions,
                    ..alarm(desired, account, region)
                };
                let name = format!("{}{part}-{name}", names::ALARM_PREFIX);
                let wanted = Wanted::of(&alarm).raised_to(Severity::Medium);
                let wanted = wanted.after([Topic::key(region)]);
                all.insert(Alarm::key(region, &name), wanted);
            }
        }
    }
    all
}

/// The NAT gateways of a Region by part, with their ids: as the network found them, or as the spec asks for them while nobody said.
fn gateways(desired: &Desired, region: &Region) -> Vec<(String, Option<String>)> {
    let known = desired
        .outputs
        .get(ComponentName::NETWORK, Network::GATEWAYS, Some(region));
    let Some(known) = known else {
        let count = match desired.spec.egress {
            Egress::None => 0,
            Egress::SingleNat => 1,
            Egress::NatPerAz => usize::from(desired.spec.availability_zones),
        };
        let letters = LETTERS.into_iter().take(count);
        return letters
            .map(|letter| (format!("nat-{letter}"), None))
            .collect();
    };
    let one = |text: &str| {
        let (part, id) = text.split_once('=')?;
        Some((part.to_owned(), Some(id.to_owned())))
    };
    known.split(' ').filter_map(one).collect()
}
