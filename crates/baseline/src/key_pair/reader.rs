//! The role by which the function `credentials` reads the private keys, to hand them out: it may do nothing else.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenancy::{AccountId, ComponentName, Severity, names};

use crate::{
    declared::{Key, Wanted},
    desired::Desired,
    policy::{document, statement, trust_in},
    resources::Role,
};

/// The key of the role.
pub(super) fn key() -> Key {
    Role::key(names::KEY_READER)
}

/// The role as it is wanted: only the function may assume it, on behalf of this tenant.
pub(super) fn wanted(desired: &Desired, account: &AccountId) -> Wanted {
    let function = &desired.deployment.credentials_role_arn;
    let role = Role {
        path: names::MANAGEMENT_PATH.into(),
        description: "tenantry: reads the private keys of key pairs, to hand them out".into(),
        trust: trust_in(function, &desired.tenant, &desired.deployment),
        inline: BTreeMap::from([(names::MANAGEMENT_POLICY.to_owned(), policy(account))]),
        tags: desired.tags(ComponentName::KEY_PAIR),
        ..Role::default()
    };
    // Whoever else gets in, or gets more, has the keys of the tenant's machines.
    Wanted::of(&role)
        .called("key-reader")
        .raised_to(Severity::Critical)
}

/// Secrets Manager chooses the end of the ARN: six characters after a hyphen.
fn policy(account: &AccountId) -> Value {
    let secret = format!(
        "arn:aws:secretsmanager:*:{account}:secret:{}-??????",
        names::KEY_PAIR_SECRET
    );
    let keys = format!("arn:aws:kms:*:{account}:key/*");
    let by_secrets =
        json!({ "StringLike": { "kms:ViaService": "secretsmanager.*.amazonaws.com" } });
    let read = statement(
        "ReadPrivateKeys",
        "Allow",
        &["secretsmanager:GetSecretValue"],
        &[secret],
        Value::Null,
    );
    let decrypt = statement(
        "DecryptThem",
        "Allow",
        &["kms:Decrypt"],
        &[keys],
        by_secrets,
    );
    document(vec![read, decrypt])
}
