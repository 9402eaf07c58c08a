use super::*;
use crate::policy::SCP_LIMIT;

pub(crate) fn deployment() -> Deployment {
    Deployment {
        organization_id: "o-abcdefghij".into(),
        onboard_role_arn: "arn:aws:iam::111111111111:role/tenantry-onboard".into(),
        audit_role_arn: "arn:aws:iam::111111111111:role/tenantry-audit".into(),
        offboard_role_arn: "arn:aws:iam::111111111111:role/tenantry-offboard".into(),
        credentials_role_arn: "arn:aws:iam::111111111111:role/tenantry-credentials".into(),
        access_role_arn: "arn:aws:iam::111111111111:role/tenantry-access".into(),
        bootstrap_role: "OrganizationAccountAccessRole".into(),
        management_account: "111111111111".into(),
        installation: "111111111111/tenantry".into(),
        bus_arn: "arn:aws:events:eu-central-1:111111111111:event-bus/tenantry".into(),
        name_prefix: String::new(),
        prices: tenancy::cost::Prices::built_in().unwrap(),
        allowed_regions: ["eu-central-1", "eu-west-1", "us-east-1"]
            .into_iter()
            .filter_map(|region| region.parse().ok())
            .collect(),
    }
}

#[test]
fn both_policies_fit_into_what_organizations_takes() {
    for policy in [guardrail(&deployment()), lockdown(&deployment())] {
        assert!(
            policy.to_string().len() <= SCP_LIMIT,
            "{}",
            policy.to_string().len()
        );
    }
}

#[test]
fn every_statement_denies_and_lets_the_management_roles_through() {
    let guardrail = guardrail(&deployment());
    for statement in guardrail["Statement"].as_array().into_iter().flatten() {
        assert_eq!(statement["Effect"], "Deny");
        let through = &statement["Condition"]["ArnNotLike"]["aws:PrincipalArn"];
        if statement["Sid"] != "StayInTheOrganization" {
            assert!(
                through
                    .to_string()
                    .contains("role/tenantry/tenantry-provisioner"),
                "{statement}"
            );
            assert!(
                !through.to_string().contains("tenantry-auditor"),
                "{statement}"
            );
        }
    }
}

#[test]
fn people_give_no_grants_of_our_keys_and_services_may() {
    let guardrail = guardrail(&deployment());
    let all = guardrail["Statement"].as_array().unwrap();
    let grants = all
        .iter()
        .find(|one| one["Action"] == json!(["kms:CreateGrant"]));
    let condition = &grants.unwrap()["Condition"];
    // Source: KMS Developer Guide, "Condition keys": it is true where an integrated service calls for somebody.
    assert_eq!(
        condition["BoolIfExists"]["kms:GrantIsForAWSResource"],
        "false"
    );
    assert_eq!(
        condition["Null"]["aws:ResourceTag/tenantry:tenant"],
        "false"
    );
}

#[test]
fn no_rule_of_the_tenant_writes_into_our_log_groups_or_to_our_topics() {
    let guardrail = guardrail(&deployment());
    let all = guardrail["Statement"].as_array().unwrap();
    let targets = all
        .iter()
        .find(|one| one["Action"] == json!(["events:PutTargets"]));
    let targets = &targets.unwrap()["Condition"]["ForAnyValue:ArnLike"]["events:TargetArn"];
    assert_eq!(
        targets,
        &json!([
            "arn:aws:logs:*:*:log-group:/tenantry/*",
            "arn:aws:sns:*:*:tenantry-alerts*"
        ])
    );
}

#[test]
fn the_lock_is_open_to_the_remover_and_not_to_the_provisioner() {
    let lockdown = lockdown(&deployment()).to_string();
    assert!(lockdown.contains("role/tenantry/tenantry-remover"));
    assert!(!lockdown.contains("tenantry-provisioner"));
}
