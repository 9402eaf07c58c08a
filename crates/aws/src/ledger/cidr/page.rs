//! Which /24s of a /16 are taken: pure, and all there is to know about fitting blocks.

use std::net::Ipv4Addr;

use data_encoding::HEXLOWER;
use ipnet::Ipv4Net;

/// The /24s of one /16, true where taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page([bool; 256]);

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
