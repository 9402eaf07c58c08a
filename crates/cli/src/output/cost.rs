//! What idle tenants cost, for people.

use tenancy::{cost::IdleCost, text::visible};

use super::{style::Styles, table::Table};

/// Line by line, and the sum.
pub fn render(cost: &IdleCost, styles: Styles) -> String {
    let mut table = Table::new(&["IDLE COST A MONTH", "REGION", "WHAT", "QUANTITY", "USD"]);
    for line in &cost.lines {
        let about = if line.is_estimate { "about " } else { "" };
        table.row([
            line.component.as_str().into(),
            line.region.as_str().into(),
            line.what.as_str().into(),
            line.quantity.to_string().into(),
            format!("{about}{}", line.monthly_micro_usd).into(),
        ]);
    }
    table.row([
        "together".into(),
        "".into(),
        format!("list prices of {}", cost.prices_of).into(),
        "".into(),
        cost.monthly_micro_usd.to_string().into(),
    ]);
    table.render(styles)
}

/// The sum before and after a change.
pub fn change(before: Option<&IdleCost>, after: &IdleCost) -> String {
    let now = match before {
        Some(before) => format!(
            "{} instead of {}",
            after.monthly_micro_usd, before.monthly_micro_usd
        ),
        None => after.monthly_micro_usd.to_string(),
    };
    format!(
        "idle cost a month: {now}, list prices of {}\n",
        visible(&after.prices_of)
    )
}
