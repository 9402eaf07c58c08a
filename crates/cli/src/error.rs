//! Why a command failed, in words and as an exit code. The codes are documented in `docs/cli.md`.

use std::{error::Error, io};

use tenancy::{OperationId, history::Flaw};

use crate::{blueprint_file::Fault, refusal::Refusal};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command line is not valid.
    #[error("{0}")]
    Usage(String),
    /// The API refused the request.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// No answer came from the API.
    #[error("{doing}: no answer from the API at {address}")]
    Unreachable {
        /// What was being done.
        doing: String,
        /// The API's address.
        address: String,
        /// The key under which the request can be sent again, if it writes.
        key: Option<String>,
        /// What the transport says.
        #[source]
        source: reqwest::Error,
    },
    /// The answer is not of the expected form.
    #[error("{doing}: the answer of the API could not be read")]
    Unreadable {
        /// What was being done.
        doing: String,
        /// Where reading failed.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The request could not be signed.
    #[error("signing the request: {what}")]
    Credentials {
        /// What is missing.
        what: String,
        /// What the credential chain says.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// Nobody is signed in, or the sign-in did not succeed.
    #[error("{0}")]
    SignIn(String),
    /// A person must act before the tenant goes on.
    #[error("the {kind} of tenant `{tenant}` is parked: a person must act")]
    Parked {
        /// What kind of operation.
        kind: &'static str,
        /// Reason and remedy of each obstacle.
        reasons: Vec<String>,
        /// The tenant.
        tenant: String,
    },
    /// The operation was replaced by another.
    #[error("the operation was canceled: {0}")]
    Canceled(String),
    /// Waiting took longer than `--timeout`.
    #[error("operation `{operation}` is not finished after {waited}")]
    TimedOut {
        /// The operation.
        operation: OperationId,
        /// How long was waited.
        waited: String,
    },
    /// Findings are open after an audit.
    #[error("{0} open")]
    Findings(String),
    /// Audits did not end well.
    #[error("{0} of the audits failed")]
    AuditsFailed(usize),
    /// Updates of tenants of a group did not end well.
    #[error("{0} of the updates failed")]
    UpdatesFailed(usize),
    /// A report is not as it was issued.
    #[error("{0}")]
    ReportChanged(String),
    /// The history was tampered with.
    #[error("the history is not intact")]
    Flawed(Vec<Flaw>),
    /// Entries of the history are not for this reader.
    #[error(
        "the history cannot be verified: entries about grants or the identity provider are withheld from you"
    )]
    Withheld,
    /// The API is up but a check failed.
    #[error("the API is degraded")]
    Degraded,
    /// An identity provider failed a step.
    #[error("the identity provider failed the step `{step}`: {found}")]
    NotPassed {
        /// The step.
        step: String,
        /// What was found.
        found: String,
    },
    /// What was to be done was not confirmed.
    #[error("nothing was changed: `{typed}` is not `{slug}`")]
    NotConfirmed {
        /// What was typed.
        typed: String,
        /// What should have been.
        slug: String,
    },
    /// A file holds no blueprint.
    #[error("`{file}` is not a blueprint")]
    BlueprintFile {
        /// The file.
        file: String,
        /// Everything wrong with it, with its position.
        faults: Vec<Fault>,
    },
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted {
        /// How to continue.
        resume: Option<String>,
    },
    /// The command that was run failed, and has said why: its exit code, if no signal ended it.
    #[error("the command failed")]
    Child(Option<i32>),
    /// The terminal or a file failed.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl CliError {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Refused(refusal) => refusal.exit_code(),
            Self::BlueprintFile { .. } => 5,
            Self::Credentials { .. } | Self::SignIn(_) => 6,
            Self::Parked { .. } => 7,
            Self::TimedOut { .. } => 8,
            Self::Findings(_) => 9,
            Self::Interrupted { .. } => 130,
            Self::Child(code) => code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
            Self::Unreachable { .. }
            | Self::Unreadable { .. }
            | Self::Canceled(_)
            | Self::AuditsFailed(_)
            | Self::UpdatesFailed(_)
            | Self::ReportChanged(_)
            | Self::Flawed(_)
            | Self::Withheld
            | Self::Degraded
            | Self::NotPassed { .. }
            | Self::NotConfirmed { .. }
            | Self::Io(_) => 1,
        }
    }

    /// A stable word for what kind of failure it is.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Refused(_) => "refused",
            Self::BlueprintFile { .. } => "not-a-blueprint",
            Self::Unreachable { .. } => "unreachable",
            Self::Unreadable { .. } => "unreadable",
            Self::Credentials { .. } => "credentials",
            Self::SignIn(_) => "not-signed-in",
            Self::Parked { .. } => "parked",
            Self::Canceled(_) => "canceled",
            Self::TimedOut { .. } => "timed-out",
            Self::Findings(_) => "findings",
            Self::AuditsFailed(_) => "audits-failed",
            Self::UpdatesFailed(_) => "updates-failed",
            Self::ReportChanged(_) => "report-changed",
            Self::Flawed(_) => "history-not-intact",
            Self::Withheld => "history-withheld",
            Self::Degraded => "degraded",
            Self::NotPassed { .. } => "not-passed",
            Self::NotConfirmed { .. } => "not-confirmed",
            Self::Interrupted { .. } => "interrupted",
            Self::Child(_) => "command-failed",
            Self::Io(_) => "io",
        }
    }

    /// Whether the same request may succeed soon: waiting for an operation continues through these.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused(refusal) => matches!(refusal.problem.status, 429 | 500..),
            _ => false,
        }
    }

    /// Details, one on each line.
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::Refused(refusal) => refusal.details(),
            Self::Parked { reasons, .. } => reasons.clone(),
            Self::BlueprintFile { file, faults } => {
                let line = |fault| format!("{file}:{fault}");
                faults.iter().map(line).collect()
            }
            Self::Flawed(flaws) => flaws.iter().map(flaw_in_words).collect(),
            _ => self.source_chain(),
        }
    }

    fn source_chain(&self) -> Vec<String> {
        let mut chain: Vec<String> = Vec::new();
        let mut next = self.source();
        while let Some(error) = next {
            let text = error.to_string();
            // Some errors print their source themselves; saying it again helps nobody.
            if !chain.iter().any(|earlier| earlier.contains(&text)) {
                chain.push(text);
            }
            next = error.source();
        }
        chain
    }

    /// What went wrong with its details, for one of many.
    pub fn on_one_line(&self) -> String {
        let all = [vec![self.to_string()], self.details()].concat().join("\n");
        let lines: Vec<&str> = all.lines().map(str::trim).collect();
        lines.join("; ")
    }

    /// What to do about it.
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Refused(refusal) => refusal.remedy(),
            Self::Unreachable { key, .. } => Some(match key {
                Some(key) => format!(
                    "the request may have been accepted: run the command again with `--idempotency-key {key}`, so that nothing is done twice"
                ),
                None => "check `--api-url` or TENANTRY_API_URL and the network; `tenantry health` needs no credentials".into(),
            }),
            Self::Unreadable { .. } => Some("check that the address is that of the API; this `tenantry` may also be older than the API: update it, or use `--output json`".into()),
            Self::Credentials { .. } => Some("give a profile (`--profile`), sign in (`aws sso login`) or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; a Region comes from `--signing-region` or AWS_REGION".into()),
            Self::SignIn(_) => Some("sign in again with `tenantry login`".into()),
            Self::Parked { tenant, .. } => Some(format!("carry out the remedy, then run `tenantry tenant retry {tenant} --wait`")),
            Self::TimedOut { operation, .. } => Some(format!("the operation continues; wait again with `tenantry operation wait {operation}`")),
            Self::Interrupted { resume } => resume.clone(),
            Self::BlueprintFile { .. } => Some("correct the file; `tenantry blueprint schema` prints what an editor needs to check it as you write".into()),
            Self::UpdatesFailed(_) => Some("remove the cause, then run the command again: a tenant that has this spec already is not changed again".into()),
            Self::ReportChanged(_) => Some("ask for the report anew (`tenantry report TENANT`), and do not rely on this file".into()),
            Self::Flawed(_) => Some("compare the history with the ledger's backups (point-in-time recovery) and with CloudTrail of the tooling account".into()),
            Self::Withheld => Some("have it verified by somebody who may list grants: a `tenant-admin` of the tenant, or an `auditor`".into()),
            _ => None,
        }
    }
}

fn flaw_in_words(flaw: &Flaw) -> String {
    match flaw {
        Flaw::Changed { sequence } => {
            format!("entry {sequence}: changed, its content does not match its hash")
        }
        Flaw::Missing { sequence } => format!("entry {sequence}: missing"),
        Flaw::Inserted { sequence } => {
            format!("entry {sequence}: inserted, it does not follow from the one before")
        }
    }
}
