//! What every call to AWS has in common: how its answer is classified, and how documents and tags are written and read.

use std::collections::BTreeMap;

use aws_sdk_iam::types::Tag;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use tenancy::Failure;

use crate::errors::{self, Call, HttpStatus};

/// The answer, or what went wrong while `doing`.
pub(crate) fn checked<T, E: ProvideErrorMetadata, R: HttpStatus>(
    answer: Result<T, SdkError<E, R>>,
    doing: impl FnOnce() -> String,
) -> Result<T, Failure> {
    answer.map_err(|error| errors::failure(doing(), &error))
}

/// The answer of Cost Explorer, some of whose codes mean something else elsewhere, or what went wrong while `doing`.
pub(crate) fn cost_answer<T, E: ProvideErrorMetadata, R: HttpStatus>(
    answer: Result<T, SdkError<E, R>>,
    doing: impl FnOnce() -> String,
) -> Result<T, Failure> {
    answer.map_err(|error| errors::cost_failure(doing(), &error))
}

/// The answer to a read, or `None` where the thing is absent.
pub(crate) fn present<T, E: Call, R: HttpStatus>(
    answer: Result<T, SdkError<E, R>>,
    doing: impl FnOnce() -> String,
) -> Result<Option<T>, Failure> {
    match answer {
        Err(error) if errors::is_absent(&error) => Ok(None),
        answer => checked(answer, doing).map(Some),
    }
}

/// The answer to a removal: what is absent needs no removing.
pub(crate) fn removed<T, E: Call, R: HttpStatus>(
    answer: Result<T, SdkError<E, R>>,
    doing: impl FnOnce() -> String,
) -> Result<(), Failure> {
    present(answer, doing).map(drop)
}

/// A policy document as IAM returns it: JSON, percent-encoded (RFC 3986). What cannot be read is kept as text, and so equals
/// nothing of ours.
pub(crate) fn document(encoded: &str) -> Value {
    let text = percent_decode_str(encoded).decode_utf8_lossy();
    serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned()))
}

/// Tags as each SDK takes them: `Tag::builder().key().value().build()` is the same everywhere, and its type nowhere.
macro_rules! sdk_tags {
    ($tag:ty, $tags:expr) => {
        $tags
            .iter()
            .map(|(key, value)| <$tag>::builder().key(key).value(value).build())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| tenancy::Failure::bug("writing tags", error.to_string()))
    };
}
pub(crate) use sdk_tags;

/// The same for an SDK that refuses no tag.
macro_rules! any_tags {
    ($tag:ty, $tags:expr) => {
        $tags
            .iter()
            .map(|(key, value)| <$tag>::builder().key(key).value(value).build())
            .collect::<Vec<_>>()
    };
}
pub(crate) use any_tags;

/// Tags that EC2 takes off, whatever their values (EC2 API reference, `DeleteTags`: without a value any is deleted).
pub(crate) fn ec2_tag_keys(keys: &[String]) -> Vec<aws_sdk_ec2::types::Tag> {
    let tag = |key: &String| aws_sdk_ec2::types::Tag::builder().key(key).build();
    keys.iter().map(tag).collect()
}

/// Tags as IAM takes them.
pub(crate) fn iam_tags(tags: &BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    sdk_tags!(Tag, tags)
}

/// IAM's tags as a map.
pub(crate) fn tag_map(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter()
        .map(|tag| (tag.key.clone(), tag.value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_policy_document_is_read_encoded_or_plain() {
        let encoded = "%7B%22Statement%22%3A%5B%7B%22Sid%22%3A%22%C3%A4%20b%22%7D%5D%7D";
        assert_eq!(document(encoded), json!({"Statement": [{"Sid": "ä b"}]}));
        assert_eq!(document("{\"a\":\"100%\"}"), json!({"a": "100%"}));
        let wanted = json!({ "Action": "a:b%", "n": 1 });
        let encoded = "%7B%22Action%22%3A%22a%3Ab%25%22%2C%20%22n%22%3A1%7D";
        assert_eq!(document(encoded), wanted);
        assert_eq!(document(r#"{"Action": "a:b%", "n": 1}"#), wanted);
        assert_eq!(document("no json"), Value::String("no json".into()));
    }
}
