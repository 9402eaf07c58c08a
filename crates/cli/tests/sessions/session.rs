//! Running `tenantry` against the pretended API and writing down what happened.

use std::{
    fmt::Write as _,
    io::Write as _,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use crate::mock::{Canned, Mock, PREFIX, RecordedRequest};

/// A run of `tenantry` that is being prepared.
pub struct Run {
    mock: Mock,
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
    input: String,
    full: bool,
}

/// A run that is over.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    pub requests: Vec<RecordedRequest>,
    transcript: String,
}

/// Runs `tenantry` with these arguments; the API gives these answers.
pub fn tenantry<const N: usize>(arguments: [&str; N], answers: Vec<Canned>) -> Run {
    tenantry_with(&arguments, answers)
}

/// The same for any number of arguments.
pub fn tenantry_with(arguments: &[&str], answers: Vec<Canned>) -> Run {
    let mock = Mock::start(answers);
    let url = format!("http://{}{PREFIX}", mock.address);
    Run {
        mock,
        arguments: arguments.iter().map(|text| (*text).to_owned()).collect(),
        environment: vec![
            ("TENANTRY_API_URL", url),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".into()),
            ("AWS_SECRET_ACCESS_KEY", "secret".into()),
            ("AWS_SESSION_TOKEN", "token".into()),
            ("AWS_REGION", "eu-central-1".into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
        ],
        input: String::new(),
        full: false,
    }
}

impl Run {
    pub fn env(mut self, name: &'static str, value: &str) -> Self {
        self.environment.retain(|(known, _)| *known != name);
        self.environment.push((name, value.to_owned()));
        self
    }

    pub fn without_env(mut self, name: &str) -> Self {
        self.environment.retain(|(known, _)| *known != name);
        self
    }

    pub fn input(mut self, text: &str) -> Self {
        text.clone_into(&mut self.input);
        self
    }

    /// Lets every write to standard error fail, as on a full disk.
    pub fn with_full_standard_error(mut self) -> Self {
        self.full = true;
        self
    }

    /// Runs to the end.
    pub fn run(self) -> Ran {
        let mut child = self.command().spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(self.input.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        self.over(&output)
    }

    /// Runs, and presses Ctrl-C once standard error says `when`.
    pub fn interrupt(self, when: &str) -> Ran {
        use std::io::{BufRead, BufReader, Read};
        let mut child = self.command().spawn().unwrap();
        let mut reader = BufReader::new(child.stderr.take().unwrap());
        let mut seen = String::new();
        while !seen.contains(when) {
            assert!(
                reader.read_line(&mut seen).unwrap() > 0,
                "ended early: {seen}"
            );
        }
        let pressed = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(pressed.unwrap().success());
        reader.read_to_string(&mut seen).unwrap();
        let mut output = child.wait_with_output().unwrap();
        output.stderr = seen.into_bytes();
        self.over(&output)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("HOME", env!("CARGO_TARGET_TMPDIR"))
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if self.full {
            let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
            command.stderr(full.unwrap());
        }
        command
    }

    fn over(&self, output: &Output) -> Ran {
        let (requests, unneeded) = self.mock.requests();
        assert_eq!(
            unneeded, 0,
            "the API was called less than expected: {requests:#?}\n{output:?}"
        );
        requests.iter().for_each(check_signature);
        let port = self.mock.address.port().to_string();
        let text = |bytes: &[u8]| {
            String::from_utf8(bytes.to_vec())
                .unwrap()
                .replace(&port, "PORT")
        };
        let mut ran = Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            requests,
            transcript: String::new(),
        };
        ran.transcript = ran.written_down(&self.arguments);
        ran
    }
}

/// Every request is signed for the right service and Region, session token included; only `health` is not.
fn check_signature(request: &RecordedRequest) {
    let authorization = request.header("authorization");
    if request.target.ends_with("/v1/health") {
        assert_eq!(authorization, None);
        return;
    }
    let authorization = authorization.expect("the request is signed");
    assert!(
        authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKID"),
        "{authorization}"
    );
    assert!(
        authorization.contains("/eu-central-1/execute-api/aws4_request"),
        "{authorization}"
    );
    let signed = ["host", "x-amz-date"];
    assert!(
        signed.iter().all(|name| authorization.contains(name)),
        "{authorization}"
    );
}

impl Ran {
    /// Compares with `golden/<name>.txt`.
    #[track_caller]
    pub fn golden(self, name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join(format!("tests/sessions/golden/{name}.txt"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &self.transcript).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            expected == self.transcript,
            "not as in golden/{name}.txt:\n{}",
            self.transcript
        );
        self
    }

    fn written_down(&self, arguments: &[String]) -> String {
        let mut text = format!("$ tenantry {}\n", arguments.join(" "));
        for request in &self.requests {
            let target = request
                .target
                .strip_prefix(PREFIX)
                .expect("the path of the address is kept");
            let _ = writeln!(text, "> {} {target}", request.method);
            for name in ["content-type", "idempotency-key", "if-match"] {
                if let Some(value) = request.header(name) {
                    let value = if is_new_key(value) {
                        "<new key>"
                    } else {
                        value
                    };
                    let _ = writeln!(text, ">   {name}: {value}");
                }
            }
            if !request.body.is_empty() {
                let _ = writeln!(text, ">   {}", request.body);
            }
        }
        let stderr = self
            .stderr
            .lines()
            .map(with_new_key_hidden)
            .collect::<Vec<_>>()
            .join("\n");
        let _ = write!(
            text,
            "--- standard output\n{}--- standard error\n{stderr}",
            self.stdout
        );
        if !stderr.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "--- exit code {}", self.code);
        text
    }
}

fn is_new_key(text: &str) -> bool {
    text.strip_prefix("cli-")
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn with_new_key_hidden(line: &str) -> String {
    match line
        .find("cli-")
        .and_then(|at| Some((at, line.get(at..at + 36)?)))
    {
        Some((_, key)) if is_new_key(key) => line.replace(key, "<new key>"),
        _ => line.to_owned(),
    }
}
