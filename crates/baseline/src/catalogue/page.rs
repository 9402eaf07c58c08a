//! The page of controls for people.

use std::fmt::Write as _;

use tenancy::Control;

use super::{RETIRED, controls};

const HEAD: &str = "# What an audit checks

Generated from the catalogue of controls by `BLESS=1 cargo test -p baseline --test controls`; do not edit it.

A control is one thing that an audit checks, with an id that is given once and never again. It comes to one of four states: *passed*; *failed*, with
findings; *not applicable*, because the blueprint asks for nothing of the kind; *not verifiable*, because it could not be read, and why.

- Numbers below 100 are evaluated on what a component reads anyway; what they find is repaired by the tenant or by whoever runs the organization, and never touched.
- Numbers from 101 on are drift: a kind of resource that tenantry makes is no longer as the blueprint says. The next repair puts it back
  ([what is watched, property by property](drift.md)).
- Number 100 of a component is what has no control of its own, such as what stands in the way of building it.

The score of a tenant is what passed of the weight of all controls that passed or failed: critical 10, high 5, medium 2, low 1. A control all of whose findings are
suppressed is left out, as is one that is not applicable or not verifiable.

CIS stands for the CIS AWS Foundations Benchmark. Where a column is empty, no recommendation asks for the same thing; several of ours can cover parts of one.
";

/// The page.
pub fn page() -> String {
    let mut page = String::from(HEAD);
    let mut component = None;
    let mut all: Vec<&Control> = controls().collect();
    all.sort_by_key(|control| (control.component, number(control)));
    for control in all {
        if component != Some(control.component) {
            component = Some(control.component);
            // Writing to a string does not fail.
            let _ = writeln!(page, "\n## {}\n", control.component);
            page.push_str("| id | what | severity | repaired by | read by | CIS 3.0 | CIS 5.0 | Security Hub |\n");
            page.push_str("|---|---|---|---|---|---|---|---|\n");
        }
        page.push_str(&row(control));
    }
    if !RETIRED.is_empty() {
        let _ = writeln!(page, "\n## Retired\n\n`{}`", RETIRED.join("`, `"));
    }
    page
}

fn number(control: &Control) -> u32 {
    let number = control.id.as_str().rsplit('.').next();
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn row(control: &Control) -> String {
    let standards = &control.standards;
    let severity = serde_json::to_value(control.severity).unwrap_or_default();
    format!(
        "| `{}` | {} | {} | {} | {} | {} | {} | {} |\n",
        control.id,
        control.title,
        severity.as_str().unwrap_or_default(),
        control.repaired_by.as_str(),
        control.reads,
        standards.cis_3.join(", "),
        standards.cis_5.join(", "),
        standards.security_hub.join(", "),
    )
}
