//! The JSON Schemas, made from the types.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, generate::SchemaSettings, json_schema};
use serde_json::Value;

use crate::{
    CloseAccountResult, CreateAccountResult, Detail, Envelope, HttpRequest, ORGANIZATIONS, SOURCE,
    SqsBatch, Tick, Work, event::event_schemas,
};

/// The schema of every event, by its name.
pub fn schemas() -> BTreeMap<&'static str, Schema> {
    let mut all: BTreeMap<_, _> = event_schemas().into_iter().collect();
    all.insert("Work", of::<Work>("Work"));
    all.insert("SqsBatch", of::<SqsBatch>("SqsBatch"));
    all.insert("ScheduledEvent", of::<Tick>("ScheduledEvent"));
    all.insert("HttpRequest", of::<HttpRequest>("HttpRequest"));
    let through = "AWS Service Event via CloudTrail";
    all.insert(
        "CreateAccountResult",
        enveloped::<CreateAccountResult>("CreateAccountResult", ORGANIZATIONS, through),
    );
    all.insert(
        "CloseAccountResult",
        enveloped::<CloseAccountResult>("CloseAccountResult", ORGANIZATIONS, through),
    );
    all.values_mut().for_each(sort);
    all
}

/// One order, also where some dependency has serde_json keep the order of insertion.
fn sort(schema: &mut Schema) {
    for value in schema.ensure_object().values_mut() {
        value.sort_all_objects();
    }
}

pub(crate) fn event<T: Detail>() -> Schema {
    enveloped::<T>(T::TYPE, SOURCE, T::TYPE)
}

fn of<T: JsonSchema>(name: &str) -> Schema {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>();
    schema.insert("title".to_owned(), Value::from(name));
    sorted(schema)
}

/// The same, in the order of names, whatever order the parts were made in.
fn sorted(schema: Schema) -> Schema {
    let mut value = Value::from(schema);
    value.sort_all_objects();
    Schema::try_from(value).unwrap_or_default()
}

fn enveloped<T: JsonSchema>(name: &str, source: &str, detail_type: &str) -> Schema {
    let mut schema = of::<Envelope<T>>(name);
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        let fixed = |value: &str| json_schema!({ "type": "string", "const": value });
        properties.insert("source".to_owned(), fixed(source).into());
        properties.insert("detail-type".to_owned(), fixed(detail_type).into());
    }
    sorted(schema)
}
