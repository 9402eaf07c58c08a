//! What is watched of a key pair and of the secret with its private half, by the models of EC2 and Secrets Manager.

use crate::{
    drift_control::DriftControl,
    watched::{Properties, reported, restored},
};

/// The tables of their answers.
pub(super) const WATCHED: &[Properties] = &[
    Properties {
        resource: "Key pair",
        kind: "key-pair",
        shape: "ec2 KeyPairInfo",
        watched: &[
            restored("public_key", "fingerprint"),
            restored("tags", "tags"),
        ],
        identity: &["key_pair_id", "key_name"],
        unwatched: &[
            "key_type, key_fingerprint: it follows from the public key",
            "create_time: it cannot be changed",
        ],
    },
    Properties {
        resource: "Secret with the private half of the key pair",
        kind: "secret",
        shape: "secretsmanager DescribeSecretOutput",
        watched: &[
            restored("kms_key_id", "key"),
            restored("deleted_date", "deletion"),
            restored("version_ids_to_stages", "value"),
            restored("tags", "tags"),
            reported("rotation_enabled", "rotation"),
            reported("replication_status", "replicas"),
        ],
        identity: &["name", "arn"],
        unwatched: &[
            "description: it decides nothing",
            "rotation_lambda_arn, rotation_rules, next_rotation_date, external_secret_rotation_metadata, external_secret_rotation_role_arn: it goes with the rotation",
            "last_rotated_date, last_changed_date, last_accessed_date: it is history",
            "created_date, owning_service, primary_region, type: it cannot be changed",
        ],
    },
    Properties {
        resource: "Policy of the secret",
        kind: "secret",
        shape: "secretsmanager GetResourcePolicyOutput",
        watched: &[restored("resource_policy", "policy")],
        identity: &["name", "arn"],
        unwatched: &[],
    },
];

/// Of which kind of resource a finding is.
pub(super) const DRIFT: &[DriftControl] = &[
    DriftControl::of(101, &["key-pair"], "key pairs", "ec2 DescribeKeyPairs"),
    DriftControl::of(
        102,
        &["private-key", "secret"],
        "secrets with their private keys",
        "secretsmanager DescribeSecret, GetResourcePolicy",
    ),
    DriftControl::of(
        103,
        &["key-reader", "role", "policy"],
        "role that reads private keys to hand them out",
        DriftControl::ROLES,
    ),
];
