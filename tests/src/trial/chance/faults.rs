//! The faults of a seed: what AWS and the network do to any caller, never anything AWS would not do.

use super::draw::Draw;
use crate::{
    machine::APP,
    proxy::{Effect, Fault, Match, Moment},
};

/// Calls of a trial, roughly: faults begin somewhere among them.
const CALLS: u64 = 900;

/// Some faults, for the workers only.
pub fn some(draw: &mut Draw) -> Vec<Fault> {
    (0..draw.below(6)).map(|_| one(draw)).collect()
}

fn ours() -> Match {
    Match {
        app: Some(APP.to_owned()),
        ..Match::default()
    }
}

fn one(draw: &mut Draw) -> Fault {
    let lost = Fault {
        matching: ours(),
        after: draw.below(CALLS),
        times: Some(1 + draw.below(3)),
        ..Fault::default()
    };
    let often = Fault {
        matching: ours(),
        probability: Some(0.05),
        times: Some(40),
        ..Fault::default()
    };
    match draw.below(8) {
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
                ms: 1 + draw.below(20),
            },
            ..often
        },
        6 => stale(draw),
        _ => power(draw),
    }
}

fn writes() -> Match {
    Match {
        reads: Some(false),
        ..ours()
    }
}

/// How long a read is stale at most: less than the visibility grace of the machine, which is 300 seconds.
pub const STALE_SECS: f64 = 240.0;

/// A write shows only at the second or third look.
fn stale(draw: &mut Draw) -> Fault {
    let looks = Some(1 + draw.below(2));
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
            looks,
        },
        ..Fault::default()
    }
}

fn power(draw: &mut Draw) -> Fault {
    Fault {
        name: POWER.to_owned(),
        matching: ours(),
        nth: Some(1 + draw.below(CALLS)),
        effect: Effect::PowerLoss {
            when: draw.pick(Moment::Before, &[Moment::After]),
            whose: Box::new(ours()),
        },
        ..Fault::default()
    }
}

/// The name of losses of power, which are over when new processes have begun.
pub const POWER: &str = "power";
