//! The request to stop or start creations, read strictly.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use tenancy::{
    FieldError,
    validate::{self, BODY, MOST_ERRORS, json, quoted},
};

use super::CreationBudgetView;

/// The largest budget: ten thousand an hour is far beyond what Organizations makes in a day.
const MOST: u32 = 10_000;

/// The desired state of creations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct CreationsRequest {
    /// Whether accounts may be created.
    pub on: bool,
    /// The reason, shown to those who wait and recorded: 1 to 200 visible characters.
    #[schemars(
        length(min = 1, max = 200),
        regex(pattern = tenancy::text::pattern_of_line())
    )]
    pub reason: String,
    /// A budget to use instead of the deployment's; `null` returns to the deployment's; absent changes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<CreationBudgetView>", default, extend("unevaluatedProperties" = false))]
    pub budget: Option<Option<CreationBudgetView>>,
}

impl CreationsRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// Every field at fault.
    pub fn read(body: &Value) -> Result<Self, Vec<FieldError>> {
        let Some(members) = body.as_object() else {
            let allowed = "an object with `on` and `reason`";
            return Err(vec![FieldError::new(BODY, "is not an object", allowed)]);
        };
        let mut errors = unknown(members, "", &["on", "reason", "budget"]);
        let on = kept(on(members.get("on")), &mut errors);
        let reason = kept(reason(members.get("reason")), &mut errors);
        let budget = members
            .get("budget")
            .map(|budget| read_budget(budget, &mut errors));
        match (on, reason) {
            (Some(on), Some(reason)) if errors.is_empty() => Ok(Self { on, reason, budget }),
            _ => Err(errors),
        }
    }
}

fn kept<T>(read: Result<T, FieldError>, errors: &mut Vec<FieldError>) -> Option<T> {
    read.map_err(|error| errors.push(error)).ok()
}

fn on(value: Option<&Value>) -> Result<bool, FieldError> {
    let wrong = || FieldError::new("on", found(value), "true or false");
    value.and_then(Value::as_bool).ok_or_else(wrong)
}

fn reason(value: Option<&Value>) -> Result<String, FieldError> {
    let text = value.and_then(Value::as_str).unwrap_or_default();
    // What is no text at all is shown as it was sent.
    validate::reason("reason", text).map_err(|error| FieldError {
        detail: found(value),
        ..error
    })
}

fn read_budget(value: &Value, errors: &mut Vec<FieldError>) -> Option<CreationBudgetView> {
    if value.is_null() {
        return None;
    }
    let Some(members) = value.as_object() else {
        let allowed = "an object with `perHour` and `perDay`, or null";
        errors.push(FieldError::new("budget", found(Some(value)), allowed));
        return None;
    };
    errors.extend(unknown(members, "budget", &["perHour", "perDay"]));
    let per_hour = kept(number(members, "perHour"), errors);
    let per_day = kept(number(members, "perDay"), errors);
    Some(CreationBudgetView {
        per_hour: per_hour?,
        per_day: per_day?,
    })
}

fn number(members: &Map<String, Value>, name: &str) -> Result<u32, FieldError> {
    let value = members.get(name);
    let number = value.and_then(Value::as_u64);
    let number = number.and_then(|number| u32::try_from(number).ok());
    number
        .filter(|number| (1..=MOST).contains(number))
        .ok_or_else(|| {
            let allowed = format!("a whole number from 1 to {MOST}");
            FieldError::new(format!("budget.{name}"), found(value), allowed)
        })
}

fn unknown(members: &Map<String, Value>, path: &str, known: &[&str]) -> Vec<FieldError> {
    let strange = members.keys().filter(|key| !known.contains(&key.as_str()));
    strange
        .take(MOST_ERRORS)
        .map(|key| FieldError::new(json::member(path, key), "unknown field", known.join(", ")))
        .collect()
}

fn found(value: Option<&Value>) -> String {
    match value {
        None => "is missing".to_owned(),
        Some(value) => format!("{} is not allowed", quoted(&value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_budget_may_be_absent_null_or_there() {
        let read = |body: Value| CreationsRequest::read(&body).unwrap().budget;
        let with = |budget: Value| json!({"on": true, "reason": "r", "budget": budget});
        assert_eq!(read(json!({"on": true, "reason": " r "})), None);
        assert_eq!(read(with(json!(null))), Some(None));
        let budget = CreationBudgetView {
            per_hour: 5,
            per_day: 9,
        };
        assert_eq!(
            read(with(json!({"perHour": 5, "perDay": 9}))),
            Some(Some(budget))
        );
    }

    #[test]
    fn every_field_at_fault_is_named() {
        let body = json!({"on": 1, "reason": "", "budget": {"perHour": 0, "x": 1}, "by": "ann"});
        let errors = CreationsRequest::read(&body).unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "by",
                "on",
                "reason",
                "budget.x",
                "budget.perHour",
                "budget.perDay"
            ]
        );
    }
}
