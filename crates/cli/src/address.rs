//! Where the API is.

use reqwest::Url;
use tenancy::{Region, percent::encoded};

/// The API's base address, without a slash at its end. A path in it (such as a stage) is kept as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(Url);

impl Address {
    /// Checks an address. What is wrong is said without repeating it: it may hold a password.
    ///
    /// # Errors
    /// A sentence that says what is allowed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let allowed =
            "allowed: `https://…` as the stack's output gives it, or `http://` on this machine";
        let mut url = Url::parse(text.trim()).map_err(|error| format!("{error}; {allowed}"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it must not hold a user name or password: requests are signed".into());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!("it must not have a query or fragment; {allowed}"));
        }
        // Over plain HTTP a session token could be read on the way.
        if url.scheme() != "https" && !(url.scheme() == "http" && is_local(&url)) {
            return Err(format!("it is not safe for signed requests; {allowed}"));
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The address of one of the API's routes.
    ///
    /// `path` starts with a slash and holds only letters, digits and `-.@/`: in SigV4 a path is encoded once more for the
    /// signature, and what needs no encoding on the wire cannot be encoded differently by the two sides.
    pub fn route(&self, path: &str, query: &[(&str, String)]) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        if !query.is_empty() {
            let pairs: Vec<String> = query
                .iter()
                .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
                .collect();
            url.set_query(Some(&pairs.join("&")));
        }
        url
    }

    /// The Region in an address of API Gateway, `https://<id>.execute-api.<region>.amazonaws.com`.
    pub fn region(&self) -> Option<Region> {
        let mut labels = self.0.host_str()?.split('.').skip(1);
        (labels.next() == Some("execute-api"))
            .then(|| labels.next()?.parse().ok())
            .flatten()
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }
}

fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || host
            .parse::<std::net::Ipv4Addr>()
            .is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_the_address_is_kept_as_written() {
        let address =
            Address::parse("http://127.0.0.1:4566/_aws/execute-api/a1b2/$default/").unwrap();
        assert_eq!(
            address.route("/v1/blueprints/standard@1.0.0", &[]).as_str(),
            "http://127.0.0.1:4566/_aws/execute-api/a1b2/$default/v1/blueprints/standard@1.0.0"
        );
    }

    #[test]
    fn a_query_is_encoded_as_signatures_want_it() {
        let address = Address::parse("https://x.example.com").unwrap();
        let url = address.route("/v1/tenants", &[("tag", "team:a b+c/ü".into())]);
        assert_eq!(
            url.as_str(),
            "https://x.example.com/v1/tenants?tag=team%3Aa%20b%2Bc%2F%C3%BC"
        );
    }

    #[test]
    fn the_region_is_read_from_an_address_of_api_gateway() {
        let region = |text| Address::parse(text).unwrap().region().map(String::from);
        assert_eq!(
            region("https://a1b2.execute-api.eu-central-1.amazonaws.com").as_deref(),
            Some("eu-central-1")
        );
        assert_eq!(region("https://tenants.example.com"), None);
    }

    #[test]
    fn addresses_that_are_unsafe_or_senseless_are_refused() {
        for bad in [
            "",
            "tenants.example.com",
            "http://tenants.example.com",
            "ftp://127.0.0.1",
            "https://ann:secret@example.com",
            "https://example.com/?a=b",
            "http://127.0.0.1.example.com",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }
}
