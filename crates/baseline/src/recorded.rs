//! What the ledger recorded of a tenant's resources: which id was whose part, while it carried our tags.

use std::collections::{BTreeMap, BTreeSet};

use tenancy::{ComponentName, Region};

use crate::resource_key::{Key, id_role};

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

    /// The same after these components were recorded anew.
    #[must_use]
    pub fn after(
        &self,
        components: impl IntoIterator<Item = (ComponentName, BTreeMap<String, String>)>,
    ) -> Self {
        let mut all = self.0.clone();
        all.extend(components);
        Self(all)
    }

    /// What was recorded of some components only.
    #[must_use]
    pub fn only(&self, of: impl Fn(ComponentName) -> bool) -> Self {
        let kept = self.0.iter().filter(|(component, _)| of(**component));
        Self(kept.map(|(name, roles)| (*name, roles.clone())).collect())
    }

    /// Whether `role` of a component was recorded to be this very resource.
    pub fn is(&self, component: ComponentName, role: &str, id: &str) -> bool {
        self.id(component, role).is_some_and(|known| known == id)
    }

    /// The id that was recorded for a role of a component.
    pub fn id(&self, component: ComponentName, role: &str) -> Option<&str> {
        self.0.get(&component)?.get(role).map(String::as_str)
    }

    /// Whether anything was recorded of a component.
    pub fn has_any(&self, component: ComponentName) -> bool {
        self.0
            .get(&component)
            .is_some_and(|roles| !roles.is_empty())
    }

    /// Whether any component recorded this declared resource, by its name or by its id.
    pub fn has(&self, key: &Key) -> bool {
        let (by_name, by_id) = (key.to_string(), id_role(key));
        let recorded = |role: &String| *role == by_name || *role == by_id;
        self.0.values().flat_map(BTreeMap::keys).any(recorded)
    }

    /// The id that was recorded of a component's declared resource.
    pub fn id_of(&self, component: ComponentName, key: &Key) -> Option<&str> {
        self.id(component, &id_role(key))
    }

    /// Everything that was recorded of a component's declared resource, by role.
    pub fn roles_of(&self, component: ComponentName, key: &Key) -> Vec<(String, String)> {
        let roles = [key.to_string(), id_role(key), format!("{key}.held-by")];
        let known = roles.into_iter().filter_map(|role| {
            let id = self.id(component, &role)?.to_owned();
            Some((role, id))
        });
        known.collect()
    }

    /// The declared resources of these kinds that a component recorded.
    pub fn keys(&self, component: ComponentName, kinds: &[&'static str]) -> BTreeSet<Key> {
        let roles = self.0.get(&component).into_iter().flat_map(BTreeMap::keys);
        roles.filter_map(|role| key(role, kinds)).collect()
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

/// The key that a role was written from, if it is of one of these kinds: `eu-central-1.kms-key.alias/tenantry.id`.
fn key(role: &str, kinds: &[&'static str]) -> Option<Key> {
    let role = role.strip_suffix(".id").unwrap_or(role);
    let role = role.strip_suffix(".held-by").unwrap_or(role);
    let named = |text: &str| {
        kinds
            .iter()
            .find_map(|kind| match text.strip_prefix(kind)? {
                "" => Some((*kind, String::new())),
                rest => Some((*kind, rest.strip_prefix('.')?.to_owned())),
            })
    };
    if let Some((kind, name)) = named(role) {
        return Some(Key::in_account(kind, name));
    }
    let (region, rest) = role.split_once('.')?;
    let (kind, name) = named(rest)?;
    Some(Key::in_region(kind, region.parse().ok()?, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_recorded_resource_is_read_back_from_its_role() {
        let kinds = ["kms-key", "contact", "password-policy"];
        let region: Region = "eu-central-1".parse().unwrap();
        for written in [
            Key::in_region("kms-key", region.clone(), "alias/tenantry".into()),
            Key::in_region("kms-key", region, String::new()),
            Key::in_account("contact", "billing".into()),
            Key::only("password-policy"),
        ] {
            for suffix in ["", ".id", ".held-by"] {
                let role = format!("{written}{suffix}");
                assert_eq!(key(&role, &kinds), Some(written.clone()), "{role}");
            }
        }
        for other in [
            "eu-central-1.vpc",
            "kms-keyring.x",
            "role.kms-key",
            "eu-central-1.kms-keys.x",
        ] {
            assert_eq!(key(other, &kinds), None, "{other}");
        }
    }
}
