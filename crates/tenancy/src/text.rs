//! Characters that do not show, or that change how others show: refused where people type, escaped where people read.
//!
//! Source of the classes: Unicode Standard Annex #9 (bidirectional formatting), Unicode Technical Report #36 (security
//! considerations), "Trojan Source" (CVE-2021-42574).

use std::{borrow::Cow, ops::RangeInclusive};

/// All of them, in order.
const DECEPTIVE: &[RangeInclusive<char>] = &[
    // Control characters.
    '\0'..='\u{1f}',
    '\u{7f}'..='\u{9f}',
    // Hyphen and joiner that do not show, and the mark of Arabic letters.
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    // Fillers and separators that take no room, or room alone.
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    // Zero-width characters and marks of direction; then what breaks lines, embeddings and overrides; then operators and isolates.
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    // Variation selectors, the byte order mark, a filler, annotations.
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    // Of shorthand and of music; tags, and more variation selectors.
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
];

/// Whether a character is a control character, reorders the text around it, or takes no room.
///
/// Letters of scripts that are written from right to left are not among them, nor are combining marks.
pub fn is_deceptive(c: char) -> bool {
    DECEPTIVE.iter().any(|range| range.contains(&c))
}

/// The pattern, for a JSON Schema, of a text on one line that shows what it holds.
pub fn pattern_of_line() -> String {
    let hidden = hidden();
    format!(r"^[^{hidden}]*[^\s{hidden}][^{hidden}]*$")
}

/// The pattern of such a line without white space at either end.
pub fn pattern_of_name() -> String {
    let hidden = hidden();
    format!(r"^[^\s{hidden}]([^{hidden}]*[^\s{hidden}])?$")
}

/// What the deceptive characters are within the brackets of a pattern. Readers of patterns have one way in common to write a character of
/// more than four digits: itself.
fn hidden() -> String {
    let write = |c: char| match u32::from(c) {
        code @ 0..=0xffff => format!("\\u{code:04x}"),
        _ => c.to_string(),
    };
    let ranges = DECEPTIVE.iter().map(|range| {
        let (first, last) = (*range.start(), *range.end());
        match first == last {
            true => write(first),
            false => format!("{}-{}", write(first), write(last)),
        }
    });
    ranges.collect()
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
    fn each_deceptive_character_is_in_one_range() {
        let mut before = None;
        for range in DECEPTIVE {
            assert!(
                before < Some(*range.start()) && !range.is_empty(),
                "{range:?}"
            );
            before = Some(*range.end());
        }
        assert!(('\0'..=char::MAX).all(|c| !c.is_control() || is_deceptive(c)));
    }

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
