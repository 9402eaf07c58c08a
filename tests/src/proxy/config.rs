//! What a proxy does. Everything can be written in JSON (`local-aws-proxy --config`), and whatever is left
//! out has the default named here.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{check, fault::Fault};

/// How a proxy behaves.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The emulator, `http://host:port`.
    pub upstream: String,
    /// The account that owns the credentials `test`/`test`.
    pub management_account: String,
    /// Seed of all chance.
    pub seed: u64,
    /// Simulated seconds in a real one; every duration below is in simulated seconds.
    pub time_scale: f64,
    /// Most records kept in memory.
    pub keep_records: usize,
    /// Organizations as AWS has it; `null` passes its calls through untouched.
    pub organizations: Option<Organizations>,
    /// What fresh accounts refuse, and how long.
    pub newborn: Vec<Newborn>,
    /// NAT gateways that take their time; `null` leaves the emulator's.
    pub nat_gateways: Option<NatGateways>,
    /// How long IAM generates a credential report; `null` leaves the emulator's, which is there at once.
    pub credential_report_secs: Option<f64>,
    /// How long a change of EC2's public access block of images does not show; AWS: up to 600.
    pub image_block_secs: f64,
    /// EC2 calls with one client token take effect once, and the answer is repeated.
    pub client_tokens: bool,
    /// Tags given to CreateTrail are kept.
    pub trail_tags: bool,
    /// Every write to DynamoDB is recorded with its write units.
    pub write_units: bool,
    /// The rows of every write to DynamoDB are recorded.
    pub written_rows: bool,
    /// Faults from the start.
    pub faults: Vec<Fault>,
}

impl Default for Config {
    /// AWS's behaviour, at a speed for tests: no throttling, no faults, every wait a fraction of a second.
    fn default() -> Self {
        Self {
            upstream: "http://127.0.0.1:4566".to_owned(),
            management_account: "111111111111".to_owned(),
            seed: 1,
            time_scale: 1.0,
            keep_records: 1_000_000,
            organizations: Some(Organizations::default()),
            newborn: Vec::new(),
            nat_gateways: Some(NatGateways::default()),
            credential_report_secs: Some(0.3),
            image_block_secs: 0.0,
            client_tokens: true,
            trail_tags: true,
            write_units: false,
            written_rows: false,
            faults: Vec::new(),
        }
    }
}

impl Config {
    /// Passes everything through and only records.
    pub fn transparent() -> Self {
        Self {
            organizations: None,
            nat_gateways: None,
            credential_report_secs: None,
            client_tokens: false,
            trail_tags: false,
            ..Self::default()
        }
    }

    /// Reads a JSON file.
    ///
    /// # Errors
    /// It cannot be read, or holds anything unknown or impossible: one sentence that names file and field.
    pub fn read(path: &Path) -> Result<Self, String> {
        let wrong = |error: String| format!("{}: {error}", path.display());
        let text = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let config: Self = check::read(&text).map_err(wrong)?;
        check::config(&config).map_err(wrong)?;
        Ok(config)
    }
}

/// AWS Organizations. Limits are those of the Organizations User Guide ("Quotas and service limits").
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Organizations {
    /// How long a creation stays IN_PROGRESS.
    pub creation_secs: f64,
    /// How much longer, at most, by chance (0 for always the same).
    pub creation_spread_secs: f64,
    /// Creations that fail, the first that fits.
    pub failures: Vec<CreationFailure>,
    /// Addresses taken by accounts of other organizations.
    pub foreign_emails: Vec<String>,
    /// How long after SUCCEEDED the bootstrap role appears; `null` leaves it to others.
    pub bootstrap_role_secs: Option<f64>,
    /// Accounts under creation at once.
    pub creations_in_flight: usize,
    /// Error of a creation too many.
    pub in_flight_refusal: InFlightRefusal,
    /// Accounts created in a day; `null` for no limit (AWS does not say which it has).
    pub creations_per_day: Option<usize>,
    /// Accounts the organization may hold, closed ones included; `null` for no limit.
    pub account_limit: Option<usize>,
    /// Enforce the token bucket of every operation.
    pub throttle: bool,
    /// Largest page of every list; AWS never gives more than 20.
    pub page_size: usize,
    /// Probability that a page is empty but for a token.
    pub empty_pages: f64,
    /// Probability that a write answers ConcurrentModificationException.
    pub concurrent_modification: f64,
    /// How long a closure stays PENDING_CLOSURE.
    pub closing_secs: f64,
    /// Closures under way at once.
    pub closures_in_progress: usize,
    /// Closures in thirty days; `null` for AWS's own max(250, 20 % of members), at most 1,000.
    pub closures_per_30_days: Option<usize>,
    /// `CreateAccountResult` on the management account's default bus.
    pub created_event: Delivery,
    /// `CloseAccountResult` on the management account's default bus.
    pub closed_event: Delivery,
}

impl Default for Organizations {
    fn default() -> Self {
        Self {
            creation_secs: 0.3,
            creation_spread_secs: 0.0,
            failures: Vec::new(),
            foreign_emails: Vec::new(),
            bootstrap_role_secs: Some(0.2),
            creations_in_flight: 5,
            in_flight_refusal: InFlightRefusal::TooManyRequests,
            creations_per_day: None,
            account_limit: None,
            throttle: false,
            page_size: 20,
            empty_pages: 0.0,
            concurrent_modification: 0.0,
            closing_secs: 0.3,
            closures_in_progress: 3,
            closures_per_30_days: None,
            created_event: Delivery::default(),
            closed_event: Delivery::default(),
        }
    }
}

/// A creation that ends FAILED.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreationFailure {
    /// Part of the e-mail address; the empty string fits all.
    #[serde(default)]
    pub email_contains: String,
    /// FailureReason, such as INTERNAL_FAILURE.
    pub reason: String,
    /// How many creations fail so; `null` for all.
    #[serde(default)]
    pub times: Option<u64>,
}

/// How a creation beyond the number in flight is refused (AWS documents the limit, not the error).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InFlightRefusal {
    /// TooManyRequestsException.
    TooManyRequests,
    /// ConstraintViolationException with reason ACCOUNT_CREATION_NOT_COMPLETE.
    CreationNotComplete,
}

/// How an event reaches the bus.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delivery {
    /// 0 never, 1 once, 2 twice.
    pub copies: u32,
    /// How long after the fact.
    pub delay_secs: f64,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            copies: 1,
            delay_secs: 0.0,
        }
    }
}

/// Something a fresh account refuses.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Newborn {
    /// Service that refuses, or `*`.
    pub service: String,
    /// Operation it refuses, a beginning with `*`, or `*`.
    #[serde(default = "any")]
    pub operation: String,
    /// Error code: OptInRequired, SubscriptionRequiredException, RegionDisabledException, PendingVerification, AccessDenied.
    pub code: String,
    /// HTTP status.
    #[serde(default = "forbidden")]
    pub status: u16,
    /// Until the account is so old, counted from SUCCEEDED.
    pub for_secs: f64,
    /// Probability of each single refusal (these errors are intermittent).
    #[serde(default = "certain")]
    pub probability: f64,
}

impl Newborn {
    /// What has been reported of fresh accounts, over `secs`: no role yet, then services that are not yet subscribed.
    pub fn typical(secs: f64) -> Vec<Self> {
        let refuse =
            |service: &str, operation: &str, code: &str, share: f64, probability: f64| Self {
                service: service.to_owned(),
                operation: operation.to_owned(),
                code: code.to_owned(),
                status: 403,
                for_secs: secs * share,
                probability,
            };
        vec![
            refuse("sts", "AssumeRole", "RegionDisabledException", 0.4, 0.5),
            refuse("ec2", "*", "OptInRequired", 1.0, 0.7),
            refuse("s3", "*", "AccessDenied", 0.6, 0.5),
            refuse("cloudtrail", "*", "SubscriptionRequiredException", 0.8, 0.5),
        ]
    }
}

fn any() -> String {
    "*".to_owned()
}

fn forbidden() -> u16 {
    403
}

fn certain() -> f64 {
    1.0
}

/// How NAT gateways come and go.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NatGateways {
    /// How long they stay pending.
    pub pending_secs: f64,
    /// How long they stay deleting.
    pub deleting_secs: f64,
    /// The first so many of the run end failed.
    pub failures: u64,
    /// FailureCode of those.
    pub failure_code: String,
}

impl Default for NatGateways {
    fn default() -> Self {
        Self {
            pending_secs: 0.2,
            deleting_secs: 0.2,
            failures: 0,
            failure_code: "InternalError".to_owned(),
        }
    }
}
