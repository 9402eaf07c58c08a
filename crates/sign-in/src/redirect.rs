//! Where a code may be sent: the command line, on the machine where the browser runs.

use reqwest::Url;

/// The redirect address of the command line: `http`, 127.0.0.1, any port (RFC 8252, section 7.3), no path. `None` for any other.
///
/// The page that sends a person there says so in its policy, and a policy can name no other address of loopback (Content Security
/// Policy Level 3, "host-part matches").
pub fn loopback(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let fits = url.scheme() == "http"
        && url.host_str() == Some("127.0.0.1")
        && url.port().is_some_and(|port| port >= 1024)
        // What else listens there may redirect by path.
        && url.path() == "/"
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none()
        && url.query().is_none();
    // To the letter: what is read in two ways by two readers is not taken.
    (fits && url.as_str() == text).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_loopback_address_with_a_port_is_a_redirect() {
        assert!(loopback("http://127.0.0.1:8400/").is_some());
        for text in [
            "https://127.0.0.1:8400/",
            "http://127.0.0.1/",
            "http://127.0.0.1:80/",
            "http://127.0.0.1:8400/callback",
            "http://localhost:8400/",
            "http://127.0.0.2:8400/",
            "http://[::1]:8400/",
            "http://127.0.0.1:8400@evil.example/",
            "http://evil.example:8400/",
            "http://127.0.0.1.evil.example:8400/",
            "http://evil.example:8400/#@127.0.0.1:8400/",
            "http://127.0.0.1:8400/?next=https://evil.example",
            "http://127.0.0.1:8400/#x",
            "http:\\\\127.0.0.1:8400/",
            "http://0x7f000001:8400/",
            "http://10.0.0.1:8400/",
            "javascript:alert(1)",
            "//evil.example",
            "",
        ] {
            assert!(loopback(text).is_none(), "{text}");
        }
    }
}
