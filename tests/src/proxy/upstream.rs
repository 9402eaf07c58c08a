//! The way to the emulator: clients' requests as they are, and the proxy's own, signed as an account's root.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri, header};
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::body::Incoming;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde_json::Value;
use tenancy::percent::encoded;

use super::answer::Answer;
use super::call::Call;

/// Any error, boxed.
pub type AnyError = Box<dyn std::error::Error + Send + Sync>;
/// Body of a request or an answer, held or streamed.
pub type Body = BoxBody<Bytes, AnyError>;

/// Headers that concern one connection only and must not be passed on.
const HOP_BY_HOP: [header::HeaderName; 5] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
];

/// Connections to the emulator.
#[derive(Debug)]
pub struct Upstream {
    client: Client<HttpConnector, Body>,
    authority: String,
}

impl Upstream {
    /// A way to `http://host:port`.
    pub fn new(url: &str) -> Self {
        let authority = url
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        // Shorter than the emulator's own five seconds, lest a connection be used while it closes.
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(Duration::from_secs(2))
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .build(connector);
        Self { client, authority }
    }

    /// Sends a request on and hands back the answer as it streams in.
    ///
    /// # Errors
    /// If the emulator cannot be reached or breaks off before its answer begins.
    pub async fn stream(
        &self,
        method: Method,
        path_and_query: &str,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Response<Incoming>, AnyError> {
        let uri: Uri = format!("http://{}{path_and_query}", self.authority).parse()?;
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers.clone();
        strip(request.headers_mut());
        Ok(self.client.request(request).await?)
    }

    /// Sends a call on and waits for the whole answer.
    ///
    /// # Errors
    /// If the emulator cannot be reached or breaks off.
    pub async fn forward(&self, call: &Call) -> Result<Answer, AnyError> {
        whole(
            self.stream(
                call.method.clone(),
                &call.path_and_query,
                &call.headers,
                full(call.body.clone()),
            )
            .await?,
        )
        .await
    }

    /// A control request to the emulator itself; see `tests/local/world.py`.
    ///
    /// # Errors
    /// If it cannot be reached, or refuses.
    pub async fn control(&self, method: Method, path: &str) -> Result<Value, AnyError> {
        let url = format!("http://{}/_tenantry/{path}", self.authority);
        let request = Request::builder()
            .method(method)
            .uri(url)
            .body(full(Bytes::new()))?;
        let answer = whole(self.client.request(request).await?).await?;
        match answer.status.is_success() {
            true => Ok(answer.value()),
            false => Err(format!("{path}: {} {}", answer.status, answer.text()).into()),
        }
    }

    /// A query-protocol call as the root of `account`.
    ///
    /// # Errors
    /// If it cannot be signed or sent; an error answer is an answer.
    pub async fn query(
        &self,
        account: &str,
        service: &str,
        region: &str,
        form: &[(&str, &str)],
    ) -> Result<Answer, AnyError> {
        let body = form
            .iter()
            .map(|(key, value)| format!("{key}={}", encoded(value)))
            .collect::<Vec<_>>()
            .join("&");
        self.signed(
            account,
            service,
            region,
            "/",
            &[("content-type", "application/x-www-form-urlencoded")],
            body,
        )
        .await
    }

    /// A JSON-protocol call as the root of `account`.
    ///
    /// # Errors
    /// If it cannot be signed or sent; an error answer is an answer.
    pub async fn json(
        &self,
        account: &str,
        service: &str,
        region: &str,
        target: &str,
        body: &Value,
    ) -> Result<Answer, AnyError> {
        let version = if matches!(service, "sqs" | "dynamodb") {
            "application/x-amz-json-1.0"
        } else {
            "application/x-amz-json-1.1"
        };
        self.signed(
            account,
            service,
            region,
            "/",
            &[("content-type", version), ("x-amz-target", target)],
            body.to_string(),
        )
        .await
    }

    /// A POST as the root of `account`.
    ///
    /// # Errors
    /// If it cannot be signed or sent; an error answer is an answer.
    pub async fn signed(
        &self,
        account: &str,
        service: &str,
        region: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Answer, AnyError> {
        let url = format!("http://{}{path}", self.authority);
        let identity = Credentials::new(account, "test", None, None, "account root").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let signable = SignableRequest::new(
            "POST",
            &url,
            headers.iter().copied(),
            SignableBody::Bytes(body.as_bytes()),
        )?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        let mut builder = Request::builder().method(Method::POST).uri(&url);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let mut request = builder.body(full(body))?;
        instructions.apply_to_request_http1x(&mut request);
        whole(self.client.request(request).await?).await
    }
}

/// Reads an answer to its end.
///
/// # Errors
/// If it breaks off.
pub async fn whole(response: Response<Incoming>) -> Result<Answer, AnyError> {
    let (mut parts, body) = response.into_parts();
    strip(&mut parts.headers);
    Ok(Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await?.to_bytes(),
    })
}

/// A body held in memory.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed()
}

/// Drops what concerns one connection only.
pub fn strip(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}
