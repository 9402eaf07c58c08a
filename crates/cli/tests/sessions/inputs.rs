//! The command line and the API take and refuse the same, and name the same field.
//!
//! The table is that of `crates/tenancy/tests/inputs.rs`, where the API's readers are held against it. Here `tenantry` is run with each
//! text: what it refuses by itself the API refuses, and what it sends the API's reader takes or refuses as the table says.

use std::{collections::BTreeSet, fs};

use api_types::CreationsRequest;
use serde_json::{Value, json};
use tenancy::{
    FieldError, Timestamp,
    access::{Level, NewAccessRequest, NewAccountSession, NewGrant, NewProject},
    blueprint::Catalog,
    suppression::NewSuppression,
    validate::{
        BODY, Deployment,
        json::{self, Refused},
    },
};

use crate::session::{Ran, tenantry_with};

fn table() -> Value {
    serde_json::from_str(include_str!("../../../tenancy/tests/inputs.json")).unwrap()
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

/// What the API says to a body, by the command that sends it.
fn read(table: &Value, command: &str, body: &Value) -> Result<(), Vec<FieldError>> {
    let now: Timestamp = table["now"].as_str().unwrap().parse().unwrap();
    match command {
        "tenant" => deployment().check(body).map(drop),
        "budget" => {
            let mut spec = table["commands"]["tenant"]["body"].clone();
            spec["budget"] = body.clone();
            deployment().check(&spec).map(drop)
        }
        "grant" => NewGrant::read(body, Level::Tenant, now).map(drop),
        "access-request" => NewAccessRequest::read(body).map(drop),
        "suppression" => NewSuppression::read(body, now).map(drop),
        "session" => NewAccountSession::read(body).map(drop),
        "project" => NewProject::read(body).map(drop),
        "creations" => CreationsRequest::read(body).map(drop),
        other => panic!("{other}"),
    }
}

fn fields(read: Result<(), Vec<FieldError>>) -> BTreeSet<String> {
    let errors = read.err().into_iter().flatten();
    errors.map(|error| error.field).collect()
}

/// The words of a command, with this text for one of its arguments, if any.
fn command_line(command: &Value, argument: &str, text: &str) -> Vec<String> {
    let words = command["words"].as_array().unwrap().iter();
    let mut line: Vec<String> = words
        .map(|word| word.as_str().unwrap().to_owned())
        .collect();
    let written = |name: &str, value: &str| match name.starts_with("--") {
        true => format!("{name}={value}"),
        false => value.to_owned(),
    };
    let mut is_there = false;
    for pair in command["arguments"].as_array().unwrap() {
        let (name, usual) = (pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
        is_there |= name == argument;
        let value = if name == argument { text } else { usual };
        line.push(written(name, value));
    }
    if !is_there && !argument.is_empty() {
        line.push(written(argument, text));
    }
    line
}

fn run(line: &[String]) -> Ran {
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    // Whatever is sent is answered with a refusal.
    tenantry_with(&line, vec![]).run()
}

/// Whether the command line has refused it by itself.
fn refused_at_once(ran: &Ran) -> bool {
    ran.requests.is_empty() && ran.code == 2
}

/// What is wrong with the verdicts on one row of the table.
fn wrong(table: &Value, input: &Value) -> Vec<String> {
    let name = input["command"].as_str().unwrap();
    let argument = input["argument"].as_str().unwrap();
    let field = input["field"].as_str().unwrap().to_owned();
    let mut wrong = Vec::new();
    for (verdict, expected) in [
        ("taken", BTreeSet::new()),
        ("refused", BTreeSet::from([field])),
    ] {
        for value in input[verdict].as_array().unwrap() {
            let text = value[0].as_str().unwrap();
            let line = command_line(&table["commands"][name], argument, text);
            let ran = run(&line);
            if refused_at_once(&ran) {
                let is_named = ran.stderr.contains(argument);
                if verdict == "taken" || !is_named {
                    wrong.push(format!("{line:?} is {verdict}: {}", ran.stderr));
                }
                continue;
            }
            let [request] = ran.requests.as_slice() else {
                wrong.push(format!("{line:?}: {:?} {}", ran.requests, ran.stderr));
                continue;
            };
            let body = json::parse(request.body.as_bytes()).unwrap();
            let found = fields(read(table, name, &body));
            if found != expected {
                wrong.push(format!("{line:?} sent {body}: {found:?}, not {expected:?}"));
            }
        }
    }
    wrong
}

#[test]
fn command_line_and_api_take_and_refuse_the_same_and_name_the_same_field() {
    let table = table();
    let inputs = table["inputs"].as_array().unwrap();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let parts = inputs.chunks(inputs.len().div_ceil(4));
        let threads: Vec<_> = parts
            .map(|part| {
                let table = &table;
                scope.spawn(move || {
                    let rows = part.iter();
                    rows.flat_map(|input| wrong(table, input))
                        .collect::<Vec<String>>()
                })
            })
            .collect();
        let done = threads.into_iter();
        done.flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_usual_values_of_the_table_are_taken_by_both() {
    let table = table();
    for (name, command) in table["commands"].as_object().unwrap() {
        let ran = run(&command_line(command, "", ""));
        let [request] = ran.requests.as_slice() else {
            panic!("{name}: {:?} {}", ran.requests, ran.stderr);
        };
        let body = json::parse(request.body.as_bytes()).unwrap();
        assert_eq!(body, command["body"], "{name}");
        assert_eq!(fields(read(&table, name, &body)), BTreeSet::new(), "{name}");
    }
}

/// Files with a spec, as somebody's editor or script writes them, and the field at fault where they are refused.
fn files() -> Vec<(Vec<u8>, Option<&'static str>)> {
    let spec = json!({ "slug": "acme", "name": "Acme", "blueprint": "standard@1.0.0", "tags": { "a": "b" } }).to_string();
    let open = spec.strip_suffix('}').unwrap();
    let with = |more: &str| format!("{open}, {more}}}");
    let utf_16: Vec<u8> = "\u{feff}{}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    vec![
        (spec.clone().into_bytes(), None),
        (format!("\u{feff}{spec}\r\n").into_bytes(), None),
        (format!("\u{feff}\u{feff}{spec}").into_bytes(), Some(BODY)),
        (utf_16, Some(BODY)),
        (b"\xff{}".to_vec(), Some(BODY)),
        (Vec::new(), Some(BODY)),
        (b"[]".to_vec(), Some(BODY)),
        (format!("{spec}{spec}").into_bytes(), Some(BODY)),
        (with(r#""availabilityZones": 03"#).into_bytes(), Some(BODY)),
        (with(r#""availabilityZones": +3"#).into_bytes(), Some(BODY)),
        (
            with(r#""availabilityZones": 4"#).into_bytes(),
            Some("availabilityZones"),
        ),
        (
            with(r#""mode": "repair", "mode": "repair""#).into_bytes(),
            Some("mode"),
        ),
        (
            with(r#""costCenter": "a\u202eb""#).into_bytes(),
            Some("costCenter"),
        ),
        (with(r#""colour": "red""#).into_bytes(), Some("colour")),
    ]
}

/// What the API says to a body as it comes.
fn read_bytes(bytes: &[u8]) -> BTreeSet<String> {
    match json::parse(bytes) {
        Ok(body) => fields(deployment().check(&body).map(drop)),
        Err(Refused::Syntax { .. }) => BTreeSet::from([BODY.to_owned()]),
        Err(Refused::Duplicates(errors)) => fields(Err(errors)),
    }
}

#[test]
fn a_file_is_read_as_the_body_of_a_request_is() {
    for (index, (bytes, field)) in files().into_iter().enumerate() {
        let path = format!("{}/input-{index}.json", env!("CARGO_TARGET_TMPDIR"));
        fs::write(&path, &bytes).unwrap();
        let expected: BTreeSet<String> = field.map(str::to_owned).into_iter().collect();
        assert_eq!(read_bytes(&bytes), expected, "{index}");
        let line = ["tenant", "create", "--file", &path].map(str::to_owned);
        let ran = run(&line);
        if ran.requests.is_empty() {
            // It names the file, or the key in it.
            assert_eq!(ran.code, 2, "{index}: {}", ran.stderr);
            let name = field.unwrap_or_else(|| panic!("{index}: {}", ran.stderr));
            let named = if name == BODY { path.as_str() } else { name };
            assert!(ran.stderr.contains(named), "{index}: {}", ran.stderr);
        } else {
            let sent = ran.requests[0].body.as_bytes();
            assert_eq!(read_bytes(sent), expected, "{index}");
        }
    }
}
