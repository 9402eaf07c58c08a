//! What is watched of the kinds that components share, by the models of IAM, Logs and S3.

use crate::watched::{Properties, identity, no, reported, restored};

const FIXED: &str = "it cannot be changed";
const OWN_READ: &str = "a read of its own, and the guardrail closes it to the tenant";
const ADDED: &str =
    "it adds copies or reports and stops nothing; the guardrail closes it to the tenant";

/// The tables of IAM's, Logs' and S3's answers.
pub const WATCHED: &[Properties] = &[
    Properties {
        resource: "Role",
        shape: "iam RoleDetail",
        all: &[
            no("path", FIXED),
            identity("role_name"),
            identity("role_id"),
            identity("arn"),
            no("create_date", FIXED),
            restored("assume_role_policy_document", "trust"),
            no(
                "instance_profile_list",
                "our own profile is watched; others are the tenant's",
            ),
            restored("role_policy_list", "inline"),
            restored("attached_managed_policies", "attached"),
            restored("permissions_boundary", "boundary"),
            restored("tags", "tags"),
            no("role_last_used", "it is use, not a setting"),
        ],
    },
    Properties {
        resource: "Role, as it is listed",
        shape: "iam Role",
        all: &[
            no("path", FIXED),
            identity("role_name"),
            identity("role_id"),
            identity("arn"),
            no("create_date", FIXED),
            no(
                "assume_role_policy_document",
                "watched by the read of all roles",
            ),
            no("description", "it decides nothing"),
            restored("max_session_duration", "session"),
            no("permissions_boundary", "watched by the read of all roles"),
            no("tags", "watched by the read of all roles"),
            no("role_last_used", "it is use, not a setting"),
            no("source_role_template", FIXED),
        ],
    },
    Properties {
        resource: "Managed policy",
        shape: "iam ManagedPolicyDetail",
        all: &[
            identity("policy_name"),
            identity("policy_id"),
            identity("arn"),
            no("path", FIXED),
            restored("default_version_id", "document"),
            no(
                "attachment_count",
                "what it is attached to is watched at our roles",
            ),
            no(
                "permissions_boundary_usage_count",
                "the boundaries of our roles are watched",
            ),
            no("is_attachable", "AWS sets it"),
            no("description", FIXED),
            no("create_date", FIXED),
            no("update_date", "it follows from the document"),
            restored("policy_version_list", "document"),
        ],
    },
    Properties {
        resource: "Instance profile",
        shape: "iam InstanceProfile",
        all: &[
            no("path", FIXED),
            identity("instance_profile_name"),
            identity("instance_profile_id"),
            identity("arn"),
            no("create_date", FIXED),
            restored("roles", "role"),
            restored("tags", "tags"),
        ],
    },
    Properties {
        resource: "Password policy",
        shape: "iam PasswordPolicy",
        all: &[
            restored("minimum_password_length", "minimumLength"),
            restored("require_symbols", "symbols"),
            restored("require_numbers", "digits"),
            restored("require_uppercase_characters", "capitals"),
            restored("require_lowercase_characters", "smallLetters"),
            restored("allow_users_to_change_password", "mayChange"),
            no("expire_passwords", "it follows from the age"),
            restored("max_password_age", "expiresAfter"),
            restored("password_reuse_prevention", "reusePrevention"),
            no("hard_expiry", "passwords do not expire"),
        ],
    },
    Properties {
        resource: "Account alias",
        shape: "iam ListAccountAliasesOutput",
        all: &[
            restored("account_aliases", "name"),
            no("is_truncated", "an account has one"),
            no("marker", "an account has one"),
        ],
    },
    Properties {
        resource: "Log group",
        shape: "cloudwatchlogs LogGroup",
        all: &[
            identity("log_group_name"),
            identity("creation_time"),
            restored("retention_in_days", "retention"),
            no("metric_filter_count", "the tenant's own metrics"),
            identity("arn"),
            no("stored_bytes", "it is use, not a setting"),
            restored("kms_key_id", "key"),
            reported("data_protection_status", "masked"),
            no(
                "inherited_properties",
                "a data protection policy of the account shows as the group's status",
            ),
            no("log_group_class", FIXED),
            identity("log_group_arn"),
            reported("deletion_protection_enabled", "protected"),
            no(
                "bearer_token_authentication_enabled",
                "who may write is decided by policies",
            ),
            no(
                "retention_policy_name",
                "the retention it comes to is watched",
            ),
        ],
    },
    Properties {
        resource: "Tags of the log group",
        shape: "cloudwatchlogs ListTagsForResourceOutput",
        all: &[restored("tags", "tags")],
    },
    Properties {
        resource: "Bucket of the trail, by the calls that read it",
        shape: "s3",
        all: &[
            no("get_bucket_abac", OWN_READ),
            no(
                "get_bucket_accelerate_configuration",
                "another way in, under the same policy",
            ),
            no(
                "get_bucket_acl",
                "with the wanted ownership, access control lists decide nothing",
            ),
            no("get_bucket_analytics_configuration", ADDED),
            no(
                "get_bucket_cors",
                "it lets browsers in, under the same policy",
            ),
            restored("get_bucket_encryption", "encryption"),
            no("get_bucket_intelligent_tiering_configuration", OWN_READ),
            no("get_bucket_inventory_configuration", ADDED),
            restored("get_bucket_lifecycle_configuration", "lifecycle"),
            no("get_bucket_location", FIXED),
            no("get_bucket_logging", ADDED),
            no("get_bucket_metadata_configuration", ADDED),
            no("get_bucket_metadata_table_configuration", ADDED),
            no("get_bucket_metrics_configuration", ADDED),
            no("get_bucket_notification_configuration", ADDED),
            restored("get_bucket_ownership_controls", "object-ownership"),
            restored("get_bucket_policy", "policy"),
            no("get_bucket_policy_status", "it follows from the policy"),
            no("get_bucket_replication", OWN_READ),
            no("get_bucket_request_payment", OWN_READ),
            restored("get_bucket_tagging", "tags"),
            restored("get_bucket_versioning", "versioning"),
            no(
                "get_bucket_website",
                "it serves the public, which is blocked",
            ),
            no(
                "get_object_lock_configuration",
                "it keeps records longer, and a lock cannot be taken off",
            ),
            restored("get_public_access_block", "public-access-block"),
        ],
    },
    Properties {
        resource: "Rule of the bucket's lifecycle (one that is not exactly ours is among the other rules, of which there may be none)",
        shape: "s3 LifecycleRule",
        all: &[
            restored("expiration", "lifecycle"),
            no("id", "it decides nothing"),
            restored("prefix", "lifecycle"),
            restored("filter", "lifecycle"),
            restored("status", "lifecycle"),
            restored("transitions", "lifecycle"),
            restored("noncurrent_version_transitions", "lifecycle"),
            restored("noncurrent_version_expiration", "lifecycle"),
            restored("abort_incomplete_multipart_upload", "lifecycle"),
        ],
    },
];
