//! Logs as JSON lines with dotted fields, one line an event, for CloudWatch Logs.

use tracing_subscriber::{EnvFilter, fmt};

use crate::settings;

/// Starts logging for a function, once, at start. `TENANTRY_LOG` sets the filter, such as `info` or `tenantry_aws=debug`.
pub fn init() {
    let filter = settings::text("TENANTRY_LOG")
        .ok()
        .and_then(|text| text.parse::<EnvFilter>().ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new("info"));
    fmt()
        .json()
        .flatten_event(true)
        // The span of a request or pass carries its ids into every line within it.
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_ansi(false)
        .init();
}
