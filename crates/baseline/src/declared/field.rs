//! Fields of declared resources: how each is compared, how bad a difference is, and what sets it.

use tenancy::Severity;

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// It must mean the same, order and quoting aside; absent must be absent.
    Same,
    /// As [`Compare::Same`], but left alone where nothing is wanted.
    IfWanted,
    /// A map whose wanted entries must be there; others are left alone.
    Contains,
    /// A map or a list of names, of which each entry is set and removed by itself.
    Entries,
    /// A list of which the found value must be one.
    OneOf,
}

/// A field of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in [`super::State`], in camel case.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// How it is compared.
    pub compare: Compare,
    /// How bad it is when it differs.
    pub severity: Severity,
    /// What repair does about it, without the resource: `Set the retention of`.
    pub remedy: &'static str,
    /// Fields of the same call are set together; empty for a call of its own.
    pub call: &'static str,
    /// What follows a number, such as `days`.
    pub unit: &'static str,
    /// What its absence is called, such as `for ever`.
    pub absent: &'static str,
    /// Whether it must be empty before the resource can be deleted.
    pub strip: bool,
    /// Whether it is set only once what [`super::Wanted::once`] names is right, as the resource is made only then.
    pub once: bool,
    /// Whether only a person can put it right: it is reported, and never set.
    pub person: bool,
}

impl Field {
    /// A field that must be the same as wanted.
    pub const fn new(name: &'static str, label: &'static str, remedy: &'static str) -> Self {
        Self {
            name,
            label,
            compare: Compare::Same,
            severity: Severity::Medium,
            remedy,
            call: "",
            unit: "",
            absent: "nothing",
            strip: false,
            once: false,
            person: false,
        }
    }

    /// The tags every tagged resource has: ours must be there, others are left alone.
    pub const TAGS: Self = Self::new("tags", "tags", "Put our tags back on")
        .compare(Compare::Contains)
        .severity(Severity::Low);

    /// The same, compared in another way.
    #[must_use]
    pub const fn compare(mut self, compare: Compare) -> Self {
        self.compare = compare;
        self
    }

    /// The same, as bad as this when it differs.
    #[must_use]
    pub const fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same, set together with others of this call.
    #[must_use]
    pub const fn call(mut self, call: &'static str) -> Self {
        self.call = call;
        self
    }

    /// The same, with a unit for people.
    #[must_use]
    pub const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    /// The same, with a word for its absence.
    #[must_use]
    pub const fn absent(mut self, absent: &'static str) -> Self {
        self.absent = absent;
        self
    }

    /// The same, emptied before the resource is deleted.
    #[must_use]
    pub const fn strip(mut self) -> Self {
        self.strip = true;
        self
    }

    /// The same, reported and never set.
    #[must_use]
    pub const fn person(mut self) -> Self {
        self.person = true;
        self
    }

    /// The same, set only once what the resource was declared to wait for is right.
    #[must_use]
    pub const fn once(mut self) -> Self {
        self.once = true;
        self
    }
}
