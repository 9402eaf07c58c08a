//! Names of S3 operations, which S3 tells by method, path and query.

use http::{HeaderMap, Method};

use super::identify::{pairs, text};

/// Sub-resources of a bucket: query key, and the noun of `Get…`, `Put…`, `Delete…`.
const BUCKET: [(&str, &str); 17] = [
    ("policyStatus", "BucketPolicyStatus"),
    ("policy", "BucketPolicy"),
    ("versioning", "BucketVersioning"),
    ("encryption", "BucketEncryption"),
    ("publicAccessBlock", "PublicAccessBlock"),
    ("lifecycle", "BucketLifecycleConfiguration"),
    ("tagging", "BucketTagging"),
    ("location", "BucketLocation"),
    ("acl", "BucketAcl"),
    ("ownershipControls", "BucketOwnershipControls"),
    ("logging", "BucketLogging"),
    ("notification", "BucketNotificationConfiguration"),
    ("cors", "BucketCors"),
    ("website", "BucketWebsite"),
    ("object-lock", "ObjectLockConfiguration"),
    ("replication", "BucketReplication"),
    ("accelerate", "BucketAccelerateConfiguration"),
];

/// How the paths of S3 Control begin.
pub const CONTROL: &str = "/v20180820/";

/// The name of an operation of S3 Control as the SDK calls it, or `METHOD /path` for those nobody asked for yet.
pub fn control(method: &Method, path: &str) -> String {
    match path.strip_prefix(CONTROL) {
        Some("configuration/publicAccessBlock") => format!("{}PublicAccessBlock", verb_of(method)),
        _ => format!("{method} {path}"),
    }
}

/// The operation's name as the SDK calls it.
pub fn operation(method: &Method, path: &str, query: &str, headers: &HeaderMap) -> String {
    let keys = pairs(query);
    if let Some((_, name)) = keys.iter().find(|(key, _)| key == "x-id") {
        return name.clone();
    }
    let has = |name: &str| keys.iter().any(|(key, _)| key == name);
    let trimmed = path.trim_matches('/');
    let virtual_host = text(headers, "host").contains(".s3.");
    let in_object = if virtual_host {
        !trimmed.is_empty()
    } else {
        trimmed.contains('/')
    };
    if trimmed.is_empty() && !virtual_host {
        return "ListBuckets".to_owned();
    }
    if in_object {
        object(method, &has, headers)
    } else {
        bucket(method, &has)
    }
}

fn bucket(method: &Method, has: &dyn Fn(&str) -> bool) -> String {
    let verb = verb_of(method);
    if let Some((_, noun)) = BUCKET.iter().find(|(key, _)| has(key)) {
        return format!("{verb}{noun}");
    }
    match *method {
        Method::HEAD => "HeadBucket",
        Method::PUT => "CreateBucket",
        Method::DELETE => "DeleteBucket",
        Method::POST if has("delete") => "DeleteObjects",
        _ if has("versions") => "ListObjectVersions",
        _ if has("uploads") => "ListMultipartUploads",
        _ if has("list-type") => "ListObjectsV2",
        _ => "ListObjects",
    }
    .to_owned()
}

fn object(method: &Method, has: &dyn Fn(&str) -> bool, headers: &HeaderMap) -> String {
    let verb = verb_of(method);
    if has("tagging") {
        return format!("{verb}ObjectTagging");
    }
    match *method {
        Method::HEAD => "HeadObject",
        Method::PUT if has("partNumber") => "UploadPart",
        Method::PUT if headers.contains_key("x-amz-copy-source") => "CopyObject",
        Method::PUT => "PutObject",
        Method::DELETE if has("uploadId") => "AbortMultipartUpload",
        Method::DELETE => "DeleteObject",
        Method::POST if has("uploads") => "CreateMultipartUpload",
        Method::POST => "CompleteMultipartUpload",
        _ => "GetObject",
    }
    .to_owned()
}

fn verb_of(method: &Method) -> &'static str {
    match *method {
        Method::PUT | Method::POST => "Put",
        Method::DELETE => "Delete",
        _ => "Get",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_and_object_calls_have_the_names_of_the_sdk() {
        let none = HeaderMap::new();
        let name = |method, path, query| operation(&method, path, query, &none);
        assert_eq!(name(Method::GET, "/", ""), "ListBuckets");
        assert_eq!(name(Method::PUT, "/logs", ""), "CreateBucket");
        assert_eq!(name(Method::PUT, "/logs/", "policy"), "PutBucketPolicy");
        assert_eq!(
            name(Method::GET, "/logs", "list-type=2&prefix=a"),
            "ListObjectsV2"
        );
        assert_eq!(name(Method::PUT, "/logs/a/b", ""), "PutObject");
        assert_eq!(
            name(Method::DELETE, "/logs/a", "x-id=DeleteObject"),
            "DeleteObject"
        );
        assert_eq!(name(Method::POST, "/logs", "delete"), "DeleteObjects");
        let path = "/v20180820/configuration/publicAccessBlock";
        assert_eq!(control(&Method::DELETE, path), "DeletePublicAccessBlock");
    }
}
