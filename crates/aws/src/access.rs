//! Looks at, and works on, the component `access`.

use async_trait::async_trait;
use baseline::{
    Desired, Port,
    access::{Access, AccessChange, Fact, Seen},
};
use tenancy::Failure;

use crate::visit::Visit;

#[async_trait]
impl Port<Access> for Visit {
    async fn observe(&self, _desired: &Desired) -> Result<Seen, Failure> {
        Ok(Seen::default())
    }

    async fn apply(&self, _desired: &Desired, change: &AccessChange) -> Result<Fact, Failure> {
        match *change {}
    }
}
