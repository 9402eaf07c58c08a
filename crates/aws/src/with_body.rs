//! An HTTP client that treats a read whose answer is not whole as unanswered.
//!
//! The SDKs read an empty body of a JSON service as an object without members, and half a document of an XML service as a shorter list, so
//! that things would seem absent. No service answers a read so, or with a web page: the answer was lost on its way, and the read is repeated.

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream, retry::ErrorKind};

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

/// Refuses answers to reads that are not whole.
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
            if !answer.status().is_success() {
                return Ok(answer);
            }
            if answer.body().content_length() == Some(0) {
                return Err(lost("a read was answered without a body"));
            }
            match kind(&answer) {
                "text/html" => Err(lost("a read was answered with a web page")),
                kind if kind.ends_with("xml") => whole(answer).await,
                _ => Ok(answer),
            }
        })
    }
}

fn lost(what: &'static str) -> ConnectorError {
    ConnectorError::other(what.into(), Some(ErrorKind::TransientError))
}

/// What the answer says that its body is, without parameters.
fn kind(answer: &HttpResponse) -> &str {
    let kind = answer.headers().get("content-type").unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim_end()
}

/// The answer, if its document ends as it began.
async fn whole(mut answer: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let body = std::mem::replace(answer.body_mut(), SdkBody::taken());
    let read = ByteStream::new(body).collect().await;
    let bytes = read
        .map_err(|error| ConnectorError::io(error.into()))?
        .into_bytes();
    if !is_closed(&bytes) {
        return Err(lost("a read was answered with a part of a document"));
    }
    *answer.body_mut() = SdkBody::from(bytes);
    Ok(answer)
}

/// Whether an XML document ends with the end of its root element.
fn is_closed(document: &[u8]) -> bool {
    let text = String::from_utf8_lossy(document);
    let text = text.trim();
    let mut tags = text.split('<').skip(1);
    // A declaration, comments and a document type may come before the root.
    let Some(root) = tags.find(|tag| !tag.starts_with(['?', '!'])) else {
        return false;
    };
    let is_name_end = |c: char| c.is_whitespace() || c == '>' || c == '/';
    let name = root.split(is_name_end).next().unwrap_or_default();
    let end = format!("</{name}>");
    text.ends_with(&end) || (tags.next().is_none() && root.ends_with("/>"))
}

/// Whether a request is a read: by the operation that JSON services are told in a header, those with forms in the form, and others in the
/// path, or by its method.
fn is_read(request: &HttpRequest) -> bool {
    let target = request.headers().get(TARGET);
    let operation = target.and_then(|target| target.rsplit('.').next());
    let path = request.uri().split('?').next().unwrap_or_default();
    let operation = operation.or_else(|| form_action(request));
    let operation = operation.or_else(|| path.rsplit('/').next());
    let operation = operation.unwrap_or_default();
    let begins = |verb: &&str| {
        let begin = operation.get(..verb.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(verb))
    };
    request.method() == "GET" || (request.method() == "POST" && READS.iter().any(begins))
}

/// What a form asks for (`Action=DescribeVpcs&…`), as EC2, IAM, SNS and STS are asked.
fn form_action(request: &HttpRequest) -> Option<&str> {
    let form = request.body().bytes()?.strip_prefix(b"Action=")?;
    let action = form.split(|byte| *byte == b'&').next()?;
    std::str::from_utf8(action).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_whole_when_its_root_is_closed() {
        for whole in [
            "<A><B/></A>",
            "<?xml version=\"1.0\"?>\n<A xmlns=\"x\"><B>1</B></A>\n",
            "<?xml version=\"1.0\"?><!-- c --><A/>",
            "<LocationConstraint xmlns=\"x\"/>",
        ] {
            assert!(is_closed(whole.as_bytes()), "{whole}");
        }
        for part in [
            "",
            "<?xml version=\"1.0\"?>",
            "<A><B>1</B>",
            "<A><B/>",
            "<A",
            "<A></A",
            "<A><A/>",
            "text",
        ] {
            assert!(!is_closed(part.as_bytes()), "{part}");
        }
    }

    #[test]
    fn a_form_says_what_it_asks_for() {
        let asked = |body: &'static str| {
            let mut request = HttpRequest::new(SdkBody::from(body));
            request.set_method("POST").unwrap();
            request.set_uri("http://localhost/").unwrap();
            is_read(&request)
        };
        assert!(asked("Action=DescribeVpcs&Version=2016-11-15"));
        assert!(asked("Action=ListRoles"));
        assert!(!asked("Action=CreateVpc&CidrBlock=10.0.0.0%2F16"));
        assert!(!asked("Version=1"));
    }
}
