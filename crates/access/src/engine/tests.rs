use cedar_policy::{ValidationMode, Validator};
use tenancy::{
    TenantId, Timestamp,
    access::{Grant, GrantId, Grantee, Machine, Person, Provider, Role},
};

use super::*;
use crate::{Refused, roles_of};

fn tenant(number: u8) -> TenantId {
    TenantId::from_random([number; 10])
}

fn project(number: u8, slug: &str) -> Scope {
    Scope::Project(tenant(number), slug.parse().unwrap())
}

fn somebody() -> Principal {
    Principal::Machine(Machine::new("arn:aws:iam::111111111111:user/ann"))
}

fn may(held: &[(Role, Scope)], action: &str, resource: &Scope) -> bool {
    verdict(held, action, resource, &[]).allowed
}

fn verdict(
    held: &[(Role, Scope)],
    action: &str,
    resource: &Scope,
    self_service: &[SelfService],
) -> Verdict {
    let held: Vec<HeldRole> = held
        .iter()
        .map(|(role, scope)| HeldRole::assumed(*role, scope.clone()))
        .collect();
    let question = Question {
        principal: &somebody(),
        held: &held,
        action,
        resource,
        self_service,
    };
    Engine::shared().unwrap().decide(&question)
}

#[test]
fn the_policies_are_valid_under_their_schema() {
    let engine = Engine::shared().unwrap();
    let validator = Validator::new(engine.schema.clone());
    let result = validator.validate(&engine.policies, ValidationMode::Strict);
    let faults: Vec<String> = result
        .validation_errors()
        .map(ToString::to_string)
        .chain(result.validation_warnings().map(ToString::to_string))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_policy_but_that_for_everybody_names_its_role_and_asks_for_it() {
    let engine = Engine::shared().unwrap();
    for policy in engine.policies.policies() {
        let id = policy.id().to_string();
        if id == "anybody" {
            continue;
        }
        let role: Role = policy.annotation("role").unwrap().parse().unwrap();
        assert!(id.contains(role.as_str()), "{id}");
        assert!(policy.has_non_scope_constraint(), "{id}");
    }
}

#[test]
fn without_a_grant_nothing_is_allowed_but_what_is_for_everybody() {
    let engine = Engine::shared().unwrap();
    for (action, level) in engine.operations() {
        let resource = match level {
            Level::Installation => Scope::Installation,
            Level::Tenant => Scope::Tenant(tenant(1)),
            Level::Project => project(1, "web"),
        };
        // Lists of all tenants hold only what whoever asks may see.
        let lists = ["listTenants", "listAllFindings", "listPosture"];
        let wanted = action == "getOpenapi" || lists.contains(&action);
        assert_eq!(may(&[], action, &resource), wanted, "{action}");
    }
    assert!(!may(&[], "noSuchThing", &Scope::Installation));
}

#[test]
fn an_operator_may_do_everything_everywhere_and_nothing_that_is_no_operation() {
    let held = [(Role::Operator, Scope::Installation)];
    let engine = Engine::shared().unwrap();
    for (action, level) in engine.operations() {
        let (right, wrong) = match level {
            Level::Installation => (Scope::Installation, Scope::Tenant(tenant(1))),
            Level::Tenant => (Scope::Tenant(tenant(1)), Scope::Installation),
            Level::Project => (project(1, "web"), Scope::Tenant(tenant(1))),
        };
        assert!(may(&held, action, &right), "{action}");
        assert!(!may(&held, action, &wrong), "{action}");
    }
    for action in ["read", "anybody", "noSuchThing", ""] {
        assert!(!may(&held, action, &Scope::Installation), "{action}");
    }
}

#[test]
fn a_role_of_a_tenant_holds_in_its_projects_and_in_no_other_tenant() {
    let admin = [(Role::TenantAdmin, Scope::Tenant(tenant(1)))];
    assert!(may(&admin, "getTenant", &Scope::Tenant(tenant(1))));
    assert!(may(&admin, "getProject", &project(1, "web")));
    assert!(!may(&admin, "getTenant", &Scope::Tenant(tenant(2))));
    assert!(!may(&admin, "getProject", &project(2, "web")));
    assert!(!may(&admin, "deleteTenant", &Scope::Tenant(tenant(1))));
    assert!(!may(&admin, "getLimits", &Scope::Installation));
    let member = [(Role::ProjectDeveloper, project(1, "web"))];
    assert!(may(&member, "getProject", &project(1, "web")));
    assert!(!may(&member, "getProject", &project(1, "api")));
    assert!(!may(&member, "getTenant", &Scope::Tenant(tenant(1))));
}

#[test]
fn what_a_blueprint_opens_is_all_that_an_administrator_does_alone() {
    let admin = [(Role::TenantAdmin, Scope::Tenant(tenant(1)))];
    let own = Scope::Tenant(tenant(1));
    let opened = |action, opened: &[SelfService]| verdict(&admin, action, &own, opened).allowed;
    for (action, service) in [
        ("createProject", SelfService::Projects),
        ("createTenantGrant", SelfService::Grants),
        ("deleteTenantGrant", SelfService::Grants),
        ("setBudget", SelfService::BudgetAlerts),
        ("removeBudget", SelfService::BudgetAlerts),
    ] {
        assert!(!opened(action, &[]), "{action}");
        assert!(opened(action, &[service]), "{action}");
        let others: Vec<_> = SelfService::ALL
            .into_iter()
            .filter(|it| *it != service)
            .collect();
        assert!(!opened(action, &others), "{action}");
    }
}

#[test]
fn a_decision_names_its_policy_and_what_it_rests_on_and_a_refusal_who_might() {
    let held = [
        (Role::Developer, Scope::Tenant(tenant(1))),
        (Role::ReadOnly, Scope::Tenant(tenant(2))),
    ];
    let allowed = verdict(&held, "startAudit", &Scope::Tenant(tenant(1)), &[]);
    assert_eq!(allowed.policies, ["developer"]);
    assert_eq!(allowed.because.len(), 1);
    assert_eq!(allowed.because[0].role, Role::Developer);
    let engine = Engine::shared().unwrap();
    let question = Question {
        principal: &somebody(),
        held: &[],
        action: "startAudit",
        resource: &Scope::Tenant(tenant(1)),
        self_service: &[],
    };
    let roles: Vec<String> = engine
        .roles_for(&question)
        .iter()
        .map(|would| format!("{} {:?}", would.role, would.scope.level()))
        .collect();
    let wanted = [
        "tenant-admin Tenant",
        "developer Tenant",
        "operator Installation",
        "support Installation",
    ];
    assert_eq!(roles, wanted);
}

fn grant(principal: &str, role: Role, scope: Scope) -> Grant {
    Grant {
        id: GrantId::from_random([1; 10]),
        principal: principal.parse().unwrap(),
        role,
        scope,
        reason: "a test".into(),
        granted_by: "ann".into(),
        granted_at: Timestamp::UNIX_EPOCH,
        expires_at: None,
        request: None,
    }
}

#[test]
fn a_grant_that_has_expired_or_reaches_too_far_gives_nothing() {
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let own = format!("group:{}:devs", tenant(1));
    let good = grant(&own, Role::Developer, Scope::Tenant(tenant(1)));
    assert_eq!(roles_of(std::slice::from_ref(&good), now).len(), 1);
    let expired = Grant {
        expires_at: Some(now),
        ..good.clone()
    };
    for bad in [
        expired,
        grant(&own, Role::Developer, Scope::Tenant(tenant(2))),
        grant(&own, Role::Operator, Scope::Installation),
        grant(&own, Role::ProjectAdmin, project(2, "web")),
        grant(&own, Role::Operator, Scope::Tenant(tenant(1))),
        grant(
            "group:installation:ops",
            Role::Developer,
            Scope::Installation,
        ),
    ] {
        assert_eq!(roles_of(std::slice::from_ref(&bad), now), [], "{bad:?}");
    }
}

fn give(
    held: &[HeldRole],
    grantee: &str,
    role: Role,
    scope: &Scope,
    until: Option<Timestamp>,
) -> Result<(), Refused> {
    let question = Question {
        principal: &somebody(),
        held,
        action: "createTenantGrant",
        resource: scope,
        self_service: &[],
    };
    let grantee: Grantee = grantee.parse().unwrap();
    let engine = Engine::shared().unwrap();
    engine.may_grant(&question, &grantee, (role, scope), until)
}

#[test]
fn an_administrator_gives_what_he_or_she_holds_and_not_more_and_not_longer() {
    let own = Scope::Tenant(tenant(1));
    let end: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let admin = [HeldRole::assumed(Role::TenantAdmin, own.clone())];
    let bob = format!("person:{}:https://idp#bob", tenant(1));
    for role in [
        Role::TenantAdmin,
        Role::Developer,
        Role::ReadOnly,
        Role::Billing,
    ] {
        assert_eq!(give(&admin, &bob, role, &own, None), Ok(()), "{role}");
    }
    assert_eq!(
        give(&admin, &bob, Role::ProjectAdmin, &project(1, "web"), None),
        Ok(())
    );
    let ops = "group:installation:ops";
    for (role, scope) in [
        (Role::Operator, Scope::Installation),
        (Role::Auditor, Scope::Installation),
        (Role::Billing, Scope::Installation),
        (Role::ReadOnly, Scope::Tenant(tenant(2))),
        (Role::ProjectReadOnly, project(2, "web")),
    ] {
        let refused = give(&admin, ops, role, &scope, None);
        assert!(
            matches!(refused, Err(Refused::MoreThanHeld { .. })),
            "{role}"
        );
    }
    let developer = [HeldRole::assumed(Role::Developer, own.clone())];
    assert!(give(&developer, &bob, Role::TenantAdmin, &own, None).is_err());
    let passing = [HeldRole {
        until: Some(end),
        ..admin[0].clone()
    }];
    assert_eq!(
        give(&passing, &bob, Role::ReadOnly, &own, Some(end)),
        Ok(())
    );
    assert_eq!(
        give(&passing, &bob, Role::ReadOnly, &own, None),
        Err(Refused::LongerThanHeld)
    );
}

#[test]
fn an_operator_lets_nobody_into_a_tenant_who_may_be_the_operator() {
    let acme = Scope::Tenant(tenant(1));
    let operator = HeldRole::assumed(Role::Operator, Scope::Installation);
    let ann = Principal::Person(Person {
        provider: Provider::Installation,
        issuer: "https://idp".into(),
        subject: "ann".into(),
        email: Some("ann@acme.example".into()),
        groups: vec!["ops".into()],
    });
    let give = |held: &[HeldRole], grantee: &str, role, scope: &Scope| {
        let question = Question {
            principal: &ann,
            held,
            action: "",
            resource: scope,
            self_service: &[],
        };
        let grantee: Grantee = grantee.parse().unwrap();
        let engine = Engine::shared().unwrap();
        engine.may_grant(&question, &grantee, (role, scope), None)
    };
    let by_operator = std::slice::from_ref(&operator);
    let at_tenants = format!("person:{}:https://idp#ann", tenant(1));
    for own in [
        "person:installation:https://idp#ann",
        at_tenants.as_str(),
        "group:installation:ops",
        "arn:aws:iam::111111111111:user/ann@acme.example",
    ] {
        let refused = Err(Refused::ToOneself);
        assert_eq!(give(by_operator, own, Role::TenantAdmin, &acme), refused);
        let web = project(1, "web");
        assert_eq!(give(by_operator, own, Role::ProjectAdmin, &web), refused);
        // What is held there already is given on, also to oneself.
        let both = [
            operator.clone(),
            HeldRole::assumed(Role::TenantAdmin, acme.clone()),
        ];
        assert_eq!(give(&both, own, Role::Developer, &acme), Ok(()), "{own}");
    }
    for other in [
        "person:installation:https://idp#bob",
        "group:installation:support",
        "arn:aws:iam::111111111111:user/bob",
    ] {
        assert_eq!(give(by_operator, other, Role::TenantAdmin, &acme), Ok(()));
    }
    let ops = "group:installation:ops";
    let everywhere = give(by_operator, ops, Role::Auditor, &Scope::Installation);
    assert_eq!(
        everywhere,
        Ok(()),
        "that is the role of an operator as well"
    );
}

#[test]
fn who_is_there_for_a_time_revokes_only_what_ends_by_then() {
    let own = Scope::Tenant(tenant(1));
    let end: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let later: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
    let passing = [HeldRole {
        until: Some(end),
        ..HeldRole::assumed(Role::TenantAdmin, own.clone())
    }];
    let question = Question {
        principal: &somebody(),
        held: &passing,
        action: "",
        resource: &own,
        self_service: &[],
    };
    let engine = Engine::shared().unwrap();
    let revoke = |role, until| engine.may_revoke(&question, (role, &own), until);
    assert_eq!(revoke(Role::Developer, Some(end)), Ok(()));
    for until in [None, Some(later)] {
        let refused = revoke(Role::Developer, until);
        assert_eq!(refused, Err(Refused::LongerThanHeld));
    }
    let operator = engine.may_revoke(&question, (Role::Operator, &Scope::Installation), Some(end));
    assert!(matches!(operator, Err(Refused::MoreThanHeld { .. })));
}

#[test]
fn a_project_s_administrator_gives_roles_of_the_project_and_nothing_beyond() {
    let web = project(1, "web");
    let admin = [HeldRole::assumed(Role::ProjectAdmin, web.clone())];
    let bob = format!("person:{}:https://idp#bob", tenant(1));
    for role in Role::of(Level::Project) {
        assert_eq!(give(&admin, &bob, role, &web, None), Ok(()), "{role}");
        assert!(give(&admin, &bob, role, &project(1, "data"), None).is_err());
    }
    let own = Scope::Tenant(tenant(1));
    assert!(give(&admin, &bob, Role::ReadOnly, &own, None).is_err());
    let allowed = |opened| {
        verdict(
            &[(Role::ProjectAdmin, web.clone())],
            "createProjectGrant",
            &web,
            opened,
        )
    };
    assert!(allowed(&[SelfService::Grants]).allowed);
    assert!(!allowed(&[SelfService::Projects]).allowed);
}

#[test]
fn not_even_an_operator_lets_a_tenant_s_people_out_of_their_tenant() {
    let operator = [HeldRole::operator()];
    let group = format!("group:{}:devs", tenant(1));
    for (role, scope) in [
        (Role::Operator, Scope::Installation),
        (Role::ReadOnly, Scope::Tenant(tenant(2))),
        (Role::ProjectAdmin, project(2, "web")),
    ] {
        let refused = give(&operator, &group, role, &scope, None);
        assert_eq!(refused, Err(Refused::OutsideItsTenant), "{role}");
    }
    assert_eq!(
        give(
            &operator,
            &group,
            Role::Developer,
            &Scope::Tenant(tenant(1)),
            None
        ),
        Ok(())
    );
}

/// For people who want to know: `cargo test -p access --release -- --ignored --nocapture`.
#[test]
#[ignore = "prints how long a decision takes"]
fn how_long_a_decision_takes() {
    let engine = Engine::shared().unwrap();
    let held: Vec<HeldRole> = (0..100)
        .map(|number| HeldRole::assumed(Role::Developer, Scope::Tenant(tenant(number))))
        .collect();
    let question = Question {
        principal: &somebody(),
        held: &held,
        action: "startAudit",
        resource: &Scope::Tenant(tenant(7)),
        self_service: &[],
    };
    let begun = std::time::Instant::now();
    for _ in 0..1000 {
        assert!(engine.decide(&question).allowed);
    }
    eprintln!(
        "{:?} for a decision over 100 grants",
        begun.elapsed() / 1000
    );
}
