use super::*;

#[test]
fn slugs_keep_to_what_an_account_alias_may_be() {
    for good in ["acme", "a-1", "abc", "acme-gmbh-2"] {
        assert!(good.parse::<Slug>().is_ok(), "{good}");
    }
    for bad in [
        "",
        "ab",
        "Acme",
        "1acme",
        "-acme",
        "acme-",
        "ac--me",
        "ac_me",
        "ac me",
        &"a".repeat(41),
        "äcme",
    ] {
        assert!(bad.parse::<Slug>().is_err(), "{bad}");
    }
}

#[test]
fn regions_are_recognised_by_their_form() {
    for good in [
        "eu-central-1",
        "us-gov-west-1",
        "ap-southeast-5",
        "us-east-1",
    ] {
        assert!(good.parse::<Region>().is_ok(), "{good}");
    }
    for bad in [
        "",
        "europe",
        "eu-central",
        "EU-central-1",
        "eu--1",
        "eu-central-123",
        "central-1 ",
    ] {
        assert!(bad.parse::<Region>().is_err(), "{bad}");
    }
}

#[test]
fn an_account_id_keeps_its_leading_zero() {
    assert_eq!(
        "012345678901".parse::<AccountId>().map(String::from),
        Ok("012345678901".to_owned())
    );
    assert!("12345678901".parse::<AccountId>().is_err());
}

#[test]
fn controls_are_recognised_by_their_form() {
    for good in ["TNT.IAM.1", "TNT.ACCESS-ANALYZER.101"] {
        assert!(good.parse::<ControlId>().is_ok(), "{good}");
    }
    for bad in [
        "",
        "TNT",
        "TNT.IAM",
        "TNT.IAM.0",
        "TNT.IAM.01",
        "TNT.iam.1",
        "TNT.IAM.1.2",
        "TNT.IAM.10000",
        "CIS.1.2",
    ] {
        assert!(bad.parse::<ControlId>().is_err(), "{bad}");
    }
}

#[test]
fn an_operation_id_names_its_tenant() {
    let tenant = TenantId::from_random([7; 10]);
    let operation = OperationId::from_random(&tenant, [9; 10]);
    assert_eq!(
        operation
            .as_str()
            .parse::<OperationId>()
            .ok()
            .and_then(|o| o.tenant()),
        Some(tenant)
    );
}
