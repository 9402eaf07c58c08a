//! Looks at, and works on, the component `identity`.

use async_trait::async_trait;
use baseline::{
    Desired, Port,
    identity::{Fact, Identity, IdentityChange, Seen},
};
use tenancy::Failure;

use crate::visit::Visit;

#[async_trait]
impl Port<Identity> for Visit {
    async fn observe(&self, _desired: &Desired) -> Result<Seen, Failure> {
        Ok(Seen::default())
    }

    async fn apply(&self, _desired: &Desired, change: &IdentityChange) -> Result<Fact, Failure> {
        match *change {}
    }
}
