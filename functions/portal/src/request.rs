//! A request, as the handlers read it.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use events::HttpRequest;
use reqwest::Url;
use tenancy::{Slug, Timestamp};

use crate::error::PortalError;

/// Forms have some hundred bytes.
const LARGEST: usize = 16 << 10;

/// A request.
#[derive(Debug)]
pub struct PortalRequest {
    /// The route that API Gateway chose, such as `GET /{slug}`.
    pub route: String,
    /// The last part of the path, where it is a slug.
    pub slug: Option<Slug>,
    /// The query.
    pub query: Pairs,
    /// The form in the body.
    pub form: Pairs,
    /// Cookies by name.
    pub cookies: BTreeMap<String, String>,
    /// The header `Origin`.
    pub origin: Option<String>,
    /// Now.
    pub now: Timestamp,
}

/// Names and values; what is there twice is not there at all (RFC 6749, section 3.1).
#[derive(Debug, Default)]
pub struct Pairs(BTreeMap<String, Option<String>>);

impl Pairs {
    fn read(text: &str) -> Self {
        let mut pairs = BTreeMap::new();
        let url = Url::parse(&format!("http://localhost/?{text}"));
        for (name, value) in url.iter().flat_map(Url::query_pairs) {
            pairs
                .entry(name.into_owned())
                .and_modify(|value| *value = None)
                .or_insert_with(|| Some(value.into_owned()));
        }
        Self(pairs)
    }

    /// The value of a name; nothing for an empty one.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?.as_deref();
        value.filter(|value| !value.is_empty())
    }

    /// The value of a name, or an empty text.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}

impl PortalRequest {
    /// Reads a request.
    pub fn of(request: HttpRequest, now: Timestamp) -> Result<Self, PortalError> {
        if !request.has_plain_path() || !request.is_of_its_route() {
            return Err(PortalError::new(404, "There is no such page."));
        }
        let too_large = || PortalError::new(413, "The form is too large.");
        let body = request.body.unwrap_or_default();
        if body.len() > LARGEST {
            return Err(too_large());
        }
        let unreadable = || PortalError::new(400, "The form cannot be read.");
        let body = match request.is_base64_encoded {
            true => BASE64.decode(body.as_bytes()).map_err(|_| unreadable())?,
            false => body.into_bytes(),
        };
        let body = String::from_utf8(body).map_err(|_| unreadable())?;
        let kind = request.headers.get("content-type").map(String::as_str);
        let kind = kind
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim();
        let is_form = kind.eq_ignore_ascii_case("application/x-www-form-urlencoded");
        let last = request.raw_path.rsplit('/').next().unwrap_or_default();
        let cookie = |text: &String| {
            let (name, value) = text.split_once('=')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        };
        Ok(Self {
            slug: last.parse().ok(),
            query: Pairs::read(&request.raw_query_string),
            form: if is_form {
                Pairs::read(&body)
            } else {
                Pairs::default()
            },
            cookies: request.cookies.iter().filter_map(cookie).collect(),
            origin: request.headers.get("origin").cloned(),
            route: request.route_key,
            now,
        })
    }

    /// A cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_twice_is_not_given() {
        let pairs = Pairs::read("state=a&state=b&code=x%20y&empty=");
        assert_eq!(pairs.get("state"), None);
        assert_eq!(pairs.get("code"), Some("x y"));
        assert_eq!((pairs.get("empty"), pairs.text("absent")), (None, ""));
    }
}
