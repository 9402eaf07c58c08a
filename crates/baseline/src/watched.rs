//! What an audit watches of each resource of a tenant, property by property of AWS's own model, and why not the rest.
//!
//! The tables lie beside what they are about. `docs/drift.md` is written from them; a test of the crate that knows the SDK compares
//! them with its types, so that a property that AWS adds has to be decided about.

/// What becomes of a property that somebody changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Watch {
    /// A finding; repair puts it back.
    Restored,
    /// A finding for a person: the cause is somebody else's, or nobody can set it.
    Reported,
}

/// A property of a resource that is watched.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Its name in the SDK, in snake case.
    pub name: &'static str,
    /// The last words of its findings' keys, separated by commas where it has several; empty where it has none of its own.
    pub found_as: &'static str,
    /// What becomes of a change.
    pub watch: Watch,
}

/// The properties of a kind of resource, as AWS answers.
#[derive(Debug, Clone, Copy)]
pub struct Properties {
    /// The kind, for people.
    pub resource: &'static str,
    /// The declared kind whose fields these are; empty for what has a plan of its own.
    pub kind: &'static str,
    /// The shape of AWS's answer, as the SDK calls it.
    pub shape: &'static str,
    /// Those of which a change is found.
    pub watched: &'static [Property],
    /// Those that say which resource it is, or where.
    pub identity: &'static [&'static str],
    /// Those that are not watched, and why: `name, name: reason`.
    pub unwatched: &'static [&'static str],
}

impl Properties {
    /// All of them, by name.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let watched = self.watched.iter().map(|property| property.name);
        let unwatched = self.reasons().flat_map(|(names, _)| names.split(", "));
        let identity = self.identity.iter().copied();
        watched.chain(identity).chain(unwatched)
    }

    /// The names of those that are not watched, and why.
    pub fn reasons(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let lines = self.unwatched.iter();
        lines.map(|line| line.split_once(": ").unwrap_or((line, "")))
    }
}

/// A finding that repair clears.
pub(crate) const fn restored(name: &'static str, found_as: &'static str) -> Property {
    let watch = Watch::Restored;
    Property {
        name,
        found_as,
        watch,
    }
}

/// A finding for a person.
pub(crate) const fn reported(name: &'static str, found_as: &'static str) -> Property {
    let watch = Watch::Reported;
    Property {
        name,
        found_as,
        watch,
    }
}
