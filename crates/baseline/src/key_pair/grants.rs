//! What each of our roles needs for key pairs, their secrets and the role that reads those.

use serde_json::json;
use tenancy::names;

use crate::policy::{Grant, Grants, Scope};

pub(super) fn grants(scope: &Scope) -> Grants {
    let account = &scope.account;
    let pair = || {
        vec![format!(
            "arn:aws:ec2:*:{account}:key-pair/{}",
            names::KEY_PAIR
        )]
    };
    // Secrets Manager chooses the end of the ARN.
    let secret = || {
        vec![format!(
            "arn:aws:secretsmanager:*:{account}:secret:{}*",
            names::KEY_PAIR_SECRET
        )]
    };
    let keys = vec![format!("arn:aws:kms:*:{account}:key/*")];
    let by_secrets =
        json!({ "StringLike": { "kms:ViaService": "secretsmanager.*.amazonaws.com" } });
    let reader = || vec![scope.management_role(names::KEY_READER)];
    Grants {
        reads: vec![
            Grant::on_all("ReadKeyPairs", &["ec2:DescribeKeyPairs"]),
            Grant::on("ReadPrivateKeys", SECRET_READS, secret()),
        ],
        writes: vec![
            Grant::on("BuildKeyPairs", WRITES, pair()),
            Grant::on("KeepPrivateKeys", SECRET_WRITES, secret()),
            Grant::on("EncryptPrivateKeys", USES, keys).when(by_secrets),
            Grant::on("DropKeyReader", DROP_ROLE, reader()),
        ],
        removals: vec![
            Grant::on("RemoveKeyPairs", &["ec2:DeleteKeyPair"], pair()),
            Grant::on(
                "RemovePrivateKeys",
                &[
                    "secretsmanager:DeleteSecret",
                    "secretsmanager:RemoveRegionsFromReplication",
                ],
                secret(),
            ),
            Grant::on("RemoveKeyReader", REMOVE_ROLE, reader()),
        ],
    }
}

const SECRET_READS: &[&str] = &[
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetResourcePolicy",
];

/// Those of a Region that the spec no longer has are removed by the provisioner.
const WRITES: &[&str] = &[
    "ec2:CreateTags",
    "ec2:DeleteKeyPair",
    "ec2:DeleteTags",
    "ec2:ImportKeyPair",
];

const SECRET_WRITES: &[&str] = &[
    "secretsmanager:CreateSecret",
    "secretsmanager:DeleteResourcePolicy",
    "secretsmanager:DeleteSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:RemoveRegionsFromReplication",
    "secretsmanager:RestoreSecret",
    "secretsmanager:TagResource",
    "secretsmanager:UntagResource",
    "secretsmanager:UpdateSecret",
    "secretsmanager:UpdateSecretVersionStage",
];

/// Source: Secrets Manager API reference, `CreateSecret` and `UpdateSecret`, required permissions.
const USES: &[&str] = &["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"];

/// The role goes with the key pairs of a blueprint that the tenant leaves. Everything else that is done to it, `access` has the right to.
const DROP_ROLE: &[&str] = &["iam:DeleteRole"];

const REMOVE_ROLE: &[&str] = &[
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
];
