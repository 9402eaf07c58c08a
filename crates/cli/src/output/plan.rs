//! What would change, for people.

use api_types::{PlanView, PreviewView};
use tenancy::{finding::Difference, text::visible};

use super::{cost, style::Styles, table::Table, tenant, time::moment};

/// What would change in a tenant.
pub fn render(plan: &PlanView, styles: Styles) -> String {
    let heading = match plan.as_of {
        Some(at) => format!("as observed at {}", moment(at)),
        None => "never observed: everything is to be created".to_owned(),
    };
    let mut text = format!("{heading}\n{}", differences(&plan.items, styles));
    if let Some(cost) = &plan.idle_cost {
        text.push_str(&format!("\n{}", cost::render(cost, styles)));
    }
    text
}

/// What would be created for a new tenant.
pub fn preview(preview: &PreviewView, styles: Styles) -> String {
    let mut text = format!(
        "nothing was written; this is what would be created\n\n{}\n{}",
        tenant::effective(&preview.effective_spec, styles),
        differences(&preview.plan, styles)
    );
    if let Some(cost) = &preview.idle_cost {
        text.push_str(&format!("\n{}", cost::render(cost, styles)));
    }
    text
}

/// What a change would do to a tenant.
pub fn change(preview: &PreviewView, styles: Styles) -> String {
    let mut text = "this is what would be changed".to_owned();
    if let Some(at) = preview.as_of {
        text.push_str(&format!(
            ", of the tenant as it was observed at {}",
            moment(at)
        ));
    }
    text.push_str("\n\n");
    text.push_str(&differences(&preview.plan, styles));
    if let Some(after) = &preview.idle_cost {
        text.push_str(&cost::change(preview.idle_cost_before.as_ref(), after));
    }
    for note in &preview.notes {
        text.push_str(&format!("note: {}\n", visible(note)));
    }
    text
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
