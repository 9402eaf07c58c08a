//! What is watched of the kinds that components share, by the models of IAM, Logs and S3.

use crate::watched::{Properties, reported, restored};

/// The tables of IAM's, Logs' and S3's answers.
pub const WATCHED: &[Properties] = &[
    Properties {
        resource: "Role",
        shape: "iam RoleDetail",
        watched: &[
            restored("assume_role_policy_document", "trust"),
            restored("role_policy_list", "inline"),
            restored("attached_managed_policies", "attached"),
            restored("permissions_boundary", "boundary"),
            restored("tags", "tags"),
        ],
        identity: &["role_name", "role_id", "arn"],
        unwatched: &[
            "path, create_date: it cannot be changed",
            "instance_profile_list: our own profile is watched; others are the tenant's",
            "role_last_used: it is usage, not a setting",
        ],
    },
    Properties {
        resource: "Role, as it is listed",
        shape: "iam Role",
        watched: &[restored("max_session_duration", "session")],
        identity: &["role_name", "role_id", "arn"],
        unwatched: &[
            "path, create_date, source_role_template: it cannot be changed",
            "assume_role_policy_document, permissions_boundary, tags: watched by the read of all roles",
            "description: it decides nothing",
            "role_last_used: it is usage, not a setting",
        ],
    },
    Properties {
        resource: "Managed policy",
        shape: "iam ManagedPolicyDetail",
        watched: &[
            restored("default_version_id", "document"),
            restored("policy_version_list", "document"),
        ],
        identity: &["policy_name", "policy_id", "arn"],
        unwatched: &[
            "path, description, create_date: it cannot be changed",
            "attachment_count: what it is attached to is watched at our roles",
            "permissions_boundary_usage_count: the boundaries of our roles are watched",
            "is_attachable: AWS sets it",
            "update_date: it follows from the document",
        ],
    },
    Properties {
        resource: "Instance profile",
        shape: "iam InstanceProfile",
        watched: &[restored("roles", "role"), restored("tags", "tags")],
        identity: &["instance_profile_name", "instance_profile_id", "arn"],
        unwatched: &["path, create_date: it cannot be changed"],
    },
    Properties {
        resource: "Password policy",
        shape: "iam PasswordPolicy",
        watched: &[
            restored("minimum_password_length", "minimumLength"),
            restored("require_symbols", "symbols"),
            restored("require_numbers", "digits"),
            restored("require_uppercase_characters", "capitals"),
            restored("require_lowercase_characters", "smallLetters"),
            restored("allow_users_to_change_password", "mayChange"),
            restored("max_password_age", "expiresAfter"),
            restored("password_reuse_prevention", "reusePrevention"),
        ],
        identity: &[],
        unwatched: &[
            "expire_passwords: it follows from the age",
            "hard_expiry: passwords do not expire",
        ],
    },
    Properties {
        resource: "Account alias",
        shape: "iam ListAccountAliasesOutput",
        watched: &[restored("account_aliases", "name")],
        identity: &[],
        unwatched: &["is_truncated, marker: an account has one"],
    },
    Properties {
        resource: "Log group",
        shape: "cloudwatchlogs LogGroup",
        watched: &[
            restored("retention_in_days", "retention"),
            restored("kms_key_id", "key"),
            reported("data_protection_status", "masked"),
            reported("deletion_protection_enabled", "protected"),
        ],
        identity: &["log_group_name", "creation_time", "arn", "log_group_arn"],
        unwatched: &[
            "metric_filter_count: the tenant's own metrics",
            "stored_bytes: it is usage, not a setting",
            "inherited_properties: a data protection policy of the account shows as the group's status",
            "log_group_class: it cannot be changed",
            "bearer_token_authentication_enabled: who may write is decided by policies",
            "retention_policy_name: the resulting retention is watched",
        ],
    },
    Properties {
        resource: "Tags of the log group",
        shape: "cloudwatchlogs ListTagsForResourceOutput",
        watched: &[restored("tags", "tags")],
        identity: &[],
        unwatched: &[],
    },
    Properties {
        resource: "Bucket of the trail, by the calls that read it",
        shape: "s3",
        watched: &[
            restored("get_bucket_encryption", "encryption"),
            restored("get_bucket_lifecycle_configuration", "lifecycle"),
            restored("get_bucket_ownership_controls", "object-ownership"),
            restored("get_bucket_policy", "policy"),
            restored("get_bucket_tagging", "tags"),
            restored("get_bucket_versioning", "versioning"),
            restored("get_public_access_block", "public-access-block"),
        ],
        identity: &[],
        unwatched: &[
            "get_bucket_abac, get_bucket_intelligent_tiering_configuration, get_bucket_replication, get_bucket_request_payment: a read of its own, and the guardrail closes it to the tenant",
            "get_bucket_accelerate_configuration: another endpoint, under the same policy",
            "get_bucket_acl: with the wanted ownership, access control lists decide nothing",
            "get_bucket_analytics_configuration, get_bucket_inventory_configuration, get_bucket_logging, get_bucket_metadata_configuration, get_bucket_metadata_table_configuration, get_bucket_metrics_configuration, get_bucket_notification_configuration: it adds copies or reports and stops nothing; the guardrail closes it to the tenant",
            "get_bucket_cors: it allows browsers, under the same policy",
            "get_bucket_location: it cannot be changed",
            "get_bucket_policy_status: it follows from the policy",
            "get_bucket_website: it serves the public, which is blocked",
            "get_object_lock_configuration: it keeps records longer, and a lock cannot be taken off",
        ],
    },
    Properties {
        resource: "Default encryption of the bucket",
        shape: "s3 ServerSideEncryptionByDefault",
        watched: &[
            restored("sse_algorithm", "encryption"),
            restored("kms_master_key_id", "encryption-key"),
        ],
        identity: &[],
        unwatched: &[],
    },
    Properties {
        resource: "Rule of the bucket's default encryption",
        shape: "s3 ServerSideEncryptionRule",
        watched: &[
            restored("apply_server_side_encryption_by_default", "encryption"),
            restored("bucket_key_enabled", "bucket-key"),
        ],
        identity: &[],
        unwatched: &[
            "blocked_encryption_types: it refuses a kind of upload that CloudTrail does not make",
        ],
    },
    Properties {
        resource: "Rule of the bucket's lifecycle (one that is not exactly ours is among the other rules, of which there may be none)",
        shape: "s3 LifecycleRule",
        watched: &[
            restored("expiration", "lifecycle"),
            restored("prefix", "lifecycle"),
            restored("filter", "lifecycle"),
            restored("status", "lifecycle"),
            restored("transitions", "lifecycle"),
            restored("noncurrent_version_transitions", "lifecycle"),
            restored("noncurrent_version_expiration", "lifecycle"),
            restored("abort_incomplete_multipart_upload", "lifecycle"),
        ],
        identity: &[],
        unwatched: &["id: it decides nothing"],
    },
];
