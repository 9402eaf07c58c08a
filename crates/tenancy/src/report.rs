//! Reports as files: the seal by which a changed one is recognised.
//!
//! A report in HTML or JSON carries its seal behind [`MARK`]: the SHA-256 of the whole file in which the seal itself is 64 zeros. Whoever changes
//! the file can seal it again; so the same digest is in the tenant's history, whose entries are chained.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::id::TenantId;

/// What stands before the seal.
pub const MARK: &str = "tenantry-seal:";
/// The action of the history entry that has the digest of a report, as its detail [`DIGEST`].
pub const ISSUED: &str = "report-issued";
/// The detail of that entry with the digest.
pub const DIGEST: &str = "sha256";
/// Hexadecimal digits of a digest.
const DIGITS: usize = 64;

/// What a report holds in the place of its seal until it is sealed.
pub fn unsealed() -> String {
    format!("{MARK}{}", "0".repeat(DIGITS))
}

/// A finished report with its seal, where it has a place for one, and its digest.
pub fn sealed(content: String) -> (String, String) {
    let digest = digest(content.as_bytes());
    let sealed = match seal_at(content.as_bytes()) {
        Some(at) => {
            let (before, rest) = content.split_at_checked(at).unwrap_or((&content, ""));
            let after = rest.get(DIGITS..).unwrap_or_default();
            format!("{before}{digest}{after}")
        }
        None => content,
    };
    (sealed, digest)
}

/// The digest of a report: of all its bytes, the seal taken for zeros.
pub fn digest(content: &[u8]) -> String {
    let mut hasher = Sha256::new();
    match seal_at(content) {
        Some(at) => {
            let (before, rest) = content.split_at_checked(at).unwrap_or((content, &[]));
            hasher.update(before);
            hasher.update([b'0'; DIGITS]);
            hasher.update(rest.get(DIGITS..).unwrap_or_default());
        }
        None => hasher.update(content),
    }
    HEXLOWER.encode(&hasher.finalize())
}

/// The seal that a report carries.
pub fn seal(content: &[u8]) -> Option<&[u8]> {
    let at = seal_at(content)?;
    content.get(at..at + DIGITS)
}

/// Where the seal is: behind the last mark, so that nothing that a tenant has named can stand for it.
fn seal_at(content: &[u8]) -> Option<usize> {
    let mark = MARK.as_bytes();
    let found = content.windows(mark.len()).rposition(|some| some == mark)?;
    let at = found + mark.len();
    (content.len() >= at + DIGITS).then_some(at)
}

/// The tenant that a report names first.
pub fn tenant_of(content: &[u8]) -> Option<TenantId> {
    let length = 18;
    let mut candidates = content.windows(length);
    candidates.find_map(|some| std::str::from_utf8(some).ok()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_changed_byte_anywhere_breaks_the_seal() {
        let text = format!(
            "<p>t-aaaaaaaaaaaaaaaa {MARK}{}</p><footer>{}</footer>",
            "f".repeat(DIGITS),
            unsealed()
        );
        let (whole, made) = sealed(text);
        let is_sealed = |content: &[u8]| seal(content) == Some(digest(content).as_bytes());
        assert!(is_sealed(whole.as_bytes()));
        assert_eq!(digest(whole.as_bytes()), made);
        for at in 0..whole.len() {
            let mut changed = whole.clone().into_bytes();
            changed[at] ^= 1;
            assert!(!is_sealed(&changed), "byte {at}");
        }
        let tenant = tenant_of(whole.as_bytes()).unwrap();
        assert_eq!(tenant.as_str(), "t-aaaaaaaaaaaaaaaa");
    }

    #[test]
    fn a_report_without_a_place_for_a_seal_has_a_digest_all_the_same() {
        let (same, made) = sealed("a,b\n".to_owned());
        assert_eq!(same, "a,b\n");
        assert_eq!(digest(b"a,b\n"), made);
        assert_ne!(digest(b"a,c\n"), made);
        assert_eq!((seal(b"a,b\n"), tenant_of(b"a,b\n")), (None, None));
        assert_eq!(seal(MARK.as_bytes()), None);
    }
}
