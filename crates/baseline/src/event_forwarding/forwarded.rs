//! Which events are forwarded: one row for each service.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// Events of one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forwarded {
    /// The service, as EventBridge names it.
    pub source: &'static str,
    /// The kinds of its events.
    pub kinds: &'static [&'static str],
}

/// Everything that is forwarded. Source: EventBridge Events Reference, the page of each service.
pub const FORWARDED: &[Forwarded] = &[
    Forwarded {
        source: "aws.access-analyzer",
        kinds: &[
            "Access Analyzer Finding",
            "Unused Access Finding for IAM entities",
        ],
    },
    Forwarded {
        source: "aws.backup",
        kinds: &[
            "Backup Job State Change",
            "Backup Vault State Change",
            "Copy Job State Change",
            "Restore Job State Change",
        ],
    },
    Forwarded {
        // What is done to budgets: they have no events of their own.
        source: "aws.budgets",
        kinds: &["AWS API Call via CloudTrail"],
    },
    Forwarded {
        source: "aws.cloudwatch",
        kinds: &["CloudWatch Alarm State Change"],
    },
    Forwarded {
        source: "aws.config",
        kinds: &["Config Rules Compliance Change"],
    },
    Forwarded {
        source: "aws.guardduty",
        kinds: &["GuardDuty Finding"],
    },
    Forwarded {
        source: "aws.health",
        kinds: &["AWS Health Event", "AWS Health Abuse Event"],
    },
    Forwarded {
        source: "aws.securityhub",
        kinds: &["Security Hub Findings - Imported"],
    },
];

/// The services of which something is forwarded.
pub fn sources() -> BTreeSet<&'static str> {
    FORWARDED.iter().map(|row| row.source).collect()
}

/// The pattern of the rule: any of the rows. Source: EventBridge User Guide, "Comparison operators for use in event patterns", `$or`.
pub(super) fn pattern() -> Value {
    let row = |row: &Forwarded| json!({ "source": [row.source], "detail-type": row.kinds });
    let rows: Vec<Value> = FORWARDED.iter().map(row).collect();
    json!({ "$or": rows })
}
