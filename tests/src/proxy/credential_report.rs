//! Credential reports are asynchronous: started, in progress, complete, and after four hours expired. The emulator has them
//! complete at once and for ever; its answers are rewritten.
//!
//! (IAM API Reference, "GenerateCredentialReport" and "GetCredentialReport"; IAM User Guide, "Generate credential reports for
//! your AWS account": a report that is younger than four hours is given again, whatever has changed since.)

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::answer::{Answer, escape, refusal};
use super::call::Call;
use super::state::State;
use super::upstream::AnyError;

/// How long a report is returned, in simulated seconds.
const LIFETIME: f64 = 4.0 * 3600.0;

/// The newest report of each account.
#[derive(Debug, Default)]
pub struct Reports(Mutex<HashMap<String, Report>>);

/// One report.
#[derive(Clone, Debug)]
pub struct Report {
    completes: f64,
    /// The emulator's answer when it was started.
    content: Answer,
}

impl Reports {
    /// Forgets all.
    pub fn clear(&self) {
        self.known().clear();
    }

    /// All of them, by account.
    pub fn kept(&self) -> HashMap<String, Report> {
        self.known().clone()
    }

    /// Takes these for all there are.
    pub fn restore(&self, reports: &HashMap<String, Report>) {
        self.known().clone_from(reports);
    }

    /// Takes one account's report from these.
    pub fn restore_account(&self, reports: &HashMap<String, Report>, account: &str) {
        let mut known = self.known();
        known.remove(account);
        known.extend(
            reports
                .get_key_value(account)
                .map(|(a, r)| (a.clone(), r.clone())),
        );
    }

    fn of(&self, account: &str) -> Option<Report> {
        self.known().get(account).cloned()
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Report>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers an IAM call.
///
/// # Errors
/// If the emulator cannot be reached.
pub async fn answer(state: &State, call: &Call) -> Result<Answer, AnyError> {
    let answer = state.upstream.forward(call).await?;
    let Some(secs) = state
        .config
        .credential_report_secs
        .filter(|_| answer.status.is_success())
    else {
        return Ok(answer);
    };
    match call.identity.operation.as_str() {
        "GenerateCredentialReport" => generate(state, call, answer, secs).await,
        "GetCredentialReport" => Ok(get(state, call, answer)),
        _ => Ok(answer),
    }
}

async fn generate(
    state: &State,
    call: &Call,
    answer: Answer,
    secs: f64,
) -> Result<Answer, AnyError> {
    let now = state.clock.now();
    let shown = match state.reports.of(call.account()) {
        Some(report) if now < report.completes => "<State>INPROGRESS</State>",
        Some(report) if now < report.completes + LIFETIME => "<State>COMPLETE</State>",
        _ => {
            let report = Report {
                completes: now + secs,
                content: content(state, call.account()).await?,
            };
            state
                .reports
                .known()
                .insert(call.account().to_owned(), report);
            "<State>STARTED</State><Description>No report exists. Starting a new report generation task</Description>"
        }
    };
    let text = format!(
        "<GenerateCredentialReportResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
         <GenerateCredentialReportResult>{shown}</GenerateCredentialReportResult>\
         <ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></GenerateCredentialReportResponse>",
        escape(&answer.element("RequestId").unwrap_or_default())
    );
    Ok(answer.with_body(text))
}

/// The report of an account as it is now.
async fn content(state: &State, account: &str) -> Result<Answer, AnyError> {
    let form = [("Action", "GetCredentialReport"), ("Version", "2010-05-08")];
    state
        .upstream
        .query(account, "iam", "us-east-1", &form)
        .await
}

/// The report, or why there is none. `answer` is the emulator's, which has authorized the call.
fn get(state: &State, call: &Call, answer: Answer) -> Answer {
    let now = state.clock.now();
    match state.reports.of(call.account()) {
        Some(report) if now < report.completes => {
            let message = "The credential report is still being generated.";
            refusal(call, 404, "ReportInProgress", message)
        }
        Some(report) if now >= report.completes + LIFETIME => {
            let message = "The most recent credential report has expired.";
            refusal(call, 410, "ReportExpired", message)
        }
        Some(report) => dated(state, report),
        None => answer,
    }
}

/// The report, generated when it was complete.
fn dated(state: &State, report: Report) -> Answer {
    let epoch = state.clock.epoch_of(report.completes) as i64;
    let (Some(before), Ok(then)) = (
        report.content.element("GeneratedTime"),
        jiff::Timestamp::from_second(epoch),
    ) else {
        return report.content;
    };
    let element = |time: &str| format!("<GeneratedTime>{time}</GeneratedTime>");
    let text = report.content.text();
    let text = text.replace(&element(&before), &element(&then.to_string()));
    report.content.with_body(text)
}
