//! Controls of drift: one for each kind of resource that tenantry makes, by which its findings are known. Those of switches stand with them.

use std::{borrow::Cow, sync::LazyLock};

use tenancy::{ComponentName, Control, ControlId, Severity, control::RepairedBy};

use super::{below, described};
use crate::{covers::Covers, declared::Declared as _, guard};

const HIGH: Severity = Severity::High;
const MEDIUM: Severity = Severity::Medium;
const LOW: Severity = Severity::Low;

/// What becomes of a finding of drift.
const REMEDY: &str =
    "Repair the tenant (`tenantry repair TENANT`). A finding that says so is repaired by a person.";
/// What becomes of the rest.
const REST: &str = "Carry out the remedy of the finding, then retry the tenant.";
/// The number of what has no control of its own.
const REST_NUMBER: u32 = 100;

/// A kind of resource of a component.
struct Row {
    component: &'static str,
    number: u32,
    /// What keys of its findings begin with, after component and Region.
    keys: &'static [&'static str],
    title: &'static str,
    severity: Severity,
    reads: Cow<'static, str>,
    covers: Covers,
}

const fn row(
    (component, number): (&'static str, u32),
    keys: &'static [&'static str],
    (title, severity): (&'static str, Severity),
    reads: &'static str,
    covers: Covers,
) -> Row {
    Row {
        component,
        number,
        keys,
        title,
        severity,
        reads: Cow::Borrowed(reads),
        covers,
    }
}

const NONE: Covers = Covers::NONE;
const ROLES: &str = "iam GetAccountAuthorizationDetails";

const ROWS: &[Row] = &[
    row(
        ("account", 101),
        &["tags"],
        ("tags of the account", MEDIUM),
        "organizations ListTagsForResource",
        NONE,
    ),
    row(
        ("account", 102),
        &["account-name"],
        ("name of the account", LOW),
        "organizations DescribeAccount, account GetAccountInformation",
        NONE,
    ),
    row(
        ("placement", 101),
        &["unit", "mark"],
        ("organizational units", HIGH),
        "organizations ListOrganizationalUnitsForParent",
        NONE,
    ),
    row(
        ("placement", 102),
        &["policy"],
        ("guardrails and what they are attached to", HIGH),
        "organizations ListPolicies, DescribePolicy, ListTargetsForPolicy",
        NONE,
    ),
    row(
        ("placement", 103),
        &["parent"],
        ("organizational unit of the account", HIGH),
        "organizations DescribeAccount, ListParents",
        NONE,
    ),
    row(
        ("access", 101),
        &["role"],
        ("roles by which tenantry enters", HIGH),
        ROLES,
        NONE,
    ),
    row(
        ("access", 102),
        &["policy"],
        ("policies of those roles", HIGH),
        ROLES,
        NONE,
    ),
    row(
        ("access", 103),
        &["entry"],
        ("entry into the account", HIGH),
        "sts AssumeRole",
        NONE,
    ),
    row(
        ("identity", 101),
        &["role"],
        ("roles of the tenant", HIGH),
        ROLES,
        NONE,
    ),
    row(
        ("identity", 102),
        &["policy"],
        ("permissions boundary of the tenant's roles", HIGH),
        ROLES,
        NONE,
    ),
    row(
        ("identity", 103),
        &["instance-profile"],
        ("instance profile", MEDIUM),
        "iam ListInstanceProfiles",
        NONE,
    ),
    row(
        ("identity", 104),
        &["password-policy"],
        ("password policy", MEDIUM),
        "iam GetAccountPasswordPolicy",
        Covers::of(&["IAM.15", "IAM.16"], &["1.7", "1.8"], &["1.8", "1.9"]),
    ),
    row(
        ("identity", 105),
        &["alias"],
        ("account alias", LOW),
        "iam ListAccountAliases",
        NONE,
    ),
    row(
        ("identity", 106),
        &["role.tenant-support"],
        ("role for AWS Support", HIGH),
        ROLES,
        Covers::of(&["IAM.18"], &["1.16"], &["1.17"]),
    ),
    row(
        ("keys", 101),
        &["key", "kms-key"],
        ("KMS keys, their policies and rotation", HIGH),
        "kms DescribeKey, GetKeyPolicy, GetKeyRotationStatus, ListAliases",
        Covers::of(&["KMS.4"], &["3.6"], &["3.6"]),
    ),
    row(
        ("key-pair", 101),
        &["key-pair"],
        ("key pairs", HIGH),
        "ec2 DescribeKeyPairs",
        NONE,
    ),
    row(
        ("key-pair", 102),
        &["private-key", "secret"],
        ("secrets with their private keys", HIGH),
        "secretsmanager DescribeSecret, GetResourcePolicy",
        NONE,
    ),
    row(
        ("key-pair", 103),
        &["key-reader", "role", "policy"],
        ("role that reads private keys to hand them out", HIGH),
        ROLES,
        NONE,
    ),
    row(
        ("network", 101),
        &["vpc"],
        ("VPCs", HIGH),
        "ec2 DescribeVpcs, DescribeVpcAttribute",
        NONE,
    ),
    row(
        ("network", 102),
        &["public-", "private-"],
        ("subnets", MEDIUM),
        "ec2 DescribeSubnets",
        NONE,
    ),
    row(
        ("network", 103),
        &["igw"],
        ("internet gateways", MEDIUM),
        "ec2 DescribeInternetGateways",
        NONE,
    ),
    row(
        ("network", 104),
        &["rt-"],
        ("route tables", MEDIUM),
        "ec2 DescribeRouteTables",
        NONE,
    ),
    row(
        ("network", 105),
        &["sg-"],
        ("security groups", HIGH),
        "ec2 DescribeSecurityGroups",
        NONE,
    ),
    row(
        ("network", 106),
        &["default"],
        ("default security group closed", HIGH),
        "ec2 DescribeSecurityGroups",
        Covers::of(&["EC2.2"], &["5.5"], &["5.4"]),
    ),
    row(
        ("network", 107),
        &["nat-"],
        ("NAT gateways", MEDIUM),
        "ec2 DescribeNatGateways",
        NONE,
    ),
    row(
        ("network", 108),
        &["eip-"],
        ("addresses of NAT gateways", MEDIUM),
        "ec2 DescribeAddresses",
        NONE,
    ),
    row(
        ("network", 109),
        &["endpoint-"],
        ("gateway endpoints", MEDIUM),
        "ec2 DescribeVpcEndpoints",
        NONE,
    ),
    row(
        ("network", 110),
        &["flow-log"],
        ("flow logs", HIGH),
        "ec2 DescribeFlowLogs",
        Covers::of(&["EC2.6"], &["3.7"], &["3.7"]),
    ),
    row(
        ("network", 111),
        &["network-acl"],
        ("network ACL of the VPC", MEDIUM),
        "ec2 DescribeNetworkAcls",
        NONE,
    ),
    row(
        ("network", 112),
        &["default-vpc"],
        ("absence of default VPCs", MEDIUM),
        "ec2 DescribeVpcs",
        NONE,
    ),
    row(
        ("network", 113),
        &["flow-log-group", "log-group"],
        ("log groups of flow logs", MEDIUM),
        "logs DescribeLogGroups",
        NONE,
    ),
    row(
        ("network", 114),
        &["flow-logs-role", "role", "policy"],
        ("role that delivers flow logs", HIGH),
        "iam GetRole",
        NONE,
    ),
    row(
        ("contacts", 101),
        &["contact"],
        ("alternate contacts for billing and operations", MEDIUM),
        "account GetAlternateContact",
        NONE,
    ),
    row(
        ("contacts", 102),
        &["contact.security"],
        ("alternate contact for security", MEDIUM),
        "account GetAlternateContact",
        Covers::of(&["Account.1"], &["1.2"], &["1.2"]),
    ),
    row(
        ("access-analyzer", 101),
        &["external-access", "analyzer"],
        ("analyzers of access from outside the account", MEDIUM),
        "access-analyzer ListAnalyzers",
        Covers::of(&["IAM.28"], &["1.19"], &["1.20"]),
    ),
    row(
        ("access-analyzer", 102),
        &["unused-access"],
        ("analyzer of unused access", MEDIUM),
        "access-analyzer ListAnalyzers",
        NONE,
    ),
    row(
        ("billing", 101),
        &["budget"],
        ("budget", MEDIUM),
        "budgets DescribeBudgets, DescribeNotificationsForBudget",
        NONE,
    ),
    row(
        ("billing", 102),
        &["anomaly-monitor"],
        ("monitor of unusual costs", MEDIUM),
        "ce GetAnomalyMonitors, ListTagsForResource",
        NONE,
    ),
    row(
        ("billing", 103),
        &["anomaly-subscription"],
        ("who is told of unusual costs", MEDIUM),
        "ce GetAnomalySubscriptions, ListTagsForResource",
        NONE,
    ),
    row(
        ("event-forwarding", 101),
        &["event-rule"],
        ("rules that forward events", MEDIUM),
        "events DescribeRule, ListTargetsByRule, ListTagsForResource",
        NONE,
    ),
    row(
        ("event-forwarding", 102),
        &["role"],
        ("role by which events are forwarded", MEDIUM),
        ROLES,
        NONE,
    ),
    row(
        ("dashboard", 101),
        &["dashboard"],
        ("dashboard", LOW),
        "cloudwatch GetDashboard, ListTagsForResource",
        NONE,
    ),
    row(
        ("resource-group", 101),
        &["resource-group"],
        ("resource groups", LOW),
        "resource-groups GetGroup, GetGroupQuery, GetTags",
        NONE,
    ),
    row(
        ("trail", 101),
        &["trail"],
        ("the tenant's own trail", HIGH),
        "cloudtrail DescribeTrails, GetTrailStatus, GetEventSelectors",
        Covers::of(
            &["CloudTrail.1", "CloudTrail.4"],
            &["3.1", "3.2"],
            &["3.1", "3.2"],
        ),
    ),
    row(
        ("trail", 102),
        &["bucket"],
        ("bucket of the trail", HIGH),
        "s3 GetBucketPolicy, GetPublicAccessBlock, GetBucketVersioning, GetBucketEncryption",
        NONE,
    ),
    row(
        ("trail", 103),
        &["log-group"],
        ("log group of the trail", MEDIUM),
        "logs DescribeLogGroups",
        NONE,
    ),
    row(
        ("trail", 104),
        &["log-group-role", "role", "policy"],
        ("role that delivers the trail", HIGH),
        "iam GetRole",
        NONE,
    ),
    row(
        ("alerting", 101),
        &["topic"],
        ("topics for alerts", HIGH),
        "sns GetTopicAttributes",
        NONE,
    ),
    row(
        ("alerting", 102),
        &["subscription"],
        ("subscriptions to alerts", MEDIUM),
        "sns ListSubscriptionsByTopic",
        NONE,
    ),
    row(
        ("alerting", 103),
        &["metric-filter"],
        ("metric filters", HIGH),
        "logs DescribeMetricFilters",
        NONE,
    ),
    row(
        ("alerting", 104),
        &["alarm"],
        ("alarms", HIGH),
        "cloudwatch DescribeAlarms, ListTagsForResource",
        NONE,
    ),
];

/// Those of the switches.
static SWITCHES: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let rows = guard::SWITCHES.iter().map(|switch| {
        let (number, title, covers) = switch.control;
        Row {
            component: guard::Guard::NAME.as_str(),
            number,
            keys: switch.keys(),
            title,
            severity: switch.severity(),
            reads: Cow::Owned(switch.call()),
            covers,
        }
    });
    rows.collect()
});

/// Every kind of resource.
fn rows() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().chain(SWITCHES.iter())
}

/// Those of a component.
fn rows_of(component: ComponentName) -> impl Iterator<Item = &'static Row> {
    rows().filter(move |row| row.component == component.as_str())
}

impl Row {
    fn id(&self) -> Option<ControlId> {
        id(self.component, self.number)
    }

    /// How much of a key it is about: the longest is the control of a finding.
    fn matched(&self, key: &str) -> Option<usize> {
        let is_whole = |begins: &str, rest: &str| {
            rest.is_empty() || begins.ends_with('-') || rest.starts_with(['.', '-', '/'])
        };
        let matched = self.keys.iter().filter(|begins| {
            let rest = key.strip_prefix(**begins);
            rest.is_some_and(|rest| is_whole(begins, rest))
        });
        matched.map(|begins| begins.len()).max()
    }
}

fn id(component: &str, number: u32) -> Option<ControlId> {
    let area = component.to_ascii_uppercase();
    format!("TNT.{area}.{number}").parse().ok()
}

/// All of these components.
pub(crate) fn controls(
    components: impl Iterator<Item = ComponentName> + Clone,
) -> impl Iterator<Item = Control> {
    let names = components.clone();
    let component = move |name: &str| names.clone().find(|component| component.as_str() == name);
    let kinds = rows().filter_map(move |row| {
        Some(described(
            row.id()?,
            component(row.component)?,
            (row.title.to_owned(), row.severity),
            (row.reads.as_ref(), REMEDY),
            (RepairedBy::Tenantry, row.covers),
        ))
    });
    let rest = components.filter_map(|component| {
        let title = format!(
            "`{component}`: settings without a control of their own, and obstacles to a repair"
        );
        Some(described(
            id(component.as_str(), REST_NUMBER)?,
            component,
            (title, HIGH),
            ("what the component reads", REST),
            (RepairedBy::Tenantry, NONE),
        ))
    });
    kinds.chain(rest)
}

/// The ids of those of a component.
pub(super) fn ids(component: ComponentName) -> impl Iterator<Item = ControlId> {
    let rest = id(component.as_str(), REST_NUMBER);
    rows_of(component).filter_map(Row::id).chain(rest)
}

/// The control of a key without component and Region. `None` never happens for the component of a release with names of at most 32
/// characters.
pub(super) fn control_of(component: ComponentName, key: &str) -> Option<ControlId> {
    let of = |key: &str| {
        let found = rows_of(component).filter_map(|row| Some((row.matched(key)?, row)));
        let (_, row) = found.max_by_key(|(matched, _)| *matched)?;
        row.id()
    };
    // The key of a resource that is called as its component is, such as `trail`, has the name once.
    let whole = format!("{component}.{key}");
    of(key)
        .or_else(|| of(&whole))
        .or_else(|| id(component.as_str(), REST_NUMBER))
}

/// Whether a control is of any of these resources, by their keys, or of the rest.
pub(super) fn is_about_any(component: ComponentName, control: &ControlId, keys: &[String]) -> bool {
    let is_rest = id(component.as_str(), REST_NUMBER).as_ref() == Some(control);
    let of = |key: &String| control_of(component, below(component, key));
    is_rest || keys.iter().any(|key| of(key).as_ref() == Some(control))
}
