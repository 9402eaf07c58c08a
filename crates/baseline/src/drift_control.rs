//! The control of drift of one kind of resource that a component makes. It stands beside the component, as its other controls do.

use std::borrow::Cow;

use tenancy::{ComponentName, ControlId, Severity};

use crate::covers::Covers;

/// A kind of resource of a component, by which its findings are known.
#[derive(Debug, Clone)]
pub struct DriftControl {
    /// Its number in its component, from 101 on, which is given once: 101 for `TNT.TRAIL.101`.
    pub number: u32,
    /// What keys of its findings begin with, after component and Region.
    pub keys: &'static [&'static str],
    /// What is checked.
    pub title: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The API calls it is read by.
    pub reads: Cow<'static, str>,
    /// Which published controls it covers.
    pub covers: Covers,
}

impl DriftControl {
    /// How roles and policies are read: all at once.
    pub const ROLES: &'static str = "iam GetAccountAuthorizationDetails";

    /// One that is bad when it does not hold, and covers no published control.
    pub const fn of(
        number: u32,
        keys: &'static [&'static str],
        title: &'static str,
        reads: &'static str,
    ) -> Self {
        Self {
            number,
            keys,
            title,
            severity: Severity::High,
            reads: Cow::Borrowed(reads),
            covers: Covers::NONE,
        }
    }

    /// The same, as bad as this.
    #[must_use]
    pub const fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same, which covers these.
    #[must_use]
    pub const fn covers(mut self, covers: Covers) -> Self {
        self.covers = covers;
        self
    }

    /// Its id, as one of this component.
    pub(crate) fn id(&self, component: ComponentName) -> Option<ControlId> {
        id(component, self.number)
    }

    /// How much of a key it is about: the longest is the control of a finding.
    pub(crate) fn matched(&self, key: &str) -> Option<usize> {
        let is_whole = |begins: &str, rest: &str| {
            rest.is_empty() || begins.ends_with('-') || rest.starts_with(['.', '-', '/'])
        };
        let matched = self.keys.iter().filter(|begins| {
            let rest = key.strip_prefix(**begins);
            rest.is_some_and(|rest| is_whole(begins, rest))
        });
        matched.map(|begins| begins.len()).max()
    }
}

/// The id of a component's control of this number.
pub(crate) fn id(component: ComponentName, number: u32) -> Option<ControlId> {
    let area = component.as_str().to_ascii_uppercase();
    format!("TNT.{area}.{number}").parse().ok()
}
