//! The blueprints there are to choose from: those of the build, and those that were published.

use super::{Blueprint, BlueprintRef, PublishedBlueprint};

/// Blueprints to choose from.
#[derive(Debug, Clone)]
pub struct Catalog {
    blueprints: Vec<Blueprint>,
    /// Versions that take no new tenants.
    retired: Vec<BlueprintRef>,
}

const FILES: &[&str] = &[
    include_str!("../../blueprints/regulated-1.0.0.json"),
    include_str!("../../blueprints/regulated-1.1.0.json"),
    include_str!("../../blueprints/sandbox-1.0.0.json"),
    include_str!("../../blueprints/standard-1.0.0.json"),
    include_str!("../../blueprints/standard-1.1.0.json"),
];

/// Names of built-in blueprints. They are reserved: whoever reads `standard` means the same everywhere.
pub(super) const BUILT_IN: &[&str] = &["regulated", "sandbox", "standard"];

/// Whether blueprints of this name come with the build, and are in no ledger.
pub fn is_built_in(name: &str) -> bool {
    BUILT_IN.contains(&name)
}

impl Catalog {
    /// The blueprints that are built in.
    ///
    /// # Errors
    /// The first file that is not a blueprint; a test proves that there is none.
    pub fn built_in() -> Result<Self, serde_json::Error> {
        let blueprints = FILES
            .iter()
            .map(|text| serde_json::from_str(text))
            .collect::<Result<Vec<Blueprint>, _>>()?;
        let mut catalog = Self {
            blueprints,
            retired: Vec::new(),
        };
        catalog.sort();
        Ok(catalog)
    }

    /// The same, and published ones. A built-in one is never replaced.
    #[must_use]
    pub fn with(mut self, published: impl IntoIterator<Item = PublishedBlueprint>) -> Self {
        for published in published {
            let reference = published.blueprint.reference();
            if is_built_in(&reference.name) || self.find(&reference).is_some() {
                continue;
            }
            if published.retired.is_some() {
                self.retired.push(reference);
            }
            self.blueprints.push(published.blueprint);
        }
        self.sort();
        self
    }

    /// The same, and what somebody is pinned to.
    #[must_use]
    pub fn including(mut self, blueprint: Blueprint) -> Self {
        if self.find(&blueprint.reference()).is_none() {
            self.blueprints.push(blueprint);
            self.sort();
        }
        self
    }

    fn sort(&mut self) {
        self.blueprints
            .sort_by(|a, b| (&a.name, a.version).cmp(&(&b.name, b.version)));
    }

    /// All of them, by name and version.
    pub fn all(&self) -> &[Blueprint] {
        &self.blueprints
    }

    /// Those that take new tenants.
    pub fn offered(&self) -> impl Iterator<Item = &Blueprint> {
        let all = self.blueprints.iter();
        all.filter(|blueprint| !self.is_retired(&blueprint.reference()))
    }

    /// Whether a version takes no new tenants any more.
    pub fn is_retired(&self, reference: &BlueprintRef) -> bool {
        self.retired.contains(reference)
    }

    /// The blueprint a reference means: where it names no version, the newest that takes new tenants, or the newest of all where
    /// none does.
    pub fn find(&self, reference: &BlueprintRef) -> Option<&Blueprint> {
        self.blueprints
            .iter()
            .filter(|b| {
                b.name == reference.name && reference.version.is_none_or(|v| v == b.version)
            })
            .max_by_key(|b| (!self.is_retired(&b.reference()), b.version))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::blueprint::author;

    #[test]
    fn the_built_in_blueprints_parse_and_are_found_by_name_or_version() {
        let catalog = Catalog::built_in().unwrap();
        let newest = catalog.find(&"standard".parse().unwrap()).unwrap();
        assert_eq!(catalog.find(&newest.reference()), Some(newest));
        assert!(catalog.find(&"standard@9.9.9".parse().unwrap()).is_none());
        assert!(catalog.find(&"platinum".parse().unwrap()).is_none());
    }

    #[test]
    fn the_names_of_built_in_blueprints_are_the_reserved_ones() {
        let catalog = Catalog::built_in().unwrap();
        let mut names: Vec<&str> = catalog.all().iter().map(|b| b.name.as_str()).collect();
        names.dedup();
        assert_eq!(names, BUILT_IN);
    }

    /// Whether all of `part` is in `whole`.
    fn is_in(part: &Value, whole: &Value) -> bool {
        match (part, whole) {
            (Value::Object(part), Value::Object(whole)) => part
                .iter()
                .all(|(name, value)| whole.get(name).is_some_and(|other| is_in(value, other))),
            _ => part == whole,
        }
    }

    #[test]
    fn nothing_in_a_built_in_blueprint_is_passed_over() {
        for file in FILES {
            let written: Value = serde_json::from_str(file).unwrap();
            let read: Blueprint = serde_json::from_str(file).unwrap();
            let read = serde_json::to_value(read).unwrap();
            assert!(is_in(&written, &read), "{written} is read as {read}");
        }
    }

    #[test]
    fn a_built_in_blueprint_under_another_name_could_be_published() {
        for file in FILES {
            let mut written: Value = serde_json::from_str(file).unwrap();
            written["name"] = json!("acme");
            assert_eq!(author::check(&written, None).map(drop), Ok(()), "{written}");
        }
    }

    fn published(name: &str, version: &str, retired: bool) -> PublishedBlueprint {
        let file: Value = serde_json::from_str(FILES.last().unwrap()).unwrap();
        let mut published = json!({
            "blueprint": file, "publishedBy": "ann", "publishedAt": "2026-11-01T00:00:00Z",
        });
        published["blueprint"]["name"] = json!(name);
        published["blueprint"]["version"] = json!(version);
        if retired {
            published["retired"] = json!({ "by": "bob", "at": "2026-11-02T00:00:00Z" });
        }
        serde_json::from_value(published).unwrap()
    }

    #[test]
    fn a_name_means_the_newest_version_that_takes_new_tenants() {
        let catalog = Catalog::built_in().unwrap().with([
            published("gold", "1.0.0", false),
            published("gold", "1.10.0", true),
            published("gold", "1.9.0", false),
            published("lead", "1.0.0", true),
            published("standard", "9.0.0", false),
        ]);
        let means = |text: &str| {
            let found = catalog.find(&text.parse().unwrap());
            found.map(|blueprint| blueprint.reference().to_string())
        };
        assert_eq!(means("gold").as_deref(), Some("gold@1.9.0"));
        assert_eq!(means("gold@1.10.0").as_deref(), Some("gold@1.10.0"));
        assert_eq!(means("lead").as_deref(), Some("lead@1.0.0"));
        assert_eq!(means("standard").as_deref(), Some("standard@1.1.0"));
        assert!(catalog.is_retired(&"gold@1.10.0".parse().unwrap()));
        assert!(catalog.offered().all(|b| b.name != "lead"));
    }
}
