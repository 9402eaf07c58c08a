//! A person signs in at the deployed portal with the command line, and calls the API through the JWT authorizer.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::redirect::Policy;
use serde_json::{Value, json};

use crate::{
    provider::{CLIENT, IdentityProvider},
    site::Site,
};

/// What is between two texts.
fn between(text: &str, begin: &str, end: &str) -> Option<String> {
    let (_, rest) = text.split_once(begin)?;
    Some(rest.split_once(end)?.0.to_owned())
}

/// What a browser does with the address that the command line shows, and with the question whether it may act, up to the loopback
/// page; cookies included.
async fn signs_in(address: &str) -> String {
    let client = reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap();
    let (mut next, mut cookies) = (address.to_owned(), Vec::new());
    let mut form = None;
    for _ in 0..8 {
        let request = match form.take() {
            Some(form) => client.post(&next).body(form),
            None => client.get(&next),
        };
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", cookies.join("; "));
        let answer = request.send().await.unwrap();
        let set = answer.headers().get_all("set-cookie").iter();
        cookies
            .extend(set.filter_map(|one| Some(one.to_str().ok()?.split(';').next()?.to_owned())));
        match answer.headers().get("location") {
            Some(location) => next = location.to_str().unwrap().to_owned(),
            None => {
                let page = answer.text().await.unwrap();
                let Some(action) = between(&page, "action=\"", "\"") else {
                    return page;
                };
                let field = |name: &str| {
                    let value = between(&page, &format!("name=\"{name}\" value=\""), "\"");
                    format!("{name}={}", value.unwrap_or_default())
                };
                let fields = [
                    field("csrf"),
                    field("consent"),
                    "decision=continue".to_owned(),
                ];
                (next, form) = (action, Some(fields.join("&")));
            }
        }
    }
    panic!("sent on and on")
}

struct Person<'a> {
    site: &'a Site,
    home: std::path::PathBuf,
}

impl Person<'_> {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.site.stack.tenantry().unwrap();
        command
            .env("XDG_CONFIG_HOME", &self.home)
            .env("HOME", &self.home)
            .env_remove("TENANTRY_API_URL")
            .env("TENANTRY_PORTAL_URL", self.site.stack.output("PortalUrl"))
            .args(words)
            .args(["--output", "json"]);
        command
    }

    async fn logs_in(&self) {
        let mut login = self.command(&["login", "--quiet"]);
        let mut login = login
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(login.stderr.take().unwrap()).lines();
        let mut lines = lines
            .map_while(Result::ok)
            .map(|line| line.trim().to_owned());
        let address = lines.find(|line| line.starts_with("http://")).unwrap();
        let page = signs_in(&address).await;
        assert!(page.contains("You are signed in"), "{page}");
        assert!(login.wait().unwrap().success());
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    fn stored(&self) -> Value {
        let text = std::fs::read(self.home.join("tenantry/sign-in.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    }
}

async fn status(site: &Site, authorization: Option<&str>) -> u16 {
    let address = format!("{}/v1/tenants", site.stack.output("PortalUrl"));
    let request = reqwest::Client::new().get(address);
    let request = match authorization {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    request.send().await.unwrap().status().as_u16()
}

/// IAM holds the portal's role to rows of sign-ins; slugs and providers it may read.
async fn the_portal_reads_and_writes_what_it_is_for(site: &Site) {
    let portal = crate::permissions::function(site, "portal").await.unwrap();
    let table = aws_sdk_dynamodb::Client::new(&portal);
    let text = |value: &str| AttributeValue::S(value.to_owned());
    for (partition, reads, writes) in [
        ("SESSION#ID#x", true, true),
        ("PROVIDER#t-aaaaaaaaaaaaaaaa", true, false),
        ("SLUG#acme", true, false),
        ("T#t-aaaaaaaaaaaaaaaa", false, false),
        ("GOVERNOR", false, false),
    ] {
        let get = table.get_item().table_name("tenantry-ledger");
        let got = get
            .key("pk", text(partition))
            .key("sk", text("x"))
            .send()
            .await;
        assert_eq!(got.is_ok(), reads, "reading {partition}");
        let put = table.put_item().table_name("tenantry-ledger");
        let put = put
            .item("pk", text(partition))
            .item("sk", text("x"))
            .send()
            .await;
        assert_eq!(put.is_ok(), writes, "writing {partition}");
    }
    assert!(
        table
            .scan()
            .table_name("tenantry-ledger")
            .send()
            .await
            .is_err()
    );
    let keys = aws_sdk_kms::Client::new(&portal);
    assert!(keys.list_keys().send().await.is_err());
    let secrets = aws_sdk_secretsmanager::Client::new(&portal);
    let put = secrets
        .create_secret()
        .name("tenantry/identity-provider/x")
        .secret_string("x");
    assert!(put.send().await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_signs_in_with_the_command_line_is_known_to_the_api_and_signs_out() {
    let provider = IdentityProvider::start().await;
    let parameters = json!({ "OperatorIssuer": provider.issuer(), "OperatorClientId": CLIENT });
    let site = Site::open(&parameters).unwrap();
    let portal = site.stack.output("PortalUrl").to_owned();
    provider.behave(|manners| manners.portal = Some(portal.clone()));
    let home = std::env::temp_dir().join(format!("tenantry-person-{}", std::process::id()));
    let ann = Person { site: &site, home };
    assert_eq!(ann.run(&["whoami"]).status.code(), Some(6));
    ann.logs_in().await;
    let who: Value = serde_json::from_slice(&ann.run(&["whoami"]).stdout).unwrap();
    assert_eq!(
        (&who["email"], &who["groups"]),
        (&json!("ann@acme.example"), &json!(["developers"]))
    );
    // The token is verified, the session goes on, and nothing is granted.
    let limits = ann.run(&["limits", "show"]);
    let said = String::from_utf8_lossy(&limits.stderr);
    assert_eq!(limits.status.code(), Some(6), "{said}");
    assert!(said.contains("getLimits"), "{said}");
    the_portal_reads_and_writes_what_it_is_for(&site).await;
    // Ways past the authorizer.
    let token = ann.stored()["accessToken"].as_str().unwrap().to_owned();
    assert_eq!(status(&site, Some(&token)).await, 200);
    let (input, signature) = token.rsplit_once('.').unwrap();
    let (header, claims) = input.split_once('.').unwrap();
    let none = crate::provider::base64url(br#"{"alg":"none","typ":"JWT"}"#);
    let other = crate::provider::base64url(br#"{"sub":"mallory"}"#);
    for forged in [
        format!("{header}.{other}.{signature}"),
        format!("{none}.{claims}."),
        format!("{none}.{claims}.{signature}"),
        "nothing".to_owned(),
    ] {
        assert_eq!(status(&site, Some(&forged)).await, 401, "{forged}");
    }
    assert_eq!(status(&site, None).await, 401);
    // A machine's signature is good at the other HTTP API only, and a profile goes before the sign-in.
    assert!(site.ask(&["tenant", "list"])["items"].is_array());
    assert!(ann.run(&["logout"]).status.success());
    assert_eq!(ann.run(&["whoami"]).status.code(), Some(6));
    let begun = Instant::now();
    while status(&site, Some(&token)).await != 401 {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the token outlives its session"
        );
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    std::fs::remove_dir_all(&ann.home).unwrap();
}
