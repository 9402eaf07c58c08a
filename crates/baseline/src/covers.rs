//! Which published controls one of ours covers.

use tenancy::control::Standards;

/// The ids of published controls that a control covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covers {
    security_hub: &'static [&'static str],
    cis_5: &'static [&'static str],
    cis_3: &'static [&'static str],
}

impl Covers {
    /// No published control asks for the same.
    pub const NONE: Self = Self::of(&[], &[], &[]);

    /// Of AWS Security Hub CSPM, and of the CIS AWS Foundations Benchmark 5.0.0 and 3.0.0.
    pub const fn of(
        security_hub: &'static [&'static str],
        cis_5: &'static [&'static str],
        cis_3: &'static [&'static str],
    ) -> Self {
        Self {
            security_hub,
            cis_5,
            cis_3,
        }
    }

    /// The same, as people and programs are told of it.
    pub(crate) fn standards(self) -> Standards {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Standards {
            cis_3: owned(self.cis_3),
            cis_5: owned(self.cis_5),
            security_hub: owned(self.security_hub),
        }
    }
}
