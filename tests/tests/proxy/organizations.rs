//! Limits, lists, units, closures and permissions of Organizations.

use std::collections::BTreeSet;

use aws_sdk_organizations::types::{AccountState, ChildType};
use scenarios::emulator::LocalAws;
use scenarios::proxy::Config;
use scenarios::proxy::config::Organizations;

use crate::clients::{account, management};
use crate::organization::{BOOTSTRAP, create, entered, settled, state_of, with};

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
    for number in 0..3 {
        create(&root, &format!("aws+{number}@example.com"))
            .await
            .unwrap();
    }
    let refused = create(&root, "aws+3@example.com").await.unwrap_err();
    assert!(refused.contains("TooManyRequestsException"), "{refused}");
    aws.proxy.advance(10.0);
    create(&root, "aws+3@example.com").await.unwrap();
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
async fn a_closure_is_pending_then_done_within_its_quotas_and_locks_the_account() {
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
    entered(&root, &arn).await;
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
