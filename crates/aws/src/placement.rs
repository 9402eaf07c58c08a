//! Looks at, and works on, the component `placement`.

use async_trait::async_trait;
use baseline::{
    Desired, Port,
    placement::{Fact, Placement, PlacementChange, Seen},
};
use tenancy::Failure;

use crate::visit::Visit;

#[async_trait]
impl Port<Placement> for Visit {
    async fn observe(&self, _desired: &Desired) -> Result<Seen, Failure> {
        Ok(Seen::default())
    }

    async fn apply(&self, _desired: &Desired, change: &PlacementChange) -> Result<Fact, Failure> {
        match *change {}
    }
}
