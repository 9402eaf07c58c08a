//! `--unset` of `tenantry tenant update`.

use serde_json::{Map, Value};

use super::spec_options::overlay;
use crate::error::CliError;

/// What `--unset` takes: fields that have a default, and members of objects.
const UNSETTABLE: &str = "regions, azs, egress, cidr-prefix, budget, expect-idle, group, contacts, contacts.<billing|operations|security>, tags, tags.<key>, cost-center, mode";

/// A field to remove, and the member of it if not the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unset {
    field: &'static str,
    member: Option<String>,
}

/// Reads it.
///
/// # Errors
/// What is allowed.
pub fn unset(text: &str) -> Result<Unset, String> {
    let (field, member) = match text.split_once('.') {
        Some((field, member)) => (field, Some(member.to_owned())),
        None => (text, None),
    };
    let field = match (field, member.as_deref()) {
        ("regions", None) => "regions",
        ("azs" | "availabilityZones", None) => "availabilityZones",
        ("egress", None) => "egress",
        ("cidr-prefix" | "cidrPrefix", None) => "cidrPrefix",
        ("cost-center" | "costCenter", None) => "costCenter",
        ("budget", None) => "budget",
        ("expect-idle" | "expectIdle", None) => "expectIdle",
        ("group", None) => "group",
        ("mode", None) => "mode",
        ("contacts", None | Some("billing" | "operations" | "security")) => "contacts",
        ("tags", None) => "tags",
        ("tags", Some(key)) if !key.is_empty() => "tags",
        _ => return Err(format!("allowed: {UNSETTABLE}")),
    };
    Ok(Unset { field, member })
}

/// Removes these from a merge patch that sets others.
///
/// # Errors
/// If one is set and unset.
pub fn apply(patch: &mut Map<String, Value>, all: Vec<Unset>) -> Result<(), CliError> {
    for unset in all {
        refuse_both(patch, &unset)?;
        apply_unset(patch, unset);
    }
    Ok(())
}

/// What is set cannot be unset by the same command.
fn refuse_both(patch: &Map<String, Value>, unset: &Unset) -> Result<(), CliError> {
    let given = patch.get(unset.field).filter(|value| !value.is_null());
    let (value, named) = match &unset.member {
        None => (given, unset.field.to_owned()),
        Some(member) => (
            given.and_then(|value| value.get(member)),
            format!("{}.{member}", unset.field),
        ),
    };
    match value {
        // Members that are unset are null by now.
        Some(Value::Object(members)) if members.values().all(Value::is_null) => Ok(()),
        None | Some(Value::Null) => Ok(()),
        Some(_) => Err(CliError::Usage(format!(
            "`{named}` is set and unset: name it once"
        ))),
    }
}

/// In a merge patch, null removes (RFC 7396).
fn apply_unset(patch: &mut Map<String, Value>, unset: Unset) {
    match unset.member {
        None => {
            patch.insert(unset.field.to_owned(), Value::Null);
        }
        Some(member) => overlay(patch, unset.field, Map::from_iter([(member, Value::Null)])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn unsetting_makes_nulls_of_fields_and_members() {
        let mut patch = Map::new();
        for text in [
            "azs",
            "expect-idle",
            "tags.owner",
            "tags.app.kind",
            "contacts.billing",
        ] {
            apply_unset(&mut patch, unset(text).unwrap());
        }
        assert_eq!(
            Value::Object(patch),
            json!({
                "availabilityZones": null,
                "expectIdle": null,
                "tags": {"owner": null, "app.kind": null},
                "contacts": {"billing": null},
            })
        );
    }

    #[test]
    fn what_a_tenant_cannot_be_without_cannot_be_unset() {
        for bad in [
            "slug",
            "name",
            "blueprint",
            "tags.",
            "contacts.sales",
            "egress.x",
            "",
        ] {
            assert!(unset(bad).is_err(), "{bad}");
        }
    }
}
