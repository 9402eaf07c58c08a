//! When what retries comes back: spread, so that those who met once do not meet again. Pure.

/// By how much later than it is asked to a pass comes back at most, in hundredths.
const SPREAD_PERCENT: u32 = 20;
/// The longest that a pass stays away because something keeps failing, in seconds.
pub(crate) const LONGEST_BACKOFF_SECS: u32 = 900;

/// Somewhat later. `jitter` is a random number from 0 to 1.
pub(crate) fn spread(secs: u32, jitter: f64) -> u32 {
    let later = f64::from(secs) * (1.0 + f64::from(SPREAD_PERCENT) / 100.0 * jitter);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small positive number of seconds"
    )]
    let later = later as u32;
    later
}

/// The latest that [`spread`] gives.
pub(crate) const fn latest(secs: u32) -> u32 {
    secs.saturating_add(secs / 100 * SPREAD_PERCENT + secs % 100 * SPREAD_PERCENT / 100)
}
