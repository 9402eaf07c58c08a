//! When a tenant that nobody uses costs more than it does by itself.

use super::MicroUsd;

/// How many times what it costs idle may be spent: list prices are not those of every contract, and taxes come on top.
const FACTOR: u32 = 2;
/// What may be spent beside in any case: cents for requests, logs and storage, of which the table of prices has none.
const BESIDE: MicroUsd = MicroUsd(1_000_000);

/// The most that may be spent in a month before a tenant that costs this much idle is no longer taken as idle: twice as much, and a
/// dollar more at least.
#[must_use]
pub fn most_of_idle(idle: MicroUsd) -> MicroUsd {
    idle.times(FACTOR).max(idle.plus(BESIDE))
}
