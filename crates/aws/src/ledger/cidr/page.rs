//! Which /24s of a /16 are taken: pure, and all there is to know about fitting blocks.

use std::net::Ipv4Addr;

use data_encoding::HEXLOWER;
use ipnet::Ipv4Net;

/// The /24s of one /16, true where taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct Page([bool; 256]);

impl Default for Page {
    fn default() -> Self {
        Self([false; 256])
    }
}

impl Page {
    pub(super) fn take(&mut self, block: Ipv4Net) {
        self.set(block, true);
    }

    pub(super) fn give_back(&mut self, block: Ipv4Net) {
        self.set(block, false);
    }

    fn set(&mut self, block: Ipv4Net, taken: bool) {
        let (first, count) = units(block);
        for unit in self.0.iter_mut().skip(first).take(count) {
            *unit = taken;
        }
    }

    fn is_free(&self, block: Ipv4Net) -> bool {
        let (first, count) = units(block);
        self.0.iter().skip(first).take(count).all(|taken| !taken)
    }

    pub(super) fn to_hex(&self) -> String {
        let byte = |bits: &[bool]| {
            bits.iter()
                .fold(0u8, |byte, bit| byte << 1 | u8::from(*bit))
        };
        HEXLOWER.encode(&self.0.chunks(8).map(byte).collect::<Vec<_>>())
    }

    pub(super) fn from_hex(text: &str) -> Option<Self> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
        let bits = bytes
            .iter()
            .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
        Some(Self(bits.collect::<Vec<_>>().try_into().ok()?))
    }
}

/// Where a block of /16 to /24 begins in its page, and how many /24s it has.
fn units(block: Ipv4Net) -> (usize, usize) {
    let [_, _, third, _] = block.network().octets();
    (third.into(), 1 << 24u8.saturating_sub(block.prefix_len()))
}

/// The address of the page a block is in.
pub(super) fn base(block: Ipv4Net) -> u32 {
    u32::from(block.network()) & 0xffff_0000
}

/// The addresses of all pages a pool touches, lowest first.
pub(super) fn bases(pool: Ipv4Net) -> impl Iterator<Item = u32> {
    let last = u32::from(pool.broadcast()) >> 16;
    (base(pool.trunc()) >> 16..=last).map(|page| page << 16)
}

/// The first free block of `prefix` (16 to 24) in a page, within the pool.
pub(super) fn find(page: &Page, base: u32, prefix: u8, pool: Ipv4Net) -> Option<Ipv4Net> {
    (0..256u32)
        .step_by(1 << 24u8.checked_sub(prefix)?)
        .filter_map(|third| Ipv4Net::new(Ipv4Addr::from(base | third << 8), prefix).ok())
        .find(|block| pool.contains(block) && page.is_free(*block))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn net(text: &str) -> Ipv4Net {
        text.parse().unwrap()
    }

    /// The first free block of the whole pool, taken.
    fn allocate(pages: &mut BTreeMap<u32, Page>, prefix: u8, pool: Ipv4Net) -> Option<Ipv4Net> {
        let (base, block) = bases(pool).find_map(|base| {
            let page = pages.entry(base).or_default();
            find(page, base, prefix, pool).map(|block| (base, block))
        })?;
        pages.entry(base).or_default().take(block);
        Some(block)
    }

    #[test]
    fn blocks_are_handed_out_from_the_lowest_and_again_after_they_came_back() {
        let (mut page, pool) = (Page::default(), net("10.0.0.0/8"));
        let next = |page: &mut Page, prefix| {
            let block = find(page, base(net("10.3.0.0/16")), prefix, pool).unwrap();
            page.take(block);
            block
        };
        assert_eq!(next(&mut page, 24), net("10.3.0.0/24"));
        assert_eq!(next(&mut page, 20), net("10.3.16.0/20"));
        assert_eq!(next(&mut page, 23), net("10.3.2.0/23"));
        page.give_back(net("10.3.0.0/24"));
        assert_eq!(next(&mut page, 24), net("10.3.0.0/24"));
        assert_eq!(find(&page, base(pool), 16, pool), None);
    }

    #[test]
    fn a_pool_smaller_than_a_page_is_kept_to() {
        let pool = net("10.9.128.0/23");
        let mut pages = BTreeMap::new();
        let mut next = |prefix| allocate(&mut pages, prefix, pool);
        assert_eq!(next(22), None);
        assert_eq!(next(24), Some(net("10.9.128.0/24")));
        assert_eq!(next(24), Some(net("10.9.129.0/24")));
        assert_eq!(next(24), None);
    }

    #[test]
    fn a_pool_of_the_whole_address_space_ends_at_its_end() {
        assert_eq!(bases(net("0.0.0.0/0")).count(), 65_536);
        assert_eq!(
            bases(net("255.255.0.0/16")).collect::<Vec<_>>(),
            [0xffff_0000]
        );
    }

    proptest! {
        #[test]
        fn whatever_comes_and_goes_no_two_blocks_overlap(
            steps in vec((16u8..=24, any::<Option<u8>>()), 1..200),
            pool in prop::sample::select(vec!["10.0.0.0/14", "172.16.0.0/15", "10.1.2.0/22"]),
        ) {
            let (pool, mut pages, mut living) = (net(pool), BTreeMap::<u32, Page>::new(), Vec::<Ipv4Net>::new());
            for (prefix, leaving) in steps {
                if let Some(leaving) = leaving.filter(|_| !living.is_empty()) {
                    let block = living.swap_remove(usize::from(leaving) % living.len());
                    pages.entry(base(block)).or_default().give_back(block);
                }
                if let Some(block) = allocate(&mut pages, prefix, pool) {
                    prop_assert_eq!(block.prefix_len(), prefix);
                    prop_assert_eq!(block, block.trunc());
                    prop_assert!(pool.contains(&block));
                    for other in &living {
                        prop_assert!(!other.contains(&block) && !block.contains(other));
                    }
                    living.push(block);
                }
            }
            for page in pages.values() {
                prop_assert_eq!(Page::from_hex(&page.to_hex()), Some(page.clone()));
            }
        }

        #[test]
        fn a_pool_can_be_used_up_to_the_last_block(prefix in 16u8..=24) {
            let (pool, mut pages) = (net("10.0.0.0/15"), BTreeMap::new());
            let count = std::iter::from_fn(|| allocate(&mut pages, prefix, pool)).count();
            prop_assert_eq!(count, 1 << (prefix - 15));
        }
    }
}
