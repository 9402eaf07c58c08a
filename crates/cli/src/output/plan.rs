//! What would change, for people.

use api_types::{PlanView, PreviewView};
use tenancy::finding::Difference;

use super::{style::Styles, table::Table, tenant, time::moment};

/// What would change in a tenant.
pub fn render(plan: &PlanView, styles: Styles) -> String {
    let heading = match plan.as_of {
        Some(at) => format!("as observed at {}", moment(at)),
        None => "never observed: everything is to be created".to_owned(),
    };
    format!("{heading}\n{}", differences(&plan.items, styles))
}

/// What would be created for a new tenant.
pub fn preview(preview: &PreviewView, styles: Styles) -> String {
    format!(
        "nothing was written; this is what would be created\n\n{}\n{}",
        tenant::effective(&preview.effective_spec, styles),
        differences(&preview.plan, styles)
    )
}

fn differences(items: &[Difference], styles: Styles) -> String {
    if items.is_empty() {
        return "nothing would change\n".into();
    }
    let mut table = Table::new(&[
        "COMPONENT",
        "RESOURCE",
        "FIELD",
        "WANTED",
        "FOUND",
        "CHANGE",
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
    table.render(styles)
}
