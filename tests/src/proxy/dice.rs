//! Chance that can be replayed: the n-th throw of a named die depends on the seed and nothing else.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Named dice of one seed.
#[derive(Debug)]
pub struct Dice {
    seed: AtomicU64,
    thrown: Mutex<HashMap<String, u64>>,
}

impl Dice {
    /// Dice for a seed; the same seed gives the same throws.
    pub fn new(seed: u64) -> Self {
        Self {
            seed: AtomicU64::new(seed),
            thrown: Mutex::default(),
        }
    }

    /// Throws the die of this name: true with the given probability (0 to 1).
    pub fn falls(&self, name: &str, probability: f64) -> bool {
        if probability <= 0.0 {
            return false;
        }
        if probability >= 1.0 {
            return true;
        }
        let mut thrown = self.thrown.lock().unwrap_or_else(PoisonError::into_inner);
        let count = thrown.entry(name.to_owned()).or_default();
        *count += 1;
        unit(self.seed.load(Ordering::Relaxed), name, *count) < probability
    }

    /// Takes another seed, and forgets how often each die was thrown.
    pub fn reseed(&self, seed: u64) {
        self.seed.store(seed, Ordering::Relaxed);
        self.reset();
    }

    /// Forgets how often each die was thrown, so that the same throws come again.
    pub fn reset(&self) {
        self.thrown
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

/// A number in 0..1 that depends on the arguments only.
fn unit(seed: u64, name: &str, count: u64) -> f64 {
    let mut hasher = DefaultHasher::new();
    (seed, name, count).hash(&mut hasher);
    (hasher.finish() >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_the_same_throws_and_about_the_asked_share() {
        let throws = |seed| {
            let dice = Dice::new(seed);
            (0..1000).map(|_| dice.falls("x", 0.3)).collect::<Vec<_>>()
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
        let share = throws(7).iter().filter(|hit| **hit).count();
        assert!((240..360).contains(&share), "{share}");
    }
}
