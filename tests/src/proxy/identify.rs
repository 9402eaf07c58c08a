//! Which service, operation and Region a request is for, and by which protocol it speaks.

use http::{HeaderMap, Method};

use super::{rest_names, s3_names};

/// How a service words its requests and errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// JSON with `X-Amz-Target`.
    Json,
    /// Form parameters, XML answers (IAM, STS).
    Query,
    /// EC2's variant of [`Protocol::Query`].
    Ec2,
    /// Amazon S3.
    S3,
    /// Amazon S3 Control: as S3, with errors wrapped once more.
    S3Control,
    /// Smithy RPC v2 with CBOR (CloudWatch).
    Cbor,
    /// REST with JSON (Lambda, API Gateway) and whatever else.
    #[default]
    Rest,
}

/// What a request asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Name in the SigV4 scope: `ec2`, `organizations`, `events`, `monitoring`, `execute-api`, …; `s3control` for the part of
    /// S3 that is about accounts, although it is signed for `s3`.
    pub service: String,
    /// Operation name, or `METHOD /path` where the protocol has none.
    pub operation: String,
    /// Region of the SigV4 scope; empty for unsigned requests.
    pub region: String,
    /// Protocol.
    pub protocol: Protocol,
    /// Access key id; empty for unsigned requests.
    pub access_key: String,
    /// The SDK's application name (`app/…` in the user agent), which tells workers apart.
    pub app: String,
}

/// Reads the identity off a request. `body` may be empty when it is being streamed.
pub fn identify(
    method: &Method,
    path_and_query: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Identity {
    let (path, query) = path_and_query
        .split_once('?')
        .unwrap_or((path_and_query, ""));
    let scope = credential(headers, query);
    let mut parts = scope.split('/');
    let access_key = parts.next().unwrap_or_default().to_owned();
    let region = parts.nth(1).unwrap_or_default().to_owned();
    let signed_for = parts.next().unwrap_or_default().to_owned();
    let app = application(headers);
    let target = text(headers, "x-amz-target");
    let service = service_of(&signed_for, target, text(headers, "host"), path);
    let (protocol, operation) = operation_of(&service, target, method, path, query, headers, body);
    Identity {
        service,
        operation,
        region,
        protocol,
        access_key,
        app,
    }
}

/// A header as text, or the empty string.
pub fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// Decodes a form or a query string.
pub fn pairs(form: &str) -> Vec<(String, String)> {
    form.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high * 16 + low);
                    rest = after;
                }
                _ => bytes.push(b'%'),
            },
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    (digit as char)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// `ACCESSKEY/DATE/REGION/SERVICE/aws4_request`, from the header or a presigned query.
fn credential(headers: &HeaderMap, query: &str) -> String {
    let header = text(headers, "authorization");
    if let Some((_, after)) = header.split_once("Credential=") {
        return after
            .split([',', ' '])
            .next()
            .unwrap_or_default()
            .to_owned();
    }
    let presigned = |(key, _): &(String, String)| key.eq_ignore_ascii_case("x-amz-credential");
    pairs(query)
        .into_iter()
        .find(presigned)
        .map(|(_, value)| value)
        .unwrap_or_default()
}

fn application(headers: &HeaderMap) -> String {
    let agents = [
        text(headers, "user-agent"),
        text(headers, "x-amz-user-agent"),
    ];
    let name = agents
        .iter()
        .flat_map(|agent| agent.split(' '))
        .find_map(|part| part.strip_prefix("app/"));
    name.unwrap_or_default().to_owned()
}

fn service_of(signed_for: &str, target: &str, host: &str, path: &str) -> String {
    // An API Gateway call may be unsigned, or signed for any service at all.
    if path.starts_with("/_aws/execute-api/") || host.contains(".execute-api.") {
        return "execute-api".to_owned();
    }
    if signed_for == "s3" && path.starts_with(s3_names::CONTROL) {
        return "s3control".to_owned();
    }
    if !signed_for.is_empty() {
        return signed_for.to_owned();
    }
    let by_target = [
        ("AWSOrganizations", "organizations"),
        ("DynamoDB", "dynamodb"),
        ("AmazonSQS", "sqs"),
        ("AWSEvents", "events"),
        ("Logs_", "logs"),
        ("CloudTrail", "cloudtrail"),
    ];
    let known = by_target
        .iter()
        .find(|(prefix, _)| target.starts_with(prefix));
    known.map_or("unsigned", |(_, service)| service).to_owned()
}

fn operation_of(
    service: &str,
    target: &str,
    method: &Method,
    path: &str,
    query: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> (Protocol, String) {
    if !target.is_empty() {
        return (
            Protocol::Json,
            target.rsplit('.').next().unwrap_or(target).to_owned(),
        );
    }
    if service == "s3" {
        return (
            Protocol::S3,
            s3_names::operation(method, path, query, headers),
        );
    }
    if service == "s3control" {
        return (Protocol::S3Control, s3_names::control(method, path));
    }
    if service == "account" {
        return (Protocol::Rest, named_by_path(path));
    }
    if let Some(operation) = rest_names::operation(service, method, path) {
        return (Protocol::Rest, operation);
    }
    if let Some((_, operation)) = path.split_once("/operation/") {
        return (Protocol::Cbor, operation.to_owned());
    }
    let protocol = if service == "ec2" {
        Protocol::Ec2
    } else {
        Protocol::Query
    };
    let form = String::from_utf8_lossy(body);
    for source in [query, form.as_ref()] {
        // Only forms are searched, not a JSON or binary body that happens to hold these letters.
        let plain = source.len() < 2_000_000
            && (source.starts_with("Action=") || source.contains("&Action="));
        if let Some((_, action)) = plain
            .then(|| pairs(source))
            .and_then(|all| all.into_iter().find(|(key, _)| key == "Action"))
        {
            return (protocol, action);
        }
    }
    (Protocol::Rest, format!("{method} {path}"))
}

/// Account Management names its operations by their paths: `/putAccountName`.
fn named_by_path(path: &str) -> String {
    let mut letters = path.trim_matches('/').chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn signed(scope: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let value = format!(
            "AWS4-HMAC-SHA256 Credential={scope}/aws4_request, SignedHeaders=host, Signature=0"
        );
        headers.insert("authorization", HeaderValue::from_str(&value).unwrap());
        headers
    }

    #[test]
    fn a_json_call_is_named_by_its_target() {
        let mut headers = signed("AKID/20261101/us-east-1/organizations");
        headers.insert(
            "x-amz-target",
            HeaderValue::from_static("AWSOrganizationsV20161128.ListAccounts"),
        );
        headers.insert(
            "user-agent",
            HeaderValue::from_static("aws-sdk-rust/1 app/worker-2 os/linux"),
        );
        let seen = identify(&Method::POST, "/", &headers, b"{}");
        assert_eq!(
            (seen.service.as_str(), seen.operation.as_str()),
            ("organizations", "ListAccounts")
        );
        assert_eq!(
            (
                seen.region.as_str(),
                seen.access_key.as_str(),
                seen.app.as_str()
            ),
            ("us-east-1", "AKID", "worker-2")
        );
    }

    #[test]
    fn a_query_call_is_named_by_its_action() {
        let seen = identify(
            &Method::POST,
            "/",
            &signed("A/1/eu-west-1/ec2"),
            b"Action=CreateVpc&Version=2016-11-15",
        );
        assert_eq!(
            (seen.operation.as_str(), seen.protocol),
            ("CreateVpc", Protocol::Ec2)
        );
        let seen = identify(
            &Method::POST,
            "/",
            &signed("A/1/us-east-1/iam"),
            b"Version=1&Action=GetRole",
        );
        assert_eq!(
            (seen.operation.as_str(), seen.protocol),
            ("GetRole", Protocol::Query)
        );
    }

    #[test]
    fn a_presigned_call_is_known_by_its_query() {
        let seen = identify(
            &Method::GET,
            "/b/k?X-Amz-Credential=A%2F1%2Feu-west-1%2Fs3%2Faws4_request",
            &HeaderMap::new(),
            b"",
        );
        assert_eq!(
            (
                seen.service.as_str(),
                seen.operation.as_str(),
                seen.region.as_str()
            ),
            ("s3", "GetObject", "eu-west-1")
        );
    }

    #[test]
    fn a_call_about_the_accounts_s3_is_told_from_one_about_a_bucket() {
        let scope = "A/1/eu-west-1/s3";
        let seen = |path| identify(&Method::PUT, path, &signed(scope), b"<x/>");
        let account = seen("/v20180820/configuration/publicAccessBlock");
        let bucket = seen("/logs?publicAccessBlock");
        assert_eq!(account.operation, bucket.operation);
        assert_eq!(
            (account.service.as_str(), account.protocol),
            ("s3control", Protocol::S3Control)
        );
        assert_eq!(
            (bucket.service.as_str(), bucket.protocol),
            ("s3", Protocol::S3)
        );
    }

    #[test]
    fn an_api_gateway_call_keeps_its_method_and_path() {
        let seen = identify(
            &Method::GET,
            "/_aws/execute-api/ab/$default/v1/health",
            &HeaderMap::new(),
            b"",
        );
        assert_eq!(seen.service, "execute-api");
        assert_eq!(
            seen.operation,
            "GET /_aws/execute-api/ab/$default/v1/health"
        );
    }
}
