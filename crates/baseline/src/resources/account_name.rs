//! The name of the AWS account.

use serde::{Deserialize, Serialize};
use tenancy::Severity;

use crate::{
    declared::{Field, Key, Kind, Resource},
    desired::Desired,
};

/// The name of the AWS account, as invoices and consoles show it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountName {
    /// The name.
    pub name: String,
}

const FIELDS: &[Field] =
    &[Field::new("name", "name", "Rename the account:").severity(Severity::Low)];

impl AccountName {
    /// The key of the only one.
    pub const KEY: Key = Key::only("account-name");
}

impl Resource for AccountName {
    const KIND: Kind = Kind::of::<Self>("account-name", "account name", FIELDS).born();
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::account_name;

    fn ours(&self, _desired: &Desired) -> bool {
        true
    }
}
