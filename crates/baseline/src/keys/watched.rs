//! What is watched of a key, by the model of KMS.

use crate::{
    covers::Covers,
    drift_control::DriftControl,
    watched::{Properties, restored},
};

/// The tables of KMS's answers.
pub(super) const WATCHED: &[Properties] = &[
    Properties {
        resource: "KMS key",
        kind: "kms-key",
        shape: "kms KeyMetadata",
        watched: &[
            restored("enabled", "enabled"),
            restored("key_state", "enabled"),
            restored("deletion_date", "deletion"),
        ],
        identity: &["key_id", "arn"],
        unwatched: &[
            "aws_account_id, creation_date, key_usage, origin, key_manager, key_spec, customer_master_key_spec, multi_region: it cannot be changed",
            "encapsulation_algorithms, encryption_algorithms, signing_algorithms, key_agreement_algorithms, mac_algorithms: it cannot be changed",
            "custom_key_store_id, cloud_hsm_cluster_id, xks_key_configuration: it cannot be changed",
            "valid_to, expiration_model, multi_region_configuration, pending_deletion_window_in_days: ours is of one Region, with material of KMS's own",
            "current_key_material_id: it says which material is in use",
            "description: it decides nothing",
        ],
    },
    Properties {
        resource: "Rotation of the key",
        kind: "kms-key",
        shape: "kms GetKeyRotationStatusOutput",
        watched: &[
            restored("key_rotation_enabled", "rotation"),
            restored("rotation_period_in_days", "rotation"),
        ],
        identity: &["key_id"],
        unwatched: &[
            "next_rotation_date: it follows from the period",
            "on_demand_rotation_start_date: earlier key material stays usable",
        ],
    },
    Properties {
        resource: "Policy of the key",
        kind: "kms-key",
        shape: "kms GetKeyPolicyOutput",
        watched: &[restored("policy", "policy")],
        identity: &["policy_name"],
        unwatched: &[],
    },
    Properties {
        resource: "Tags of the key",
        kind: "kms-key",
        shape: "kms ListResourceTagsOutput",
        watched: &[restored("tags", "tags")],
        identity: &[],
        unwatched: &["next_marker, truncated: it is not a property: all pages are read"],
    },
    Properties {
        resource: "Grants on the key",
        kind: "kms-key",
        shape: "kms GrantListEntry",
        watched: &[],
        identity: &["key_id", "grant_id"],
        unwatched: &[
            "name, creation_date, grantee_principal, retiring_principal, issuing_account, operations, constraints, grantee_service_principal, retiring_service_principal: AWS's services work by grants that they make for the tenant, so the guardrail leaves them open; a read of each key more would be needed to find one to another account",
        ],
    },
    Properties {
        resource: "Alias of the key",
        kind: "kms-key",
        shape: "kms AliasListEntry",
        watched: &[
            restored("alias_name", "alias"),
            restored("target_key_id", "alias"),
        ],
        identity: &["alias_arn"],
        unwatched: &["creation_date, last_updated_date: it is history"],
    },
];

/// Of which kind of resource a finding is.
pub(super) const DRIFT: &[DriftControl] = &[DriftControl::of(
    101,
    &["key", "kms-key"],
    "KMS keys, their policies and rotation",
    "kms DescribeKey, GetKeyPolicy, GetKeyRotationStatus, ListAliases",
)
.covers(Covers::of(&["KMS.4"], &["3.6"], &["3.6"]))];
