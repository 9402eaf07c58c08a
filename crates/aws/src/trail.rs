//! Looks at, and works on, the component `trail`.

use async_trait::async_trait;
use baseline::{
    Desired, Port,
    trail::{Fact, Seen, Trail, TrailChange},
};
use tenancy::Failure;

use crate::visit::Visit;

#[async_trait]
impl Port<Trail> for Visit {
    async fn observe(&self, _desired: &Desired) -> Result<Seen, Failure> {
        Ok(Seen::default())
    }

    async fn apply(&self, _desired: &Desired, change: &TrailChange) -> Result<Fact, Failure> {
        match *change {}
    }
}
