//! Looks at, and works on, the component `network`.

use async_trait::async_trait;
use baseline::{
    Desired, Port,
    network::{Fact, Network, NetworkChange, Seen},
};
use tenancy::Failure;

use crate::visit::Visit;

#[async_trait]
impl Port<Network> for Visit {
    async fn observe(&self, _desired: &Desired) -> Result<Seen, Failure> {
        Ok(Seen::default())
    }

    async fn apply(&self, desired: &Desired, change: &NetworkChange) -> Result<Fact, Failure> {
        Ok(Fact::new(desired, change, ""))
    }
}
