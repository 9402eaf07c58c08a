//! What is watched of the account-wide switches, by the models of EC2 and S3 Control.

use crate::watched::{Properties, no, reported, restored};

const STRICTER: &str = "it can only be stricter than we ask for, or is the tenant's choice";

/// The tables of the switches. One that a declarative policy of the organization sets is reported, and not put back.
pub const WATCHED: &[Properties] = &[
    Properties {
        resource: "Public access block of the account",
        shape: "s3control PublicAccessBlockConfiguration",
        all: &[
            restored("block_public_acls", "blockPublicAcls"),
            restored("ignore_public_acls", "ignorePublicAcls"),
            restored("block_public_policy", "blockPublicPolicy"),
            restored("restrict_public_buckets", "restrictPublicBuckets"),
        ],
    },
    Properties {
        resource: "EBS encryption by default",
        shape: "ec2 GetEbsEncryptionByDefaultOutput",
        all: &[
            restored("ebs_encryption_by_default", "on"),
            no(
                "sse_type",
                "it says which kind of key, of which the tenant chooses one",
            ),
        ],
    },
    Properties {
        resource: "Instance metadata defaults",
        shape: "ec2 InstanceMetadataDefaultsResponse",
        all: &[
            restored("http_tokens", "httpTokens"),
            no("http_put_response_hop_limit", STRICTER),
            no("http_endpoint", STRICTER),
            no("instance_metadata_tags", STRICTER),
            reported("managed_by", "httpTokens"),
            no(
                "managed_exception_message",
                "it is what the policy says to people",
            ),
            no("http_tokens_enforced", STRICTER),
        ],
    },
    Properties {
        resource: "Block of public snapshots",
        shape: "ec2 GetSnapshotBlockPublicAccessStateOutput",
        all: &[restored("state", "state"), reported("managed_by", "state")],
    },
    Properties {
        resource: "Block of public images",
        shape: "ec2 GetImageBlockPublicAccessStateOutput",
        all: &[
            restored("image_block_public_access_state", "state"),
            reported("managed_by", "state"),
        ],
    },
    Properties {
        resource: "Serial console",
        shape: "ec2 GetSerialConsoleAccessStatusOutput",
        all: &[
            restored("serial_console_access_enabled", "on"),
            reported("managed_by", "on"),
        ],
    },
];
