//! Notes to the caller of a change that is accepted but has less effect than it seems to. Pure.

use super::{Contacts, EffectiveSpec, Spec};

const CONTACTS: &str = "a contact without a telephone number (`phone`) is kept for people to read: AWS takes no alternate contact \
    of an account without one";
const PREFIX: &str = "`cidrPrefix` applies to Regions that are added from now on: an existing network keeps its addresses";
const ZONES: &str = "`availabilityZones` is not lowered where a network already spans more: its subnets may be in use";
const HOME: &str = "the tenant's trail, its bucket and its log group stay in the Region they were made in; where the tenant's key encrypts \
    them, a key stays there too and is billed as the others, also if the tenant no longer has that Region";

/// What does not follow from what was requested: of a new tenant, or of a change from `before`.
pub fn notes(before: Option<&Spec>, after: &Spec) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |holds: bool, text: &str| {
        if holds {
            notes.push(text.to_owned());
        }
    };
    let contacts = before.map(|before| &before.contacts).cloned();
    let changed = contacts.unwrap_or_default() != after.contacts;
    note(changed && has_unreachable(&after.contacts), CONTACTS);
    if let Some(before) = before {
        note(before.cidr_prefix != after.cidr_prefix, PREFIX);
        note(fewer_zones(before, after), ZONES);
        note(first_region(before) != first_region(after), HOME);
    }
    let renamed = before.is_none_or(|before| before.name != after.name);
    if renamed && after.account_name() != after.name {
        notes.push(format!(
            "AWS does not accept this name for an account; the AWS account is named `{}`",
            after.account_name()
        ));
    }
    notes
}

const KEYS: &str = "the tenant's KMS keys are scheduled for deletion: what was encrypted with them, older log files and the tenant's own \
    data among it, cannot be read thirty days after; until then the deletion can be cancelled";

/// What does not follow from a move to another blueprint, or to another version, that says otherwise than the one before.
pub fn notes_of_move(before: &EffectiveSpec, after: &EffectiveSpec) -> Vec<String> {
    let stays = [
        (before.cidr_prefix != after.cidr_prefix, PREFIX),
        (after.availability_zones < before.availability_zones, ZONES),
        (before.keys && !after.keys, KEYS),
    ];
    let stays = stays.into_iter().filter(|(holds, _)| *holds);
    stays.map(|(_, text)| text.to_owned()).collect()
}

fn has_unreachable(contacts: &Contacts) -> bool {
    let mut all = contacts.by_kind().into_iter();
    all.any(|(_, contact)| contact.is_some_and(|contact| contact.phone.is_none()))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_names_another_region_first_is_told_that_the_trail_stays_and_so_does_its_key() {
        let spec = |regions: &[&str]| -> Spec {
            let spec = json!({
                "slug": "acme", "name": "Acme", "blueprint": "regulated@1.1.0", "regions": regions,
            });
            serde_json::from_value(spec).unwrap()
        };
        let before = spec(&["eu-central-1", "us-east-1"]);
        for after in [spec(&["us-east-1", "eu-central-1"]), spec(&["us-east-1"])] {
            let notes = notes(Some(&before), &after);
            assert_eq!(notes, [HOME]);
            assert!(notes[0].contains("bucket") && notes[0].contains("a key stays there too"));
        }
        assert_eq!(notes(Some(&before), &spec(&["eu-central-1"])), [""; 0]);
    }
}
