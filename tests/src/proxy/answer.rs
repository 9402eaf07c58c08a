//! Answers held in memory, and the error answers of every protocol AWS speaks.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::call::Call;
use super::identify::{Protocol, text};

static ANSWERS: AtomicU64 = AtomicU64::new(1);

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Answer {
    /// An answer without body or headers.
    pub fn empty(status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// A JSON answer as the JSON protocols give it.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::typed(status, "application/x-amz-json-1.1", body.to_string())
    }

    fn typed(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut answer = Self::empty(status);
        answer
            .headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        answer.set_request_id();
        answer.body = body.into();
        answer
    }

    fn set_request_id(&mut self) {
        if let Ok(value) = HeaderValue::from_str(&request_id()) {
            self.headers.insert("x-amzn-requestid", value.clone());
            self.headers.insert("x-amz-request-id", value);
        }
    }

    /// The same answer with another body; stale lengths and checksums are dropped.
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.headers.remove(header::CONTENT_LENGTH);
        self.headers.remove("x-amz-crc32");
        self
    }

    /// The body as JSON, or null.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The text of the first XML element of this name.
    pub fn element(&self, name: &str) -> Option<String> {
        let body = self.text();
        let (_, after) = body.split_once(&format!("<{name}>"))?;
        after
            .split_once("</")
            .map(|(inner, _)| inner.trim().to_owned())
    }

    /// The AWS error code of an answer that is one.
    pub fn error_code(&self) -> Option<String> {
        if self.status.is_success() || self.status.is_redirection() {
            return None;
        }
        let from_header = text(&self.headers, "x-amzn-errortype");
        let from_body = || {
            self.value()
                .get("__type")
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let named = if from_header.is_empty() {
            from_body()
        } else {
            Some(from_header.to_owned())
        };
        let named = named.or_else(|| self.element("Code"))?;
        let short = named
            .split(':')
            .next()
            .unwrap_or_default()
            .rsplit('#')
            .next()
            .unwrap_or_default();
        Some(short.to_owned())
    }
}

/// A request id that tells answers of the proxy from those of the emulator.
fn request_id() -> String {
    format!(
        "00000000-feed-4000-8000-{:012x}",
        ANSWERS.fetch_add(1, Ordering::Relaxed)
    )
}

/// An error in the shape the call's protocol gives errors.
pub fn refusal(call: &Call, status: u16, code: &str, message: &str) -> Answer {
    refusal_with(call, status, code, message, &Value::Null)
}

/// As [`refusal`], with more members (such as `Reason`) for the JSON protocols.
pub fn refusal_with(call: &Call, status: u16, code: &str, message: &str, more: &Value) -> Answer {
    let mut answer = match call.identity.protocol {
        Protocol::Json => json_error(call, status, code, message, more),
        Protocol::Ec2 => Answer::typed(status, "text/xml;charset=UTF-8", ec2_error(code, message)),
        Protocol::Query => Answer::typed(status, "text/xml", query_error(status, code, message)),
        Protocol::S3Control => Answer::typed(
            status,
            "application/xml",
            query_error(status, code, message),
        ),
        Protocol::S3 => Answer::typed(status, "application/xml", s3_error(code, message)),
        Protocol::Cbor => Answer::typed(status, "application/cbor", cbor_error(code, message)),
        Protocol::Rest => Answer::typed(
            status,
            "application/json",
            json!({ "message": message }).to_string(),
        ),
    };
    if let (Protocol::Rest, Ok(code)) = (call.identity.protocol, HeaderValue::from_str(code)) {
        answer.headers.insert("x-amzn-errortype", code);
    }
    if call.identity.protocol == Protocol::Cbor {
        answer
            .headers
            .insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
    }
    if call.method == http::Method::HEAD {
        answer.body = Bytes::new();
    }
    answer
}

fn json_error(call: &Call, status: u16, code: &str, message: &str, more: &Value) -> Answer {
    let namespace = match call.identity.service.as_str() {
        "dynamodb" => "com.amazonaws.dynamodb.v20120810#",
        "sqs" => "com.amazonaws.sqs#",
        _ => "",
    };
    let mut body =
        json!({ "__type": format!("{namespace}{code}"), "message": message, "Message": message });
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    Answer::json(status, &body)
}

fn ec2_error(code: &str, message: &str) -> String {
    let (code, message, id) = (escape(code), escape(message), request_id());
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code>\
         <Message>{message}</Message></Error></Errors><RequestID>{id}</RequestID></Response>"
    )
}

fn query_error(status: u16, code: &str, message: &str) -> String {
    let side = if status < 500 { "Sender" } else { "Receiver" };
    let (code, message, id) = (escape(code), escape(message), request_id());
    format!(
        "<ErrorResponse><Error><Type>{side}</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>{id}</RequestId></ErrorResponse>"
    )
}

fn s3_error(code: &str, message: &str) -> String {
    let (code, message, id) = (escape(code), escape(message), request_id());
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
         <RequestId>{id}</RequestId></Error>"
    )
}

/// A CBOR map of `__type` and `message`.
fn cbor_error(code: &str, message: &str) -> Vec<u8> {
    let mut body = vec![0xa2];
    for text in ["__type", code, "message", message] {
        let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
        body.push(0x79);
        body.extend(length.to_be_bytes());
        body.extend(text.bytes().take(usize::from(length)));
    }
    body
}

/// Text made safe for XML.
pub fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

/// The way each service says that one calls too often: status and code.
pub fn throttle_of(service: &str) -> (u16, &'static str) {
    match service {
        "ec2" => (503, "RequestLimitExceeded"),
        "s3" | "s3control" => (503, "SlowDown"),
        "iam" | "sts" => (400, "Throttling"),
        "dynamodb" => (400, "ProvisionedThroughputExceededException"),
        "organizations" => (400, "TooManyRequestsException"),
        "lambda" | "apigateway" => (429, "TooManyRequestsException"),
        "scheduler" => (429, "ThrottlingException"),
        _ => (400, "ThrottlingException"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(service: &str, body: &'static str) -> Call {
        let mut headers = HeaderMap::new();
        let scope = format!("AWS4-HMAC-SHA256 Credential=A/1/us-east-1/{service}/aws4_request, x");
        headers.insert("authorization", HeaderValue::from_str(&scope).unwrap());
        Call::new(
            http::Method::POST,
            "/".into(),
            headers,
            Bytes::from_static(body.as_bytes()),
        )
    }

    #[test]
    fn an_error_is_read_back_from_every_protocol() {
        for (service, body) in [
            ("ec2", "Action=CreateVpc"),
            ("iam", "Action=GetRole"),
            ("s3", ""),
            ("lambda", "{}"),
        ] {
            let answer = refusal(&call(service, body), 400, "SomeCode", "a <message>");
            assert_eq!(
                answer.error_code().as_deref(),
                Some("SomeCode"),
                "{service}"
            );
        }
    }

    #[test]
    fn json_error_types_lose_namespace_and_suffix() {
        let answer = Answer::json(400, &json!({ "__type": "com.amazonaws.x#Code:http://y" }));
        assert_eq!(answer.error_code().as_deref(), Some("Code"));
    }
}
