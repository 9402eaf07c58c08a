//! Projects: a tenant's own subdivisions.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::grant::{field, members, required};
use crate::{id::Slug, spec::FieldError, validate::quoted};

const NAME: &str = "1 to 100 characters in one line";
const SHARE: &str = "a whole number from 0 to 100";

/// A subdivision of a tenant, whose members are those with a grant for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// What people call it; unique in the tenant, and the value of the tag `tenantry:project`.
    pub slug: Slug,
    /// Its name.
    pub name: String,
    /// Which part of the tenant's budget is its, in percent. A note: nothing is built from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_share_percent: Option<u8>,
    /// Who created it.
    pub created_by: String,
    /// When.
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schemars(with = "String")]
    pub updated_at: Timestamp,
}

/// A project to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewProject {
    /// What people call it; unique in the tenant.
    pub slug: Slug,
    /// Its name.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// Which part of the tenant's budget is its, in percent. A note: nothing is built from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 100))]
    pub budget_share_percent: Option<u8>,
}

/// What is to be different in a project: a JSON merge patch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProjectChange {
    /// Its new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub name: Option<String>,
    /// Which part of the tenant's budget is its, in percent; null for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 100), schema_with = "share_or_none")]
    pub budget_share_percent: Option<Option<u8>>,
}

fn share_or_none(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": ["integer", "null"], "minimum": 0, "maximum": 100 })
}

impl NewProject {
    /// Reads what somebody sent.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(body: &Value) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let known = ["slug", "name", "budgetSharePercent"];
        let Some(body) = members(body, &known, &mut errors) else {
            return Err(errors);
        };
        required(body, "slug", Slug::ALLOWED, &mut errors);
        required(body, "name", NAME, &mut errors);
        let slug = field(body, "slug", Slug::ALLOWED, &mut errors);
        let name = name(body, &mut errors);
        let budget_share_percent = share(body, &mut errors).flatten();
        match (slug, name) {
            (Some(slug), Some(name)) if errors.is_empty() => Ok(Self {
                slug,
                name,
                budget_share_percent,
            }),
            _ => Err(errors),
        }
    }
}

impl ProjectChange {
    /// Reads what somebody sent.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(body: &Value) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let Some(body) = members(body, &["name", "budgetSharePercent"], &mut errors) else {
            return Err(errors);
        };
        if body.get("name").is_some_and(Value::is_null) {
            errors.push(FieldError::new("name", "cannot be removed", NAME));
        }
        let change = Self {
            name: name(body, &mut errors),
            budget_share_percent: share(body, &mut errors),
        };
        if errors.is_empty() {
            Ok(change)
        } else {
            Err(errors)
        }
    }
}

fn name(body: &Map<String, Value>, errors: &mut Vec<FieldError>) -> Option<String> {
    let value = body.get("name").filter(|value| !value.is_null())?;
    let text = value.as_str().filter(|text| super::is_text(text, 400));
    let text = text.filter(|text| text.chars().count() <= 100);
    if text.is_none() {
        errors.push(FieldError::new("name", refused(value), NAME));
    }
    text.map(str::to_owned)
}

/// `Some(None)` removes it.
fn share(body: &Map<String, Value>, errors: &mut Vec<FieldError>) -> Option<Option<u8>> {
    let value = body.get("budgetSharePercent")?;
    if value.is_null() {
        return Some(None);
    }
    let number = value.as_u64().filter(|number| *number <= 100);
    let number = number.and_then(|number| u8::try_from(number).ok());
    if number.is_none() {
        errors.push(FieldError::new("budgetSharePercent", refused(value), SHARE));
    }
    number.map(Some)
}

fn refused(value: &Value) -> String {
    let shown = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    format!("{} is not allowed", quoted(&shown))
}
