//! From the JSON somebody sent to a spec, or to everything that is wrong with it at once.
//!
//! serde stops at the first fault, which makes a customer with five faults ask five times. Here every field is checked by
//! itself, what is well formed is then held against the blueprint, and all complaints come back together, each with the
//! path of its field and what is allowed.

mod check;
mod form;
pub mod json;
mod patch;
mod spec;
mod tag;

use serde_json::Value;

use crate::{
    blueprint::{Blueprint, BlueprintRef, Catalog},
    id::{OperationId, Region, TenantId},
    spec::{EffectiveSpec, FieldError, Spec},
};

pub(crate) use check::wrong;
pub(crate) use form::line;
pub use form::{
    LONGEST_CONTACT_NAME, LONGEST_KEY, LONGEST_REASON, contact, contact_name, digits,
    idempotency_key, message_id, number, reason,
};
pub use patch::changed;
pub(crate) use patch::merge;
pub use spec::{EGRESS, MODES};
pub use tag::tag;

/// How many complaints one answer holds: a body of 64 KiB could earn tens of thousands.
pub const MOST_ERRORS: usize = 100;

/// The path by which a complaint about the body as a whole goes.
pub const BODY: &str = "(body)";

/// What a deployment allows: the second half of what a spec is checked against.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// Blueprints to choose from.
    pub catalog: Catalog,
    /// Regions tenants may work in.
    pub allowed_regions: Vec<Region>,
    /// The Region of a spec that names none.
    pub home_region: Region,
}

/// A spec that passed every check: as requested with the blueprint's version pinned, and what it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// As requested, the blueprint's version pinned.
    pub spec: Spec,
    /// With everything filled in.
    pub effective: EffectiveSpec,
}

impl Deployment {
    /// Checks a whole spec.
    ///
    /// # Errors
    /// Everything wrong with it, at most [`MOST_ERRORS`], each field once.
    pub fn check(&self, raw: &Value) -> Result<Checked, Vec<FieldError>> {
        self.check_change(raw, None)
    }

    /// Checks a whole spec of a tenant that has one: it may keep its blueprint, also when that is retired, and addresses that an earlier
    /// release took.
    pub(crate) fn check_change(
        &self,
        raw: &Value,
        kept: Option<&Spec>,
    ) -> Result<Checked, Vec<FieldError>> {
        let mut errors = spec::complaints(raw);
        errors.extend(spec::addresses(raw, kept.map(|kept| &kept.contacts)));
        let blueprint = self.blueprint(raw, kept.map(|kept| &kept.blueprint), &mut errors);
        let well_formed = spec::well_formed(raw, &errors);
        if let (Some(blueprint), Some(mut spec)) = (blueprint, well_formed) {
            spec.blueprint = blueprint.reference();
            match blueprint.resolve(&spec, &self.allowed_regions, &self.home_region) {
                Ok(effective) if errors.is_empty() => return Ok(Checked { spec, effective }),
                Ok(_) => {}
                Err(choices) => add_new(&mut errors, choices),
            }
        }
        if errors.is_empty() {
            errors.push(FieldError::new(BODY, "not a spec", "a tenant's spec"));
        }
        errors.truncate(MOST_ERRORS);
        Err(errors)
    }

    fn blueprint(
        &self,
        raw: &Value,
        kept: Option<&BlueprintRef>,
        errors: &mut Vec<FieldError>,
    ) -> Option<&Blueprint> {
        let reference: BlueprintRef = raw.get("blueprint")?.as_str()?.parse().ok()?;
        let found = self.catalog.find(&reference);
        let detail = match found.map(Blueprint::reference) {
            None => format!("there is no blueprint `{reference}`"),
            Some(found) if self.catalog.is_retired(&found) && kept != Some(&found) => {
                format!("blueprint `{found}` is retired: it takes no new tenants")
            }
            Some(_) => return found,
        };
        let offered = self.catalog.offered();
        let offered: Vec<String> = offered.map(|b| b.reference().to_string()).collect();
        errors.push(FieldError::new("blueprint", detail, offered.join(", ")));
        found
    }
}

/// Adds the complaints about fields nobody has complained about yet.
fn add_new(errors: &mut Vec<FieldError>, more: Vec<FieldError>) {
    for error in more {
        if errors.iter().all(|known| known.field != error.field) {
            errors.push(error);
        }
    }
}

/// An identifier of a tenant as people give it: its id or its slug. What begins like an id is one.
///
/// # Errors
/// What is allowed.
pub fn tenant_key(text: &str) -> Result<TenantKey, FieldError> {
    if let Ok(id) = text.parse() {
        return Ok(TenantKey::Id(id));
    }
    text.parse().map(TenantKey::Slug).map_err(|_| {
        let allowed = format!(
            "a tenant id ({}) or a slug ({})",
            TenantId::ALLOWED,
            crate::Slug::ALLOWED
        );
        FieldError::new("id", format!("{} is neither", quoted(text)), allowed)
    })
}

/// A tenant by id or by slug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantKey {
    /// By its id.
    Id(TenantId),
    /// By its slug.
    Slug(crate::Slug),
}

/// An operation's id.
///
/// # Errors
/// What is allowed.
pub fn operation_id(text: &str) -> Result<OperationId, FieldError> {
    text.parse().map_err(|_| {
        let detail = format!("{} is not an operation id", quoted(text));
        FieldError::new("id", detail, OperationId::ALLOWED)
    })
}

/// What somebody sent, shortened, in backticks.
pub fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    if text.chars().nth(80).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests;
