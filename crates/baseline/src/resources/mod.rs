//! Kinds of declared resources that components share: their fields, how each is compared, and what is ours of them.

mod account_alias;
mod account_name;
mod alarm;
#[cfg(test)]
mod asks;
mod bucket;
mod instance_profile;
mod key_pair;
mod kms_key;
mod log_group;
mod metric_filter;
mod password_policy;
mod policy;
mod public_access;
mod role;
mod secret;
mod watched;

pub use account_alias::AccountAlias;
pub use account_name::AccountName;
pub use alarm::Alarm;
pub use bucket::{Bucket, Lifecycle};
pub use instance_profile::InstanceProfile;
pub use key_pair::KeyPair;
pub use kms_key::KmsKey;
pub use log_group::LogGroup;
pub use metric_filter::MetricFilter;
pub use password_policy::PasswordPolicy;
pub use policy::Policy;
pub use public_access::PublicAccess;
pub use role::Role;
pub use secret::Secret;
pub use watched::WATCHED;
