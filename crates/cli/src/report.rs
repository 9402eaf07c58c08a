//! How a failed command ends: what failed and what to do on standard error, and the exit code.

use std::{io, process::ExitCode};

use serde_json::{Value, json};
use tenancy::text::{escaped_json, visible};

use crate::{
    error::CliError,
    output::{Format, Styles, print_error},
};

/// Prints on standard error why the command failed and what to do, and returns the exit code.
pub fn report(error: &CliError, format: Format) -> ExitCode {
    if matches!(error, CliError::Io(io) if io.kind() == io::ErrorKind::BrokenPipe) {
        // The reader of our output (`head`, `less`) has closed it: that is no error.
        return ExitCode::SUCCESS;
    }
    if matches!(error, CliError::Child(_)) {
        // It has said why itself.
        return ExitCode::from(error.code());
    }
    match format {
        Format::Table => for_people(error, Styles::for_stderr()),
        Format::Json => print_error(&escaped_json(&for_programs(error).to_string())),
    }
    ExitCode::from(error.code())
}

fn for_people(error: &CliError, styles: Styles) {
    let message = error.to_string();
    print_error(&format!("{} {}", styles.bad("error:"), visible(&message)));
    for details in error.details() {
        for line in details.lines() {
            print_error(&format!("  {}", visible(line)));
        }
    }
    if let Some(remedy) = error.remedy() {
        let what = styles.heading("what to do:");
        print_error(&format!("{what} {}", visible(&remedy)));
    }
}

/// One object on one line; fields are only ever added.
fn for_programs(error: &CliError) -> Value {
    let mut object = json!({
        "kind": error.kind(),
        "message": error.to_string(),
        "details": error.details(),
        "remedy": error.remedy(),
        "exitCode": error.code(),
    });
    if let (CliError::Refused(refusal), Some(fields)) = (error, object.as_object_mut()) {
        fields.insert("problem".to_owned(), json!(refusal.problem));
    }
    if let (CliError::BlueprintFile { faults, .. }, Some(fields)) = (error, object.as_object_mut())
    {
        fields.insert("faults".to_owned(), json!(faults));
    }
    object.sort_all_objects();
    json!({ "error": object })
}
