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
    /// Where the forms that it sends are from.
    pub origin: Option<String>,
    /// What the page that it shows says about forms: where they may lead, and whether it is said where they are from.
    policy: String,
    referrer: String,
}

impl<'a> Browser<'a> {
    pub fn new(site: &'a Site) -> Self {
        Self {
            site,
            cookies: BTreeMap::new(),
            later: SignedDuration::ZERO,
            origin: Some(ADDRESS.to_owned()),
            policy: String::new(),
            referrer: String::new(),
        }
    }

    /// So many seconds later.
    pub fn later(&mut self, seconds: i64) -> &mut Self {
        self.later += SignedDuration::from_secs(seconds);
        self
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
        // Fetch, "append a request Origin header".
        let is_hidden = self.referrer == "no-referrer";
        if let Some(origin) = &self.origin {
            headers.insert("origin", if is_hidden { "null" } else { origin });
        }
        let policy = self.policy.clone();
        let mut event = event(
            "POST",
            path,
            "",
            &route("POST", path),
            &headers,
            &self.sent(),
        );
        event["body"] = sign_in::exchange::form_of(form).into();
        let answer = self.call(event).await;
        if let Some(location) = answer.headers.get("location") {
            // Content Security Policy Level 3, "form-action pre-navigation check": redirects count.
            let origin = Url::parse(location).unwrap().origin().ascii_serialization();
            let actions = policy.split("form-action ").nth(1).unwrap();
            let mut actions = actions.split(';').next().unwrap().split(' ');
            let may = actions.any(|one| one == origin || one == "'self'" && origin == ADDRESS);
            assert!(
                may,
                "{origin} is no place that {policy} lets a form lead to"
            );
        }
        answer
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
        self.shows(&answer);
        let policy = &answer.headers["content-security-policy"];
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"));
        answer
    }

    fn shows(&mut self, page: &Answer) {
        self.policy
            .clone_from(&page.headers["content-security-policy"]);
        self.referrer.clone_from(&page.headers["referrer-policy"]);
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
        field(page, "csrf")
    }

    /// Answers the question whether the command line may act.
    pub async fn decides(&mut self, question: &Answer, decision: &str) -> Answer {
        let (csrf, consent) = (field(question, "csrf"), field(question, "consent"));
        self.shows(question);
        let form = [
            ("csrf", csrf.as_str()),
            ("consent", &consent),
            ("decision", decision),
        ];
        self.post("/oauth2/consent", &form).await
    }
}

/// A hidden field of the form on a page.
pub fn field(page: &Answer, name: &str) -> String {
    let begins = format!("name=\"{name}\" value=\"");
    let after = page.text.split(&begins).nth(1);
    let after = after.unwrap_or_else(|| panic!("no {name} on the page: {}", page.text));
    after.split('"').next().unwrap().to_owned()
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
