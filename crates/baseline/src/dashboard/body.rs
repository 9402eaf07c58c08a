//! What the dashboard shows, from what the tenant has. Source: CloudWatch API reference, "Dashboard body structure and syntax".

use serde_json::{Value, json};
use tenancy::{AccountId, Region, names};

use crate::{
    alerting::{Alerting, TRAIL_METRICS, has_gateways},
    declared::{Declared, Resource},
    desired::Desired,
    resources::Alarm,
    trail,
};

/// Every dashboard is so many units wide.
const WIDTH: u32 = 24;
/// The most alarms that one widget shows.
const MOST_ALARMS: usize = 100;
/// A graph shows each five minutes.
const PERIOD: u32 = 300;

/// Metrics of NAT gateways: title and statistic by metric. Source: VPC User Guide, "NAT gateway metrics and dimensions".
const OF_GATEWAYS: &[(&str, &str, &str)] = &[
    ("Bytes out to the internet", "BytesOutToDestination", "Sum"),
    ("Open connections", "ActiveConnectionCount", "Maximum"),
    ("Connections without a port", "ErrorPortAllocation", "Sum"),
    ("Packets dropped", "PacketsDropCount", "Sum"),
];

/// The body of the dashboard.
pub(super) fn of(desired: &Desired, account: &AccountId) -> Value {
    let mut page = Page::default();
    page.row(2, vec![heading(desired, account)]);
    page.row(4, alarms(desired, account));
    if let Some(home) = trail::home(desired).filter(|_| trail::is_copied(desired)) {
        if desired.spec.alerting {
            page.row(6, vec![trail_metrics(&home)]);
        }
        page.row(6, vec![refused_calls(&home)]);
    }
    for region in desired
        .spec
        .regions
        .iter()
        .filter(|_| has_gateways(&desired.spec))
    {
        page.row(6, gateways(region));
    }
    json!({ "widgets": page.widgets })
}

/// Widgets in rows, from the top.
#[derive(Default)]
struct Page {
    widgets: Vec<Value>,
    height: u32,
}

impl Page {
    /// Adds a row of widgets of the same width; none where there are none.
    fn row(&mut self, height: u32, widgets: Vec<Value>) {
        let Some(width) = u32::try_from(widgets.len())
            .ok()
            .and_then(|count| WIDTH.checked_div(count))
        else {
            return;
        };
        let placed = (0..).zip(widgets).map(|(column, mut widget)| {
            let place = [
                ("x", column * width),
                ("y", self.height),
                ("width", width),
                ("height", height),
            ];
            if let Some(fields) = widget.as_object_mut() {
                fields.extend(place.map(|(name, value)| (name.to_owned(), json!(value))));
            }
            widget
        });
        self.widgets.extend(placed);
        self.height += height;
    }
}

fn heading(desired: &Desired, account: &AccountId) -> Value {
    let (slug, tenant) = (&desired.slug, &desired.tenant);
    let text = format!("# {slug}\nTenant `{tenant}`, account `{account}`. Kept by tenantry.");
    json!({ "type": "text", "properties": { "markdown": text } })
}

/// All alarms of ours, in as few widgets as they fit into.
fn alarms(desired: &Desired, account: &AccountId) -> Vec<Value> {
    let wanted = Alerting::wanted(desired).unwrap_or_default();
    let arns = wanted.keys().filter(|key| key.kind == Alarm::KIND.name);
    let arns = arns.filter_map(|key| Some((key.region()?, &key.name)));
    let arn = |(region, name)| format!("arn:aws:cloudwatch:{region}:{account}:alarm:{name}");
    let arns: Vec<String> = match desired.spec.alerting {
        true => arns.map(arn).collect(),
        false => Vec::new(),
    };
    let widget = |arns: &[String]| {
        let properties = json!({ "title": "Alarms", "alarms": arns });
        json!({ "type": "alarm", "properties": properties })
    };
    arns.chunks(MOST_ALARMS).map(widget).collect()
}

/// What the filters on the trail count.
fn trail_metrics(home: &Region) -> Value {
    let search = format!("SEARCH('Namespace=\"{TRAIL_METRICS}\"', 'Sum', {PERIOD})");
    graph("What the trail records", home, &search)
}

/// Calls that were refused lately, from the copy of the trail.
fn refused_calls(home: &Region) -> Value {
    let group = names::trail_log_group();
    let query = format!(
        "SOURCE '{group}' | fields @timestamp, eventSource, eventName, errorCode, userIdentity.arn \
         | filter errorCode like /(?i)(denied|unauthorized)/ | sort @timestamp desc | limit 20"
    );
    let properties = json!({ "title": "Calls that were refused", "region": home, "query": query, "view": "table" });
    json!({ "type": "log", "properties": properties })
}

fn gateways(region: &Region) -> Vec<Value> {
    let graphs = OF_GATEWAYS.iter().map(|(title, metric, statistic)| {
        let metrics = format!("{{AWS/NATGateway,NatGatewayId}} MetricName=\"{metric}\"");
        let search = format!("SEARCH('{metrics}', '{statistic}', {PERIOD})");
        graph(
            &format!("NAT gateways in {region}: {title}"),
            region,
            &search,
        )
    });
    graphs.collect()
}

fn graph(title: &str, region: &Region, search: &str) -> Value {
    let metrics = json!([[{ "expression": search, "id": "e1" }]]);
    let properties = json!({ "title": title, "region": region, "view": "timeSeries", "stacked": false, "metrics": metrics });
    json!({ "type": "metric", "properties": properties })
}
