//! What came of all trials, in the five figures that matter.

use std::fmt;

/// Something a trial must not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Something was made twice.
    Duplicate(String),
    /// Something of ours was left behind.
    Leak(String),
    /// A tenant did not settle, or not into what a quiet run leaves.
    Stuck(String),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate(what) => write!(f, "made twice: {what}"),
            Self::Leak(what) => write!(f, "left behind: {what}"),
            Self::Stuck(what) => write!(f, "stuck: {what}"),
        }
    }
}

/// The figures of any number of trials.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Calls at which power was lost, before and after each one.
    pub points: usize,
    /// Worlds those points left, each of which was gone on from.
    pub worlds: usize,
    /// Runs with one thing wrong all the way.
    pub nuisances: usize,
    /// Seeds of random trials.
    pub seeds: usize,
    /// What went wrong, and where.
    pub flaws: Vec<(String, Flaw)>,
}

impl Figures {
    /// Takes down what a trial found at `place`.
    pub fn found(&mut self, place: &str, flaws: Vec<Flaw>) {
        self.flaws
            .extend(flaws.into_iter().map(|flaw| (place.to_owned(), flaw)));
    }

    /// Adds those of other trials.
    pub fn add(&mut self, other: Self) {
        self.points += other.points;
        self.worlds += other.worlds;
        self.nuisances += other.nuisances;
        self.seeds += other.seeds;
        self.flaws.extend(other.flaws);
    }

    /// Whether nothing was made twice, left behind or stuck.
    pub fn is_clean(&self) -> bool {
        self.flaws.is_empty()
    }

    fn count(&self, fits: impl Fn(&Flaw) -> bool) -> usize {
        self.flaws.iter().filter(|(_, flaw)| fits(flaw)).count()
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, flaw) in &self.flaws {
            writeln!(f, "{place}: {flaw}")?;
        }
        writeln!(
            f,
            "{} different worlds were gone on from, {} runs were made with one thing wrong all the way",
            self.worlds, self.nuisances
        )?;
        let lines = [
            ("interruption points tried", self.points),
            ("seeds tried", self.seeds),
            (
                "duplicates",
                self.count(|flaw| matches!(flaw, Flaw::Duplicate(_))),
            ),
            ("leaks", self.count(|flaw| matches!(flaw, Flaw::Leak(_)))),
            ("stuck", self.count(|flaw| matches!(flaw, Flaw::Stuck(_)))),
        ];
        for (name, count) in lines {
            writeln!(f, "{name:<26} {count:>6}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flaw_is_counted_in_its_own_figure() {
        let mut figures = Figures {
            points: 12,
            seeds: 3,
            ..Figures::default()
        };
        assert!(figures.is_clean());
        figures.found("a", vec![Flaw::Leak("x".into()), Flaw::Leak("y".into())]);
        figures.found("b", vec![Flaw::Stuck("z".into())]);
        let text = figures.to_string();
        assert!(!figures.is_clean());
        assert!(text.starts_with("a: left behind: x\n"), "{text}");
        for line in [
            "tried      12",
            "duplicates                      0",
            "leaks                           2",
            "stuck                           1",
        ] {
            assert!(text.contains(line), "{line:?} in {text}");
        }
    }
}
