//! The append-only, hash-chained record of every change to a tenant.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::id::TenantId;

/// Something that happened to a tenant, who requested it, and the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// The tenant.
    pub tenant_id: TenantId,
    /// 1, 2, 3, … without a gap.
    pub sequence: u64,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Who: the ARN of the caller, or the function that acted by itself.
    pub actor: String,
    /// What happened, as a stable word: `tenant-requested`, `change-applied`, `drift-found`, …
    pub action: String,
    /// What happened, in a sentence.
    pub summary: String,
    /// Request id, component, resource and the like. Never a secret.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub details: serde_json::Map<String, serde_json::Value>,
    /// The hash of the entry before; 64 zeros for the first.
    pub previous_hash: String,
    /// SHA-256 over everything above, in hexadecimal.
    pub hash: String,
}

/// The previous hash of a tenant's first entry.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl HistoryEntry {
    /// The hash this entry should carry: SHA-256 over its canonical JSON without the field `hash`.
    pub fn computed_hash(&self) -> String {
        let mut bare = self.clone();
        bare.hash = String::new();
        // Field order is the declaration order, and maps are sorted, so the text is canonical: also where some dependency has serde_json
        // keep the order of insertion.
        bare.details.sort_keys();
        bare.details
            .values_mut()
            .for_each(serde_json::Value::sort_all_objects);
        let text = serde_json::to_string(&bare).unwrap_or_default();
        HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
    }

    /// What stands for an entry that cannot be read as it was written: whoever verifies the history finds it changed.
    pub fn unreadable(tenant_id: TenantId, sequence: u64) -> Self {
        Self {
            tenant_id,
            sequence,
            at: Timestamp::UNIX_EPOCH,
            actor: "unknown".into(),
            action: "unreadable".into(),
            summary: "this entry is not as tenantry wrote it".into(),
            details: serde_json::Map::new(),
            previous_hash: String::new(),
            hash: String::new(),
        }
    }

    /// The entry with its hash filled in.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.hash = self.computed_hash();
        self
    }
}

/// What is wrong with a chain, by sequence number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "flaw")]
pub enum Flaw {
    /// An entry's content does not match its hash.
    Changed {
        /// Which entry.
        sequence: u64,
    },
    /// An expected entry is not there.
    Missing {
        /// Which entry.
        sequence: u64,
    },
    /// An entry does not follow from the one before it, or appears twice.
    Inserted {
        /// Which entry.
        sequence: u64,
    },
}

/// Checks a whole history, ordered by sequence. `expected_len` and `head` are what the tenant's record says, and catch a
/// history cut off at its end.
pub fn verify(entries: &[HistoryEntry], expected_len: u64, head: &str) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    // Not known behind an entry that cannot be read: the one after it is not to blame.
    let mut previous = Some(GENESIS);
    let mut next = 1;
    for entry in entries {
        // Beyond the end as well.
        if entry.sequence < next || entry.sequence > expected_len {
            flaws.push(Flaw::Inserted {
                sequence: entry.sequence,
            });
            continue;
        }
        flaws.extend(missing(next..entry.sequence));
        if entry.hash != entry.computed_hash() {
            flaws.push(Flaw::Changed {
                sequence: entry.sequence,
            });
        } else if entry.sequence == next && previous.is_some_and(|hash| hash != entry.previous_hash)
        {
            flaws.push(Flaw::Inserted {
                sequence: entry.sequence,
            });
        }
        previous = Some(entry.hash.as_str()).filter(|hash| !hash.is_empty());
        next = entry.sequence.saturating_add(1);
    }
    flaws.extend(missing(next..expected_len.saturating_add(1)));
    if flaws.is_empty() && previous != Some(head) {
        flaws.push(Flaw::Inserted {
            sequence: next.saturating_sub(1),
        });
    }
    flaws
}

/// Of one gap, this many are named: a number however large, in an entry or in the tenant's record, must not fill the memory.
const MOST_NAMED: usize = 1000;

fn missing(gap: std::ops::Range<u64>) -> impl Iterator<Item = Flaw> {
    gap.take(MOST_NAMED)
        .map(|sequence| Flaw::Missing { sequence })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: u64) -> Vec<HistoryEntry> {
        let mut previous_hash = GENESIS.to_owned();
        (1..=length)
            .map(|sequence| {
                let entry = HistoryEntry {
                    tenant_id: TenantId::from_random([1; 10]),
                    sequence,
                    at: Timestamp::UNIX_EPOCH,
                    actor: "arn:aws:iam::111111111111:user/ann".into(),
                    action: "change-applied".into(),
                    summary: format!("step {sequence}"),
                    details: serde_json::Map::new(),
                    previous_hash: previous_hash.clone(),
                    hash: String::new(),
                }
                .sealed();
                previous_hash.clone_from(&entry.hash);
                entry
            })
            .collect()
    }

    fn check(entries: &[HistoryEntry], original: &[HistoryEntry]) -> Vec<Flaw> {
        verify(
            entries,
            original.len() as u64,
            original.last().map_or(GENESIS, |e| &e.hash),
        )
    }

    #[test]
    fn an_untouched_history_has_no_flaw() {
        let whole = chain(5);
        assert_eq!(check(&whole, &whole), []);
        assert_eq!(verify(&[], 0, GENESIS), []);
    }

    #[test]
    fn a_changed_entry_is_named() {
        let whole = chain(5);
        let mut entries = whole.clone();
        entries[2].summary = "nothing to see".into();
        assert_eq!(check(&entries, &whole), [Flaw::Changed { sequence: 3 }]);
    }

    #[test]
    fn a_changed_and_resealed_entry_breaks_the_next_link() {
        let whole = chain(5);
        let mut entries = whole.clone();
        entries[2].summary = "nothing to see".into();
        entries[2] = entries[2].clone().sealed();
        assert_eq!(check(&entries, &whole), [Flaw::Inserted { sequence: 4 }]);
    }

    #[test]
    fn an_entry_that_cannot_be_read_is_named_and_no_other() {
        let whole = chain(5);
        let mut unreadable = whole.clone();
        unreadable[1] = HistoryEntry::unreadable(whole[1].tenant_id.clone(), 2);
        assert_eq!(check(&unreadable, &whole), [Flaw::Changed { sequence: 2 }]);
    }

    #[test]
    fn missing_entries_are_named_wherever_they_were() {
        let whole = chain(5);
        let mut middle = whole.clone();
        middle.remove(1);
        assert_eq!(check(&middle, &whole), [Flaw::Missing { sequence: 2 }]);
        assert_eq!(check(&whole[..4], &whole), [Flaw::Missing { sequence: 5 }]);
        assert_eq!(check(&whole[1..], &whole), [Flaw::Missing { sequence: 1 }]);
        let endless = verify(&whole, u64::MAX, &whole[4].hash);
        assert_eq!(endless.len(), MOST_NAMED);
    }

    #[test]
    fn an_inserted_or_appended_entry_is_named() {
        let whole = chain(5);
        let mut doubled = whole.clone();
        doubled.insert(3, whole[2].clone());
        assert_eq!(check(&doubled, &whole), [Flaw::Inserted { sequence: 3 }]);
        let longer = chain(6);
        assert_eq!(check(&longer, &whole), [Flaw::Inserted { sequence: 6 }]);
        let mut far = whole.clone();
        far.push(HistoryEntry {
            sequence: u64::MAX,
            ..whole[4].clone()
        });
        let sequence = u64::MAX;
        assert_eq!(check(&far, &whole), [Flaw::Inserted { sequence }]);
    }
}
