use serde_json::json;
use tenancy::DesiredState;

use super::*;
use crate::account::sample_desired;

fn present() -> Desired {
    let mut desired = sample_desired(DesiredState::Present);
    desired.account = Some("444455556666".parse().unwrap());
    desired
}

fn role(trust: Value, attached: &str) -> Role {
    Role {
        trust: json!({ "Statement": [{ "Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole" }] }),
        attached: [attached.to_owned()].into(),
        ..Role::default()
    }
}

fn foreign(trust: Value, attached: &str) -> Vec<String> {
    let desired = present();
    let roles = BTreeMap::from([("support".to_owned(), role(trust, attached))]);
    let everything = json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
    let own = Policy {
        document: everything,
        ..Policy::default()
    };
    let policies = BTreeMap::from([("everything".to_owned(), own)]);
    let found = OtherWaysIn::of(&desired, &roles, &policies, &BTreeMap::new());
    let found = found.foreign_administrators.into_values().flatten();
    found.collect()
}

#[test]
fn an_administrator_role_that_trusts_another_account_is_found_however_it_is_written() {
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    for trust in [
        json!({ "AWS": "arn:aws:iam::999999999999:root" }),
        json!({ "AWS": "999999999999" }),
        json!({ "AWS": ["444455556666", "arn:aws:iam::999999999999:role/x"] }),
    ] {
        assert_eq!(foreign(trust.clone(), admin), ["999999999999"], "{trust}");
    }
    let customer = "arn:aws:iam::444455556666:policy/everything";
    assert_eq!(
        foreign(json!({ "AWS": "999999999999" }), customer),
        ["999999999999"]
    );
    assert_eq!(foreign(json!("*"), admin), ["*"]);
    assert_eq!(foreign(json!({ "AWS": "*" }), admin), ["*"]);
}

#[test]
fn an_administrator_role_that_trusts_an_identity_provider_is_found() {
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    let saml = "arn:aws:iam::444455556666:saml-provider/theirs";
    for provider in [saml, "accounts.google.com"] {
        assert_eq!(foreign(json!({ "Federated": provider }), admin), [provider]);
    }
    let of_identity_center = Role {
        path: format!("{OF_IDENTITY_CENTER}eu-central-1/"),
        ..role(json!({ "Federated": saml }), admin)
    };
    let roles = BTreeMap::from([("sso".to_owned(), of_identity_center)]);
    let desired = sample_desired(DesiredState::Present);
    let found = OtherWaysIn::of(&desired, &roles, &BTreeMap::new(), &BTreeMap::new());
    assert!(found.foreign_administrators.is_empty(), "{found:?}");
}

#[test]
fn an_administrator_role_for_holders_of_certificates_is_found() {
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    let service = "rolesanywhere.amazonaws.com";
    assert_eq!(
        foreign(json!({ "Service": ["ec2.amazonaws.com", service] }), admin),
        [service]
    );
}

#[test]
fn rights_by_which_all_others_can_be_had_make_an_administrator_however_they_are_written() {
    let is_admin = |statement: Value| {
        let mut statement = statement;
        statement["Effect"] = json!("Allow");
        allows_everything(&present(), &json!({ "Statement": [statement] }))
    };
    for statement in [
        json!({ "Action": "*", "Resource": "*" }),
        json!({ "Action": ["s3:*", "IAM:Attach*"], "Resource": "*" }),
        json!({ "Action": "iam:PutRolePolicy", "Resource": ["*"] }),
        json!({ "Action": "iam:Create?olicyVersion", "Resource": "*" }),
        json!({ "Action": "iam:CreateAccessKey", "Resource": "*" }),
        json!({ "Action": "iam:*LoginProfile", "Resource": "*" }),
        json!({ "NotAction": "s3:*", "Resource": "*" }),
        json!({ "Action": "iam:*", "NotResource": "arn:aws:iam::444455556666:role/x" }),
        json!({ "Action": "iam:*", "NotResource": "arn:aws:iam::*:role/*" }),
        json!({ "Action": "*", "Resource": "arn:aws:iam::*:*" }),
        json!({ "Action": "iam:*", "Resource": "arn:aws:iam::444455556666:*" }),
        json!({ "Action": "*", "Resource": "arn:*:iam::444455556666:role/*" }),
        json!({ "Action": "iam:*", "Resource": ["arn:aws:s3:::*", "ARN:aws:iam::4444?5556666:Role/*"] }),
        json!({ "NotAction": "s3:*", "Resource": "**" }),
        json!({ "Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::*:user/*" }),
        json!({ "Action": "iam:CreatePolicyVersion", "Resource": "arn:aws:iam::444455556666:policy/*" }),
    ] {
        assert!(is_admin(statement.clone()), "{statement}");
    }
    let many = "*".repeat(3000) + "x";
    for statement in [
        json!({ "Action": many, "Resource": "*" }),
        json!({ "Action": "iam:Get*", "Resource": "*" }),
        json!({ "Action": ["s3:*", "ec2:*"], "Resource": "*" }),
        json!({ "Action": "iam:PutRolePolicy", "Resource": "arn:aws:iam::444455556666:role/x" }),
        json!({ "NotAction": ["iam:*", "organizations:*"], "Resource": "*" }),
        json!({ "Action": "iam:*", "Resource": "arn:aws:iam::444455556666:role/app-*" }),
        json!({ "Action": "iam:*", "Resource": "arn:aws:iam::999999999999:*" }),
        json!({ "Action": "iam:PutRolePolicy", "Resource": "arn:aws:iam::*:user/*" }),
        json!({ "Action": "*", "Resource": ["arn:aws:s3:::*", "arn:aws:iam::*:saml-provider/*"] }),
        json!({ "Action": "*", "NotResource": "arn:aws:iam::*:*" }),
    ] {
        assert!(!is_admin(statement.clone()), "{statement}");
    }
}

#[test]
fn who_is_expected_and_who_may_do_little_is_no_finding() {
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    for trust in [
        json!({ "AWS": "arn:aws:iam::444455556666:root" }),
        json!({ "AWS": "arn:aws:iam::111111111111:role/tenantry-onboard" }),
        json!({ "Service": "ec2.amazonaws.com" }),
        json!({ "AWS": "AROAEXAMPLEDELETED" }),
    ] {
        assert_eq!(foreign(trust.clone(), admin), [""; 0], "{trust}");
    }
    let reader = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    assert_eq!(foreign(json!({ "AWS": "999999999999" }), reader), [""; 0]);
}
