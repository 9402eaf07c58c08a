//! Every account of our units as the daily sweep listed them, kept in the ledger for the audits of that sweep: none of them has to
//! call Organizations, whose limits all tenants share.
//!
//! # Guarantees
//! Only a scheduled audit uses the list, and only while it is valid: a requested audit or repair reads Organizations itself.
//! A list is written in parts, each with the time of its reading; parts of two readings are never mixed.

use std::{collections::BTreeMap, sync::Arc};

use baseline::{account::State, placement::Organization};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tenancy::{AccountId, Failure, Timestamp};

use crate::{ledger::Ledger, ledger_failure::ledger_failure};

/// How long a list is used: the audits of a sweep begin within a quarter of an hour of it, and some are tried again.
const GOOD_FOR_SECS: i64 = 2 * 3600;
/// Accounts in one part: some 40 KB.
const PER_PART: usize = 200;
/// The document that says how many parts there are; each is another.
const DOCUMENT: &str = "accounts";

/// An account of one of our units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ListedAccount {
    /// The unit it is in, by id.
    pub unit: String,
    /// Its name.
    pub name: String,
    /// The address of its root user.
    pub email: String,
    /// Its state.
    pub state: State,
}

/// The accounts by number.
pub(super) type Listed = BTreeMap<AccountId, ListedAccount>;

/// What the sweep read beside the accounts, and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    read_at: Timestamp,
    parts: usize,
    organization: Organization,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    read_at: Timestamp,
    accounts: Listed,
}

/// The list as a process knows it: parts are loaded when an account in them is asked for.
#[derive(Debug, Clone)]
pub(super) struct AccountList {
    read_at: Timestamp,
    parts: usize,
    organization: Arc<Organization>,
    loaded: BTreeMap<usize, Listed>,
}

/// An account, and the units and policies around it as they were read with it.
pub(crate) struct InOrganization {
    pub account: ListedAccount,
    pub organization: Arc<Organization>,
}

impl AccountList {
    /// The list in the ledger, if it is still good.
    pub(super) async fn load(ledger: &Ledger, now: Timestamp) -> Result<Option<Self>, Failure> {
        let head: Option<Head> = read(ledger, DOCUMENT).await?;
        let list = head.map(|head| Self {
            read_at: head.read_at,
            parts: head.parts,
            organization: Arc::new(head.organization),
            loaded: BTreeMap::new(),
        });
        Ok(list.filter(|list| list.is_good(now)))
    }

    pub(super) fn is_good(&self, now: Timestamp) -> bool {
        let age = now.as_second() - self.read_at.as_second();
        (0..GOOD_FOR_SECS).contains(&age)
    }

    /// An account. One that is not in the list came after it, or is elsewhere.
    pub(super) async fn account(
        &mut self,
        ledger: &Ledger,
        id: &AccountId,
    ) -> Result<Option<InOrganization>, Failure> {
        let number = part_of(id, self.parts);
        if !self.loaded.contains_key(&number) {
            let part: Option<Part> = read(ledger, &name(number)).await?;
            // Where a newer sweep is writing, this list knows nothing of the account.
            let Some(part) = part.filter(|part| part.read_at == self.read_at) else {
                return Ok(None);
            };
            self.loaded.insert(number, part.accounts);
        }
        let account = self.loaded.get(&number).and_then(|part| part.get(id));
        Ok(account.map(|account| InOrganization {
            account: account.clone(),
            organization: Arc::clone(&self.organization),
        }))
    }
}

/// Writes a list: its parts side by side, and then its head.
pub(super) async fn save(
    ledger: &Ledger,
    read_at: Timestamp,
    organization: &Organization,
    accounts: Listed,
) -> Result<(), Failure> {
    let parts = accounts.len().div_ceil(PER_PART).max(1);
    let before: Option<Head> = read(ledger, DOCUMENT).await?;
    // Parts of a longer list are emptied: they name customers who have left.
    let written = before.map_or(parts, |before| before.parts.max(parts));
    let mut all: Vec<Listed> = vec![Listed::new(); written];
    for (id, account) in accounts {
        if let Some(part) = all.get_mut(part_of(&id, parts)) {
            part.insert(id, account);
        }
    }
    let writes = all.into_iter().enumerate().map(|(number, accounts)| {
        let part = Part { read_at, accounts };
        async move { replace(ledger, &name(number), &part).await }
    });
    try_join_all(writes).await?;
    let head = Head {
        read_at,
        parts,
        organization: organization.clone(),
    };
    replace(ledger, DOCUMENT, &head).await
}

/// Numbers of accounts are random, so a remainder spreads them well enough.
fn part_of(id: &AccountId, parts: usize) -> usize {
    let number: usize = id.as_str().parse().unwrap_or_default();
    number % parts.max(1)
}

fn name(part: usize) -> String {
    format!("{DOCUMENT}-{part}")
}

/// What an older build wrote and this one cannot read is as if it were not there.
async fn read<T: DeserializeOwned>(ledger: &Ledger, name: &str) -> Result<Option<T>, Failure> {
    let shared = ledger.shared(name).await;
    let shared = shared.map_err(|error| ledger_failure("reading the list of accounts", error))?;
    Ok(shared.and_then(|shared| serde_json::from_value(shared.content).ok()))
}

/// Puts it in the place of what is there; of two sweeps at once, the later stays.
async fn replace(ledger: &Ledger, name: &str, content: &impl Serialize) -> Result<(), Failure> {
    let doing = "writing the list of accounts";
    let content =
        serde_json::to_value(content).map_err(|error| Failure::bug(doing, error.to_string()))?;
    let written = Box::pin(ledger.change_shared(name, |_| Some(content.clone())));
    written.await.map_err(|error| ledger_failure(doing, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_spread_over_parts_that_fit_into_a_row() {
        let parts = 10_000usize.div_ceil(PER_PART);
        let mut counts = vec![0; parts];
        for number in 0..10_000u64 {
            let id = format!("{:012}", (number * 7_919_317) % 999_999_999_989);
            counts[part_of(&id.parse().unwrap(), parts)] += 1;
        }
        let account = ListedAccount {
            unit: "ou-abcd-12345678".into(),
            name: "n".repeat(50),
            email: "e".repeat(64),
            state: State::Active,
        };
        let size = serde_json::to_string(&account).unwrap().len() + 16;
        let most = counts.iter().max().unwrap() * size;
        assert!(most < 64_000, "{most}");
    }
}
