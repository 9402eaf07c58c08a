//! The record of every call that passed.

use std::fs::File;
use std::io::{LineWriter, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::analysis::is_read;
use super::call::Call;
use super::iam_actions;
use super::write_units::WriteUnits;
use crate::actions::UsedActions;
use crate::machine::APP;

/// One call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Number in order of arrival, from 1.
    pub sequence: u64,
    /// Arrival, microseconds since the proxy started (monotonic).
    pub start_us: u64,
    /// End of the answer (of its head, if it is streamed), microseconds since the proxy started.
    pub end_us: u64,
    /// Arrival by the wall clock, RFC 3339.
    pub at: String,
    /// Account the credentials belong to; empty if unknown or unsigned.
    pub account: String,
    /// Role of the credentials; empty for root and for keys the proxy has not seen being issued.
    pub role: String,
    /// Session name of the credentials.
    pub session: String,
    /// Application name in the user agent.
    pub app: String,
    /// Service as in the SigV4 scope.
    pub service: String,
    /// Operation.
    pub operation: String,
    /// Region of the SigV4 scope.
    pub region: String,
    /// The fault that was applied, if any.
    pub fault: Option<String>,
    /// HTTP status; 0 if the connection was cut.
    pub status: u16,
    /// AWS error code, if the answer was an error.
    pub error: Option<String>,
    /// What a write to DynamoDB cost, row by row, if that is counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write_units: Vec<WriteUnits>,
    /// The rows (`pk sk`) that DynamoDB was asked to write, if they are recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub written_rows: Vec<String>,
    /// The rows (`pk sk`) for which DynamoDB refused a write.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused_rows: Vec<String>,
}

impl Record {
    /// True for calls that change nothing.
    pub fn is_read(&self) -> bool {
        is_read(&self.service, &self.operation)
    }
}

/// Keeps records in memory, and in a file if there is one.
#[derive(Debug)]
pub struct Recorder {
    keep: usize,
    kept: Mutex<Kept>,
    used: Mutex<UsedActions>,
}

#[derive(Debug, Default)]
struct Kept {
    next: u64,
    records: Vec<Record>,
    file: Option<LineWriter<File>>,
}

impl Recorder {
    /// Keeps at most `keep` records in memory; later ones go to the file only.
    pub fn new(keep: usize) -> Self {
        Self {
            keep,
            kept: Mutex::default(),
            used: Mutex::default(),
        }
    }

    /// Writes every later record to a file, one JSON object a line.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn write_to(&self, path: &Path) -> std::io::Result<()> {
        let file = LineWriter::new(File::create(path)?);
        self.kept().file = Some(file);
        Ok(())
    }

    /// The next sequence number.
    pub fn begin(&self) -> u64 {
        let mut kept = self.kept();
        kept.next += 1;
        kept.next
    }

    /// Records the IAM actions that a call of the functions needs, whatever comes of it.
    pub fn use_actions(&self, call: &Call) {
        if call.identity.app == APP {
            let actions = iam_actions::required(call);
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            used.add(&call.caller.role, actions);
        }
    }

    /// The IAM actions used since the start, also by forgotten calls.
    pub fn used_actions(&self) -> UsedActions {
        let used = self.used.lock();
        used.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps a finished call.
    pub fn finish(&self, record: Record) {
        let mut kept = self.kept();
        if let (Some(file), Ok(line)) = (&mut kept.file, serde_json::to_string(&record)) {
            // A full disk must not stop the traffic; the missing line shows itself.
            let _ = writeln!(file, "{line}");
        }
        if kept.records.len() < self.keep {
            kept.records.push(record);
        }
    }

    /// Records with a sequence number above `since`, in order of arrival.
    pub fn since(&self, since: u64) -> Vec<Record> {
        let mut records: Vec<_> = self
            .kept()
            .records
            .iter()
            .filter(|record| record.sequence > since)
            .cloned()
            .collect();
        records.sort_by_key(|record| record.sequence);
        records
    }

    /// Forgets the records in memory; numbers go on.
    pub fn clear(&self) {
        self.kept().records.clear();
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
