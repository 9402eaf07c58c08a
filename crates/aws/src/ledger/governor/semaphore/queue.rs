//! The order in which tenants wait.

use tenancy::{TenantId, Timestamp};

use super::{
    LONGEST_QUEUE, Queued, SemaphoreState,
    pages::{FRONT_LEAST, FRONT_MOST, MOST_PAGES, PAGE, Segment},
};

/// Where a tenant is in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct QueueRank {
    /// How many are before it.
    pub(super) index: usize,
    /// How many of those are not late.
    pub(super) ahead: usize,
}

impl SemaphoreState {
    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len() + self.pages.waiting()
    }

    pub(super) fn rank(&self, tenant: &TenantId, now: Timestamp) -> Option<QueueRank> {
        let mut rank = QueueRank { index: 0, ahead: 0 };
        for segment in std::iter::once(Segment::Loaded(&self.queue)).chain(self.pages.segments()) {
            match segment {
                Segment::Counted(count) => {
                    rank.index += count;
                    rank.ahead += count;
                }
                Segment::Loaded(waiters) => {
                    for queued in waiters {
                        if queued.tenant == *tenant {
                            return Some(rank);
                        }
                        rank.index += 1;
                        rank.ahead += usize::from(!queued.is_late(now.as_second()));
                    }
                }
            }
        }
        None
    }

    pub(super) fn queued_mut(&mut self, tenant: &TenantId) -> Option<&mut Queued> {
        let all = self.queue.iter_mut().chain(self.pages.loaded_mut());
        all.into_iter().find(|queued| queued.tenant == *tenant)
    }

    /// Without what has expired, and with a front of the right length as far as pages were read.
    pub(super) fn settled(mut self, now: Timestamp) -> Self {
        let now = now.as_second();
        self.holders.retain(|_, holder| holder.expires_at > now);
        self.queue.retain(|queued| !queued.is_abandoned(now));
        self.pages.retain(|queued| !queued.is_abandoned(now));
        while self.queue.len() < FRONT_LEAST
            && let Some(page) = self.pages.take_first()
        {
            self.queue.extend(page);
        }
        // The release before kept the whole queue in one row: with every change a page of it moves out.
        if self.queue.len() > FRONT_MOST {
            let page = self.queue.split_off(self.queue.len() - PAGE);
            self.pages.put_first(page, now);
        }
        self
    }

    /// Has a tenant be in the queue that holds no slot. False if there is no room.
    pub(super) fn join_queue(&mut self, tenant: &TenantId, now: Timestamp) -> bool {
        if self.holders.contains_key(tenant) || self.queued_mut(tenant).is_some() {
            return true;
        }
        let room = self.waiting() < LONGEST_QUEUE && self.pages.len() < MOST_PAGES;
        if room {
            let queued = Queued::since(tenant, now.as_second());
            match self.pages.is_empty() && self.queue.len() < FRONT_MOST {
                true => self.insert_in_front(queued),
                false => self.pages.push(queued),
            }
        }
        room
    }

    /// Queues a tenant that came at a certain time. Behind the front the order is that of joining.
    pub(super) fn insert(&mut self, tenant: &TenantId, queued_at: i64) {
        self.leave_queue(tenant);
        let queued = Queued::since(tenant, queued_at);
        let is_later = self.queue.last().is_none_or(|it| it.queued_at < queued_at);
        match is_later && !self.pages.is_empty() {
            true => self.pages.push(queued),
            false => self.insert_in_front(queued),
        }
    }

    fn insert_in_front(&mut self, queued: Queued) {
        let came_before = |it: &Queued| it.queued_at <= queued.queued_at;
        let index = self.queue.partition_point(came_before);
        self.queue.insert(index, queued);
    }

    /// Takes a tenant out of the queue, if it is in it.
    pub(super) fn leave_queue(&mut self, tenant: &TenantId) -> bool {
        let length = self.waiting();
        self.queue.retain(|queued| queued.tenant != *tenant);
        self.pages.retain(|queued| queued.tenant != *tenant);
        self.waiting() != length
    }
}
