//! Reading an answer into the types that the API and this program share.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::CliError;

/// Reads an answer.
///
/// # Errors
/// If the answer is not of the expected type.
pub fn decode<T: DeserializeOwned>(doing: &str, body: &Value) -> Result<T, CliError> {
    serde_json::from_value(body.clone()).map_err(|error| CliError::Unreadable {
        doing: doing.to_owned(),
        source: error.into(),
    })
}
