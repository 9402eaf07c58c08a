//! Power is lost at a call; a new process goes on from the world that is left.

use super::{
    check::{Left, always},
    figures::Flaw,
    film::Film,
    stage::{LEASE_OVER_SECS, Stage},
};
use crate::machine::AnyError;

/// Goes on from one of the worlds of a film until settled, and says what is other than it should be.
///
/// # Errors
/// The world cannot be put back.
pub async fn go_on(stage: &Stage, film: &Film, world: usize) -> Result<Vec<Flaw>, AnyError> {
    let world = film.worlds.get(world).ok_or("no such world")?;
    stage.restore(world).await?;
    // The dead pass still has the tenant.
    stage.machine.advance(LEASE_OVER_SECS);
    if let Err(error) = stage.settle(film.verb, &film.tenant).await {
        return Ok(vec![Flaw::Stuck(error.to_string())]);
    }
    let mut flaws = Left::of(stage, &film.tenant).await?.flaws(&film.left);
    flaws.extend(always(stage, &film.tenant).await?);
    Ok(flaws)
}
