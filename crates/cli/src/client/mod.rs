//! One call to the API: signed, with a time limit, and repeated with a growing, random delay where that is safe.
//!
//! Every call that writes carries an `Idempotency-Key`, so repeating it cannot do anything twice.

mod call;
mod decode;

use std::time::Duration;

use reqwest::{Url, header::HeaderMap};
use tokio::{sync::OnceCell, time::sleep};

use crate::{
    address::Address,
    error::CliError,
    refusal::Refusal,
    sign::{Signer, Unsigned},
    sign_in::{Store, refused},
};

pub use self::{
    call::{Answer, Call},
    decode::decode,
};

/// API Gateway times out after 30 seconds; anything longer means that the connection is dead.
const CALL_LIMIT: Duration = Duration::from_secs(35);
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 4;
/// API Gateway answers with 10 MB at most (API Gateway quotas, "payload size"): anything longer is not the API.
const LONGEST_ANSWER: usize = 10 << 20;
const FIRST_DELAY: Duration = Duration::from_millis(250);
/// Longest wait between two attempts, whatever `Retry-After` says.
const LONGEST_DELAY: Duration = Duration::from_secs(20);

/// The API.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    address: Address,
    profile: Option<String>,
    region: Option<String>,
    /// Made at the first call that needs it: `health` works without credentials.
    signer: OnceCell<Signer>,
    /// Whose calls they are, if a person signed in at a portal.
    person: Option<(Store, String)>,
}

/// An attempt that did not succeed.
struct Failed {
    error: CliError,
    /// Whether to try again, and the delay that the API asks for.
    again: bool,
    after: Option<Duration>,
}

impl From<CliError> for Failed {
    fn from(error: CliError) -> Self {
        Self {
            error,
            again: false,
            after: None,
        }
    }
}

impl Client {
    /// A client for the API at `address`.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(
        address: Address,
        profile: Option<String>,
        region: Option<String>,
    ) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("tenantry/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_LIMIT)
            .timeout(CALL_LIMIT)
            // A signature holds for one address: following a redirect would only turn one error into another.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        // A request signed for another Region is always refused, so the Region of the address takes precedence.
        let region = region.or_else(|| address.region().map(String::from));
        Ok(Self {
            http,
            address,
            profile,
            region,
            signer: OnceCell::new(),
            person: None,
        })
    }

    /// The same client, whose calls are those of the person who signed in at a portal.
    #[must_use]
    pub fn of_person(self, store: Store, portal: String) -> Self {
        Self {
            person: Some((store, portal)),
            ..self
        }
    }

    /// Makes a call, up to four times if the failure is transient.
    ///
    /// # Errors
    /// What the API, the network or the credential chain said last.
    pub async fn send(&self, call: &Call) -> Result<Answer, CliError> {
        let mut attempt = 1;
        loop {
            let failed = match self.attempt(call).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            if !failed.again || attempt >= call.attempts {
                return Err(failed.error);
            }
            sleep(failed.after.unwrap_or_else(|| delay(attempt))).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Answer, Failed> {
        let url = self.address.route(&call.path, &call.query);
        let body = call
            .body
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let mut request = self
            .http
            .request(call.method.clone(), url.clone())
            .header("accept", "application/json");
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        for (name, value) in self.signature(call, &url, body.as_bytes()).await? {
            request = request.header(name, value);
        }
        let response = request.body(body).send().await;
        let mut response = response.map_err(|source| self.lost(call, source))?;
        let status = response.status();
        let headers = response.headers().clone();
        let mut bytes = Vec::new();
        let chunk = |source| self.lost(call, source);
        while let Some(more) = response.chunk().await.map_err(chunk)? {
            bytes.extend_from_slice(&more);
            if bytes.len() > LONGEST_ANSWER {
                return Err(too_long(call).into());
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        if status.is_success() {
            answer(call, status.as_u16(), &headers, &text).map_err(Failed::from)
        } else {
            Err(refusal(call, status.as_u16(), &headers, &text))
        }
    }

    async fn signature(
        &self,
        call: &Call,
        url: &Url,
        body: &[u8],
    ) -> Result<Vec<(String, String)>, CliError> {
        if !call.signed {
            return Ok(Vec::new());
        }
        if let Some((store, portal)) = &self.person {
            let signed_in = store.fresh(Some(portal)).await?;
            let signed_in = signed_in.ok_or_else(|| refused("nobody is signed in any more"))?;
            let bearer = format!("Bearer {}", signed_in.access_token);
            return Ok(vec![("authorization".to_owned(), bearer)]);
        }
        let load = || Signer::load(self.profile.as_deref(), self.region.clone());
        let signer = self.signer.get_or_try_init(load).await?;
        let unsigned = Unsigned {
            method: call.method.as_str(),
            url: url.as_str(),
            headers: &call.headers,
            body,
        };
        signer.headers(unsigned).await
    }

    fn lost(&self, call: &Call, source: reqwest::Error) -> Failed {
        let again =
            source.is_connect() || source.is_timeout() || source.is_request() || source.is_body();
        let error = CliError::Unreachable {
            doing: call.doing.clone(),
            address: self.address.as_str().to_owned(),
            key: call.key.clone(),
            source: source.without_url(),
        };
        Failed {
            error,
            again,
            after: None,
        }
    }
}

fn too_long(call: &Call) -> CliError {
    CliError::Unreadable {
        doing: call.doing.clone(),
        source: format!("it has more than {} MiB", LONGEST_ANSWER >> 20).into(),
    }
}

fn answer(call: &Call, status: u16, headers: &HeaderMap, text: &str) -> Result<Answer, CliError> {
    let body = serde_json::from_str(text).map_err(|error| CliError::Unreadable {
        doing: call.doing.clone(),
        source: error.into(),
    })?;
    Ok(Answer {
        status,
        etag: text_of(headers, "etag"),
        replayed: text_of(headers, "idempotent-replayed").is_some_and(|value| value == "true"),
        body,
    })
}

fn refusal(call: &Call, status: u16, headers: &HeaderMap, text: &str) -> Failed {
    let body = serde_json::from_str(text).unwrap_or_default();
    let mut refusal = Refusal::read(status, &body, text_of(headers, "x-request-id"));
    refusal.doing.clone_from(&call.doing);
    refusal.key.clone_from(&call.key);
    let after = text_of(headers, "retry-after").and_then(|text| text.parse().ok());
    Failed {
        again: refusal.is_retryable(),
        after: after.map(|seconds| Duration::from_secs(seconds).min(LONGEST_DELAY)),
        error: CliError::Refused(Box::new(refusal)),
    }
}

fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Exponential backoff with jitter: between half and the whole of a delay that doubles.
fn delay(attempt: u32) -> Duration {
    let whole = FIRST_DELAY.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    whole
        .min(LONGEST_DELAY)
        .mul_f64(rand::random_range(0.5..1.0))
}

/// A key that nobody else uses: 128 random bits.
pub fn new_key() -> String {
    format!("cli-{:032x}", rand::random::<u128>())
}
