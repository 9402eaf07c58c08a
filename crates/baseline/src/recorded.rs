//! What the ledger recorded of a tenant's resources: which id was whose part, while it carried our tags.

use std::collections::BTreeMap;

use tenancy::ComponentName;

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
        let recorded = self.0.get(&component).and_then(|roles| roles.get(role));
        recorded.is_some_and(|known| known == id)
    }

    /// The role under which a component's resource was recorded.
    pub fn role(&self, component: ComponentName, id: &str) -> Option<&str> {
        let mut roles = self.0.get(&component)?.iter();
        let (role, _) = roles.find(|(_, known)| *known == id)?;
        Some(role)
    }
}
