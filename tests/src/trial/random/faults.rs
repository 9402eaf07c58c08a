//! The faults of a seed: only what AWS and the network really do to a caller.

use super::rng::Rng;
use crate::{
    machine::APP,
    proxy::{Effect, Fault, Match, Moment},
};

/// Roughly how many calls a trial makes: faults begin somewhere among them.
const CALLS: u64 = 900;

/// Draws up to five faults, for the workers only.
pub fn drawn(rng: &mut Rng) -> Vec<Fault> {
    (0..rng.below(6)).map(|_| one(rng)).collect()
}

fn ours() -> Match {
    Match {
        app: Some(APP.to_owned()),
        ..Match::default()
    }
}

fn one(rng: &mut Rng) -> Fault {
    let lost = Fault {
        matching: ours(),
        after: rng.below(CALLS),
        times: Some(1 + rng.below(3)),
        ..Fault::default()
    };
    let often = Fault {
        matching: ours(),
        probability: Some(0.05),
        times: Some(40),
        ..Fault::default()
    };
    match rng.below(8) {
        0 => Fault {
            effect: Effect::Throttle,
            ..often
        },
        1 => Fault {
            effect: Effect::DropAnswer,
            matching: writes(),
            ..lost
        },
        2 => Fault {
            effect: Effect::LoseAnswer { status: 500 },
            matching: writes(),
            ..lost
        },
        3 => Fault {
            effect: Effect::Empty { status: 503 },
            ..often
        },
        4 => Fault {
            effect: Effect::Cut,
            ..lost
        },
        5 => Fault {
            effect: Effect::Latency {
                ms: 1 + rng.below(20),
            },
            ..often
        },
        6 => stale(rng),
        _ => power(rng),
    }
}

fn writes() -> Match {
    Match {
        reads: Some(false),
        ..ours()
    }
}

/// How long a read is stale at most, in seconds: less than the machine's visibility grace, which is 300.
pub const STALE_SECS: f64 = 240.0;

/// A write becomes visible only at the second or third read.
fn stale(rng: &mut Rng) -> Fault {
    let reads = Some(1 + rng.below(2));
    Fault {
        matching: Match {
            reads: Some(true),
            ..ours()
        },
        probability: Some(0.3),
        times: Some(30),
        effect: Effect::Stale {
            ms: 60_000,
            secs: Some(STALE_SECS),
            reads,
        },
        ..Fault::default()
    }
}

fn power(rng: &mut Rng) -> Fault {
    Fault {
        name: POWER.to_owned(),
        matching: ours(),
        nth: Some(1 + rng.below(CALLS)),
        effect: Effect::PowerLoss {
            when: rng.pick(Moment::Before, &[Moment::After]),
            whose: Box::new(ours()),
        },
        ..Fault::default()
    }
}

/// The name of power-loss faults, which are cleared when the workers restart.
pub const POWER: &str = "power";
