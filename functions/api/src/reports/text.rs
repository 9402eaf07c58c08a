//! Words that several formats share.

use tenancy::{Severity, text::visible};

/// A severity as a word.
pub(super) fn severity(severity: Severity) -> String {
    let word = serde_json::to_value(severity).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

/// A text as HTML, in which it means nothing but itself, with the characters that do not show written out.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
