//! The parts of a spec that `create` and `update` share, as options and as a file.
//!
//! Only the form is checked here. Whether a value is allowed is for the API to say, for it knows the blueprints and
//! Regions of its deployment.

use std::io::Read;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::error::CliError;

/// Options for the parts of a spec.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Spec")]
pub struct SpecOptions {
    /// Name for people and for the AWS account
    #[arg(long)]
    name: Option<String>,
    /// Blueprint: a name such as `standard`, or name and version
    #[arg(long)]
    blueprint: Option<String>,
    /// A Region the tenant works in, home first; repeat it or separate by commas
    #[arg(long = "region", value_name = "REGION", value_delimiter = ',')]
    regions: Option<Vec<String>>,
    /// Availability Zones in each Region
    #[arg(long, value_name = "N")]
    azs: Option<u8>,
    /// How private subnets reach the Internet
    #[arg(long, value_parser = ["none", "single-nat", "nat-per-az"])]
    egress: Option<String>,
    /// Size of the VPC in each Region as a prefix length, 16 (largest) to 24
    #[arg(long, value_name = "N")]
    cidr_prefix: Option<u8>,
    /// A tag on every resource; repeat it for more
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    tags: Vec<(String, String)>,
    /// Cost centre
    #[arg(long, value_name = "TEXT")]
    cost_center: Option<String>,
    /// Contact for bills
    #[arg(long, value_name = "NAME <EMAIL>", value_parser = contact)]
    contact_billing: Option<Value>,
    /// Contact for outages and maintenance
    #[arg(long, value_name = "NAME <EMAIL>", value_parser = contact)]
    contact_operations: Option<Value>,
    /// Contact for security incidents
    #[arg(long, value_name = "NAME <EMAIL>", value_parser = contact)]
    contact_security: Option<Value>,
    /// What an audit does about drift
    #[arg(long, value_parser = ["repair", "observe-only"])]
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
        overlay(&mut spec, "tags", tags(self.tags));
        let contacts = [
            ("billing", self.contact_billing),
            ("operations", self.contact_operations),
            ("security", self.contact_security),
        ];
        let contacts = contacts
            .into_iter()
            .filter_map(|(name, who)| Some((name.to_owned(), who?)));
        overlay(&mut spec, "contacts", contacts.collect());
        let plain = [
            ("name", self.name.map(Value::from)),
            ("blueprint", self.blueprint.map(Value::from)),
            ("regions", self.regions.map(Value::from)),
            ("availabilityZones", self.azs.map(Value::from)),
            ("egress", self.egress.map(Value::from)),
            ("cidrPrefix", self.cidr_prefix.map(Value::from)),
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

fn tags(given: Vec<(String, String)>) -> Map<String, Value> {
    given
        .into_iter()
        .map(|(key, value)| (key, value.into()))
        .collect()
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

fn read_object(file: &str) -> Result<Map<String, Value>, CliError> {
    let mut text = String::new();
    let read = if file == "-" {
        std::io::stdin().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(file).map(|content| text = content)
    };
    read.map_err(|error| CliError::Usage(format!("reading `{file}`: {error}")))?;
    serde_json::from_str(&text)
        .map_err(|error| CliError::Usage(format!("`{file}` does not hold a JSON object: {error}")))
}

fn tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("allowed: a key, `=` and a value, such as `team=blue`".into()),
    }
}

fn contact(text: &str) -> Result<Value, String> {
    let parts = text
        .trim()
        .strip_suffix('>')
        .and_then(|rest| rest.split_once('<'));
    match parts {
        Some((name, email)) if !name.trim().is_empty() => {
            Ok(json!({"name": name.trim(), "email": email.trim()}))
        }
        _ => Err("allowed: a name and an address, such as `Ann Example <ann@example.com>`".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_are_a_name_and_an_address() {
        let expected = json!({"name": "Ann Example", "email": "ann@example.com"});
        assert_eq!(contact("Ann Example <ann@example.com>"), Ok(expected));
        for bad in [
            "",
            "ann@example.com",
            "<ann@example.com>",
            "Ann ann@example.com>",
        ] {
            assert!(contact(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_tag_may_have_an_empty_value_or_further_equals_signs() {
        assert_eq!(tag("a="), Ok(("a".into(), String::new())));
        assert_eq!(tag("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert!(tag("=b").is_err());
        assert!(tag("ab").is_err());
    }

    #[test]
    fn options_are_laid_over_what_a_file_holds() {
        let mut spec = Map::from_iter([("tags".to_owned(), json!({"a": "1", "b": "2"}))]);
        overlay(&mut spec, "tags", tags(vec![("b".into(), "3".into())]));
        assert_eq!(spec.get("tags"), Some(&json!({"a": "1", "b": "3"})));
    }
}
