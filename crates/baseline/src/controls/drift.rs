//! Controls of drift of a component: those of its kinds of resources, which stand beside it, and one of the rest.

use tenancy::{ComponentName, Control, ControlId, Severity, control::RepairedBy};

use super::{below, described};
use crate::{
    covers::Covers,
    drift_control::{DriftControl, id},
};

/// What becomes of a finding of drift.
const REMEDY: &str =
    "Repair the tenant (`tenantry repair TENANT`). A finding that says so is repaired by a person.";
/// What becomes of the rest.
const REST: &str = "Carry out the remedy of the finding, then retry the tenant.";
/// The number of what has no control of its own.
const REST_NUMBER: u32 = 100;

/// The controls of drift of one component.
#[derive(Clone, Copy)]
pub(crate) struct Drift {
    pub component: ComponentName,
    pub kinds: &'static [DriftControl],
}

impl Drift {
    /// All of them, in words.
    pub(crate) fn controls(self) -> impl Iterator<Item = Control> {
        let kinds = self.kinds.iter().filter_map(move |kind| {
            Some(described(
                kind.id(self.component)?,
                self.component,
                (kind.title.to_owned(), kind.severity),
                (&kind.reads, REMEDY),
                (RepairedBy::Tenantry, kind.covers),
            ))
        });
        kinds.chain(self.rest_in_words())
    }

    fn rest_in_words(self) -> Option<Control> {
        let component = self.component;
        let title = format!(
            "`{component}`: settings without a control of their own, and obstacles to a repair"
        );
        Some(described(
            self.rest()?,
            component,
            (title, Severity::High),
            ("what the component reads", REST),
            (RepairedBy::Tenantry, Covers::NONE),
        ))
    }

    /// The id of what has no control of its own. `None` never happens for the component of a release with names of at most 32 characters.
    fn rest(self) -> Option<ControlId> {
        id(self.component, REST_NUMBER)
    }

    /// Their ids.
    pub(super) fn ids(self) -> impl Iterator<Item = ControlId> {
        let kinds = self.kinds.iter();
        let kinds = kinds.filter_map(move |kind| kind.id(self.component));
        kinds.chain(self.rest())
    }

    /// The control of a key without component and Region.
    pub(super) fn control_of(self, key: &str) -> Option<ControlId> {
        let of = |key: &str| {
            let kinds = self.kinds.iter();
            let found = kinds.filter_map(|kind| Some((kind.matched(key)?, kind)));
            let (_, kind) = found.max_by_key(|(matched, _)| *matched)?;
            kind.id(self.component)
        };
        // The key of a resource that is called as its component is, such as `trail`, has the name once.
        let whole = format!("{}.{key}", self.component);
        of(key).or_else(|| of(&whole)).or_else(|| self.rest())
    }

    /// Whether a control is of any of these resources, by their keys, or of the rest.
    pub(super) fn is_about_any(self, control: &ControlId, keys: &[String]) -> bool {
        let of = |key: &String| self.control_of(below(self.component, key));
        self.rest().as_ref() == Some(control)
            || keys.iter().any(|key| of(key).as_ref() == Some(control))
    }
}
