//! Answers that cannot be read, as something broken between AWS and its callers leaves them.

use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};

use super::answer::Answer;

/// What a captive portal, a proxy or a load balancer puts in the place of an answer.
const PAGE: &str = "<!DOCTYPE html>\n<html>\n<head><title>Sign in</title></head>\n<body>\n<h1>Sign in to this network</h1>\n</body>\n</html>\n";

/// What is there instead of the body of a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spoiled {
    /// A page of HTML.
    Html,
    /// The first half of the body.
    Cut,
}

impl Spoiled {
    /// What becomes of an answer. What is no success stays as it is.
    pub fn of(self, answer: Answer) -> Answer {
        if !answer.status.is_success() {
            return answer;
        }
        match self {
            Self::Html => {
                let html = HeaderValue::from_static("text/html; charset=utf-8");
                let mut page = answer.with_body(PAGE);
                page.headers.insert(header::CONTENT_TYPE, html);
                page
            }
            Self::Cut => {
                let half = answer.body.slice(..answer.body.len() / 2);
                answer.with_body(half)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_success_is_spoiled_and_an_error_stays_as_it_is() {
        let answer = |status| Answer::json(status, &json!({ "Subnets": [] }));
        assert_eq!(Spoiled::Cut.of(answer(200)).text(), "{\"Subne");
        let page = Spoiled::Html.of(answer(200));
        assert!(page.text().contains("<html>"), "{}", page.text());
        assert_eq!(page.status, 200);
        let kind = page.headers[header::CONTENT_TYPE].to_str().unwrap();
        assert!(kind.starts_with("text/html"), "{kind}");
        for how in [Spoiled::Html, Spoiled::Cut] {
            let refused = how.of(answer(404));
            assert_eq!(refused.text(), "{\"Subnets\":[]}");
        }
    }
}
