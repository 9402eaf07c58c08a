//! Which rows of a table a call writes, and for which of them DynamoDB refused it: what several passes wanted at once.

use serde_json::{Map, Value};

use super::answer::Answer;
use super::call::Call;
use super::write_units::writes;

/// The rows (`pk sk`) a call is to write.
pub fn written(call: &Call) -> Vec<String> {
    let writes = writes(call).map(|(_, rows)| rows).unwrap_or_default();
    writes.iter().map(|(_, row)| name(row)).collect()
}

/// The rows (`pk sk`) whose conditions did not hold, or that another transaction was writing.
pub fn rows(call: &Call, answer: &Answer) -> Vec<String> {
    let refusals = [
        "TransactionCanceledException",
        "ConditionalCheckFailedException",
    ];
    let is_refused = |error: String| refusals.contains(&error.as_str());
    if call.identity.service != "dynamodb" || !answer.error_code().is_some_and(is_refused) {
        return Vec::new();
    }
    let reasons = answer.value();
    let reasons = reasons.get("CancellationReasons").and_then(Value::as_array);
    // The reasons are in the order of the writes; one that is not the cause says `None`.
    let is_cause = |number: usize| match reasons {
        Some(reasons) => reasons
            .get(number)
            .is_some_and(|reason| reason["Code"] != "None"),
        None => true,
    };
    let rows = written(call).into_iter().enumerate();
    let causes = rows.filter(|(number, _)| is_cause(*number));
    causes.map(|(_, row)| row).collect()
}

fn name(row: &Map<String, Value>) -> String {
    let text = |name: &str| row.get(name).and_then(|value| value["S"].as_str());
    let [pk, sk] = ["pk", "sk"].map(|name| text(name).unwrap_or_default());
    format!("{pk} {sk}")
}
