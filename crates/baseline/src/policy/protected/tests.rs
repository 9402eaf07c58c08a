//! Every action of the services we record and enter with, held against the policies.

use serde_json::{Value, json};

use crate::{
    permitted::policies::{is_like, list},
    policy::{boundary, guardrail, guardrail_tests::deployment},
};

const ACTIONS: &str = include_str!("actions.txt");
pub(super) const ACCOUNT: &str = "444455556666";

/// What others may do to what is ours, and why.
pub(super) const OPEN: &[(&str, &str)] = &[
    (
        "ce:TagResource",
        "tags of the tenant's own; ours are denied by their keys",
    ),
    ("ec2:CreateFlowLogs", "makes another flow log; ours stays"),
    (
        "ec2:CreateTags",
        "tags of the tenant's own; ours are denied by their keys",
    ),
    (
        "ec2:DeleteTags",
        "tags of the tenant's own; ours are denied by their keys, and so is a call without keys",
    ),
    ("kms:CancelKeyDeletion", "restores the key"),
    ("kms:CreateAlias", "another name; ours stays"),
    ("kms:Decrypt", "use of the key"),
    ("kms:DeriveSharedSecret", "use of the key"),
    ("kms:EnableKey", "restores the key"),
    (
        "kms:EnableKeyRotation",
        "turns the rotation on; another period is found and put back",
    ),
    ("kms:Encrypt", "use of the key"),
    ("kms:GenerateDataKey", "use of the key"),
    ("kms:GenerateDataKeyPair", "use of the key"),
    ("kms:GenerateDataKeyPairWithoutPlaintext", "use of the key"),
    ("kms:GenerateDataKeyWithoutPlaintext", "use of the key"),
    ("kms:GenerateMac", "use of the key"),
    ("kms:ReEncryptFrom", "use of the key"),
    ("kms:ReEncryptTo", "use of the key"),
    ("kms:RetireGrant", "ends a grant, which the tenant made"),
    ("kms:RevokeGrant", "ends a grant, which the tenant made"),
    ("kms:RotateKeyOnDemand", "old material stays usable"),
    ("kms:Sign", "use of the key"),
    (
        "kms:TagResource",
        "tags of the tenant's own; ours are denied by their keys",
    ),
    ("kms:Verify", "use of the key"),
    ("kms:VerifyMac", "use of the key"),
];

/// The ARN of something of ours.
pub(super) fn resource(kind: &str) -> String {
    match kind {
        "alarm" => format!("arn:aws:cloudwatch:eu-central-1:{ACCOUNT}:alarm:tenantry-root-use"),
        "dashboard" => format!("arn:aws:cloudwatch::{ACCOUNT}:dashboard/tenantry-acme"),
        "rule" => format!("arn:aws:events:eu-central-1:{ACCOUNT}:rule/tenantry-forward-events"),
        "topic" => format!("arn:aws:sns:eu-central-1:{ACCOUNT}:tenantry-alerts"),
        "secret" => {
            format!("arn:aws:secretsmanager:eu-central-1:{ACCOUNT}:secret:tenantry/key-pair-AbCdEf")
        }
        "budget-action" => {
            format!("arn:aws:budgets::{ACCOUNT}:budget/tenantry/action/{ACCOUNT}")
        }
        "anomaly-monitor" => format!("arn:aws:ce::{ACCOUNT}:anomalymonitor/1"),
        "anomaly-subscription" => format!("arn:aws:ce::{ACCOUNT}:anomalysubscription/1"),
        "budget" => format!("arn:aws:budgets::{ACCOUNT}:budget/tenantry"),
        "analyzer" => format!(
            "arn:aws:access-analyzer:eu-central-1:{ACCOUNT}:analyzer/tenantry-external-access"
        ),
        "group" => format!("arn:aws:resource-groups:eu-central-1:{ACCOUNT}:group/tenantry-acme"),
        "key-pair" => format!("arn:aws:ec2:eu-central-1:{ACCOUNT}:key-pair/tenantry"),
        "bucket" => "arn:aws:s3:::tenantry-trail-444455556666-eu-central-1".into(),
        "object" => "arn:aws:s3:::tenantry-trail-444455556666-eu-central-1/AWSLogs/x.gz".into(),
        "log-group" => {
            format!("arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:/tenantry/flow-logs:*")
        }
        "log-stream" => format!(
            "arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:/tenantry/flow-logs:log-stream:x"
        ),
        "key" => format!("arn:aws:kms:eu-central-1:{ACCOUNT}:key/1"),
        "trail" => format!(
            "arn:aws:cloudtrail:eu-central-1:{ACCOUNT}:trail/{}",
            tenancy::names::TRAIL
        ),
        "role" => format!("arn:aws:iam::{ACCOUNT}:role/tenantry/tenantry-provisioner"),
        "instance-profile" => {
            format!("arn:aws:iam::{ACCOUNT}:instance-profile/tenant/tenant-instance")
        }
        "policy" => format!("arn:aws:iam::{ACCOUNT}:policy/tenantry/tenantry-writes-1"),
        "vpc-flow-log" => format!("arn:aws:ec2:eu-central-1:{ACCOUNT}:vpc-flow-log/fl-1"),
        other => panic!("no example of {other}"),
    }
}

/// A call by a principal of the tenant.
struct Call<'a> {
    action: &'a str,
    resource: &'a str,
    principal: &'a str,
    /// The keys of tags in the request.
    tag_keys: &'a [&'a str],
    /// The targets that are put to a rule.
    targets: &'a [&'a str],
}

impl Call<'_> {
    /// What the resources of the table carry: our tag, in an allowed Region.
    fn is_denied(&self, policy: &Value) -> bool {
        let statements = policy["Statement"].as_array().unwrap();
        statements
            .iter()
            .any(|one| one["Effect"] == "Deny" && self.matches(one))
    }

    fn matches(&self, statement: &Value) -> bool {
        let acts = match &statement["NotAction"] {
            Value::Null => any(&statement["Action"], self.action),
            reads => !any(reads, self.action),
        };
        let conditions = statement["Condition"].as_object();
        acts && any(&statement["Resource"], self.resource)
            && conditions.into_iter().flatten().all(|(operator, keys)| {
                let keys = keys.as_object().unwrap();
                keys.iter()
                    .all(|(key, wanted)| self.holds(operator, key, wanted))
            })
    }

    fn holds(&self, operator: &str, key: &str, wanted: &Value) -> bool {
        match (operator, key) {
            ("ArnNotLike", "aws:PrincipalArn") => !any(wanted, self.principal),
            ("StringNotEquals", "aws:RequestedRegion") => !any(wanted, "eu-central-1"),
            ("StringNotEquals", "iam:PermissionsBoundary") => true,
            ("ForAnyValue:StringLike", "aws:TagKeys") => {
                self.tag_keys.iter().any(|key| any(wanted, key))
            }
            ("Null", "aws:TagKeys") => self.tag_keys.is_empty() == (wanted == "true"),
            ("Null", "aws:ResourceTag/tenantry:tenant") => wanted == "false",
            // A person calls.
            ("BoolIfExists", "kms:GrantIsForAWSResource") => true,
            ("ForAnyValue:ArnLike", "events:TargetArn") => {
                self.targets.iter().any(|target| any(wanted, target))
            }
            other => panic!("the test does not know {other:?}"),
        }
    }
}

fn any(patterns: &Value, text: &str) -> bool {
    list(patterns).any(|pattern| is_like(pattern.as_str().unwrap(), text))
}

pub(super) fn table() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = ACTIONS.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once(' ').unwrap())
}

fn denied(policy: &Value, principal: &str, action: &str, kind: &str, tag_keys: &[&str]) -> bool {
    let resource = resource(kind);
    Call {
        action,
        resource: &resource,
        principal,
        tag_keys,
        targets: &[],
    }
    .is_denied(policy)
}

pub(super) const TENANTS: &str = "arn:aws:iam::444455556666:role/tenant/tenant-administrator";
pub(super) const ROOT: &str = "arn:aws:iam::444455556666:root";

#[test]
fn every_write_to_what_is_ours_is_denied_by_the_guardrail_or_open_with_a_reason() {
    let policy = guardrail(&deployment());
    let mut open = Vec::new();
    for (action, kind) in table() {
        for principal in [TENANTS, ROOT] {
            if !denied(&policy, principal, action, kind, &["own"]) {
                open.push(action);
            }
        }
    }
    open.dedup();
    let explained: Vec<&str> = OPEN.iter().map(|(action, _)| *action).collect();
    assert_eq!(
        open.iter()
            .filter(|action| !explained.contains(action))
            .collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
    assert_eq!(
        explained
            .iter()
            .filter(|action| !open.contains(action))
            .collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
}

/// Kinds of which AWS chooses the names.
pub(super) const UNNAMED: [&str; 4] = [
    "anomaly-monitor",
    "anomaly-subscription",
    "key",
    "vpc-flow-log",
];

#[test]
fn the_boundary_denies_what_the_guardrail_denies_of_what_has_a_name() {
    let account = ACCOUNT.parse().unwrap();
    let policy = boundary(&account, &deployment());
    for (action, kind) in table().filter(|(_, kind)| !UNNAMED.contains(kind)) {
        assert!(
            denied(&policy, TENANTS, action, kind, &[]),
            "{action} on a {kind}"
        );
    }
}

#[test]
fn our_tags_are_taken_off_neither_by_their_keys_nor_by_a_call_without_keys() {
    let policy = guardrail(&deployment());
    for keys in [&["tenantry:tenant"][..], &["own", "tenantry:part"], &[]] {
        assert!(
            denied(&policy, TENANTS, "ec2:DeleteTags", "vpc-flow-log", keys),
            "{keys:?}"
        );
    }
    assert!(!denied(
        &policy,
        TENANTS,
        "ec2:DeleteTags",
        "vpc-flow-log",
        &["own"]
    ));
    assert!(denied(
        &policy,
        TENANTS,
        "ec2:CreateTags",
        "vpc-flow-log",
        &["tenantry:tenant"]
    ));
}

#[test]
fn reads_of_what_is_ours_and_the_delivery_of_flow_logs_stay_open() {
    let policy = guardrail(&deployment());
    for (action, kind) in [
        ("s3:GetObject", "object"),
        ("s3:ListBucket", "bucket"),
        ("logs:FilterLogEvents", "log-group"),
        ("ec2:RunInstances", "key-pair"),
        ("ec2:RequestSpotInstances", "key-pair"),
        ("ec2:CreateFleet", "key-pair"),
        ("secretsmanager:GetSecretValue", "secret"),
        ("access-analyzer:StartResourceScan", "analyzer"),
        ("logs:StartQuery", "log-group"),
        ("iam:GetRole", "role"),
        ("iam:SimulatePrincipalPolicy", "role"),
        ("cloudtrail:GetTrailStatus", "trail"),
    ] {
        assert!(!denied(&policy, TENANTS, action, kind, &[]), "{action}");
    }
    for role in super::DELIVERING {
        let delivery = format!("arn:aws:iam::444455556666:role/tenantry/{role}");
        for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
            assert!(
                !denied(&policy, &delivery, action, "log-stream", &[]),
                "{action} by {role}"
            );
        }
        assert!(denied(&policy, &delivery, "s3:PutObject", "object", &[]));
    }
    assert!(denied(
        &policy,
        TENANTS,
        "logs:PutLogEvents",
        "log-stream",
        &[]
    ));
}

#[test]
fn nobody_in_the_account_changes_the_tenant_s_own_roles_and_everybody_may_use_them() {
    let account = ACCOUNT.parse().unwrap();
    let provisioner = format!("arn:aws:iam::{ACCOUNT}:role/tenantry/tenantry-provisioner");
    let is_denied = |policy: &Value, principal: &str, action: &str, role: &str| {
        let resource = format!("arn:aws:iam::{ACCOUNT}:role{role}");
        let call = Call {
            action,
            resource: &resource,
            principal,
            tag_keys: &[],
            targets: &[],
        };
        call.is_denied(policy)
    };
    let policies = [guardrail(&deployment()), boundary(&account, &deployment())];
    for policy in &policies {
        for action in [
            "iam:AttachRolePolicy",
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:PutRolePolicy",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
        ] {
            for role in ["/tenant/tenant-developer", "/tenant/tenant-instance"] {
                assert!(is_denied(policy, TENANTS, action, role), "{action}");
            }
            assert!(!is_denied(policy, TENANTS, action, "/own"), "{action}");
        }
        for action in ["iam:GetRole", "iam:PassRole", "sts:AssumeRole"] {
            let role = "/tenant/tenant-instance";
            assert!(!is_denied(policy, TENANTS, action, role), "{action}");
        }
    }
    let [guardrail, _] = &policies;
    let (trust, role) = ("iam:UpdateAssumeRolePolicy", "/tenant/tenant-developer");
    assert!(is_denied(guardrail, ROOT, trust, role));
    assert!(!is_denied(guardrail, &provisioner, trust, role));
}

#[test]
fn what_is_not_ours_is_not_denied() {
    let policy = guardrail(&deployment());
    let mut statements = policy["Statement"].as_array().unwrap().clone();
    statements.retain(|one| {
        one["Condition"]
            .to_string()
            .contains("ResourceTag")
            .eq(&false)
    });
    let named = json!({ "Statement": statements });
    for (action, resource) in [
        ("s3:PutObject", "arn:aws:s3:::acme-data/x"),
        (
            "logs:PutLogEvents",
            "arn:aws:logs:eu-central-1:444455556666:log-group:/acme:log-stream:x",
        ),
        ("iam:CreateRole", "arn:aws:iam::444455556666:role/acme"),
        (
            "cloudtrail:CreateTrail",
            "arn:aws:cloudtrail:eu-central-1:444455556666:trail/acme",
        ),
    ] {
        let call = Call {
            action,
            resource,
            principal: TENANTS,
            tag_keys: &[],
            targets: &[],
        };
        assert!(!call.is_denied(&named), "{action} on {resource}");
    }
}

/// Targets that are put to a rule of the tenant's in one call, and whether that is denied.
pub(super) const TARGETS: [(&[&str], bool); 5] = [
    (&[OWN_GROUP], false),
    (&[OUR_GROUP], true),
    (&[OWN_GROUP, OUR_GROUP], true),
    (&[OUR_TOPIC, OWN_GROUP], true),
    (&[], false),
];
const OWN_GROUP: &str = "arn:aws:logs:eu-central-1:444455556666:log-group:/aws/events/acme";
const OUR_GROUP: &str = "arn:aws:logs:eu-central-1:444455556666:log-group:/tenantry/flow-logs";
const OUR_TOPIC: &str = "arn:aws:sns:eu-central-1:444455556666:tenantry-alerts";
pub(super) const OWN_RULE: &str = "arn:aws:events:eu-central-1:444455556666:rule/acme";

#[test]
fn one_target_of_ours_among_the_targets_of_a_call_is_enough_to_deny_it() {
    let policy = guardrail(&deployment());
    for (targets, wanted) in TARGETS {
        for principal in [TENANTS, ROOT] {
            let call = Call {
                action: "events:PutTargets",
                resource: OWN_RULE,
                principal,
                tag_keys: &[],
                targets,
            };
            assert_eq!(call.is_denied(&policy), wanted, "{targets:?}");
        }
    }
}
