//! The queue behind its front: pages of waiters, each a row of its own, so that no row grows with the queue.
//!
//! # Guarantees
//! The row of the semaphore says which pages there are and how many wait in each, and is written with every page that somebody
//! joins or leaves. So a position is a sum of counts and an index in one page, whatever the length of the queue.
//! A waiter moves once: from its page to the front.

use std::{
    collections::{BTreeSet, VecDeque},
    ops::Range,
};

use serde::{Deserialize, Serialize};
use tenancy::{TenantId, Timestamp};

use super::{Queued, SemaphoreState};

/// How many wait in a page: about 4 KB, so that who asks again writes little, and few others write the same row.
pub(super) const PAGE: usize = 64;
/// With fewer than these in the front, the first page moves there.
pub(super) const FRONT_LEAST: usize = 100;
/// With more than these in the front, the last of them move to a page.
pub(super) const FRONT_MOST: usize = 200;
/// How many pages there may be: of each, the semaphore's row has a number of at most two digits.
pub(super) const MOST_PAGES: usize = 2000;

/// The pages, first come first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Directory", into = "Directory")]
pub(super) struct Pages {
    /// The number of the first; the others follow without gap.
    first: u64,
    pages: VecDeque<Page>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Page {
    /// Not read: so many wait in it.
    Counted(usize),
    /// Read: these wait in it.
    Loaded(Vec<Queued>),
}

/// A part of the queue.
pub(super) enum Segment<'a> {
    Counted(usize),
    Loaded(&'a [Queued]),
}

/// The pages as the row of the semaphore has them.
#[derive(Serialize, Deserialize)]
struct Directory {
    first: u64,
    counts: Vec<usize>,
}

impl From<Directory> for Pages {
    fn from(directory: Directory) -> Self {
        Self {
            first: directory.first,
            pages: directory.counts.into_iter().map(Page::Counted).collect(),
        }
    }
}

impl From<Pages> for Directory {
    fn from(pages: Pages) -> Self {
        Self {
            first: pages.first,
            counts: pages.pages.iter().map(Page::len).collect(),
        }
    }
}

impl Page {
    fn len(&self) -> usize {
        match self {
            Self::Counted(count) => *count,
            Self::Loaded(waiters) => waiters.len(),
        }
    }
}

impl Pages {
    pub(super) fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.pages.len()
    }

    /// How many wait in all of them.
    pub(super) fn waiting(&self) -> usize {
        self.pages.iter().map(Page::len).sum()
    }

    pub(super) fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        self.pages.iter().map(|page| match page {
            Page::Counted(count) => Segment::Counted(*count),
            Page::Loaded(waiters) => Segment::Loaded(waiters),
        })
    }

    pub(super) fn loaded_mut(&mut self) -> impl Iterator<Item = &mut Queued> {
        self.pages.iter_mut().flat_map(|page| match page {
            Page::Counted(_) => &mut [],
            Page::Loaded(waiters) => waiters.as_mut_slice(),
        })
    }

    /// Appends a waiter.
    pub(super) fn push(&mut self, queued: Queued) {
        self.number_from(queued.queued_at);
        match self.pages.back_mut() {
            Some(Page::Loaded(waiters)) if waiters.len() < PAGE => waiters.push(queued),
            _ => self.pages.push_back(Page::Loaded(vec![queued])),
        }
    }

    /// The waiters of the first page, without it; `None` if there is none or it was not read.
    pub(super) fn take_first(&mut self) -> Option<Vec<Queued>> {
        let is_loaded = |page: &Page| matches!(page, Page::Loaded(_));
        let Page::Loaded(waiters) = self.pages.pop_front_if(|page| is_loaded(page))? else {
            return None;
        };
        self.first += 1;
        Some(waiters)
    }

    /// Puts a page before all others.
    pub(super) fn put_first(&mut self, waiters: Vec<Queued>, now: i64) {
        self.number_from(now);
        self.first = self.first.saturating_sub(1);
        self.pages.push_front(Page::Loaded(waiters));
    }

    /// Keeps of the waiters that were read those for which it holds.
    pub(super) fn retain(&mut self, keep: impl Fn(&Queued) -> bool) {
        for page in &mut self.pages {
            if let Page::Loaded(waiters) = page {
                waiters.retain(&keep);
            }
        }
        while self.pages.pop_front_if(|page| page.len() == 0).is_some() {
            self.first += 1;
        }
        while self.pages.pop_back_if(|page| page.len() == 0).is_some() {}
    }

    /// Pages begin at the time in seconds, so that the number of a page is not given again.
    fn number_from(&mut self, second: i64) {
        if self.pages.is_empty() {
            self.first = u64::try_from(second).unwrap_or_default();
        }
    }

    fn numbers(&self) -> Range<u64> {
        let count = u64::try_from(self.pages.len()).unwrap_or_default();
        self.first..self.first.saturating_add(count)
    }

    fn numbered(&self) -> impl Iterator<Item = (u64, &Page)> {
        (self.first..).zip(&self.pages)
    }
}

impl SemaphoreState {
    /// Whether the semaphore's row is the same in both, whatever is in the pages.
    pub(in crate::ledger::governor) fn has_row_of(&self, other: &Self) -> bool {
        let counts = |pages: &Pages| pages.pages.iter().map(Page::len).collect::<Vec<_>>();
        self.holders == other.holders
            && self.queue == other.queue
            && self.recent_secs == other.recent_secs
            && self.pages.first == other.pages.first
            && counts(&self.pages) == counts(&other.pages)
    }

    /// The pages to be read before anything is decided about a tenant: its own, that which it would join, and that which moves
    /// to the front. `noted` is the page it is noted to be in.
    pub(in crate::ledger::governor) fn pages_needed(
        &self,
        tenant: &TenantId,
        noted: Option<u64>,
        now: Timestamp,
    ) -> BTreeSet<u64> {
        let now = now.as_second();
        let kept = self.queue.iter().filter(|queued| !queued.is_abandoned(now));
        let is_low = kept.clone().count() < FRONT_LEAST;
        let is_in_front = kept.into_iter().any(|queued| queued.tenant == *tenant);
        let numbers = self.pages.numbers();
        let first = numbers.clone().next().filter(|_| is_low);
        let last = numbers.clone().last().filter(|_| !is_in_front);
        let own = noted.filter(|number| numbers.contains(number) && !is_in_front);
        [first, own, last].into_iter().flatten().collect()
    }

    /// A page was read.
    pub(in crate::ledger::governor) fn load_page(&mut self, number: u64, waiters: Vec<Queued>) {
        let index = number.checked_sub(self.pages.first);
        let index = index.and_then(|index| usize::try_from(index).ok());
        if let Some(page) = index.and_then(|index| self.pages.pages.get_mut(index)) {
            *page = Page::Loaded(waiters);
        }
    }

    /// The pages that were read, by number.
    pub(in crate::ledger::governor) fn loaded_pages(
        &self,
    ) -> impl Iterator<Item = (u64, &Vec<Queued>)> {
        self.pages
            .numbered()
            .filter_map(|(number, page)| match page {
                Page::Counted(_) => None,
                Page::Loaded(waiters) => Some((number, waiters)),
            })
    }
}

impl Queued {
    /// Whose place it is.
    pub(in crate::ledger::governor) fn tenant(&self) -> &TenantId {
        &self.tenant
    }
}
