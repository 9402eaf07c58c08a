//! What a caller is told whose change is accepted and does not do all that it seems to. Pure.

use super::Spec;

const CONTACTS: &str = "`contacts` is kept for people to read: the alternate contacts of the AWS account are not set, since AWS \
    wants a telephone number with them";
const PREFIX: &str = "`cidrPrefix` holds for Regions that are added from now on: a network keeps the addresses it was given";
const ZONES: &str = "`availabilityZones` is not lowered where a network spans more already: what is in its subnets may be in use";
const HOME: &str = "the tenant's trail and its bucket stay in the Region they were made in";

/// What does not follow from what was requested: of a new tenant, or of a change from `before`.
pub fn notes(before: Option<&Spec>, after: &Spec) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |holds: bool, text: &str| {
        if holds {
            notes.push(text.to_owned());
        }
    };
    let contacts = before.map(|before| &before.contacts).cloned();
    note(contacts.unwrap_or_default() != after.contacts, CONTACTS);
    if let Some(before) = before {
        note(before.cidr_prefix != after.cidr_prefix, PREFIX);
        note(fewer_zones(before, after), ZONES);
        note(first_region(before) != first_region(after), HOME);
    }
    let renamed = before.is_none_or(|before| before.name != after.name);
    if renamed && after.account_name() != after.name {
        notes.push(format!(
            "AWS takes no such name for an account; the AWS account is called `{}`",
            after.account_name()
        ));
    }
    notes
}

/// What the blueprint says instead is not known here: it may be fewer.
fn fewer_zones(before: &Spec, after: &Spec) -> bool {
    match (before.availability_zones, after.availability_zones) {
        (Some(before), Some(after)) => after < before,
        (before, after) => before != after,
    }
}

fn first_region(spec: &Spec) -> Option<&crate::id::Region> {
    spec.regions.as_ref().and_then(|regions| regions.first())
}
