//! The committed schemas are those of the types, and every example is parsed and valid.
//!
//! `BLESS=1 cargo test -p events` writes the schemas.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]
#![allow(clippy::disallowed_methods, reason = "tests may read the environment")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use events::*;
use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn names(folder_name: &str) -> BTreeSet<String> {
    fs::read_dir(folder(folder_name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

fn example(name: &str) -> Value {
    let text = fs::read_to_string(folder("examples").join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    for (name, schema) in schemas() {
        let path = folder("schemas").join(format!("{name}.json"));
        let mut schema = serde_json::to_value(&schema).unwrap();
        schema.sort_all_objects();
        let schema = schemars::Schema::try_from(schema).unwrap();
        let wanted = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("BLESS").is_some() {
            fs::write(&path, &wanted).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            committed, wanted,
            "schemas/{name}.json is not current: run `BLESS=1 cargo test -p events`"
        );
    }
}

#[test]
fn every_event_has_a_schema_and_an_example_and_nothing_else_lies_there() {
    let events: BTreeSet<String> = schemas().into_keys().map(str::to_owned).collect();
    assert_eq!(names("schemas"), events);
    assert_eq!(names("examples"), events);
}

#[test]
fn every_example_is_valid_under_its_schema() {
    for (name, schema) in schemas() {
        let validator = jsonschema::validator_for(schema.as_value()).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&example(name))
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        assert!(!validator.is_valid(&serde_json::json!({})), "{name}");
    }
}

#[test]
fn every_event_is_read_from_its_example_and_written_back_the_same() {
    for name in Event::TYPES {
        let event = example(name);
        let parsed: Event = serde_json::from_value(serde_json::json!({
            "detailType": event["detail-type"], "detail": event["detail"]
        }))
        .unwrap();
        assert_eq!(parsed.detail_type(), *name);
        let written: Value = serde_json::from_str(&parsed.detail().unwrap()).unwrap();
        assert_eq!(written, event["detail"], "{name}");
    }
}

#[test]
fn every_event_about_a_tenant_is_work_for_a_queue() {
    for name in Event::TYPES
        .iter()
        .filter(|name| !["UnknownAccountFound", "AccessGranted", "AccessRevoked"].contains(name))
    {
        assert!(Work::parse(&example(name).to_string()).is_ok(), "{name}");
    }
    assert!(Work::parse(&example("Work").to_string()).is_ok());
}

#[test]
fn a_fact_of_another_version_is_refused() {
    let mut detail = example("TenantParked")["detail"].clone();
    detail["version"] = Value::from(2);
    let error = serde_json::from_value::<TenantParked>(detail).unwrap_err();
    assert!(error.to_string().contains("version `2`"), "{error}");
}

#[test]
fn what_the_lambda_event_types_read_is_what_we_describe() {
    use aws_lambda_events::{
        apigw::ApiGatewayV2httpRequest, eventbridge::EventBridgeEvent, sqs::SqsEvent,
    };
    let request: ApiGatewayV2httpRequest = serde_json::from_value(example("HttpRequest")).unwrap();
    let caller = request.request_context.authorizer.unwrap().iam.unwrap();
    assert!(caller.user_arn.unwrap().starts_with("arn:aws:"));
    let batch: SqsEvent = serde_json::from_value(example("SqsBatch")).unwrap();
    for record in batch.records {
        Work::parse(&record.body.unwrap()).unwrap();
    }
    let _: EventBridgeEvent = serde_json::from_value(example("ScheduledEvent")).unwrap();
}
