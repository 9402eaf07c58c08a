//! A browser: it keeps cookies and goes where it is sent.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use reqwest::{Url, redirect::Policy};

use crate::site::{ADDRESS, Answer, Site, event, route};

pub struct Browser<'a> {
    site: &'a Site,
    pub cookies: BTreeMap<String, String>,
    /// How much later than now it is.
    pub later: SignedDuration,
    /// What it sends as `Origin` along with forms.
    pub origin: Option<String>,
}

impl<'a> Browser<'a> {
    pub fn new(site: &'a Site) -> Self {
        Self {
            site,
            cookies: BTreeMap::new(),
            later: SignedDuration::ZERO,
            origin: Some(ADDRESS.to_owned()),
        }
    }

    pub async fn get(&mut self, path_and_query: &str) -> Answer {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let event = event(
            "GET",
            path,
            query,
            &route("GET", path),
            &BTreeMap::new(),
            &self.sent(),
        );
        self.call(event).await
    }

    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let mut headers = BTreeMap::from([("content-type", "application/x-www-form-urlencoded")]);
        if let Some(origin) = &self.origin {
            headers.insert("origin", origin);
        }
        let mut event = event(
            "POST",
            path,
            "",
            &route("POST", path),
            &headers,
            &self.sent(),
        );
        event["body"] = sign_in::exchange::form_of(form).into();
        self.call(event).await
    }

    async fn call(&mut self, event: serde_json::Value) -> Answer {
        let answer = self.site.call(event, Timestamp::now() + self.later).await;
        for cookie in &answer.cookies {
            let (pair, attributes) = cookie.split_once(';').unwrap();
            for wanted in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
                assert!(attributes.contains(wanted), "{cookie}");
            }
            let (name, value) = pair.split_once('=').unwrap();
            assert!(name.starts_with("__Host-"), "{name}");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let policy = &answer.headers["content-security-policy"];
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"));
        answer
    }

    fn sent(&self) -> Vec<String> {
        self.cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    /// Opens a sign-in address and comes back from the provider with this query.
    pub async fn returned(&mut self, start: &str) -> String {
        let answer = self.get(start).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        back(answer.location()).await
    }

    /// Opens a sign-in address and signs in; the last answer.
    pub async fn sign_in(&mut self, start: &str) -> Answer {
        let back = self.returned(start).await;
        self.get(&back).await
    }

    /// The token of the form on a page.
    pub fn form_token(page: &Answer) -> String {
        let after = page.text.split("name=\"csrf\" value=\"").nth(1).unwrap();
        after.split('"').next().unwrap().to_owned()
    }
}

/// Where the provider sends the browser back to: path and query at the portal.
pub async fn back(provider: &str) -> String {
    let client = reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap();
    let answer = client.get(provider).send().await.unwrap();
    let to = answer.headers()["location"].to_str().unwrap();
    let to = Url::parse(to).unwrap();
    assert_eq!(to.origin().ascii_serialization(), ADDRESS);
    format!("{}?{}", to.path(), to.query().unwrap())
}
