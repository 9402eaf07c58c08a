//! What the API says when it says no: problem details (RFC 9457), or whatever else stood in the way of the answer.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use tenancy::FieldError;

/// A refusal.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Problem {
    /// What was being done; ours, not the API's.
    #[serde(skip)]
    pub doing: String,
    /// The key to repeat the request with, if it writes; ours, not the API's.
    #[serde(skip)]
    pub key: Option<String>,
    /// A stable address for the kind of problem; its last part is a word to look up.
    #[serde(rename = "type")]
    pub kind: String,
    /// The problem in a few words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// The problem in a sentence.
    pub detail: String,
    /// What is wrong, by field.
    pub errors: Vec<FieldError>,
    /// What to do about it.
    pub remedy: Option<String>,
    /// Whether the same request may succeed later; `None` where the API does not say.
    pub retryable: Option<bool>,
    /// The id under which the API's log has it.
    pub request_id: Option<String>,
}

impl Problem {
    /// The problem in an answer. API Gateway itself answers `{"message": …}`, and a proxy may answer anything.
    pub fn read(status: u16, body: &Value, request_id: Option<String>) -> Self {
        let mut problem: Self = serde_json::from_value(body.clone()).unwrap_or_default();
        problem.status = status;
        problem.request_id = problem.request_id.or(request_id);
        if problem.detail.is_empty() {
            let message = ["message", "Message"]
                .iter()
                .find_map(|key| body.get(key)?.as_str());
            problem.detail = message.unwrap_or(&problem.title).to_owned();
        }
        problem
    }

    /// Whether to try the same request again: as the API says, else as the status suggests.
    pub fn is_retryable(&self) -> bool {
        self.retryable
            .unwrap_or(self.status == 429 || self.status >= 500)
    }

    /// The exit code for it.
    pub fn exit_code(&self) -> u8 {
        match self.status {
            404 => 3,
            409 | 412 | 428 => 4,
            400 | 413 | 415 | 422 => 5,
            401 | 403 => 6,
            _ => 1,
        }
    }

    /// The failing fields and the request id, one on each line.
    pub fn particulars(&self) -> Vec<String> {
        let fields = self.errors.iter().map(field_in_words);
        let id = self
            .request_id
            .as_ref()
            .map(|id| format!("request id: {id}"));
        fields.chain(id).collect()
    }

    /// What to do: the API's own remedy, else what the status suggests.
    pub fn advice(&self) -> Option<String> {
        if let Some(remedy) = &self.remedy {
            return Some(remedy.clone());
        }
        let advice = match self.status {
            400 | 413 | 415 | 422 => "correct the fields named above and run the command again".into(),
            401 | 403 => "check who you are (`aws sts get-caller-identity`) and that you may call `execute-api:Invoke` on this API; a wrong Region or a wrong clock is refused the same way".into(),
            404 => "check the name; `tenantry tenant list` shows all tenants".into(),
            412 => "somebody else changed the tenant in between: look at it, then run the command again".into(),
            409 => "look at the tenant with `tenantry tenant show`, then decide".into(),
            _ => match &self.key {
                Some(key) => format!("try again later with `--idempotency-key {key}`, then nothing is done twice"),
                None => "try again later".into(),
            },
        };
        Some(advice)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} ({}",
            self.doing,
            or(&self.detail, "refused"),
            self.status
        )?;
        match self.kind.rsplit('/').next() {
            Some(word) if !word.is_empty() => write!(f, " {word})"),
            _ => f.write_str(")"),
        }
    }
}

fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
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
        let problem = Problem::read(403, &json!({"message": "Forbidden"}), Some("r-1".into()));
        assert_eq!(
            (problem.exit_code(), problem.detail.as_str()),
            (6, "Forbidden")
        );
        assert_eq!(problem.particulars(), ["request id: r-1"]);
    }

    #[test]
    fn an_answer_that_is_no_json_object_is_a_problem_all_the_same() {
        let problem = Problem::read(502, &json!("<html>"), None);
        assert!(problem.is_retryable());
        assert_eq!(problem.exit_code(), 1);
    }

    #[test]
    fn the_api_decides_whether_to_retry_when_it_says_so() {
        let says_no = Problem::read(503, &json!({"retryable": false}), None);
        let says_yes = Problem::read(409, &json!({"retryable": true}), None);
        assert!(!says_no.is_retryable());
        assert!(says_yes.is_retryable());
    }
}
