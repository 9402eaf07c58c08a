//! The JSON Schemas, made from the types.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, generate::SchemaSettings, json_schema};
use serde_json::Value;

use crate::{
    CloseAccountResult, CreateAccountResult, Detail, Envelope, ORGANIZATIONS, SOURCE, SqsBatch,
    Tick, Work, fact::fact_schemas,
};

/// The schema of every event, by its name.
pub fn schemas() -> BTreeMap<&'static str, Schema> {
    let mut all: BTreeMap<_, _> = fact_schemas().into_iter().collect();
    all.insert("Work", of::<Work>("Work"));
    all.insert("SqsBatch", of::<SqsBatch>("SqsBatch"));
    all.insert("ScheduledEvent", of::<Tick>("ScheduledEvent"));
    all.insert("HttpRequest", of::<http::HttpRequest>("HttpRequest"));
    let through = "AWS Service Event via CloudTrail";
    all.insert(
        "CreateAccountResult",
        enveloped::<CreateAccountResult>("CreateAccountResult", ORGANIZATIONS, through),
    );
    all.insert(
        "CloseAccountResult",
        enveloped::<CloseAccountResult>("CloseAccountResult", ORGANIZATIONS, through),
    );
    all
}

pub(crate) fn fact<T: Detail>() -> Schema {
    enveloped::<T>(T::TYPE, SOURCE, T::TYPE)
}

fn of<T: JsonSchema>(name: &str) -> Schema {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>();
    schema.insert("title".to_owned(), Value::from(name));
    schema
}

fn enveloped<T: JsonSchema>(name: &str, source: &str, detail_type: &str) -> Schema {
    let mut schema = of::<Envelope<T>>(name);
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        let fixed = |value: &str| json_schema!({ "type": "string", "const": value });
        properties.insert("source".to_owned(), fixed(source).into());
        properties.insert("detail-type".to_owned(), fixed(detail_type).into());
    }
    schema
}

/// The part of a request from API Gateway that tenantry reads. It is parsed by `lambda_http`; this is its schema only.
mod http {
    #![expect(dead_code, reason = "described here, parsed elsewhere")]

    use std::collections::BTreeMap;

    use schemars::JsonSchema;

    /// A request to an HTTP API, payload format 2.0. Source: API Gateway Developer Guide, "Lambda proxy integrations for
    /// HTTP APIs".
    #[derive(JsonSchema)]
    #[schemars(rename_all = "camelCase")]
    pub struct HttpRequest {
        /// `2.0`.
        version: String,
        /// Path, the stage included unless it is `$default`.
        raw_path: String,
        /// What follows the `?`.
        raw_query_string: String,
        /// Headers by name in lower case.
        headers: BTreeMap<String, String>,
        /// The caller and the request.
        request_context: RequestContext,
        /// The body, if there is one.
        body: Option<String>,
        /// Whether the body is encoded in base64.
        is_base64_encoded: bool,
    }

    /// The caller and the request.
    #[derive(JsonSchema)]
    #[schemars(rename_all = "camelCase")]
    struct RequestContext {
        /// Id of the request; repeated in our answer and logs.
        request_id: String,
        /// The stage.
        stage: String,
        /// Method and path.
        http: RequestLine,
        /// The caller, on routes with IAM authorization.
        authorizer: Option<Authorizer>,
    }

    /// Method and path.
    #[derive(JsonSchema)]
    #[schemars(rename_all = "camelCase")]
    struct RequestLine {
        /// Method.
        method: String,
        /// Path.
        path: String,
    }

    /// How the caller was authenticated.
    #[derive(JsonSchema)]
    #[schemars(rename_all = "camelCase")]
    struct Authorizer {
        /// By SigV4.
        iam: Option<Iam>,
    }

    /// An IAM caller.
    #[derive(JsonSchema)]
    #[schemars(rename_all = "camelCase")]
    struct Iam {
        /// Its ARN: the actor in the history.
        user_arn: String,
    }
}
