//! What is watched of a key, by the model of KMS.

use crate::watched::{Properties, identity, no, restored};

const FIXED: &str = "it cannot be changed";
const SHARED: &str = "ours is of one Region, with material of KMS's own";

/// The tables of KMS's answers.
pub const WATCHED: &[Properties] = &[
    Properties {
        resource: "KMS key",
        shape: "kms KeyMetadata",
        all: &[
            no("aws_account_id", FIXED),
            identity("key_id"),
            identity("arn"),
            no("creation_date", FIXED),
            restored("enabled", "enabled"),
            no("description", "it decides nothing"),
            no("key_usage", FIXED),
            restored("key_state", "enabled"),
            restored("deletion_date", "deletion"),
            no("valid_to", SHARED),
            no("origin", FIXED),
            no("custom_key_store_id", FIXED),
            no("cloud_hsm_cluster_id", FIXED),
            no("expiration_model", SHARED),
            no("key_manager", FIXED),
            no("customer_master_key_spec", FIXED),
            no("key_spec", FIXED),
            no("encapsulation_algorithms", FIXED),
            no("encryption_algorithms", FIXED),
            no("signing_algorithms", FIXED),
            no("key_agreement_algorithms", FIXED),
            no("multi_region", FIXED),
            no("multi_region_configuration", SHARED),
            no("pending_deletion_window_in_days", SHARED),
            no("mac_algorithms", FIXED),
            no("xks_key_configuration", FIXED),
            no(
                "current_key_material_id",
                "it says which material is in use",
            ),
        ],
    },
    Properties {
        resource: "Rotation of the key",
        shape: "kms GetKeyRotationStatusOutput",
        all: &[
            restored("key_rotation_enabled", "rotation"),
            identity("key_id"),
            restored("rotation_period_in_days", "rotation"),
            no("next_rotation_date", "it follows from the period"),
            no("on_demand_rotation_start_date", "old material stays usable"),
        ],
    },
    Properties {
        resource: "Policy of the key",
        shape: "kms GetKeyPolicyOutput",
        all: &[restored("policy", "policy"), identity("policy_name")],
    },
    Properties {
        resource: "Alias of the key",
        shape: "kms AliasListEntry",
        all: &[
            restored("alias_name", "alias"),
            identity("alias_arn"),
            restored("target_key_id", "alias"),
            no("creation_date", FIXED),
            no("last_updated_date", "it is history"),
        ],
    },
];
