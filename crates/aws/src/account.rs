//! Looks at, and works on, the component `account`.

use async_trait::async_trait;
use baseline::{
    Desired, Port,
    account::{Account, AccountChange, Fact, Seen},
};
use tenancy::Failure;

use crate::visit::Visit;

#[async_trait]
impl Port<Account> for Visit {
    async fn observe(&self, _desired: &Desired) -> Result<Seen, Failure> {
        Ok(Seen::default())
    }

    async fn apply(&self, _desired: &Desired, change: &AccountChange) -> Result<Fact, Failure> {
        match *change {}
    }
}
