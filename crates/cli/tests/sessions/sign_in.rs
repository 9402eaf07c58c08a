//! Somebody is signed in: whose calls go where, and when the sign-in is forgotten.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::PathBuf,
    process::{Command, Output, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use crate::mock::{Canned, Mock, answer};

/// A person's configuration directory, with a sign-in at this portal.
struct Home(PathBuf);

impl Home {
    fn signed_in(name: &str, portal: &str, expires_at: i64) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("signed-in-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("tenantry")).unwrap();
        let home = Self(folder);
        let sign_in = json!({
            "portal": portal, "accessToken": "e30.e30.x", "expiresAt": expires_at, "refreshToken": "r",
            "sessionEndsAt": "2999-01-01T00:00:00Z"
        });
        fs::write(home.file(), sign_in.to_string()).unwrap();
        home
    }

    fn file(&self) -> PathBuf {
        self.0.join("tenantry/sign-in.json")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
        command
            .args(words)
            .env_clear()
            .env("XDG_CONFIG_HOME", &self.0)
            .env("HOME", &self.0)
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }
}

const FAR: i64 = 32_503_680_000;

fn url(mock: &Mock) -> String {
    format!("http://{}", mock.address)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn items() -> Canned {
    answer(200, &json!({ "items": [] }))
}

#[test]
fn a_token_goes_to_its_portal_alone_and_another_api_is_refused() {
    let mock = Mock::start(vec![items(), items()]);
    let home = Home::signed_in("elsewhere", &url(&mock), FAR);
    let list = ["tenant", "list"];
    for elsewhere in ["https://other.example", "http://127.0.0.1:9/"] {
        let mut by_option = home.command(&list);
        let mut by_variable = home.command(&list);
        by_option.args(["--api-url", elsewhere]);
        by_variable.env("TENANTRY_API_URL", elsewhere);
        for mut command in [by_option, by_variable] {
            let refused = command.output().unwrap();
            assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
            let said = said(&refused);
            assert!(said.contains("somebody is signed in at"), "{said}");
            assert!(said.contains("--profile") && said.contains("tenantry logout"));
        }
    }
    // The same address, in whatever way it is written.
    let written = url(&mock).replace("http://", "HTTP://") + "/";
    for words in [vec![], vec!["--api-url", &written]] {
        let ran = home.run(&[&list[..], &words].concat());
        assert_eq!(ran.status.code(), Some(0), "{}", said(&ran));
    }
    let (requests, _) = mock.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert_eq!(request.header("authorization"), Some("Bearer e30.e30.x"));
    }
}

#[test]
fn the_portals_address_is_compared_as_an_address() {
    let mock = Mock::start(Vec::new());
    let home = Home::signed_in("address", &url(&mock), FAR);
    let written = url(&mock).replace("http://", "HTTP://") + "/";
    let who = home.run(&["whoami", "--portal-url", &written]);
    assert_eq!(who.status.code(), Some(0), "{}", said(&who));
    let other = home.run(&["whoami", "--portal-url", "https://other.example"]);
    assert_eq!(other.status.code(), Some(6), "{}", said(&other));
}

#[test]
fn a_token_is_forgotten_when_the_portal_says_that_the_session_is_over_and_for_nothing_else() {
    let error =
        |status, error: &str| answer(status, &json!({ "error": error, "error_description": "x" }));
    let mock = Mock::start(vec![
        error(503, "temporarily_unavailable"),
        error(400, "invalid_client"),
        error(429, "slow_down"),
        error(400, "invalid_grant"),
    ]);
    let home = Home::signed_in("refused", &url(&mock), 0);
    for refusal in ["temporarily_unavailable", "invalid_client", "slow_down"] {
        let ran = home.run(&["whoami"]);
        assert!(said(&ran).contains(refusal), "{}", said(&ran));
        assert!(home.file().exists(), "forgotten for {refusal}");
    }
    assert_eq!(home.run(&["whoami"]).status.code(), Some(6));
    assert!(!home.file().exists());
}

#[test]
fn signing_out_waits_for_a_refresh_and_ends_the_session_that_came_of_it() {
    let mock = Mock::start(vec![answer(200, &json!({}))]);
    let home = Home::signed_in("logout", &url(&mock), FAR);
    let lock = fs::File::create(home.0.join("tenantry/sign-in.lock")).unwrap();
    lock.lock().unwrap();
    let mut logout = home.command(&["logout"]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(700));
    assert!(logout.try_wait().unwrap().is_none(), "it did not wait");
    // The refresh that holds the lock has got another token meanwhile.
    let text = fs::read_to_string(home.file()).unwrap();
    let mut sign_in: Value = serde_json::from_str(&text).unwrap();
    sign_in["refreshToken"] = json!("the-next");
    fs::write(home.file(), sign_in.to_string()).unwrap();
    drop(lock);
    assert!(logout.wait().unwrap().success());
    assert!(!home.file().exists());
    let (requests, _) = mock.requests();
    assert_eq!(requests[0].target, "/oauth2/revoke");
    assert!(
        requests[0].body.contains("token=the-next"),
        "{}",
        requests[0].body
    );
}

#[test]
fn an_answer_of_the_portal_without_end_is_not_read_to_its_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let portal = format!("http://{}", listener.local_addr().unwrap());
    let sent = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n");
        let part = [b' '; 64 << 10];
        let mut sent = 0_usize;
        while sent < 64 << 20 && stream.write_all(&part).is_ok() {
            sent += part.len();
        }
        sent
    });
    let home = Home::signed_in("endless", &portal, 0);
    let ran = home.run(&["whoami"]);
    assert_eq!(ran.status.code(), Some(1), "{}", said(&ran));
    assert!(said(&ran).contains("it is too long"), "{}", said(&ran));
    assert!(sent.join().unwrap() < 32 << 20);
    assert!(home.file().exists());
}
