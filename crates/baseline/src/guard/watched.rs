//! What is watched of the account-wide switches, by the models of EC2 and S3 Control.

use crate::watched::{Properties, reported, restored};

/// The tables of the switches. One that a declarative policy of the organization sets is reported, and not put back.
pub const WATCHED: &[Properties] = &[
    Properties {
        resource: "Public access block of the account",
        shape: "s3control PublicAccessBlockConfiguration",
        watched: &[
            restored("block_public_acls", "blockPublicAcls"),
            restored("ignore_public_acls", "ignorePublicAcls"),
            restored("block_public_policy", "blockPublicPolicy"),
            restored("restrict_public_buckets", "restrictPublicBuckets"),
        ],
        identity: &[],
        unwatched: &[],
    },
    Properties {
        resource: "EBS encryption by default",
        shape: "ec2 GetEbsEncryptionByDefaultOutput",
        watched: &[restored("ebs_encryption_by_default", "on")],
        identity: &[],
        unwatched: &["sse_type: it says which kind of key is used, which is the tenant's choice"],
    },
    Properties {
        resource: "Instance metadata defaults",
        shape: "ec2 InstanceMetadataDefaultsResponse",
        watched: &[
            restored("http_tokens", "httpTokens"),
            reported("managed_by", "httpTokens"),
        ],
        identity: &[],
        unwatched: &[
            "http_put_response_hop_limit, http_endpoint, instance_metadata_tags, http_tokens_enforced: it can only be stricter than what we set, or is the tenant's choice",
            "managed_exception_message: it is the policy's message to people",
        ],
    },
    Properties {
        resource: "Block of public snapshots",
        shape: "ec2 GetSnapshotBlockPublicAccessStateOutput",
        watched: &[restored("state", "state"), reported("managed_by", "state")],
        identity: &[],
        unwatched: &[],
    },
    Properties {
        resource: "Block of public images",
        shape: "ec2 GetImageBlockPublicAccessStateOutput",
        watched: &[
            restored("image_block_public_access_state", "state"),
            reported("managed_by", "state"),
        ],
        identity: &[],
        unwatched: &[],
    },
    Properties {
        resource: "Serial console",
        shape: "ec2 GetSerialConsoleAccessStatusOutput",
        watched: &[
            restored("serial_console_access_enabled", "on"),
            reported("managed_by", "on"),
        ],
        identity: &[],
        unwatched: &[],
    },
    Properties {
        resource: "Block of VPCs' public access, where the blueprint sets it",
        shape: "ec2 VpcBlockPublicAccessOptions",
        watched: &[
            restored("internet_gateway_block_mode", "mode"),
            reported("managed_by", "mode"),
            reported("state", "mode"),
        ],
        identity: &["aws_account_id", "aws_region"],
        unwatched: &[
            "reason, last_update_timestamp: they explain the state, which is waited for",
            "exclusions_allowed: only an organization's policy sets it, and it can only be stricter; exclusions are the tenant's choice",
        ],
    },
    Properties {
        resource: "Allowed images, where the blueprint sets them",
        shape: "ec2 GetAllowedImagesSettingsOutput",
        watched: &[
            restored("state", "state"),
            restored("image_criteria", "providers"),
            reported("managed_by", "state"),
        ],
        identity: &[],
        unwatched: &[],
    },
];
