//! Private keys (ED25519), in the form that OpenSSH reads.

use data_encoding::HEXLOWER;
use ssh_key::{Fingerprint, HashAlg, LineEnding, private::Ed25519Keypair};
use tenancy::Failure;

/// A private key. It is shown nowhere.
pub(crate) struct PrivateKey(ssh_key::PrivateKey);

impl PrivateKey {
    /// The key that follows from these random bytes.
    pub(super) fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Ed25519Keypair::from_seed(seed).into())
    }

    /// The key in a file of OpenSSH; nothing where it is none, or one with a passphrase or of another kind.
    pub(super) fn read(text: &str) -> Option<Self> {
        let key = ssh_key::PrivateKey::from_openssh(text).ok()?;
        key.key_data().ed25519()?;
        Some(Self(key))
    }

    /// The file of OpenSSH. It is wiped from memory when it is dropped.
    pub(crate) fn text(&self) -> Result<impl std::ops::Deref<Target = String> + use<>, Failure> {
        let text = self.0.to_openssh(LineEnding::LF);
        text.map_err(|error| Failure::bug("writing a private key", error.to_string()))
    }

    /// Its public half, as EC2 takes it.
    pub(crate) fn public(&self) -> Result<String, Failure> {
        let public = self.0.public_key().to_openssh();
        public.map_err(|error| Failure::bug("writing a public key", error.to_string()))
    }

    /// As OpenSSH shows it: `SHA256:…`.
    pub(in crate::resources) fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The name of the version of a secret that holds it: the fingerprint, as Secrets Manager takes names.
    pub(super) fn version(&self) -> String {
        HEXLOWER.encode(self.0.fingerprint(HashAlg::Sha256).as_bytes())
    }
}

/// The fingerprint that a version of ours is named after; nothing for a version of others.
pub(super) fn fingerprint_of(version: &str) -> Option<String> {
    let bytes = HEXLOWER.decode(version.as_bytes()).ok()?;
    let bytes: [u8; 32] = bytes.try_into().ok()?;
    Some(Fingerprint::Sha256(bytes).to_string())
}

/// The name of the version that holds the key with this fingerprint.
pub(super) fn version_of(fingerprint: &str) -> Option<String> {
    let fingerprint: Fingerprint = fingerprint.parse().ok()?;
    Some(HEXLOWER.encode(fingerprint.as_bytes()))
}

/// The fingerprint of a public key as EC2 shows it.
pub(in crate::resources) fn fingerprint_of_public(text: &str) -> Option<String> {
    let key = ssh_key::PublicKey::from_openssh(text.trim()).ok()?;
    Some(key.fingerprint(HashAlg::Sha256).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_is_read_back_and_known_by_its_fingerprint_everywhere() {
        let key = PrivateKey::from_seed(&[7; 32]);
        let text = key.text().unwrap();
        assert!(text.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\n"));
        let again = PrivateKey::read(&text).unwrap();
        assert_eq!(again.text().unwrap().as_str(), text.as_str());
        let fingerprint = Some(key.fingerprint());
        assert_eq!(fingerprint_of(&key.version()), fingerprint);
        assert_eq!(version_of(&key.fingerprint()), Some(key.version()));
        let named = format!("{} tenantry\n", key.public().unwrap());
        assert_eq!(fingerprint_of_public(&named), fingerprint);
        assert_ne!(
            fingerprint,
            Some(PrivateKey::from_seed(&[8; 32]).fingerprint())
        );
    }

    #[test]
    fn what_is_no_key_of_ours_is_nothing() {
        assert!(PrivateKey::read("hunter2").is_none());
        for version in [
            "",
            "EXAMPLE1-90ab-cdef-fedc-ba987SECRET1",
            &"g".repeat(64),
            &"é".repeat(32),
        ] {
            assert_eq!(fingerprint_of(version), None, "{version}");
        }
        assert_eq!(fingerprint_of_public("ssh-rsa nonsense"), None);
        assert_eq!(version_of("nonsense"), None);
    }
}
