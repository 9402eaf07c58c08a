//! What all commands have in common on the command line.

use std::{ffi::OsString, process::ExitCode};

use clap::{Args, CommandFactory, Parser, builder, error::ErrorKind};
use jiff::SignedDuration;
use tenancy::text::visible;

use crate::{
    commands::Command,
    error::CliError,
    output::{Format, Styles, print_error},
    parse,
    report::report,
};

const EXAMPLES: &str = "\
Examples:
  export TENANTRY_API_URL=https://a1b2c3.execute-api.eu-central-1.amazonaws.com
  tenantry health
  tenantry blueprint list
  tenantry tenant create --slug acme --name 'Acme GmbH' --blueprint standard --dry-run
  tenantry tenant create --slug acme --name 'Acme GmbH' --blueprint standard --wait
  tenantry tenant list --phase parked
  tenantry audit acme --wait --fail-on-findings
  tenantry tenant delete acme --wait
  tenantry limits show
  TENANTRY_PORTAL_URL=https://sign-in.example.com tenantry login --tenant acme
  tenantry tenant list --output json | jq -r '.items[].accountId'

Exit codes:
    0  done                                  6  not allowed, or no credentials
    1  any other failure                     7  parked: a person must act
    2  the command line is not valid         8  timed out while waiting
    3  not found                             9  findings open (audit --fail-on-findings)
    4  conflict, or changed meanwhile      130  interrupted
    5  the request was not valid";

/// Creates, audits and deletes tenants with dedicated AWS accounts.
///
/// Every command calls the tenantry API: as the person who signed in (`tenantry login`), else signed with your AWS credentials
/// (environment, profile, SSO, credential_process, instance role). `--profile` takes precedence over both. Requests that write carry
/// an idempotency key and are retried when the network fails, so that nothing is done twice.
#[derive(Debug, Parser)]
#[command(name = "tenantry", version, after_long_help = EXAMPLES, propagate_version = true)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// Address of the API for signed requests: the stack's output `ApiUrl`. While somebody is signed in elsewhere, it is refused
    // Help would print the value, and who puts a password into it learns of the mistake only later.
    #[arg(
        long,
        global = true,
        env = "TENANTRY_API_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub api_url: Option<String>,
    /// Address of the portal, where people sign in: the stack's output `PortalUrl` [default: that of the last `tenantry login`]
    #[arg(
        long,
        global = true,
        env = "TENANTRY_PORTAL_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub portal_url: Option<String>,
    /// AWS profile to sign with, instead of keys in the environment [default: the usual AWS credential chain]
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// AWS Region to sign for [default: from the API's address, else as the AWS CLI finds it]
    #[arg(long, global = true, value_name = "REGION")]
    pub signing_region: Option<String>,
    /// Tables for people or JSON for programs
    #[arg(
        long,
        short,
        global = true,
        env = "TENANTRY_OUTPUT",
        value_enum,
        default_value = "table"
    )]
    pub output: Format,
    /// No progress and no notes on standard error, only errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// Prints help, version, or what is wrong with the command line, and returns the exit code.
pub fn refused(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && wants_json(std::env::args_os().skip(1)) {
        let text = words(error);
        let message = text.trim().trim_start_matches("error: ").to_owned();
        return report(&CliError::Usage(message), Format::Json);
    }
    let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if error.use_stderr() && !is_help {
        for_people(&words(error), Styles::for_stderr());
    } else {
        // Whether it can be written changes nothing.
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// What is wrong, as it was typed: among styles, what was typed could not be told from them, so the command line is parsed again without.
fn words(error: &clap::Error) -> String {
    let plain = Arguments::command().styles(builder::Styles::plain());
    let again = plain.try_get_matches();
    again.map_or_else(
        |plain| plain.render().ansi().to_string(),
        |_| error.to_string(),
    )
}

/// A terminal obeys nothing of what was typed, or pasted from elsewhere.
fn for_people(text: &str, styles: Styles) {
    for line in text.lines() {
        match line.strip_prefix("error:") {
            Some(rest) => print_error(&format!("{}{}", styles.bad("error:"), visible(rest))),
            None => print_error(&visible(line)),
        }
    }
}

/// Whether a command line that cannot be parsed asks for JSON all the same.
fn wants_json(arguments: impl Iterator<Item = OsString>) -> bool {
    let mut words: Vec<String> = arguments
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    words.extend(std::env::var("TENANTRY_OUTPUT").map(|format| format!("--output={format}")));
    let values = words.iter().enumerate().filter_map(|(index, word)| {
        let short = word.strip_prefix("-o").filter(|_| !word.starts_with("--"));
        match word.strip_prefix("--output").or(short)? {
            "" => words.get(index + 1).map(String::as_str),
            value => Some(value.strip_prefix('=').unwrap_or(value)),
        }
    });
    values.take(1).any(|format| format == "json")
}

/// The argument that names a tenant.
#[derive(Debug, Clone, Args)]
pub struct Which {
    /// Tenant by slug or id
    #[arg(value_name = "TENANT", value_parser = parse::tenant)]
    pub tenant: String,
}

/// The option that makes a command safe to repeat.
#[derive(Debug, Clone, Args)]
pub struct Key {
    /// Makes the command safe to repeat: the same key and request give the same answer [default: a new key]
    #[arg(long, value_name = "KEY", value_parser = parse::key)]
    pub idempotency_key: Option<String>,
}

/// Options about waiting.
#[derive(Debug, Clone, Args)]
pub struct Waiting {
    /// Wait until the operation is finished and show the progress of every component
    #[arg(long)]
    pub wait: bool,
    #[command(flatten)]
    pub limit: Limit,
}

/// How long to wait.
#[derive(Debug, Clone, Args)]
pub struct Limit {
    /// Longest time to wait, such as `90s`, `30m` or `2h`; the operation itself continues
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = parse::duration)]
    pub timeout: SignedDuration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
