//! What is watched of our units and policies, by the model of Organizations.

use crate::{
    drift_control::DriftControl,
    watched::{Properties, restored},
};

/// The tables of what Organizations answers about units and policies.
pub(super) const WATCHED: &[Properties] = &[
    Properties {
        resource: "Organizational unit",
        kind: "",
        shape: "organizations OrganizationalUnit",
        watched: &[],
        identity: &["id", "arn"],
        unwatched: &[
            "name: it is known by tag and id, and may be renamed",
            "path: units of ours may be moved below another, and others' policies be attached to them or AWS's own taken off: an administrator's decision, and what it denies to our roles is said when they are refused",
        ],
    },
    Properties {
        resource: "Service control policy",
        kind: "",
        shape: "organizations Policy",
        watched: &[restored("content", "content")],
        identity: &[],
        unwatched: &[
            "policy_summary: it is known by tag and id; name and description are for people",
        ],
    },
    Properties {
        resource: "Tags of a unit or service control policy",
        kind: "",
        shape: "organizations ListTagsForResourceOutput",
        watched: &[restored("tags", "mark.tenants")],
        identity: &[],
        unwatched: &["next_token: it is not a property: all pages are read"],
    },
    Properties {
        resource: "What a service control policy is attached to",
        kind: "",
        shape: "organizations PolicyTargetSummary",
        watched: &[restored("target_id", "policy.tenantry-guardrail.tenants")],
        identity: &["arn"],
        unwatched: &["name, type: the target is known by its id"],
    },
];

/// Of which kind of resource a finding is.
pub(super) const DRIFT: &[DriftControl] = &[
    DriftControl::of(
        101,
        &["unit", "mark"],
        "organizational units",
        "organizations ListOrganizationalUnitsForParent",
    ),
    DriftControl::of(
        102,
        &["policy"],
        "guardrails and what they are attached to",
        "organizations ListPolicies, DescribePolicy, ListTargetsForPolicy",
    ),
    DriftControl::of(
        103,
        &["parent"],
        "organizational unit of the account",
        "organizations DescribeAccount, ListParents",
    ),
];
