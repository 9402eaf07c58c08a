//! Accounts as AWS shows them: with `State`, and not before they are there.

use serde_json::{Value, json};

use super::super::answer::Answer;
use super::super::call::Call;
use super::super::state::State;
use super::{Organization, member, refused};

/// The refusal of a call that names an account nobody can know of yet.
pub fn refusal_of_hidden(state: &State, call: &Call) -> Option<Answer> {
    let body = call.json();
    let now = state.clock.now();
    let (name, code) = [
        ("AccountId", "AccountNotFoundException"),
        ("ChildId", "ChildNotFoundException"),
        ("ResourceId", "TargetNotFoundException"),
        ("TargetId", "TargetNotFoundException"),
    ]
    .into_iter()
    .find(|(name, _)| {
        state.organizations.with(call.account(), |organization| {
            is_hidden(organization, member(&body, name), now)
        })
    })?;
    Some(refused(
        call,
        code,
        &format!("We can't find the account of this {name}."),
    ))
}

fn is_hidden(organization: &Organization, account: &str, now: f64) -> bool {
    organization
        .creations
        .iter()
        .any(|creation| creation.account == account && creation.hidden(now))
}

/// An answer about accounts, made truthful.
pub fn rewritten(state: &State, call: &Call, answer: Answer) -> Answer {
    let lists = ["Accounts", "Targets", "Children"];
    let mut value = answer.value();
    let single = value.get("Account").is_some();
    let list = lists.into_iter().find(|list| value.get(list).is_some());
    if !answer.status.is_success() || (!single && list.is_none()) {
        return answer;
    }
    let now = state.clock.now();
    state.organizations.with(call.account(), |organization| {
        if let Some(account) = value.get_mut("Account") {
            put_state(organization, account, now);
        }
        if let Some(Value::Array(items)) = list.and_then(|list| value.get_mut(list)) {
            items.retain(|item| {
                !["Id", "TargetId"]
                    .iter()
                    .any(|id| is_hidden(organization, member(item, id), now))
            });
            if list == Some("Accounts") {
                items
                    .iter_mut()
                    .for_each(|account| put_state(organization, account, now));
            }
        }
    });
    answer.with_body(value.to_string())
}

/// `Status` was retired on 2026-09-09; `State` tells PENDING_CLOSURE from CLOSED.
fn put_state(organization: &Organization, account: &mut Value, now: f64) {
    let suspended = member(account, "Status") == "SUSPENDED";
    let state = match organization.closings.get(member(account, "Id")) {
        Some(closing) if now < closing.completes => "PENDING_CLOSURE",
        Some(_) => "CLOSED",
        None if suspended => "CLOSED",
        None => "ACTIVE",
    };
    if let Some(account) = account.as_object_mut() {
        account.remove("Status");
        account.insert("State".to_owned(), json!(state));
    }
}
