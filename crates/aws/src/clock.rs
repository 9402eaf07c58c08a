//! Where time comes from.

use std::sync::Arc;

use tenancy::Timestamp;

/// Where time comes from; tests bring their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
