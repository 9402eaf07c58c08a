//! What an audit watches of each resource of a tenant, property by property of AWS's own model, and why not the rest.
//!
//! The tables lie beside what they are about. `docs/drift.md` is written from them; a test of the crate that knows the SDK compares
//! them with its types, so that a property that AWS adds has to be decided about.

use std::fmt::Write as _;

/// What becomes of a property that somebody changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// The last words of its findings' keys; empty where it has none of its own.
    pub found_as: &'static str,
    /// What becomes of a change.
    pub watch: Watch,
}

/// The properties of a kind of resource, as AWS answers.
#[derive(Debug, Clone, Copy)]
pub struct Properties {
    /// The kind, for people.
    pub resource: &'static str,
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

/// Every table.
pub fn tables() -> impl Iterator<Item = &'static Properties> {
    [
        crate::account::WATCHED,
        crate::placement::WATCHED,
        crate::network::WATCHED,
        crate::resources::WATCHED,
        crate::keys::WATCHED,
        crate::key_pair::WATCHED,
        crate::trail::WATCHED,
        crate::alerting::WATCHED,
        crate::guard::WATCHED,
        crate::contacts::WATCHED,
        crate::access_analyzer::WATCHED,
        crate::billing::WATCHED,
        crate::resource_group::WATCHED,
        crate::root_user::WATCHED,
    ]
    .into_iter()
    .flatten()
}

/// The page for people.
pub fn page() -> String {
    let mut page = String::from(HEAD);
    for table in tables() {
        // Writing to a string does not fail.
        let _ = write!(page, "\n## {}\n\n", table.resource);
        let _ = writeln!(page, "As AWS answers: `{}`.\n", table.shape);
        page.push_str("| property | when it is changed |\n|---|---|\n");
        for property in table.watched {
            page.push_str(&row(&[property.name], &words(property)));
        }
        if !table.identity.is_empty() {
            page.push_str(&row(table.identity, "identifies it, and cannot be changed"));
        }
        for (names, why) in table.reasons() {
            let names: Vec<&str> = names.split(", ").collect();
            page.push_str(&row(&names, &format!("not watched: {why}")));
        }
    }
    page
}

fn row(names: &[&str], words: &str) -> String {
    format!("| `{}` | {words} |\n", names.join("`, `"))
}

const HEAD: &str = "# What an audit watches

Generated from the tables beside the components by `BLESS=1 cargo test -p baseline --test contract`; do not edit it.

Every property of every resource that tenantry makes for a tenant, as AWS's own model has it. *Put back*: a finding, which the
next repair clears. *A finding for a person*: the cause is somebody else's, so nothing is changed. For what
is not watched, the reason is given.

What a tenant adds of its own is left alone: subnets, groups, endpoints, routes to its own gateways, connections and machines, also in
our VPC and tables. A resource without our tags that is where one of ours must be is named, and parks the tenant (`name-taken`).

A resource of ours is known by its tags, and by the id that the ledger recorded while it carried them: one whose tag says another
tenant's is a critical finding, and gets its tag back.
";

fn words(property: &Property) -> String {
    let found = match property.found_as {
        "" => String::new(),
        found => format!(" (`{found}`)"),
    };
    match property.watch {
        Watch::Restored => format!("put back{found}"),
        Watch::Reported => format!("a finding for a person{found}"),
    }
}
