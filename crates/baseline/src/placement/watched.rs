//! What is watched of our units and policies, by the model of Organizations.

use crate::watched::{Properties, identity, no, restored};

/// The tables of what Organizations answers about units and policies.
pub const WATCHED: &[Properties] = &[
    Properties {
        resource: "Organizational unit",
        shape: "organizations OrganizationalUnit",
        all: &[
            identity("id"),
            identity("arn"),
            no("name", "it is known by tag and id, and may be renamed"),
            no(
                "path",
                "units of ours may be moved below another; policies above add to ours",
            ),
        ],
    },
    Properties {
        resource: "Service control policy",
        shape: "organizations Policy",
        all: &[
            no(
                "policy_summary",
                "it is known by tag and id; name and description are for people",
            ),
            restored("content", "content"),
        ],
    },
    Properties {
        resource: "What a service control policy is attached to",
        shape: "organizations PolicyTargetSummary",
        all: &[
            restored("target_id", "policy.tenantry-guardrail.tenants"),
            identity("arn"),
            no("name", "the target is known by its id"),
            no("type", "the target is known by its id"),
        ],
    },
];
