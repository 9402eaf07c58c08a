//! Times for people.

use jiff::{Timestamp, Unit};

/// A moment to the second, in UTC, so that two people read the same.
pub fn moment(at: Timestamp) -> String {
    at.round(Unit::Second).unwrap_or(at).to_string()
}

/// How long ago something was, in its two largest units: `1m 12s`, `3h 5m`, `2d 4h`.
pub fn age(since: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(since).as_secs().max(0);
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{rest}s"),
        (0, 0, _) => format!("{minutes}m {rest}s"),
        (0, _, _) => format!("{hours}h {minutes}m"),
        _ => format!("{days}d {hours}h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_its_two_largest_units() {
        let after = |seconds| {
            age(
                Timestamp::UNIX_EPOCH,
                Timestamp::from_second(seconds).unwrap(),
            )
        };
        assert_eq!(
            [0, 59, 72, 11_100, 187_200].map(after),
            ["0s", "59s", "1m 12s", "3h 5m", "2d 4h"]
        );
    }

    #[test]
    fn a_clock_that_is_behind_shows_no_negative_age() {
        let later = Timestamp::from_second(5).unwrap();
        assert_eq!(age(later, Timestamp::UNIX_EPOCH), "0s");
    }
}
