//! Private keys of tenants' key pairs, read in order to hand them out.
//!
//! # Guarantees
//! The role it enters by may read these secrets and nothing else. What is read is a private key whose fingerprint is the one that the
//! ledger recorded, or nothing; it is wiped from memory when it is dropped, and shown nowhere.

use tenancy::{AccountId, Failure, Region, TenantId, Timestamp, names};

use crate::{
    resources::private_key_of,
    session::{Aws, Role, session_name},
};

/// Reads private keys. Cheap to clone.
#[derive(Clone)]
pub struct KeyReader(Aws);

/// Whose private key is read, and for whom.
#[derive(Debug, Clone)]
pub struct KeyOf<'a> {
    /// The tenant: from the ledger.
    pub tenant: &'a TenantId,
    /// Its account: from the ledger.
    pub account: &'a AccountId,
    /// The Region of the key pair.
    pub region: &'a Region,
    /// The fingerprint that the ledger recorded.
    pub fingerprint: &'a str,
    /// Who asked for it, to be seen in the account's trail.
    pub requester: &'a str,
}

/// A private key. Only what hands it out may read it.
pub struct HandedOut {
    private: crate::resources::PrivateKey,
}

impl HandedOut {
    /// The file of OpenSSH.
    ///
    /// # Errors
    /// It cannot be written, which is a mistake of ours.
    pub fn pem(&self) -> Result<String, Failure> {
        self.private.text().map(|text| text.to_owned())
    }

    /// Its public half, as EC2 has it.
    ///
    /// # Errors
    /// As above.
    pub fn public(&self) -> Result<String, Failure> {
        self.private.public()
    }
}

impl KeyReader {
    /// Reads with this way into AWS.
    pub fn new(aws: Aws) -> Self {
        Self(aws)
    }

    /// The private key.
    ///
    /// # Errors
    /// What STS or Secrets Manager answered, or that the secret holds another key.
    pub async fn read(&self, key: &KeyOf<'_>, now: Timestamp) -> Result<HandedOut, Failure> {
        let role = Role {
            arn: names::management_role_arn(key.account, names::KEY_READER),
            session_name: session_name(key.tenant, key.requester),
            external_id: Some(key.tenant),
            from: None,
        };
        let session = self.0.assume(role, now).await?;
        let region = aws_config::Region::new(key.region.as_str().to_owned());
        let config = aws_sdk_secretsmanager::config::Builder::from(&session).region(region);
        let client = aws_sdk_secretsmanager::Client::from_conf(config.build());
        let private = private_key_of(&client, Some(key.fingerprint)).await?;
        Ok(HandedOut { private })
    }
}
