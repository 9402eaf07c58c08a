//! A spec as it is stored, whichever release wrote it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use super::{Budget, Contact, Contacts, Egress, Mode, PATCHABLE, Spec};
use crate::{
    blueprint::BlueprintRef,
    id::{GroupName, Region, Slug},
    stored::{OtherFields, take},
};

const MODE: &str = "mode";

impl<'de> Deserialize<'de> for Spec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = OtherFields::deserialize(deserializer)?;
        let missing = |name| de::Error::custom(format!("no `{name}` that can be read"));
        Ok(Self {
            slug: take(&mut fields, "slug").ok_or_else(|| missing("slug"))?,
            name: take(&mut fields, "name").ok_or_else(|| missing("name"))?,
            blueprint: take(&mut fields, "blueprint").ok_or_else(|| missing("blueprint"))?,
            regions: take(&mut fields, "regions"),
            availability_zones: take(&mut fields, "availabilityZones"),
            egress: take(&mut fields, "egress"),
            cidr_prefix: take(&mut fields, "cidrPrefix"),
            budget: take(&mut fields, "budget"),
            expect_idle: take(&mut fields, "expectIdle"),
            group: take(&mut fields, "group"),
            contacts: take(&mut fields, "contacts").unwrap_or_default(),
            tags: take(&mut fields, "tags").unwrap_or_default(),
            cost_center: take(&mut fields, "costCenter"),
            // In a mode that this release does not know, nothing may be changed unasked.
            mode: match take(&mut fields, MODE) {
                Some(mode) => mode,
                None if fields.contains_key(MODE) => Mode::ObserveOnly,
                None => Mode::default(),
            },
            other: fields,
        })
    }
}

impl Serialize for Spec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored {
            slug: &self.slug,
            name: &self.name,
            blueprint: &self.blueprint,
            regions: self.regions.as_ref(),
            availability_zones: self.availability_zones,
            egress: self.egress,
            cidr_prefix: self.cidr_prefix,
            budget: self.budget.as_ref(),
            expect_idle: self.expect_idle,
            group: self.group.as_ref(),
            contacts: &self.contacts,
            tags: &self.tags,
            cost_center: self.cost_center.as_ref(),
            mode: (!self.other.contains_key(MODE)).then_some(self.mode),
            other: &self.other,
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'a> {
    slug: &'a Slug,
    name: &'a str,
    blueprint: &'a BlueprintRef,
    #[serde(skip_serializing_if = "Option::is_none")]
    regions: Option<&'a Vec<Region>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    availability_zones: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    egress: Option<Egress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cidr_prefix: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<&'a Budget>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expect_idle: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a GroupName>,
    #[serde(skip_serializing_if = "is_nobody")]
    contacts: &'a Contacts,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_center: Option<&'a String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<Mode>,
    #[serde(flatten)]
    other: &'a OtherFields,
}

fn is_nobody(contacts: &Contacts) -> bool {
    *contacts == Contacts::default()
}

impl Spec {
    /// Fields of this release whose values it cannot read, for another release wrote them. What they ask for is not known, so
    /// nothing may be built from such a spec. The mode is not among them: an unknown mode is read as `observe-only`.
    pub fn unreadable(&self) -> impl Iterator<Item = &str> {
        let names = self.other.keys().map(String::as_str);
        names.filter(|name| *name != MODE && PATCHABLE.contains(name))
    }

    /// The spec without what another release wrote beside.
    #[must_use]
    pub fn without_other(&self) -> Self {
        let mut spec = self.clone();
        spec.other.clear();
        spec.contacts.other.clear();
        if let Some(budget) = &mut spec.budget {
            budget.other.clear();
        }
        for contact in spec.contacts.each_mut().into_iter().flatten() {
            contact.other.clear();
        }
        spec
    }

    /// Puts back what another release wrote beside `before`, but for what `patch` replaced.
    pub(crate) fn keep_other(&mut self, before: &Self, patch: &Map<String, Value>) {
        let kept = before.other.iter();
        let kept = kept.filter(|(name, _)| !patch.contains_key(*name));
        self.other.extend(kept.map(|(k, v)| (k.clone(), v.clone())));
        if let (Some(budget), Some(before)) = (&mut self.budget, &before.budget)
            && patch.get("budget").is_none_or(Value::is_object)
        {
            budget.other.clone_from(&before.other);
        }
        let patched = patch.get("contacts");
        if !patched.is_none_or(Value::is_object) {
            return;
        }
        self.contacts.other.clone_from(&before.contacts.other);
        let (mut now, before) = (self.contacts.clone(), before.contacts.clone());
        for (contact, before) in now.each_mut().into_iter().zip(before.each()) {
            if let (Some(contact), Some(before)) = (contact, before) {
                contact.other.clone_from(&before.other);
            }
        }
        self.contacts = now;
    }
}

impl Contacts {
    fn each(&self) -> [Option<&Contact>; 3] {
        [&self.billing, &self.operations, &self.security].map(Option::as_ref)
    }

    fn each_mut(&mut self) -> [Option<&mut Contact>; 3] {
        [
            self.billing.as_mut(),
            self.operations.as_mut(),
            self.security.as_mut(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn from_the_future() -> Value {
        json!({
            "slug": "acme", "name": "Acme Ltd", "blueprint": "standard@7.0.0", "mode": "repair-at-night",
            "egress": "central-nat", "regions": ["eu-central-1"], "dataResidency": {"only": "eu"},
            "budget": {"monthlyUsd": 499.5, "stopAt": 1000},
            "contacts": {
                "billing": {"name": "Ann", "email": "ann@acme.example", "pager": "+49"},
                "legal": {"name": "Bea", "email": "bea@acme.example"},
            },
        })
    }

    #[test]
    fn a_spec_of_another_release_is_read_and_written_back_as_it_is() {
        let spec: Spec = serde_json::from_value(from_the_future()).unwrap();
        assert_eq!(serde_json::to_value(&spec).unwrap(), from_the_future());
        assert_eq!(spec.unreadable().collect::<Vec<_>>(), ["egress"]);
        assert_eq!(spec.mode, Mode::ObserveOnly);
        assert_eq!(spec.regions.as_ref().map(Vec::len), Some(1));
    }

    #[test]
    fn a_spec_of_this_release_has_nothing_beside() {
        let written = json!({"slug": "acme", "name": "A", "blueprint": "standard@1.0.0", "egress": null, "mode": "repair"});
        let spec: Spec = serde_json::from_value(written).unwrap();
        assert_eq!(spec.other, OtherFields::new());
        let again =
            json!({"slug": "acme", "name": "A", "blueprint": "standard@1.0.0", "mode": "repair"});
        assert_eq!(serde_json::to_value(&spec).unwrap(), again);
    }

    #[test]
    fn a_spec_without_what_names_its_tenant_is_none() {
        for field in ["slug", "name", "blueprint"] {
            let mut spec = from_the_future();
            spec[field] = json!(7);
            assert!(serde_json::from_value::<Spec>(spec).is_err(), "{field}");
        }
    }
}
