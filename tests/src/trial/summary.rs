//! The results of all trials, in five figures.

use std::fmt;

/// Something that must not hold after a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Something was made twice.
    Duplicate(String),
    /// Something of ours leaked: it was left behind.
    Leak(String),
    /// A tenant did not settle, or not to the state of the reference run.
    Stuck(String),
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate(what) => write!(f, "duplicate: {what}"),
            Self::Leak(what) => write!(f, "leak: {what}"),
            Self::Stuck(what) => write!(f, "stuck: {what}"),
        }
    }
}

/// The results of any number of trials.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Interruption points tried: calls at which power was lost, before and after each.
    pub points: usize,
    /// Checkpoints that those points left; a run resumed from each.
    pub checkpoints: usize,
    /// Runs under one disturbance.
    pub disturbances: usize,
    /// Seeds of random trials.
    pub seeds: usize,
    /// What was violated, and where.
    pub violations: Vec<(String, Violation)>,
}

impl Summary {
    /// Adds what a trial found at `place`.
    pub fn found(&mut self, place: &str, violations: Vec<Violation>) {
        self.violations.extend(
            violations
                .into_iter()
                .map(|violation| (place.to_owned(), violation)),
        );
    }

    /// Adds the results of other trials.
    pub fn add(&mut self, other: Self) {
        self.points += other.points;
        self.checkpoints += other.checkpoints;
        self.disturbances += other.disturbances;
        self.seeds += other.seeds;
        self.violations.extend(other.violations);
    }

    /// Whether nothing was violated.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    fn count(&self, fits: impl Fn(&Violation) -> bool) -> usize {
        self.violations
            .iter()
            .filter(|(_, violation)| fits(violation))
            .count()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, violation) in &self.violations {
            writeln!(f, "{place}: {violation}")?;
        }
        writeln!(
            f,
            "{} distinct checkpoints resumed from, {} runs under a disturbance",
            self.checkpoints, self.disturbances
        )?;
        let lines = [
            ("interruption points tried", self.points),
            ("seeds tried", self.seeds),
            (
                "duplicates",
                self.count(|violation| matches!(violation, Violation::Duplicate(_))),
            ),
            (
                "leaks",
                self.count(|violation| matches!(violation, Violation::Leak(_))),
            ),
            (
                "stuck",
                self.count(|violation| matches!(violation, Violation::Stuck(_))),
            ),
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
    fn each_violation_is_counted_in_its_own_figure() {
        let mut summary = Summary {
            points: 12,
            seeds: 3,
            ..Summary::default()
        };
        assert!(summary.is_clean());
        summary.found(
            "a",
            vec![Violation::Leak("x".into()), Violation::Leak("y".into())],
        );
        summary.found("b", vec![Violation::Stuck("z".into())]);
        let text = summary.to_string();
        assert!(!summary.is_clean());
        assert!(text.starts_with("a: leak: x\n"), "{text}");
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
