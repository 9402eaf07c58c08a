//! The few pages: plain HTML without style or script.

/// A text as it may stand in HTML, in an attribute as well.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter if letter.is_control() => {}
            letter => safe.push(letter),
        }
    }
    safe
}

/// A whole page.
pub fn whole(title: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"></head>\n<body><h1>{title}</h1>\n{body}\n</body></html>\n"
    )
}

/// A hidden field of a form.
pub fn hidden(name: &str, value: &str) -> String {
    let value = escaped(value);
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_request_holds_becomes_markup() {
        assert_eq!(
            escaped("<b title='x'>\"&\u{7}"),
            "&lt;b title=&#39;x&#39;&gt;&quot;&amp;"
        );
        assert!(whole("</title><script>", "").contains("&lt;/title&gt;"));
    }
}
