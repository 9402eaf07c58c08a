//! Chance out of one number, the same on every machine and in every version of any library (SplitMix64; Steele, Lea, Flood 2014).

/// A sequence of random decisions.
#[derive(Clone, Debug)]
pub struct Draw(u64);

impl Draw {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ 0x6A09_E667_F3BC_C908)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, and without, `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.number() % end.max(1)
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// One of several.
    pub fn pick<T: Copy>(&mut self, first: T, others: &[T]) -> T {
        let index = usize::try_from(self.below(others.len() as u64 + 1)).unwrap_or(0);
        index
            .checked_sub(1)
            .and_then(|index| others.get(index).copied())
            .unwrap_or(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_draws_the_same_and_another_something_else() {
        let drawn = |seed| {
            let mut draw = Draw::new(seed);
            (0..50).map(|_| draw.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
    }

    #[test]
    fn every_choice_comes_about_as_often_as_the_others() {
        let mut draw = Draw::new(1);
        let mut counts = [0; 4];
        for _ in 0..4000 {
            counts[draw.pick(0, &[1, 2, 3])] += 1;
        }
        assert!(
            counts.iter().all(|count| (850..1150).contains(count)),
            "{counts:?}"
        );
    }
}
