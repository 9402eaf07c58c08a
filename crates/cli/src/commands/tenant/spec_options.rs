//! The parts of a spec that `create` and `update` share, as options and as a file.
//!
//! The form is checked here, by the API's own parsers. Whether a value is open to a tenant is for the API to say, for it knows
//! the blueprints and Regions of its deployment.

use std::io::Read;

use clap::Args;
use serde_json::{Map, Value, json};
use tenancy::{
    BlueprintRef, Usd,
    spec::Contact,
    validate::{EGRESS, MODES, json},
};

use crate::{error::CliError, parse};

/// Options for the parts of a spec.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Spec")]
pub struct SpecOptions {
    /// Name for people and for the AWS account
    #[arg(long)]
    name: Option<String>,
    /// Blueprint: a name such as `standard`, or name and version
    #[arg(long, value_parser = parse::blueprint)]
    blueprint: Option<BlueprintRef>,
    /// A Region the tenant works in, home first; repeat it or separate by commas
    #[arg(long = "region", value_name = "REGION", value_delimiter = ',')]
    regions: Option<Vec<String>>,
    /// Availability Zones in each Region
    #[arg(long, value_name = "N", value_parser = parse::number(1, 3))]
    azs: Option<u64>,
    /// How private subnets reach the Internet
    #[arg(long, value_parser = EGRESS)]
    egress: Option<String>,
    /// Size of the VPC in each Region as a prefix length, 16 (largest) to 24
    #[arg(long, value_name = "N", value_parser = parse::number(16, 24))]
    cidr_prefix: Option<u64>,
    /// US dollars a month at which the billing contact is told, such as 500 or 499.50
    #[arg(long, value_name = "AMOUNT", value_parser = parse::usd)]
    budget_usd: Option<Usd>,
    /// Whether it is a finding when the account costs more in a month than the tenant does by itself; needs a budget
    #[arg(long, value_name = "BOOL")]
    expect_idle: Option<bool>,
    /// A tag on every resource; repeat it for more
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = parse::tag)]
    tags: Vec<(String, String)>,
    /// Cost centre
    #[arg(long, value_name = "TEXT")]
    cost_center: Option<String>,
    /// Contact for bills; with a telephone number it is the AWS account's alternate contact
    #[arg(long, value_name = "NAME <EMAIL> PHONE", value_parser = parse::contact)]
    contact_billing: Option<Contact>,
    /// Contact for outages and maintenance; likewise
    #[arg(long, value_name = "NAME <EMAIL> PHONE", value_parser = parse::contact)]
    contact_operations: Option<Contact>,
    /// Contact for security incidents; likewise
    #[arg(long, value_name = "NAME <EMAIL> PHONE", value_parser = parse::contact)]
    contact_security: Option<Contact>,
    /// What an audit does about drift
    #[arg(long, value_parser = MODES)]
    mode: Option<String>,
    /// JSON file with a spec, `-` for standard input; options take precedence
    #[arg(long, short, value_name = "FILE")]
    file: Option<String>,
}

impl SpecOptions {
    /// The file's object with the options laid over it.
    ///
    /// # Errors
    /// If the file cannot be read or holds no JSON object.
    pub fn spec(self) -> Result<Map<String, Value>, CliError> {
        let mut spec = match &self.file {
            Some(file) => read_object(file)?,
            None => Map::new(),
        };
        overlay(&mut spec, "tags", tags(self.tags)?);
        let contacts = [
            ("billing", self.contact_billing),
            ("operations", self.contact_operations),
            ("security", self.contact_security),
        ];
        let contacts = contacts
            .into_iter()
            .filter_map(|(name, who)| Some((name.to_owned(), json!(who?))));
        overlay(&mut spec, "contacts", contacts.collect());
        let plain = [
            ("name", self.name.map(Value::from)),
            (
                "blueprint",
                self.blueprint.map(|blueprint| blueprint.to_string().into()),
            ),
            ("regions", self.regions.map(Value::from)),
            ("availabilityZones", self.azs.map(Value::from)),
            ("egress", self.egress.map(Value::from)),
            ("cidrPrefix", self.cidr_prefix.map(Value::from)),
            (
                "budget",
                self.budget_usd
                    .map(|amount| json!({ "monthlyUsd": amount })),
            ),
            ("expectIdle", self.expect_idle.map(Value::from)),
            ("costCenter", self.cost_center.map(Value::from)),
            ("mode", self.mode.map(Value::from)),
        ];
        for (field, value) in plain {
            if let Some(value) = value {
                spec.insert(field.to_owned(), value);
            }
        }
        Ok(spec)
    }
}

/// A key that is given twice is refused, as in a file and by the API.
fn tags(given: Vec<(String, String)>) -> Result<Map<String, Value>, CliError> {
    let mut tags = Map::new();
    for (key, value) in given {
        if tags.contains_key(&key) {
            let twice = format!("the tag `{key}` appears twice: name each key once");
            return Err(CliError::Usage(twice));
        }
        tags.insert(key, value.into());
    }
    Ok(tags)
}

/// Merges members into an object within the spec.
pub fn overlay(spec: &mut Map<String, Value>, field: &str, members: Map<String, Value>) {
    if members.is_empty() {
        return;
    }
    let inner = spec.entry(field).or_insert_with(|| json!({}));
    if !inner.is_object() {
        *inner = json!({});
    }
    if let Some(inner) = inner.as_object_mut() {
        inner.extend(members);
    }
}

/// As long as the API takes a body.
const LARGEST: u64 = 64 << 10;

fn read_object(file: &str) -> Result<Map<String, Value>, CliError> {
    let mut bytes = Vec::new();
    let read = match file {
        "-" => std::io::stdin().take(LARGEST + 1).read_to_end(&mut bytes),
        file => std::fs::File::open(file)
            .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)),
    };
    read.map_err(|error| CliError::Usage(format!("reading `{file}`: {error}")))?;
    if bytes.len() as u64 > LARGEST {
        let what =
            format!("`{file}` is longer than {LARGEST} bytes, the most that a spec may have");
        return Err(CliError::Usage(what));
    }
    match json::parse(&bytes) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(CliError::Usage(format!(
            "`{file}` holds JSON, but not an object"
        ))),
        Err(refused) => Err(CliError::Usage(format!(
            "`{file}` is not JSON in UTF-8: {refused}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(clap::Parser)]
    struct Only {
        #[command(flatten)]
        options: SpecOptions,
    }

    #[test]
    fn a_budget_is_an_amount_of_dollars_a_month() {
        let read = |amount: &str| Only::try_parse_from(["update", "--budget-usd", amount]);
        let spec = read("499.50").unwrap().options.spec().unwrap();
        assert_eq!(
            Value::Object(spec),
            json!({"budget": {"monthlyUsd": 499.5}})
        );
        for amount in ["0", "-5", "5.001", "0500", "10000001", "5 USD", ""] {
            assert!(read(amount).is_err(), "{amount}");
        }
    }

    #[test]
    fn whether_nobody_is_expected_is_true_or_false() {
        let read = |word: &str| Only::try_parse_from(["update", "--expect-idle", word]);
        for (word, value) in [("true", true), ("false", false)] {
            let spec = read(word).unwrap().options.spec().unwrap();
            assert_eq!(Value::Object(spec), json!({ "expectIdle": value }));
        }
        assert!(read("perhaps").is_err());
    }

    #[test]
    fn options_are_laid_over_what_a_file_holds() {
        let mut spec = Map::from_iter([("tags".to_owned(), json!({"a": "1", "b": "2"}))]);
        overlay(
            &mut spec,
            "tags",
            tags(vec![("b".into(), "3".into())]).unwrap(),
        );
        assert_eq!(spec.get("tags"), Some(&json!({"a": "1", "b": "3"})));
    }
}
