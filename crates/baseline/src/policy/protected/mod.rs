//! What is ours in a tenant's account and has a name: others may read it, and nothing else. A denial of everything but reads also
//! covers the actions that AWS adds later.

use serde_json::{Value, json};
use tenancy::{AccountId, names};

use crate::desired::Deployment;

/// A kind of resources that only we write to.
#[derive(Debug)]
pub(super) struct Protected {
    /// The id of its statement.
    sid: &'static str,
    /// What stays open to others.
    reads: &'static [&'static str],
    /// Roles of ours, beside the management roles, by which AWS writes to it.
    pub delivered_by: &'static [&'static str],
    /// Its resources in one account, or with `*` in any.
    resources: fn(account: &str, deployment: &Deployment) -> Vec<String>,
}

/// The roles by which AWS delivers records to our log groups.
pub(super) const DELIVERING: &[&str] = &[names::FLOW_LOGS_ROLE, names::TRAIL_LOGS_ROLE];

/// Every kind.
pub(super) const KINDS: &[Protected] = &[
    Protected {
        sid: "OurRoles",
        reads: &["iam:Generate*", "iam:Get*", "iam:List*", "iam:Simulate*"],
        delivered_by: &[],
        resources: identities,
    },
    // What they do in a session of ours is the tenant's; who may assume them, and what they may do, is the spec's.
    Protected {
        sid: "TenantRoles",
        reads: &[
            "iam:Generate*",
            "iam:Get*",
            "iam:List*",
            "iam:PassRole",
            "iam:Simulate*",
            "sts:*",
        ],
        delivered_by: &[],
        resources: tenant_roles,
    },
    Protected {
        sid: "OurTrail",
        reads: &[
            "cloudtrail:Describe*",
            "cloudtrail:Get*",
            "cloudtrail:List*",
            "cloudtrail:Lookup*",
        ],
        delivered_by: &[],
        resources: trail,
    },
    Protected {
        sid: "OurTrailBucket",
        reads: &["s3:Get*", "s3:List*"],
        delivered_by: &[],
        resources: bucket,
    },
    Protected {
        sid: "OurLogs",
        reads: &[
            "logs:Describe*",
            "logs:Filter*",
            "logs:Get*",
            "logs:List*",
            "logs:StartLiveTail",
            "logs:StartQuery",
            "logs:StopQuery",
            "logs:Unmask",
        ],
        delivered_by: DELIVERING,
        resources: log_groups,
    },
    Protected {
        sid: "OurAlarms",
        reads: &[
            "cloudwatch:Describe*",
            "cloudwatch:Get*",
            "cloudwatch:List*",
        ],
        delivered_by: &[],
        resources: alarms,
    },
    Protected {
        sid: "OurRules",
        reads: &["events:Describe*", "events:List*"],
        delivered_by: &[],
        resources: rules,
    },
    Protected {
        sid: "OurTopics",
        reads: &["sns:Get*", "sns:List*"],
        delivered_by: &[],
        resources: topics,
    },
    Protected {
        sid: "OurSecrets",
        reads: &[
            "secretsmanager:BatchGet*",
            "secretsmanager:Describe*",
            "secretsmanager:Get*",
            "secretsmanager:List*",
        ],
        delivered_by: &[],
        resources: secrets,
    },
    Protected {
        sid: "OurBudget",
        reads: &["budgets:Describe*", "budgets:List*", "budgets:View*"],
        delivered_by: &[],
        resources: budgets,
    },
    Protected {
        sid: "OurAnalyzers",
        reads: &[
            "access-analyzer:Get*",
            "access-analyzer:List*",
            "access-analyzer:Start*",
        ],
        delivered_by: &[],
        resources: analyzers,
    },
    Protected {
        sid: "OurGroups",
        reads: &[
            "resource-groups:Get*",
            "resource-groups:List*",
            "resource-groups:Search*",
        ],
        delivered_by: &[],
        resources: groups,
    },
    Protected {
        sid: "OurKeyPair",
        // Machines are launched with it.
        reads: &[
            "ec2:*Fleet*",
            "ec2:*Instances",
            "ec2:Describe*",
            "ec2:Request*",
            // Tags of the tenant's own; ours are denied by their keys.
            "ec2:*Tags",
        ],
        delivered_by: &[],
        resources: key_pairs,
    },
];

impl Protected {
    /// Denies everything but reads of these resources; `condition` is an object of operators, or null.
    pub fn denial(&self, resources: &[String], condition: &Value) -> Value {
        let mut statement = json!({ "Sid": self.sid, "Effect": "Deny", "NotAction": self.reads, "Resource": resources });
        if let (Some(fields), false) = (statement.as_object_mut(), condition.is_null()) {
            fields.insert("Condition".to_owned(), condition.clone());
        }
        statement
    }

    /// The resources in one account.
    pub fn within(&self, account: &AccountId, deployment: &Deployment) -> Vec<String> {
        (self.resources)(account.as_str(), deployment)
    }

    /// The resources in any account.
    pub fn anywhere(&self, deployment: &Deployment) -> Vec<String> {
        (self.resources)("*", deployment)
    }
}

/// What services write to for whoever asks them, in any account.
pub(super) fn written_by_services(deployment: &Deployment) -> Vec<String> {
    [log_groups("*", deployment), topics("*", deployment)].concat()
}

fn identities(account: &str, deployment: &Deployment) -> Vec<String> {
    let iam = |rest: String| format!("arn:aws:iam::{account}:{rest}");
    vec![
        iam(format!("role{}*", names::MANAGEMENT_PATH)),
        iam(format!("policy{}*", names::MANAGEMENT_PATH)),
        iam(format!("role/{}", deployment.bootstrap_role)),
        iam(format!("policy{}{}", names::TENANT_PATH, names::BOUNDARY)),
    ]
}

fn tenant_roles(account: &str, _: &Deployment) -> Vec<String> {
    let path = names::TENANT_PATH;
    let ours = |kind: &str| format!("arn:aws:iam::{account}:{kind}{path}tenant-*");
    vec![ours("role"), ours("instance-profile")]
}

fn trail(account: &str, _: &Deployment) -> Vec<String> {
    vec![format!(
        "arn:aws:cloudtrail:*:{account}:trail/{}",
        names::TRAIL
    )]
}

fn bucket(account: &str, _: &Deployment) -> Vec<String> {
    // In any account: `tenantry-trail-*`, for a name that ends in stars twice would be no narrower.
    let place = if account == "*" {
        "*".to_owned()
    } else {
        format!("{account}-*")
    };
    let bucket = format!("arn:aws:s3:::tenantry-trail-{place}");
    vec![bucket.clone(), format!("{bucket}/*")]
}

fn log_groups(account: &str, _: &Deployment) -> Vec<String> {
    vec![format!("arn:aws:logs:*:{account}:log-group:/tenantry/*")]
}

/// Alarms, and dashboards, which are in no Region.
fn alarms(account: &str, _: &Deployment) -> Vec<String> {
    let (alarm, dashboard) = (names::ALARM_PREFIX, names::DASHBOARD);
    vec![
        format!("arn:aws:cloudwatch:*:{account}:alarm:{alarm}*"),
        format!("arn:aws:cloudwatch::{account}:dashboard/{dashboard}*"),
    ]
}

fn rules(account: &str, _: &Deployment) -> Vec<String> {
    vec![format!(
        "arn:aws:events:*:{account}:rule/{}",
        names::FORWARDING_RULE
    )]
}

/// With their subscriptions, whose ARNs begin with the topic's.
fn topics(account: &str, _: &Deployment) -> Vec<String> {
    vec![format!("arn:aws:sns:*:{account}:{}*", names::ALERTS_TOPIC)]
}

/// Secrets Manager chooses the end of the ARN.
fn secrets(account: &str, _: &Deployment) -> Vec<String> {
    let name = names::KEY_PAIR_SECRET;
    vec![format!(
        "arn:aws:secretsmanager:*:{account}:secret:{name}-*"
    )]
}

fn budgets(account: &str, _: &Deployment) -> Vec<String> {
    let budget = format!("arn:aws:budgets::{account}:budget/{}", names::BUDGET);
    // What it does by itself when an amount is reached, such as attach a policy.
    let actions = format!("{budget}/action/*");
    vec![budget, actions]
}

fn analyzers(account: &str, _: &Deployment) -> Vec<String> {
    // Findings and archive rules are below the analyzer.
    vec![format!(
        "arn:aws:access-analyzer:*:{account}:analyzer/tenantry-*"
    )]
}

fn groups(account: &str, _: &Deployment) -> Vec<String> {
    let prefix = names::RESOURCE_GROUP;
    vec![format!(
        "arn:aws:resource-groups:*:{account}:group/{prefix}*"
    )]
}

fn key_pairs(account: &str, _: &Deployment) -> Vec<String> {
    vec![format!(
        "arn:aws:ec2:*:{account}:key-pair/{}",
        names::KEY_PAIR
    )]
}

#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tests;
