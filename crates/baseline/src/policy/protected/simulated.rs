//! What a policy simulator is asked (`make simulate`), written down: our policies, calls by the tenant's people and by roles of ours, and
//! whether each is to be denied.

use std::path::Path;

use serde_json::{Value, json};

use super::tests::{ACCOUNT, OPEN, OWN_RULE, ROOT, TARGETS, TENANTS, UNNAMED, resource, table};
use crate::policy::{boundary, guardrail, guardrail_tests::deployment, lockdown};

const FILE: &str = "../../tests/local/simulate/cases.json";

struct Asked<'a> {
    policy: &'a str,
    principal: &'a str,
    action: &'a str,
    resource: &'a str,
    tag_keys: &'a [&'a str],
    region: &'a str,
    denied: bool,
}

impl Asked<'_> {
    fn case(&self) -> Value {
        json!({
            "policy": self.policy,
            "principal": self.principal,
            "action": self.action,
            "resource": self.resource,
            "tagKeys": self.tag_keys,
            "region": self.region,
            "denied": self.denied,
        })
    }
}

fn role(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// Every action of the table, by the tenant's administrator and by root.
fn of_the_table() -> Vec<Value> {
    let open = |action: &str| OPEN.iter().any(|(open, _)| *open == action);
    let provisioner = role("tenantry/tenantry-provisioner");
    let mut cases = Vec::new();
    for (action, kind) in table() {
        let mut resource = resource(kind);
        if action.ends_with("ArchiveRule") && action != "access-analyzer:ApplyArchiveRule" {
            resource.push_str("/archive-rule/of-somebody");
        }
        let mut ask = |policy, principal, tag_keys, denied| {
            let asked = Asked {
                policy,
                principal,
                action,
                resource: &resource,
                tag_keys,
                region: "eu-central-1",
                denied,
            };
            cases.push(asked.case());
        };
        for principal in [TENANTS, ROOT] {
            ask("guardrail", principal, &["own"][..], !open(action));
        }
        ask("guardrail", &provisioner, &[], false);
        ask("lockdown", TENANTS, &[], true);
        if !UNNAMED.contains(&kind) {
            ask("boundary", TENANTS, &[], true);
        }
    }
    cases
}

/// Calls that have nothing to do with what is ours, and those that decide who passes.
fn of_people() -> Vec<Value> {
    let own_role = role("own");
    let own_bucket = "arn:aws:s3:::acme-data";
    let (remover, auditor) = (
        role("tenantry/tenantry-remover"),
        role("tenantry/tenantry-auditor"),
    );
    let everywhere = "eu-central-1";
    let rows = [
        (
            "guardrail",
            TENANTS,
            "s3:DeleteBucket",
            own_bucket,
            everywhere,
            false,
        ),
        (
            "boundary",
            TENANTS,
            "s3:DeleteBucket",
            own_bucket,
            everywhere,
            false,
        ),
        (
            "lockdown",
            TENANTS,
            "s3:DeleteBucket",
            own_bucket,
            everywhere,
            true,
        ),
        (
            "lockdown",
            ROOT,
            "s3:DeleteBucket",
            own_bucket,
            everywhere,
            true,
        ),
        (
            "lockdown",
            &auditor,
            "s3:DeleteBucket",
            own_bucket,
            everywhere,
            true,
        ),
        (
            "lockdown",
            &remover,
            "s3:DeleteBucket",
            own_bucket,
            everywhere,
            false,
        ),
        (
            "guardrail",
            TENANTS,
            "iam:DeleteRole",
            &own_role,
            everywhere,
            false,
        ),
        (
            "guardrail",
            TENANTS,
            "ec2:CreateVpc",
            "arn:aws:ec2:ap-south-1:444455556666:vpc/*",
            "ap-south-1",
            true,
        ),
        (
            "boundary",
            TENANTS,
            "ec2:CreateVpc",
            "arn:aws:ec2:ap-south-1:444455556666:vpc/*",
            "ap-south-1",
            true,
        ),
        (
            "guardrail",
            TENANTS,
            "ec2:CreateVpc",
            "arn:aws:ec2:eu-west-1:444455556666:vpc/*",
            "eu-west-1",
            false,
        ),
        (
            "guardrail",
            ROOT,
            "organizations:LeaveOrganization",
            "*",
            "us-east-1",
            true,
        ),
        (
            "guardrail",
            &remover,
            "organizations:LeaveOrganization",
            "*",
            "us-east-1",
            true,
        ),
    ];
    let case = |(policy, principal, action, resource, region, denied): (
        &str,
        &str,
        &str,
        &str,
        &str,
        bool,
    )| {
        Asked {
            policy,
            principal,
            action,
            resource,
            tag_keys: &[],
            region,
            denied,
        }
        .case()
    };
    rows.map(case).into()
}

/// Targets that are put to a rule of the tenant's.
fn of_targets() -> impl Iterator<Item = Value> {
    TARGETS.into_iter().map(|(targets, denied)| {
        let asked = Asked {
            policy: "guardrail",
            principal: TENANTS,
            action: "events:PutTargets",
            resource: OWN_RULE,
            tag_keys: &[],
            region: "eu-central-1",
            denied,
        };
        let mut case = asked.case();
        case["targets"] = json!(targets);
        case
    })
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the test says by the environment that the file is to be written"
)]
fn what_a_policy_simulator_is_asked_is_written_down() {
    let account = ACCOUNT.parse().unwrap();
    let deployment = deployment();
    let of_targets: Vec<Value> = of_targets().collect();
    let asked = json!({
        "account": ACCOUNT,
        "policies": {
            "guardrail": guardrail(&deployment),
            "lockdown": lockdown(&deployment),
            "boundary": boundary(&account, &deployment),
        },
        "cases": ([of_the_table(), of_people(), of_targets].concat()),
    });
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if std::env::var_os("BLESS").is_some() {
        let text = serde_json::to_string_pretty(&asked).unwrap();
        std::fs::write(&path, format!("{text}\n")).unwrap();
    }
    // In which order an object has its members depends on what else is built.
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert!(
        written == asked,
        "{FILE} is not up to date: run this test with BLESS=1"
    );
}
