//! Signatures by a key of KMS that nobody can take out of it.

use aws_sdk_kms::{
    Client,
    primitives::Blob,
    types::{MessageType, SigningAlgorithmSpec},
};
use sha2::{Digest, Sha256};
use tenancy::Failure;

use crate::errors::{failure, unreadable};

/// Keys that sign. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SigningKeys {
    client: Client,
}

impl SigningKeys {
    /// The keys that `client` may use.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 of `message`.
    ///
    /// # Errors
    /// KMS's answer, classified.
    pub async fn sign(&self, key: &str, message: &[u8]) -> Result<Vec<u8>, Failure> {
        let doing = format!("signing with key `{key}`");
        let call = self.client.sign().key_id(key);
        let signed = call
            .message(Blob::new(Sha256::digest(message).to_vec()))
            .message_type(MessageType::Digest)
            .signing_algorithm(SigningAlgorithmSpec::RsassaPkcs1V15Sha256)
            .send()
            .await;
        let signed = signed.map_err(|error| failure(&doing, &error))?;
        let signature = signed.signature.map(Blob::into_inner);
        signature.ok_or_else(|| unreadable(doing, "no signature"))
    }

    /// The public half of a key: DER of `SubjectPublicKeyInfo` (RFC 5280).
    ///
    /// # Errors
    /// KMS's answer, classified.
    pub async fn public_key(&self, key: &str) -> Result<Vec<u8>, Failure> {
        let doing = format!("reading the public key of `{key}`");
        let read = self.client.get_public_key().key_id(key).send().await;
        let read = read.map_err(|error| failure(&doing, &error))?;
        let public = read.public_key.map(Blob::into_inner);
        public.ok_or_else(|| unreadable(doing, "no public key"))
    }
}
