//! An HTTP client that treats a read without a body in its answer as unanswered.
//!
//! The SDKs read an empty body of a JSON service as an object without members, so that everything would seem absent. No
//! service answers a read so: the answer was lost on its way, and the read is repeated.

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::retry::ErrorKind;

use crate::rate_limiter::TARGET;

/// How the names of reads begin.
const READS: &[&str] = &[
    "BatchGet",
    "Describe",
    "Get",
    "List",
    "Lookup",
    "Query",
    "Scan",
    "TransactGet",
];

/// Refuses empty answers to reads.
#[derive(Debug)]
pub(crate) struct WithBody(SharedHttpClient);

impl WithBody {
    /// Reads the answers of `client`.
    pub(crate) fn new(client: SharedHttpClient) -> Self {
        Self(client)
    }
}

impl HttpClient for WithBody {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector(self.0.http_connector(settings, components)))
    }
}

#[derive(Debug)]
struct Connector(SharedHttpConnector);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let reads = is_read(&request);
        let answer = self.0.call(request);
        if !reads {
            return answer;
        }
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            let is_empty = answer.body().content_length() == Some(0);
            match is_empty && answer.status().is_success() {
                true => Err(ConnectorError::other(
                    "a read was answered without a body".into(),
                    Some(ErrorKind::TransientError),
                )),
                false => Ok(answer),
            }
        })
    }
}

/// Whether a request is a read: by the operation that JSON services are told in a header and others in the path, or by its
/// method.
fn is_read(request: &HttpRequest) -> bool {
    let target = request.headers().get(TARGET);
    let operation = target.and_then(|target| target.rsplit('.').next());
    let path = request.uri().split('?').next().unwrap_or_default();
    let operation = operation.or_else(|| path.rsplit('/').next());
    let operation = operation.unwrap_or_default();
    let begins = |verb: &&str| {
        let begin = operation.get(..verb.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(verb))
    };
    request.method() == "GET" || (request.method() == "POST" && READS.iter().any(begins))
}
