//! Logs as JSON lines with dotted fields, one line an event, for CloudWatch Logs.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::settings;

/// Starts logging for a function, once, at start. `TENANTRY_LOG` sets the filter, such as `info` or `tenantry_aws=debug,info`:
/// levels and targets only, for the full filter language brings a regex engine of a megabyte into every function.
pub fn init() {
    let filter = settings::text("TENANTRY_LOG")
        .ok()
        .and_then(|text| text.parse::<Targets>().ok());
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        // The span of a request or pass carries its ids into every line within it.
        .with_current_span(true)
        .with_span_list(false)
        .with_ansi(false);
    tracing_subscriber::registry()
        .with(filter.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO)))
        .with(lines)
        .init();
}
