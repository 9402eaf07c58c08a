//! Networks for tenants, never overlapping.
//!
//! The pool is kept in pages of /16, one row each, with a version. A block is taken by one transaction that writes the page
//! (if nobody else has since it was read) and the tenant's main row; so a block is never taken twice, and none is ever
//! taken without its owner knowing. All pages of a /8 are 256 small rows, which one query reads.

mod page;

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use tenancy::{Failure, Region};

use self::page::{Page, bases, find};
use super::{
    Lease, Ledger, LedgerError,
    attempts::Attempts,
    commit::Draft,
    item::{Item, n, number, s, text},
    keys,
    query::Rows,
    write::Write,
};

/// Pages by their address, with the version of their rows; what has no row is free.
pub(super) type Pages = BTreeMap<u32, (Page, u64)>;

/// The networks a tenant needs.
#[derive(Debug, Clone)]
pub struct NetworksWanted {
    /// One for each of these Regions; what the tenant has already stays.
    pub regions: Vec<Region>,
    /// The size of each: 16 to 24.
    pub prefix: u8,
    /// Where they are taken from.
    pub pool: Ipv4Net,
}

impl Ledger {
    /// The tenant's network in a Region: the one it has, whatever its size, or a new block of `prefix` (16 to 24) from
    /// `pool` that overlaps with no other.
    ///
    /// # Errors
    /// `LostLease`, `PoolExhausted`, `Conflict` (prefix outside 16 to 24), `Failed`.
    pub async fn allocate_cidr(
        &self,
        lease: &Lease,
        region: &Region,
        prefix: u8,
        pool: Ipv4Net,
    ) -> Result<Ipv4Net, LedgerError> {
        if !(16..=24).contains(&prefix) {
            let detail = format!("a network cannot be a /{prefix}: /16 to /24 are allowed");
            return Err(LedgerError::conflict(detail));
        }
        let doing = format!("allocating a network for tenant `{}`", lease.tenant);
        let mut attempts = Attempts::new(&doing);
        let mut cached = lease.cache.lock().await;
        loop {
            if let Some(block) = cached.block(region) {
                return Ok(block);
            }
            let (record, pages) = match cached.record.take() {
                Some(record) => (record, self.pages().await?),
                None => futures::try_join!(self.whole_record(&lease.tenant), self.pages())?,
            };
            record.fence(Some(lease))?;
            if let Some(block) = record.tenant.cidrs.get(region) {
                return Ok(*block);
            }
            // Who lost a race searches more and more pages for room, so that many at once do not queue for the first.
            let spread = 1usize << attempts.lost().min(6);
            let candidates = candidates(&pages, prefix, pool, spread);
            let Some(block) = pick(&candidates) else {
                let pool = pool.to_string();
                return Err(LedgerError::PoolExhausted { prefix, pool });
            };
            let mut draft = Draft::of(&record);
            draft.record.tenant.cidrs.insert(region.clone(), block);
            draft.writes = page_writes(&pages, &[block], Page::take);
            if let Some(record) = Box::pin(self.commit(&doing, draft, Some(lease))).await? {
                cached.record = Some(record);
                return Ok(block);
            }
            attempts.again().await?;
        }
    }

    /// Gives the tenant's networks back to the pool. [`Ledger::save_pass`] does so when it closes a tenant.
    ///
    /// # Errors
    /// `LostLease`, `Failed`.
    pub async fn release_cidrs(&self, lease: &Lease) -> Result<(), LedgerError> {
        let doing = format!("giving back the networks of tenant `{}`", lease.tenant);
        let mut attempts = Attempts::new(&doing);
        let mut cached = lease.cache.lock().await;
        loop {
            cached.record = None;
            let record = self.whole_record(&lease.tenant).await?;
            record.fence(Some(lease))?;
            if record.tenant.cidrs.is_empty() {
                return Ok(());
            }
            let blocks: Vec<_> = record.tenant.cidrs.values().copied().collect();
            let pages = self.pages().await?;
            let mut draft = Draft::of(&record);
            draft.record.tenant.cidrs.clear();
            draft.writes = page_writes(&pages, &blocks, Page::give_back);
            if self.commit(&doing, draft, Some(lease)).await?.is_some() {
                return Ok(());
            }
            attempts.again().await?;
        }
    }

    pub(super) async fn pages(&self) -> Result<Pages, LedgerError> {
        let rows = Rows::of(keys::POOL).all(self).await?;
        rows.iter().map(read_page).collect()
    }
}

/// A network for each of these Regions, and the writes that take them; `None` where there is no room for all of them.
pub(super) fn take_blocks(
    pages: &Pages,
    wanted: &NetworksWanted,
    regions: &[Region],
    spread: usize,
) -> Option<(BTreeMap<Region, Ipv4Net>, Vec<Write>)> {
    if !(16..=24).contains(&wanted.prefix) {
        return None;
    }
    let (mut left, mut taken) = (pages.clone(), BTreeMap::new());
    for region in regions {
        let block = pick(&candidates(&left, wanted.prefix, wanted.pool, spread))?;
        let (page, _) = left.entry(page::base(block)).or_default();
        page.take(block);
        taken.insert(region.clone(), block);
    }
    let blocks: Vec<_> = taken.values().copied().collect();
    let writes = page_writes(pages, &blocks, Page::take);
    Some((taken, writes))
}

/// The first free block of the first pages that have one.
fn candidates(pages: &Pages, prefix: u8, pool: Ipv4Net, most: usize) -> Vec<Ipv4Net> {
    let free = Page::default();
    bases(pool)
        .filter_map(|base| {
            let page = pages.get(&base).map_or(&free, |(page, _)| page);
            find(page, base, prefix, pool)
        })
        .take(most)
        .collect()
}

fn pick(candidates: &[Ipv4Net]) -> Option<Ipv4Net> {
    match candidates.len() {
        0 => None,
        many => candidates.get(rand::random_range(0..many)).copied(),
    }
}

/// The rows of the pages that hold `blocks`, after `change`.
fn page_writes(pages: &Pages, blocks: &[Ipv4Net], change: fn(&mut Page, Ipv4Net)) -> Vec<Write> {
    let mut changed = BTreeMap::new();
    for block in blocks {
        let base = page::base(*block);
        let known = pages.get(&base);
        let (page, _) = changed.entry(base).or_insert_with(|| match known {
            Some((page, version)) => (page.clone(), Some(*version)),
            None => (Page::default(), None),
        });
        change(page, *block);
    }
    changed
        .into_iter()
        .map(|(base, (page, version))| page_write(base, &page, version))
        .collect()
}

fn page_write(base: u32, page: &Page, version: Option<u64>) -> Write {
    let [first, second, ..] = base.to_be_bytes();
    let mut row = keys::key(keys::POOL, format!("PAGE#{first:03}.{second:03}"));
    row.insert("base".to_owned(), n(base));
    row.insert("used".to_owned(), s(page.to_hex()));
    row.insert("version".to_owned(), n(version.unwrap_or_default() + 1));
    Write::put(row).if_version(version)
}

fn read_page(row: &Item) -> Result<(u32, (Page, u64)), LedgerError> {
    let base = number(row, "base").and_then(|base| u32::try_from(base).ok());
    let page = text(row, "used").and_then(Page::from_hex);
    match (base, page, number(row, "version")) {
        (Some(base), Some(page), Some(version)) => Ok((base, (page, version))),
        // To take a damaged page for free would hand out what others have.
        _ => {
            let sk = text(row, "sk").unwrap_or_default();
            let doing = format!("reading row `{sk}` of the address pool");
            Err(Failure::bug(doing, "it is damaged").into())
        }
    }
}
