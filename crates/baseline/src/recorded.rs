//! What the ledger recorded of a tenant's resources: which id was whose part, while it carried our tags.

use std::collections::BTreeMap;

use tenancy::{ComponentName, Region};

use crate::declared::{Key, id_role};

/// Ids of resources by component and role, such as `eu-central-1.vpc`, as an earlier pass recorded them. They tell whose a
/// resource is when its tags do not, and nothing else: what a resource is like is always observed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded(BTreeMap<ComponentName, BTreeMap<String, String>>);

impl Recorded {
    /// What was recorded of these components.
    pub fn new(
        components: impl IntoIterator<Item = (ComponentName, BTreeMap<String, String>)>,
    ) -> Self {
        Self(components.into_iter().collect())
    }

    /// Whether `role` of a component was recorded to be this very resource.
    pub fn is(&self, component: ComponentName, role: &str, id: &str) -> bool {
        self.id(component, role).is_some_and(|known| known == id)
    }

    /// The id that was recorded for a role of a component.
    pub fn id(&self, component: ComponentName, role: &str) -> Option<&str> {
        self.0.get(&component)?.get(role).map(String::as_str)
    }

    /// Whether any component recorded this declared resource, by its name or by its id.
    pub fn has(&self, key: &Key) -> bool {
        let (by_name, by_id) = (key.to_string(), id_role(key));
        let recorded = |role: &String| *role == by_name || *role == by_id;
        self.0.values().flat_map(BTreeMap::keys).any(recorded)
    }

    /// Whether any component recorded a resource in this Region: the account could be worked in there.
    pub fn in_region(&self, region: &Region) -> bool {
        let here = format!("{region}.");
        let mut roles = self.0.values().flat_map(BTreeMap::keys);
        roles.any(|role| role.starts_with(&here))
    }

    /// The role under which a component's resource was recorded.
    pub fn role(&self, component: ComponentName, id: &str) -> Option<&str> {
        let mut roles = self.0.get(&component)?.iter();
        let (role, _) = roles.find(|(_, known)| *known == id)?;
        Some(role)
    }
}
