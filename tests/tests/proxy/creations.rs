//! Accounts are created as AWS creates them.

use std::time::Duration;

use aws_sdk_organizations::types::{AccountState, CreateAccountFailureReason, CreateAccountState};
use scenarios::emulator::LocalAws;
use scenarios::proxy::config::{CreationFailure, Delivery, Organizations};
use scenarios::proxy::{Config, Effect, Fault};

use crate::clients::{Account, management};
use crate::organization::{BOOTSTRAP, create, entered, settled, state_of, status, with};

#[tokio::test]
async fn a_creation_takes_time_and_the_bootstrap_role_comes_later_still() {
    let organizations = Organizations {
        creation_secs: 60.0,
        bootstrap_role_secs: Some(60.0),
        ..Organizations::default()
    };
    let aws = LocalAws::start(true, with(organizations)).await.unwrap();
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
    aws.proxy.advance(61.0);
    let done = status(&root, begun.id().unwrap()).await;
    assert_eq!(done.state(), Some(&CreateAccountState::Succeeded));
    assert!(done.completed_timestamp().is_some());
    let id = done.account_id().unwrap();
    assert_eq!(state_of(&root, id).await, Some(AccountState::Active));
    let arn = format!("arn:aws:iam::{id}:role/{BOOTSTRAP}");
    let early = root.assume(&arn, "too-early").await.err().unwrap();
    assert!(early.contains("AccessDenied"), "{early}");
    aws.proxy.advance(61.0);
    let tenant = entered(&root, &arn).await;
    let who = tenant.sts().get_caller_identity().send().await.unwrap();
    assert_eq!(who.account(), Some(id));
    tenant
        .ec2()
        .create_vpc()
        .cidr_block("10.0.0.0/16")
        .send()
        .await
        .unwrap();
    let nobody = r#"{"Version":"2012-10-17","Statement":[]}"#;
    tenant
        .iam()
        .create_role()
        .role_name("x")
        .assume_role_policy_document(nobody)
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
    let messages = received(&root, &queue, 2).await;
    assert_eq!(messages.len(), 2);
    let event: serde_json::Value = serde_json::from_str(messages[0].as_str()).unwrap();
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

/// Messages of a queue, until there are so many or a few seconds have passed.
async fn received(root: &Account, queue: &str, wanted: usize) -> Vec<String> {
    let mut bodies = Vec::new();
    for _ in 0..200 {
        let got = root
            .sqs()
            .receive_message()
            .queue_url(queue)
            .max_number_of_messages(10)
            .send()
            .await
            .unwrap();
        bodies.extend(
            got.messages()
                .iter()
                .map(|message| message.body().unwrap().to_owned()),
        );
        if bodies.len() >= wanted {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bodies
}
