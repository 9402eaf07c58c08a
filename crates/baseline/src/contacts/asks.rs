//! What each change of a contact asks of AWS Account Management.

use crate::{
    asks::{Ask, all},
    declared::{self, ResourceChange},
    desired::Desired,
};

pub(super) fn contact(_desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    match change.effect {
        declared::Effect::Delete { .. } => all(&["account:DeleteAlternateContact"], "*"),
        declared::Effect::Create { .. } | declared::Effect::Set { .. } => {
            all(&["account:PutAlternateContact"], "*")
        }
    }
}
