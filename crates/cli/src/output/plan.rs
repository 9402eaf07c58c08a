//! What would change, for people.

use tenancy::finding::Difference;

use super::{table::Table, tenant, time::moment, tones::Tones};
use crate::wire::{Plan, Preview};

/// What would change in a tenant.
pub fn render(plan: &Plan, tones: Tones) -> String {
    let looked = match plan.as_of {
        Some(at) => format!("as last seen {}", moment(at)),
        None => "never seen: everything is to be made".to_owned(),
    };
    format!("{looked}\n{}", differences(&plan.items, tones))
}

/// What a new tenant would come to.
pub fn preview(preview: &Preview, tones: Tones) -> String {
    format!(
        "nothing was written: this is what it would come to\n\n{}\n{}",
        tenant::effective(&preview.effective_spec, tones),
        differences(&preview.plan, tones)
    )
}

fn differences(items: &[Difference], tones: Tones) -> String {
    if items.is_empty() {
        return "nothing would change\n".into();
    }
    let mut table = Table::new(&[
        "COMPONENT",
        "RESOURCE",
        "FIELD",
        "WANTED",
        "FOUND",
        "WHAT WOULD BE DONE",
    ]);
    for item in items {
        table.row(
            [
                item.component.as_str(),
                &item.resource,
                &item.field,
                &item.wanted,
                &item.found,
                &item.remedy,
            ]
            .map(Into::into),
        );
    }
    table.render(tones)
}
