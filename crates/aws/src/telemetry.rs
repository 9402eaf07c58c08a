//! Logs as JSON lines with dotted fields, one line an event, for CloudWatch Logs; metrics as lines of their own.

use std::{
    io::Write,
    sync::atomic::{AtomicBool, Ordering},
};

use serde_json::{Map, Value, json};
use tenancy::Timestamp;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    filter::Targets,
    fmt::{
        self,
        format::{Format, Json, JsonFields},
    },
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::settings;

/// The namespace of all metrics.
const NAMESPACE: &str = "tenantry";
/// The one dimension: the bus, which is named after the stack, so that two stacks in an account are told apart.
const DIMENSION: &str = "Bus";

/// Whether this process is a function, whose standard output is a log.
static LOGS: AtomicBool = AtomicBool::new(false);

/// Starts logging for a function, once, at start. `TENANTRY_LOG` sets the filter, such as `info` or `tenantry_aws=debug,info`:
/// levels and targets only, for the full filter language brings a regex engine of a megabyte into every function.
pub fn init() {
    let wanted = settings::text("TENANTRY_LOG").unwrap_or_default();
    tracing_subscriber::registry()
        .with(filter(&wanted))
        .with(lines())
        .init();
    // The process ends with it (`panic = "abort"`): nothing in it can be trusted any more, and Lambda starts another. Nobody but
    // the log learns why.
    std::panic::set_hook(Box::new(|panic| {
        tracing::error!(error.detail = %panic, "a defect ended the process");
    }));
    LOGS.store(true, Ordering::Relaxed);
}

/// The filter a text means; `info` if it means none.
pub fn filter(text: &str) -> Targets {
    let usual = || Targets::new().with_default(LevelFilter::INFO);
    text.parse().unwrap_or_else(|_| usual())
}

/// The format of a line.
pub fn lines<S>() -> fmt::Layer<S, JsonFields, Format<Json>> {
    fmt::layer()
        .json()
        .flatten_event(true)
        // The span of a request or pass carries its ids into every line within it.
        .with_current_span(true)
        .with_span_list(false)
        .with_ansi(false)
}

/// Writes metrics into the log, from where CloudWatch takes them: counts, each by its name. Without [`init`] there is no log.
pub fn count(bus: &str, at: Timestamp, metrics: &[(&str, u64)]) {
    if !LOGS.load(Ordering::Relaxed) {
        return;
    }
    let line = format!("{}\n", embedded(bus, at, metrics));
    // One write a line: what other parts log does not come in between. A log that cannot be written has nobody to tell.
    let _ = std::io::stdout().lock().write_all(line.as_bytes());
}

/// A line in the embedded metric format (CloudWatch User Guide, "Embedded metric format specification"). It must be a bare
/// object with `_aws` at its top, which is why it does not go through the logger.
fn embedded(bus: &str, at: Timestamp, metrics: &[(&str, u64)]) -> Value {
    let defined = metrics
        .iter()
        .map(|(name, _)| json!({ "Name": name, "Unit": "Count" }));
    let mut line = Map::new();
    line.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": at.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [[DIMENSION]],
                "Metrics": defined.collect::<Vec<_>>(),
            }]
        }),
    );
    line.insert(DIMENSION.to_owned(), bus.into());
    let values = metrics
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
    line.extend(values);
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_line_of_metrics_has_each_value_at_its_top_and_each_name_in_its_definition() {
        let at = "2026-11-20T10:00:00.5Z".parse().unwrap();
        let line = embedded("tenantry", at, &[("CreationsOn", 1), ("TenantsDue", 7)]);
        let wanted = json!({
            "_aws": {
                "Timestamp": 1_795_168_800_500_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "tenantry",
                    "Dimensions": [["Bus"]],
                    "Metrics": [
                        { "Name": "CreationsOn", "Unit": "Count" },
                        { "Name": "TenantsDue", "Unit": "Count" }
                    ]
                }]
            },
            "Bus": "tenantry",
            "CreationsOn": 1,
            "TenantsDue": 7
        });
        assert_eq!(line, wanted);
        assert!(!line.to_string().contains('\n'));
    }

    /// Each alarm of the template on a metric of ours: the metric, and its dimensions as they are written there.
    fn alarms() -> BTreeMap<&'static str, &'static str> {
        let template = include_str!("../../../infra/template.yaml");
        let resources = template.split("\n\n");
        let alarms = resources.filter(|text| text.contains("Type: AWS::CloudWatch::Alarm"));
        let of_ours = alarms.filter(|alarm| property(alarm, "Namespace:") == NAMESPACE);
        let pair = |alarm: &'static str| {
            (
                property(alarm, "MetricName:"),
                property(alarm, "Dimensions:"),
            )
        };
        of_ours.map(pair).collect()
    }

    /// A property of a resource of the template that is written in one line.
    fn property<'a>(resource: &'a str, name: &str) -> &'a str {
        let mut lines = resource.lines();
        let found = lines.find_map(|line| line.trim_start().strip_prefix(name));
        found.unwrap_or_default().trim()
    }

    /// What a source does, without its tests.
    fn code(source: &'static str) -> &'static str {
        source.split("#[cfg(test)]").next().unwrap_or_default()
    }

    #[test]
    fn what_the_template_watches_is_written_under_the_same_name_namespace_and_dimension() {
        let of_workers = code(include_str!("worker/metrics.rs"));
        let of_sessions = code(include_str!(
            "../../../functions/api/src/account_sessions.rs"
        ));
        let alarms = alarms();
        let watched: Vec<&str> = alarms.keys().copied().collect();
        assert_eq!(
            watched,
            [
                "CreationsOn",
                "EmergencySessions",
                "TenantsNewlyParked",
                "TenantsNewlyStalled"
            ]
        );
        for (metric, dimensions) in alarms {
            let quoted = format!("\"{metric}\"");
            assert!(
                of_workers.contains(&quoted) || of_sessions.contains(&quoted),
                "nobody writes {metric}"
            );
            let line = embedded("the-bus", Timestamp::UNIX_EPOCH, &[(metric, 1)]);
            let defined = &line["_aws"]["CloudWatchMetrics"][0];
            assert_eq!(defined["Namespace"], NAMESPACE);
            assert_eq!(defined["Metrics"][0]["Name"], metric);
            let [dimension] = defined["Dimensions"][0].as_array().unwrap().as_slice() else {
                panic!("{defined:#}");
            };
            let dimension = dimension.as_str().unwrap();
            assert_eq!(line[dimension], "the-bus");
            let wanted = format!("[{{ Name: {dimension}, Value: !Ref Bus }}]");
            assert_eq!(dimensions, wanted, "{metric}");
        }
        // The functions are told the same bus.
        let template = include_str!("../../../infra/template.yaml");
        assert!(template.contains("        TENANTRY_BUS: !Ref Bus\n"));
    }
}
