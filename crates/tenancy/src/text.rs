//! Characters that do not show, or that change how others show: refused where people type, escaped where people read.
//!
//! Source of the classes: Unicode Standard Annex #9 (bidirectional formatting), Unicode Technical Report #36 (security
//! considerations), "Trojan Source" (CVE-2021-42574).

use std::borrow::Cow;

/// Whether a character is a control character, reorders the text around it, or takes no room.
///
/// Letters of scripts that are written from right to left are not among them, nor are combining marks.
pub fn is_deceptive(c: char) -> bool {
    c.is_control() || is_bidirectional(c) || is_invisible(c)
}

/// Marks, embeddings, overrides and isolates.
fn is_bidirectional(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
}

/// Zero-width characters, separators that break lines, fillers, tags and annotations.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00ad}'
            | '\u{034f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200d}'
            | '\u{2028}'..='\u{2029}'
            | '\u{2060}'..='\u{2065}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// JSON with the characters that do not show written as escapes, which mean the same (RFC 8259, section 7).
pub fn escaped_json(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        if c == '\n' || !is_deceptive(c) {
            text.push(c);
            continue;
        }
        // They stand in strings only: all else of JSON shows.
        for unit in c.encode_utf16(&mut units) {
            text.push_str(&format!("\\u{unit:04x}"));
        }
    }
    text
}

/// The text with each such character written as an escape, `\u{202e}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_deceptive) {
        return Cow::Borrowed(text);
    }
    let escaped = text.chars().map(|c| match c {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        c if is_deceptive(c) => c.escape_unicode().to_string(),
        c => c.to_string(),
    });
    Cow::Owned(escaped.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_show_is_escaped_and_what_people_write_is_kept() {
        for (text, shown) in [
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("a\u{200b}b\u{feff}", "a\\u{200b}b\\u{feff}"),
            ("a\nb\u{7f}\u{9b}", "a\\nb\\u{7f}\\u{9b}"),
            ("a\u{2800}b\u{1bca0}", "a\\u{2800}b\\u{1bca0}"),
        ] {
            assert_eq!(visible(text), shown);
        }
        for text in [
            "Müller & Söhne",
            "株式会社テナント",
            "שלום",
            "نص",
            "e\u{301}",
        ] {
            assert_eq!(visible(text), text);
        }
    }
}
