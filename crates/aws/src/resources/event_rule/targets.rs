//! The targets of a rule.

use std::collections::BTreeMap;

use aws_sdk_eventbridge::{Client, types::Target};
use baseline::{declared::Key, event_forwarding::EventRule};
use serde_json::{Map, Value, json};
use tenancy::{Failure, FailureKind};

use super::doing;
use crate::{
    calls::{checked, present},
    errors,
};

/// The targets by id, page by page; nothing where the rule is not found.
pub(super) async fn read(
    client: &Client,
    key: &Key,
) -> Result<Option<BTreeMap<String, Value>>, Failure> {
    let mut all = BTreeMap::new();
    let mut next = None;
    loop {
        let call = client.list_targets_by_rule().rule(&key.name);
        let answer = call.set_next_token(next).send().await;
        let answer = present(answer, || doing::<EventRule>("reading the targets of", key))?;
        let Some(page) = answer else { return Ok(None) };
        let targets = page.targets.into_iter().flatten();
        all.extend(targets.map(|target| (target.id.clone(), target_state(&target))));
        next = page.next_token;
        if next.is_none() {
            return Ok(Some(all));
        }
    }
}

/// A target without its id: its ARN and role, and what else it carries that changes what a bus is sent, or for how long it is tried.
fn target_state(target: &Target) -> Value {
    let retries = target.retry_policy.as_ref();
    let transformer = target.input_transformer.as_ref();
    let letters = target.dead_letter_config.as_ref();
    let fields = [
        ("arn", Some(json!(target.arn))),
        ("role", target.role_arn.as_ref().map(|arn| json!(arn))),
        ("input", target.input.as_ref().map(|text| json!(text))),
        (
            "inputPath",
            target.input_path.as_ref().map(|path| json!(path)),
        ),
        (
            "inputTemplate",
            transformer.map(|one| json!(one.input_template)),
        ),
        (
            "deadLetters",
            letters
                .and_then(|one| one.arn.as_ref())
                .map(|arn| json!(arn)),
        ),
        (
            "retries",
            retries
                .and_then(|one| one.maximum_retry_attempts)
                .map(|n| json!(n)),
        ),
        (
            "longestSeconds",
            retries
                .and_then(|one| one.maximum_event_age_in_seconds)
                .map(|n| json!(n)),
        ),
    ];
    let fields = fields.into_iter();
    let fields: Map<String, Value> = fields
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect();
    Value::Object(fields)
}

pub(super) async fn put(
    client: &Client,
    key: &Key,
    id: &str,
    wanted: &Value,
) -> Result<(), Failure> {
    let text = |name: &str| wanted.get(name).and_then(Value::as_str).map(str::to_owned);
    let target = Target::builder().id(id).set_arn(text("arn"));
    let target = target.set_role_arn(text("role")).build();
    let target =
        target.map_err(|error| Failure::bug("writing the target of a rule", error.to_string()))?;
    let doing = || doing::<EventRule>("setting the target of", key);
    let call = client.put_targets().rule(&key.name).targets(target);
    let answer = match call.send().await {
        Err(error) if errors::is_role_not_visible(&error) => {
            return Err(errors::role_not_visible(doing()));
        }
        answer => checked(answer, doing)?,
    };
    let refused = answer.failed_entries.into_iter().flatten().next();
    match refused {
        Some(entry) => Err(errors::refused(
            doing(),
            entry.error_code.as_deref().unwrap_or("no code"),
            entry.error_message.as_deref().unwrap_or("no message"),
        )),
        None if answer.failed_entry_count == 0 => Ok(()),
        None => Err(Failure::retry(
            FailureKind::Transient,
            doing(),
            "EventBridge refused the target and gave no reason",
            10,
        )),
    }
}

pub(super) async fn remove(client: &Client, key: &Key, id: &str) -> Result<(), Failure> {
    let doing = || doing::<EventRule>("removing the target of", key);
    let call = client.remove_targets().rule(&key.name).ids(id);
    let Some(answer) = present(call.send().await, doing)? else {
        return Ok(());
    };
    let refused = answer.failed_entries.into_iter().flatten().next();
    refused.map_or(Ok(()), |entry| {
        let code = entry.error_code.as_deref().unwrap_or("no code");
        let message = entry.error_message.as_deref().unwrap_or("no message");
        Err(errors::refused(doing(), code, message))
    })
}
