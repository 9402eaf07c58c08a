//! What another release wrote into a blueprint and this one does not know: it is kept, shown, and never guessed at.
//!
//! # Guarantees
//! A tenant of such a blueprint stays readable. Nothing is built of what is not known: [`Blueprint::resolve`] refuses, by the name of the
//! setting. What decides who may do what is taken in the strictest way there is.

use super::{Blueprint, Settings};
use crate::{
    access::{Approval, SelfService},
    spec::{FieldError, Spec},
    stored::{OrWord, Word},
};

const EGRESS: &str = "settings.egress";
/// What of it decides what is built.
const BUILT_OF: [&str; 4] = [
    EGRESS,
    "settings.trail",
    "settings.vpcBlockPublicAccess",
    "settings.encryption",
];

impl Settings {
    /// What is opened to the administrators of a tenant, as far as this release knows it.
    pub fn opened(&self) -> Vec<SelfService> {
        let opened = self.self_service.iter();
        opened.filter_map(|one| one.known()).collect()
    }

    /// Who has to approve what a tenant's people ask for, where the blueprint says so.
    pub fn approval(&self) -> Option<Approval> {
        let rule = self.access_approval?;
        Some(rule.known().unwrap_or(Approval::STRICTEST))
    }
}

impl Blueprint {
    /// Every value that only another release knows, with its field.
    pub(super) fn unknown(&self) -> Vec<(&'static str, Word)> {
        let settings = &self.settings;
        let block = settings.vpc_block_public_access.as_ref();
        let approval = settings.access_approval.as_ref();
        let mut all = vec![
            (EGRESS, settings.egress.other()),
            ("settings.trail", settings.trail.other()),
            (
                "settings.vpcBlockPublicAccess",
                block.and_then(OrWord::other),
            ),
            ("settings.encryption", settings.encryption.other()),
            ("settings.accessApproval", approval.and_then(OrWord::other)),
        ];
        let opened = settings.self_service.iter().map(OrWord::other);
        all.extend(opened.map(|word| ("settings.selfService", word)));
        let ways = self.open.egress.iter().flatten().map(OrWord::other);
        all.extend(ways.map(|word| ("open.egress", word)));
        let word = |(field, word): (_, Option<Word>)| Some((field, word?));
        all.into_iter().filter_map(word).collect()
    }

    /// The refusal of each value that only another release knows and that this spec would be built of.
    pub(super) fn unknown_to_build_of(&self, spec: &Spec) -> impl Iterator<Item = FieldError> {
        let chosen = spec.egress.is_some();
        let asked = move |field: &&str| BUILT_OF.contains(field) && !(*field == EGRESS && chosen);
        let unknown = self.unknown().into_iter();
        let unknown = unknown.filter(move |(field, _)| asked(field));
        unknown.map(|(field, word)| {
            let detail = format!(
                "says `{word}` in `{field}`, which another release wrote and this one does not know"
            );
            FieldError::new(
                "blueprint",
                detail,
                "a blueprint of values that this release knows",
            )
        })
    }
}
