//! What the command line takes as text and the API as JSON is one input: the table `inputs.json` says of each value which of the two
//! verdicts it gets, and at which field. Here the readers of the API are held against it; the command line is in `crates/cli`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail loudly"
)]
#![allow(
    unused_crate_dependencies,
    reason = "not every test needs every dependency"
)]

use std::collections::BTreeSet;

use serde_json::Value;
use tenancy::{
    FieldError, Timestamp, Usd,
    access::{Level, NewAccessRequest, NewAccountSession, NewGrant, NewProject},
    blueprint::Catalog,
    spec::Contact,
    suppression::NewSuppression,
    validate::{self, Deployment},
};

fn table() -> Value {
    serde_json::from_str(include_str!("inputs.json")).unwrap()
}

fn deployment() -> Deployment {
    Deployment {
        catalog: Catalog::built_in().unwrap(),
        allowed_regions: ["eu-central-1", "eu-west-1"]
            .map(|region| region.parse().unwrap())
            .to_vec(),
        home_region: "eu-central-1".parse().unwrap(),
    }
}

/// What the API says to a body, by the command that sends it; nothing where another crate reads it.
fn read(command: &str, body: &Value, now: Timestamp) -> Option<Result<(), Vec<FieldError>>> {
    Some(match command {
        "tenant" => deployment().check(body).map(drop),
        "budget" => {
            let mut spec = table()["commands"]["tenant"]["body"].clone();
            spec["budget"] = body.clone();
            deployment().check(&spec).map(drop)
        }
        "grant" => NewGrant::read(body, Level::Tenant, now).map(drop),
        "access-request" => NewAccessRequest::read(body).map(drop),
        "suppression" => NewSuppression::read(body, now).map(drop),
        "session" => NewAccountSession::read(body).map(drop),
        "project" => NewProject::read(body).map(drop),
        "creations" => return None,
        other => panic!("{other}"),
    })
}

/// The body of a command, with another value at a pointer.
fn body_with(command: &Value, at: &str, value: &Value) -> Value {
    let mut body = command["body"].clone();
    let (parent, name) = at.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = value.clone();
    body
}

#[test]
fn the_api_takes_and_refuses_each_input_as_the_table_says_and_names_its_field() {
    let table = table();
    let now: Timestamp = table["now"].as_str().unwrap().parse().unwrap();
    let mut wrong = Vec::new();
    for input in table["inputs"].as_array().unwrap() {
        let name = input["command"].as_str().unwrap();
        let (command, at) = (&table["commands"][name], input["at"].as_str().unwrap());
        for (verdict, is_taken) in [("taken", true), ("refused", false)] {
            for value in input[verdict].as_array().unwrap() {
                let body = body_with(command, at, &value[1]);
                let Some(read) = read(name, &body, now) else {
                    continue;
                };
                let fields: BTreeSet<String> = match read {
                    Ok(()) => BTreeSet::new(),
                    Err(errors) => errors.into_iter().map(|error| error.field).collect(),
                };
                let expected: BTreeSet<String> = match is_taken {
                    true => BTreeSet::new(),
                    false => [input["field"].as_str().unwrap().to_owned()].into(),
                };
                if fields != expected {
                    wrong.push(format!("{body}: {fields:?}, not {expected:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether a text is read by the parser that the command line has for it; nothing where it has none and sends what it was given.
fn parsed(argument: &str, text: &str) -> Option<bool> {
    Some(match argument {
        "--azs" => validate::number("", text, 1, 3).is_ok(),
        "--cidr-prefix" => validate::number("", text, 16, 24).is_ok(),
        "--duration" => validate::number("", text, 900, 3600).is_ok(),
        "--budget-share" => validate::number("", text, 0, 100).is_ok(),
        "--per-hour" | "--per-day" => validate::number("", text, 1, 10_000).is_ok(),
        "--budget-usd" | "USD" => text.parse::<Usd>().is_ok(),
        "--tag" => validate::tag("", text).is_ok(),
        "--contact-billing" | "--contact-operations" | "--contact-security" => {
            let contact: Result<Contact, FieldError> = validate::contact("", text);
            contact.is_ok()
        }
        "--reason" => validate::reason("", text).is_ok(),
        _ => return None,
    })
}

#[test]
fn a_text_is_read_as_the_same_value_in_json_is() {
    let table = table();
    let mut wrong = Vec::new();
    for input in table["inputs"].as_array().unwrap() {
        let argument = input["argument"].as_str().unwrap();
        for (verdict, is_taken) in [("taken", true), ("refused", false)] {
            for value in input[verdict].as_array().unwrap() {
                let text = value[0].as_str().unwrap();
                if parsed(argument, text).is_some_and(|read| read != is_taken) {
                    wrong.push(format!("{argument} {text:?} is {verdict} in JSON only"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_argument_of_the_table_is_tried_with_what_is_taken_and_what_is_refused() {
    let table = table();
    let inputs = table["inputs"].as_array().unwrap();
    let argument = |input: &Value| format!("{} {}", input["command"], input["argument"]);
    let with = |verdict: &str| -> BTreeSet<String> {
        let tried = inputs
            .iter()
            .filter(|input| !input[verdict].as_array().unwrap().is_empty());
        tried.map(argument).collect()
    };
    assert_eq!(with("taken"), with("refused"));
    assert!(with("taken").len() >= 25, "{:#?}", with("taken"));
}
