//! Following creations: one pass polls all that are in flight and records their states, the others read those.
//!
//! # Guarantees
//! That a creation of another tenant has ended is recorded before a message is sent for that tenant, and stays recorded until the tenant
//! has taken it over or asks again: a pass that dies in between costs half a minute and loses nothing.

use std::collections::BTreeSet;

use aws_sdk_organizations::{
    Client,
    types::{CreateAccountState, CreateAccountStatus},
};
use baseline::Desired;
use futures::future::join_all;
use tenancy::{Failure, TenantId, Timestamp, Verb, id::Malformed};
use tracing::warn;

use super::{AccountPort, creation::REFUSED};
use crate::{
    errors,
    ledger::{MadeRows, TOKEN_LIFETIME, WatchAnswer, WatchedState},
    ledger_failure::ledger_failure,
    pass::{CreationAhead, lock},
};

/// The calls that follow: the first to poll a request, the others to read the account it made.
pub(crate) const FOLLOWING: [&str; 3] = [
    "DescribeCreateAccountStatus",
    "DescribeAccount",
    "ListTagsForResource",
];

impl AccountPort {
    /// Has this pass know how the tenant's request is: as any pass saw it within some seconds, or as this one sees it now, for
    /// all. Nothing to do where no request is in flight. Gives back what was read beside a poll for the record of the account.
    pub(super) async fn follow_request(
        &self,
        desired: &Desired,
    ) -> Result<Option<MadeRows>, Failure> {
        let Some(request) = self.request_in_flight(desired) else {
            return Ok(None);
        };
        // Whoever makes a call says why there is no session.
        let sessions = self.pass.sessions.organizations(desired);
        let (answer, _) = futures::join!(self.answered(desired, &request), sessions);
        let (state, rows) = match answer? {
            WatchAnswer::Cached(state) => (state, None),
            WatchAnswer::Poll(requests) => {
                let poll = self.poll(desired, &request, &requests);
                let (state, rows) = futures::join!(poll, self.rows_beside(desired, &requests));
                (state?, rows)
            }
        };
        *lock(&self.followed) = Some(state);
        Ok(rows)
    }

    /// What is said of the request: while the lease was taken, or now.
    async fn answered(&self, desired: &Desired, request: &str) -> Result<WatchAnswer, Failure> {
        let (pass, now) = (&self.pass, self.pass.now());
        let ahead = lock(&pass.creation).take();
        let followed = match ahead {
            Some(CreationAhead::Followed(asked, followed)) if asked == request => followed,
            ahead => {
                let read = ahead.and_then(CreationAhead::into_rows);
                let (tenant, who) = (&desired.tenant, &pass.lease.holder);
                let read = (&FOLLOWING[..], read);
                let asked = pass.ledger.follow_creation(tenant, request, who, read, now);
                let failed = |error| ledger_failure("reading the state of a creation", error);
                asked.await.map_err(failed)?
            }
        };
        let until = now.saturating_add(TOKEN_LIFETIME).unwrap_or(Timestamp::MAX);
        pass.sessions.limiter().keep(&followed.tokens, until).await;
        *lock(&pass.creation) = Some(CreationAhead::Rows(followed.rows));
        Ok(followed.answer)
    }

    /// A poll of others' requests writes some of these rows: they are read after it.
    async fn rows_beside(&self, desired: &Desired, requests: &[String]) -> Option<MadeRows> {
        let builds = self.pass.verb == Verb::Onboard && !desired.leaving();
        match requests {
            [_] if builds => self.rows_for_made(desired).await,
            _ => None,
        }
    }

    /// The request that is in flight, as far as this pass knows.
    pub(crate) fn request_in_flight(&self, desired: &Desired) -> Option<String> {
        let intent = self.request_intent(desired);
        let request = intent.and_then(|intent| intent.outcome);
        request.filter(|request| request != REFUSED && self.known_id(desired).is_none())
    }

    /// How the tenant's request is, without writing anything: as this pass knows it, as another saw it end, or as Organizations
    /// says now.
    pub(super) async fn request_state(
        &self,
        desired: &Desired,
        request: &str,
    ) -> Result<WatchedState, Failure> {
        let followed = lock(&self.followed).clone();
        if let Some(state) = followed {
            return Ok(state);
        }
        let watched = self.pass.ledger.watched().await;
        let mut watched =
            watched.map_err(|error| ledger_failure("reading the states of creations", error))?;
        let ended = watched.remove(request).map(|watched| watched.state);
        match ended.filter(WatchedState::is_over) {
            Some(state) => Ok(state),
            None => describe(self.pass.sessions.organizations(desired).await?, request).await,
        }
    }

    async fn poll(
        &self,
        desired: &Desired,
        own: &str,
        requests: &[String],
    ) -> Result<WatchedState, Failure> {
        let polled = self.poll_creations(desired, requests).await;
        let mut failure = polled.as_ref().err().cloned();
        let mut seen = Vec::new();
        for (request, state) in polled.unwrap_or_default() {
            match state {
                Ok(state) => seen.push((request, state)),
                Err(error) if request == own => failure = Some(error),
                // Its own tenant, or whoever polls next, sees it.
                Err(error) => warn!(request.id = request, "{error}"),
            }
        }
        if let ([(request, state @ WatchedState::Made(_))], [_], None) =
            (seen.as_slice(), requests, &failure)
            && request == own
        {
            *lock(&self.unrecorded) = Some((request.clone(), state.clone()));
            return Ok(state.clone());
        }
        let ended = self.record_states(&seen).await?;
        let others: Vec<TenantId> = ended
            .into_iter()
            .filter(|tenant| *tenant != desired.tenant)
            .collect();
        self.wake(Verb::Onboard, &others).await;
        match failure {
            Some(failure) => Err(failure),
            None => Ok(seen
                .into_iter()
                .find(|(request, _)| request == own)
                .map_or(WatchedState::InProgress, |(_, state)| state)),
        }
    }

    async fn record_states(
        &self,
        seen: &[(String, WatchedState)],
    ) -> Result<Vec<TenantId>, Failure> {
        let pass = &self.pass;
        let ahead = lock(&pass.creation).take();
        let mut rows = ahead.and_then(CreationAhead::into_rows);
        let recorded =
            pass.ledger
                .record_creation_states(&pass.lease.holder, seen, rows.as_mut(), pass.now());
        let ended = recorded
            .await
            .map_err(|error| ledger_failure("recording the states of creations", error))?;
        *lock(&pass.creation) = rows.map(CreationAhead::Rows);
        Ok(ended)
    }

    /// Lists what is in progress, and asks only for those of ours that are not, or for a single one at once.
    async fn poll_creations(
        &self,
        desired: &Desired,
        requests: &[String],
    ) -> Result<Vec<Polled>, Failure> {
        let client = self.pass.sessions.organizations(desired).await?;
        let in_progress = match requests {
            [_] => BTreeSet::new(),
            _ => {
                let listed = in_progress(client).await?.into_iter();
                listed.filter_map(|status| status.id).collect()
            }
        };
        let states = requests.iter().map(|request| async {
            let state = match in_progress.contains(request) {
                true => Ok(WatchedState::InProgress),
                false => describe(client, request).await,
            };
            (request.clone(), state)
        });
        Ok(join_all(states).await)
    }

    /// The tenant has recorded how its creation ended.
    pub(super) async fn unwatch(&self, request: &str) -> Result<(), Failure> {
        self.pass
            .ledger
            .forget_creation(request, &self.pass.lease.holder)
            .await
            .map_err(|error| ledger_failure("forgetting a creation", error))
    }
}

/// A request and how it is.
type Polled = (String, Result<WatchedState, Failure>);

/// The requests in progress, ours and others'.
pub(super) async fn in_progress(client: &Client) -> Result<Vec<CreateAccountStatus>, Failure> {
    let doing = "listing creations in progress";
    let call = client.list_create_account_status();
    let call = call.states(CreateAccountState::InProgress);
    let mut pages = call.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| errors::organizations_failure(doing, &error))?;
        found.extend(page.create_account_statuses.into_iter().flatten());
    }
    Ok(found)
}

async fn describe(client: &Client, request: &str) -> Result<WatchedState, Failure> {
    let doing = format!("following account request `{request}`");
    let call = client.describe_create_account_status();
    match call.create_account_request_id(request).send().await {
        Ok(answer) => match answer.create_account_status {
            Some(status) => state(doing, &status),
            None => Err(errors::unreadable(doing, "no state in the answer")),
        },
        // Not visible yet, or forgotten: how long Organizations remembers is not documented.
        Err(error) if errors::is_absent(&error) => Ok(WatchedState::Absent),
        Err(error) => Err(errors::organizations_failure(doing, &error)),
    }
}

fn state(doing: String, status: &CreateAccountStatus) -> Result<WatchedState, Failure> {
    match status.state {
        Some(CreateAccountState::Succeeded) => {
            let id = status.account_id.as_deref().unwrap_or_default();
            let malformed = |error: Malformed| Failure::bug(doing, error.to_string());
            id.parse().map(WatchedState::Made).map_err(malformed)
        }
        Some(CreateAccountState::Failed) => {
            let reason = status.failure_reason.as_ref();
            let reason = reason.map_or("no reason", |reason| reason.as_str());
            let ended = status.completed_timestamp.or(status.requested_timestamp);
            Ok(WatchedState::Failed {
                reason: reason.to_owned(),
                ended_at: ended.and_then(|at| Timestamp::from_second(at.secs()).ok()),
            })
        }
        _ => Ok(WatchedState::InProgress),
    }
}
