//! What each change of a kind that components share asks of AWS.

mod identities;
mod keys;
mod records;

pub(super) use self::{
    identities::{account_name, alias, instance_profile, password_policy, policy, role},
    keys::{key_pair, kms_key, secret},
    records::{alarm, bucket, log_group, metric_filter},
};
