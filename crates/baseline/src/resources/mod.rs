//! Kinds of declared resources that components share: their fields, how each is compared, and what is ours of them.

mod bucket;
mod log_group;
mod role;

pub use bucket::{Bucket, Lifecycle};
pub use log_group::LogGroup;
pub use role::Role;
