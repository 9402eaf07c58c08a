//! What all tenants share in the organization.

use std::collections::BTreeMap;

use aws_sdk_organizations::types::Tag;
use tenancy::Failure;

/// What a process remembers of the organization.
#[derive(Default)]
pub struct Cache {}

/// Tags as Organizations takes them.
pub(crate) fn tags(tags: &BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    let made = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    tags.iter()
        .map(made)
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::bug("writing tags", error.to_string()))
}
