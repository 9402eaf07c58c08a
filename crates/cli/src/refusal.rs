//! A refusal by the API: problem details (RFC 9457), or the answer of whatever stands between us and the API.

use std::fmt;

use api_types::{Problem, ProblemKind};
use serde_json::Value;
use tenancy::FieldError;

/// A refusal.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// What was being done.
    pub doing: String,
    /// The key to repeat the request with, if it writes.
    pub key: Option<String>,
    /// What the API says.
    pub problem: Problem,
}

impl Refusal {
    /// The refusal in an answer. API Gateway itself answers `{"message": …}`, and a proxy may answer anything: what is
    /// missing is filled in from the status.
    pub fn read(status: u16, body: &Value, request_id: Option<String>) -> Self {
        let mut problem = Problem {
            kind: String::new(),
            title: String::new(),
            retryable: status == 429 || status >= 500,
            request_id: request_id.unwrap_or_default(),
            ..Problem::new(ProblemKind::of_status(status), message(body))
        };
        problem = overlaid(&problem, body).unwrap_or(problem);
        problem.status = status;
        if problem.detail.is_empty() {
            problem.detail.clone_from(&problem.title);
        }
        Self {
            doing: String::new(),
            key: None,
            problem,
        }
    }

    /// Whether to send the same request again.
    pub fn is_retryable(&self) -> bool {
        self.problem.retryable
    }

    /// The exit code for it.
    pub fn exit_code(&self) -> u8 {
        match self.problem.status {
            404 => 3,
            409 | 412 | 428 => 4,
            400 | 413 | 415 | 422 => 5,
            401 | 403 => 6,
            _ => 1,
        }
    }

    /// The invalid fields and the request id, one on each line.
    pub fn details(&self) -> Vec<String> {
        let fields = self.problem.errors.iter().map(field_in_words);
        let id = Some(&self.problem.request_id).filter(|id| !id.is_empty());
        fields
            .chain(id.map(|id| format!("request id: {id}")))
            .collect()
    }

    /// What to do: the API's own remedy, else what the status suggests.
    pub fn remedy(&self) -> Option<String> {
        if let Some(remedy) = &self.problem.remedy {
            return Some(remedy.clone());
        }
        let remedy = match self.problem.status {
            400 | 413 | 415 | 422 => "correct the fields named above and run the command again".into(),
            401 | 403 => "check who you are (`aws sts get-caller-identity`) and that you are allowed `execute-api:Invoke` on this API; a wrong Region or a wrong clock is refused in the same way".into(),
            404 => "check the name; `tenantry tenant list` shows all tenants".into(),
            412 => "somebody else changed the tenant in the meantime: read it, then run the command again".into(),
            409 => "read the tenant with `tenantry tenant show`, then decide".into(),
            _ => match &self.key {
                Some(key) => format!("try again later with `--idempotency-key {key}`, so that nothing is done twice"),
                None => "try again later".into(),
            },
        };
        Some(remedy)
    }
}

fn message(body: &Value) -> String {
    let message = ["message", "Message"]
        .iter()
        .find_map(|key| body.get(key)?.as_str());
    message.unwrap_or_default().to_owned()
}

/// The problem with the members of `body` in place of its own; `None` if they are not those of a problem.
fn overlaid(problem: &Problem, body: &Value) -> Option<Problem> {
    let mut whole = serde_json::to_value(problem).ok()?;
    let members = body.as_object()?.clone();
    whole.as_object_mut()?.extend(members);
    serde_json::from_value(whole).ok()
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problem = &self.problem;
        let detail = match problem.detail.as_str() {
            "" => "refused",
            detail => detail,
        };
        write!(f, "{}: {detail} ({}", self.doing, problem.status)?;
        match problem.slug() {
            "" => f.write_str(")"),
            word => write!(f, " {word})"),
        }
    }
}

fn field_in_words(error: &FieldError) -> String {
    let FieldError {
        field,
        detail,
        allowed,
    } = error;
    if allowed.is_empty() {
        format!("{field}: {detail}")
    } else {
        format!("{field}: {detail}; allowed: {allowed}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_answer_of_the_gateway_itself_is_understood() {
        let refusal = Refusal::read(403, &json!({"message": "Forbidden"}), Some("r-1".into()));
        assert_eq!(
            (refusal.exit_code(), refusal.problem.detail.as_str()),
            (6, "Forbidden")
        );
        assert_eq!(refusal.details(), ["request id: r-1"]);
    }

    #[test]
    fn an_answer_that_is_no_json_object_is_a_refusal_all_the_same() {
        let refusal = Refusal::read(502, &json!("<html>"), None);
        assert!(refusal.is_retryable());
        assert_eq!(refusal.exit_code(), 1);
    }

    #[test]
    fn the_api_decides_whether_to_retry_when_it_says_so() {
        let says_no = Refusal::read(503, &json!({"retryable": false}), None);
        let says_yes = Refusal::read(409, &json!({"retryable": true}), None);
        assert!(!says_no.is_retryable());
        assert!(says_yes.is_retryable());
    }
}
