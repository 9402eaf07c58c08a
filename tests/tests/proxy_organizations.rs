//! Organizations behind the proxy behaves as AWS does.

mod proxy_support;

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_organizations::types::{
    AccountState, ChildType, CreateAccountFailureReason, CreateAccountState, CreateAccountStatus,
};
use proxy_support::{Account, account, management};
use scenarios::emulator::LocalAws;
use scenarios::proxy::config::{CreationFailure, Delivery, Organizations};
use scenarios::proxy::{Config, Effect, Fault};

const BOOTSTRAP: &str = "OrganizationAccountAccessRole";

fn with(organizations: Organizations) -> Config {
    Config {
        organizations: Some(organizations),
        ..Config::default()
    }
}

async fn create(root: &Account, email: &str) -> Result<CreateAccountStatus, String> {
    let answer = root
        .organizations()
        .create_account()
        .email(email)
        .account_name("a tenant")
        .send()
        .await;
    answer
        .map(|answer| answer.create_account_status.unwrap())
        .map_err(|error| format!("{error:?}"))
}

async fn status(root: &Account, id: &str) -> CreateAccountStatus {
    let answer = root
        .organizations()
        .describe_create_account_status()
        .create_account_request_id(id)
        .send()
        .await
        .unwrap();
    answer.create_account_status.unwrap()
}

async fn settled(root: &Account, id: &str) -> CreateAccountStatus {
    for _ in 0..200 {
        let now = status(root, id).await;
        if now.state() != Some(&CreateAccountState::InProgress) {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("`{id}` did not settle")
}

async fn state_of(root: &Account, id: &str) -> Option<AccountState> {
    root.organizations()
        .describe_account()
        .account_id(id)
        .send()
        .await
        .unwrap()
        .account
        .unwrap()
        .state
}

#[tokio::test]
async fn a_creation_takes_time_and_the_bootstrap_role_comes_later_still() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let root = management(&aws);
    let begun = create(&root, "aws+one@example.com").await.unwrap();
    assert_eq!(begun.state(), Some(&CreateAccountState::InProgress));
    assert_eq!(begun.account_id(), None);
    let accounts = root.organizations().list_accounts().send().await.unwrap();
    assert_eq!(
        accounts.accounts().len(),
        1,
        "the account must not be seen yet"
    );
    let done = settled(&root, begun.id().unwrap()).await;
    assert_eq!(done.state(), Some(&CreateAccountState::Succeeded));
    assert!(done.completed_timestamp().is_some());
    let id = done.account_id().unwrap();
    assert_eq!(state_of(&root, id).await, Some(AccountState::Active));
    let arn = format!("arn:aws:iam::{id}:role/{BOOTSTRAP}");
    let early = root.assume(&arn, "too-early").await.err().unwrap();
    assert!(early.contains("AccessDenied"), "{early}");
    tokio::time::sleep(Duration::from_millis(600)).await;
    let tenant = root.assume(&arn, "bootstrap").await.unwrap();
    let who = tenant.sts().get_caller_identity().send().await.unwrap();
    assert_eq!(who.account(), Some(id));
    tenant
        .ec2()
        .create_vpc()
        .cidr_block("10.0.0.0/16")
        .send()
        .await
        .unwrap();
    tenant
        .iam()
        .create_role()
        .role_name("x")
        .assume_role_policy_document(r#"{"Version":"2012-10-17","Statement":[]}"#)
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn an_address_is_taken_for_ever_even_after_its_account_is_closed() {
    let foreign_emails = vec!["taken@example.com".to_owned()];
    let aws = LocalAws::start(
        false,
        with(Organizations {
            foreign_emails,
            ..Organizations::default()
        }),
    )
    .await
    .unwrap();
    let root = management(&aws);
    let first = create(&root, "aws+one@example.com").await.unwrap();
    let twin = create(&root, "AWS+one@example.com").await.unwrap();
    let twin = settled(&root, twin.id().unwrap()).await;
    assert_eq!(
        twin.failure_reason(),
        Some(&CreateAccountFailureReason::ConcurrentAccountModification)
    );
    let first = settled(&root, first.id().unwrap()).await;
    root.organizations()
        .close_account()
        .account_id(first.account_id().unwrap())
        .send()
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(400)).await;
    for email in ["aws+one@example.com", "taken@example.com"] {
        let again = settled(&root, create(&root, email).await.unwrap().id().unwrap()).await;
        assert_eq!(again.state(), Some(&CreateAccountState::Failed));
        assert_eq!(
            again.failure_reason(),
            Some(&CreateAccountFailureReason::EmailAlreadyExists)
        );
    }
    let accounts = root.organizations().list_accounts().send().await.unwrap();
    assert_eq!(
        accounts.accounts().len(),
        2,
        "failed creations leave no account"
    );
}

#[tokio::test]
async fn creations_fail_for_the_reason_asked_and_as_often() {
    let failures = vec![CreationFailure {
        email_contains: "bad".into(),
        reason: "INTERNAL_FAILURE".into(),
        times: Some(1),
    }];
    let aws = LocalAws::start(
        false,
        with(Organizations {
            failures,
            ..Organizations::default()
        }),
    )
    .await
    .unwrap();
    let root = management(&aws);
    let failed = settled(
        &root,
        create(&root, "bad@example.com")
            .await
            .unwrap()
            .id()
            .unwrap(),
    )
    .await;
    assert_eq!(
        failed.failure_reason(),
        Some(&CreateAccountFailureReason::InternalFailure)
    );
    let second = settled(
        &root,
        create(&root, "bad@example.com")
            .await
            .unwrap()
            .id()
            .unwrap(),
    )
    .await;
    assert_eq!(second.state(), Some(&CreateAccountState::Succeeded));
}

#[tokio::test]
async fn at_most_five_creations_are_in_flight_and_so_many_in_a_day() {
    let organizations = Organizations {
        creation_secs: 60.0,
        creations_per_day: Some(7),
        ..Organizations::default()
    };
    let aws = LocalAws::start(false, with(organizations)).await.unwrap();
    let root = management(&aws);
    for number in 0..5 {
        create(&root, &format!("aws+{number}@example.com"))
            .await
            .unwrap();
    }
    let sixth = create(&root, "aws+5@example.com").await.unwrap_err();
    assert!(sixth.contains("TooManyRequestsException"), "{sixth}");
    let running = root
        .organizations()
        .list_create_account_status()
        .states(CreateAccountState::InProgress)
        .send()
        .await
        .unwrap();
    assert_eq!(running.create_account_statuses().len(), 5);
    aws.proxy.advance(61.0);
    let running = root
        .organizations()
        .list_create_account_status()
        .states(CreateAccountState::InProgress)
        .send()
        .await
        .unwrap();
    assert_eq!(running.create_account_statuses().len(), 0);
    create(&root, "aws+5@example.com").await.unwrap();
    create(&root, "aws+6@example.com").await.unwrap();
    let eighth = create(&root, "aws+7@example.com").await.unwrap_err();
    assert!(
        eighth.contains("AccountCreationRateLimitExceeded"),
        "{eighth}"
    );
    aws.proxy.advance(86_400.0);
    create(&root, "aws+7@example.com").await.unwrap();
}

#[tokio::test]
async fn buckets_refuse_what_comes_too_often_and_refill() {
    let aws = LocalAws::start(
        false,
        with(Organizations {
            throttle: true,
            ..Organizations::default()
        }),
    )
    .await
    .unwrap();
    let root = management(&aws);
    for _ in 0..2 {
        root.organizations().list_roots().send().await.unwrap();
    }
    let refused = root.organizations().list_roots().send().await.unwrap_err();
    assert!(
        refused
            .into_service_error()
            .is_too_many_requests_exception()
    );
    aws.proxy.advance(1.0);
    root.organizations().list_roots().send().await.unwrap();
}

#[tokio::test]
async fn lists_come_in_pages_and_some_are_empty() {
    let organizations = Organizations {
        creation_secs: 0.0,
        creations_in_flight: 100,
        page_size: 3,
        empty_pages: 0.5,
        ..Organizations::default()
    };
    let aws = LocalAws::start(false, with(organizations)).await.unwrap();
    let root = management(&aws);
    for number in 0..10 {
        create(&root, &format!("aws+{number}@example.com"))
            .await
            .unwrap();
    }
    let mut pages = root.organizations().list_accounts().into_paginator().send();
    let (mut found, mut empty) = (BTreeSet::new(), 0);
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        assert!(page.accounts().len() <= 3);
        empty += usize::from(page.accounts().is_empty() && page.next_token().is_some());
        found.extend(
            page.accounts()
                .iter()
                .map(|account| account.id().unwrap().to_owned()),
        );
    }
    assert_eq!(found.len(), 11);
    assert!(empty > 0, "no empty page with a token");
    let wrong = root
        .organizations()
        .list_accounts()
        .next_token("ListRoots.3.0")
        .send()
        .await
        .unwrap_err();
    assert!(wrong.into_service_error().is_invalid_input_exception());
    let statuses = root
        .organizations()
        .list_create_account_status()
        .into_paginator()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .unwrap();
    assert_eq!(
        statuses
            .iter()
            .map(|page| page.create_account_statuses().len())
            .sum::<usize>(),
        10
    );
}

#[tokio::test]
async fn units_have_one_name_once_and_children_can_be_listed() {
    let aws = LocalAws::start(false, Config::default()).await.unwrap();
    let root = management(&aws);
    let client = root.organizations();
    let top = client.list_roots().send().await.unwrap().roots()[0]
        .id()
        .unwrap()
        .to_owned();
    let unit = client
        .create_organizational_unit()
        .parent_id(&top)
        .name("tenants")
        .send()
        .await
        .unwrap();
    let unit = unit.organizational_unit().unwrap().id().unwrap().to_owned();
    let twice = client
        .create_organizational_unit()
        .parent_id(&top)
        .name("tenants")
        .send()
        .await
        .unwrap_err();
    assert!(
        twice
            .into_service_error()
            .is_duplicate_organizational_unit_exception()
    );
    let done = settled(
        &root,
        create(&root, "aws+one@example.com")
            .await
            .unwrap()
            .id()
            .unwrap(),
    )
    .await;
    client
        .move_account()
        .account_id(done.account_id().unwrap())
        .source_parent_id(&top)
        .destination_parent_id(&unit)
        .send()
        .await
        .unwrap();
    let children = client
        .list_children()
        .parent_id(&unit)
        .child_type(ChildType::Account)
        .send()
        .await
        .unwrap();
    assert_eq!(children.children()[0].id(), done.account_id());
    let full = client
        .delete_organizational_unit()
        .organizational_unit_id(&unit)
        .send()
        .await
        .unwrap_err();
    assert!(
        full.into_service_error()
            .is_organizational_unit_not_empty_exception()
    );
}

#[tokio::test]
async fn a_closure_is_pending_then_done_within_its_quotas_and_shuts_the_door() {
    let organizations = Organizations {
        creation_secs: 0.0,
        bootstrap_role_secs: Some(0.0),
        closing_secs: 60.0,
        closures_per_30_days: Some(4),
        ..Organizations::default()
    };
    let aws = LocalAws::start(true, with(organizations)).await.unwrap();
    let root = management(&aws);
    let mut ids = Vec::new();
    for number in 0..6 {
        let done = settled(
            &root,
            create(&root, &format!("aws+{number}@example.com"))
                .await
                .unwrap()
                .id()
                .unwrap(),
        )
        .await;
        ids.push(done.account_id().unwrap().to_owned());
    }
    let close = |id: String| {
        let client = root.organizations();
        async move {
            client
                .close_account()
                .account_id(id)
                .send()
                .await
                .map_err(|error| format!("{:?}", error.into_service_error()))
        }
    };
    for id in &ids[..3] {
        close(id.clone()).await.unwrap();
    }
    assert_eq!(
        state_of(&root, &ids[0]).await,
        Some(AccountState::PendingClosure)
    );
    let fourth = close(ids[3].clone()).await.unwrap_err();
    assert!(
        fourth.contains("CloseAccountRequestsLimitExceeded"),
        "{fourth}"
    );
    assert!(
        close(ids[0].clone())
            .await
            .unwrap_err()
            .contains("ConflictException")
    );
    let arn = format!("arn:aws:iam::{}:role/{BOOTSTRAP}", ids[0]);
    tokio::time::sleep(Duration::from_millis(300)).await;
    root.assume(&arn, "still-open").await.unwrap();
    aws.proxy.advance(61.0);
    assert_eq!(state_of(&root, &ids[0]).await, Some(AccountState::Closed));
    assert!(
        root.assume(&arn, "closed")
            .await
            .err()
            .unwrap()
            .contains("AccessDenied")
    );
    assert!(
        close(ids[0].clone())
            .await
            .unwrap_err()
            .contains("AccountAlreadyClosed")
    );
    close(ids[3].clone()).await.unwrap();
    let fifth = close(ids[4].clone()).await.unwrap_err();
    assert!(fifth.contains("CloseAccountQuotaExceeded"), "{fifth}");
    assert!(
        close("111111111111".to_owned())
            .await
            .unwrap_err()
            .contains("CannotCloseManagementAccount")
    );
    aws.proxy.advance(31.0 * 86_400.0);
    close(ids[4].clone()).await.unwrap();
}

#[tokio::test]
async fn results_reach_the_queue_of_a_matching_rule_twice_if_asked() {
    let organizations = Organizations {
        created_event: Delivery {
            copies: 2,
            delay_secs: 0.1,
        },
        closed_event: Delivery {
            copies: 0,
            delay_secs: 0.0,
        },
        ..Organizations::default()
    };
    let aws = LocalAws::start(true, with(organizations)).await.unwrap();
    let root = management(&aws);
    let queue = root
        .sqs()
        .create_queue()
        .queue_name("hints")
        .send()
        .await
        .unwrap()
        .queue_url
        .unwrap();
    let pattern = r#"{"source":["aws.organizations"],"detail-type":["AWS Service Event via CloudTrail"],"detail":{"eventName":["CreateAccountResult"]}}"#;
    root.events()
        .put_rule()
        .name("hints")
        .event_pattern(pattern)
        .send()
        .await
        .unwrap();
    let target = aws_sdk_eventbridge::types::Target::builder()
        .id("1")
        .arn("arn:aws:sqs:us-east-1:111111111111:hints")
        .build()
        .unwrap();
    root.events()
        .put_targets()
        .rule("hints")
        .targets(target)
        .send()
        .await
        .unwrap();
    let begun = create(&root, "aws+one@example.com").await.unwrap();
    let done = settled(&root, begun.id().unwrap()).await;
    tokio::time::sleep(Duration::from_millis(800)).await;
    let got = root
        .sqs()
        .receive_message()
        .queue_url(&queue)
        .max_number_of_messages(10)
        .send()
        .await
        .unwrap();
    assert_eq!(got.messages().len(), 2);
    let event: serde_json::Value = serde_json::from_str(got.messages()[0].body().unwrap()).unwrap();
    let status = &event["detail"]["serviceEventDetails"]["createAccountStatus"];
    assert_eq!(status["id"].as_str(), begun.id());
    assert_eq!(status["accountId"].as_str(), done.account_id());
    assert_eq!(status["accountName"], "****");
    assert!(!event.to_string().contains("example.com"));
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_happened_all_the_same() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let root = management(&aws);
    let matching = scenarios::proxy::Match {
        operation: Some("CreateAccount".into()),
        ..Default::default()
    };
    aws.proxy.add_fault(Fault {
        matching,
        nth: Some(1),
        effect: Effect::DropAnswer,
        ..Fault::default()
    });
    create(&root, "aws+one@example.com").await.unwrap_err();
    let listed = root
        .organizations()
        .list_create_account_status()
        .send()
        .await
        .unwrap();
    assert_eq!(listed.create_account_statuses().len(), 1);
    let done = settled(&root, listed.create_account_statuses()[0].id().unwrap()).await;
    assert_eq!(done.state(), Some(&CreateAccountState::Succeeded));
}

#[tokio::test]
async fn what_the_proxy_answers_itself_still_needs_permission() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let root = management(&aws);
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#;
    root.iam()
        .create_role()
        .role_name("nobody")
        .assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    let nobody = root
        .assume("arn:aws:iam::111111111111:role/nobody", "s")
        .await
        .unwrap();
    let denied = create(&nobody, "aws+one@example.com").await.unwrap_err();
    assert!(denied.contains("AccessDenied"), "{denied}");
    let denied = nobody
        .organizations()
        .list_create_account_status()
        .send()
        .await
        .unwrap_err();
    assert!(format!("{denied:?}").contains("AccessDenied"), "{denied:?}");
    let tenant = account(&aws, "333333333333");
    assert!(tenant.organizations().list_accounts().send().await.is_ok());
}
