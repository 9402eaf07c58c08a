//! The tables of what an audit watches, and the page for people that is written from them.

use std::fmt::Write as _;

use crate::{
    table::BASELINE,
    watched::{Properties, Property, Watch},
};

/// Every table: those of the kinds that components share, and those of each component, in the order they are built.
pub fn tables() -> impl Iterator<Item = &'static Properties> {
    let own = BASELINE.iter().flat_map(|line| line.watched());
    let shared = [crate::resources::WATCHED].into_iter();
    shared.chain(own.copied()).flatten()
}

/// The page for people.
pub fn page() -> String {
    let mut page = String::from(HEAD);
    for table in tables() {
        // Writing to a string does not fail.
        let _ = write!(page, "\n## {}\n\n", table.resource);
        let _ = writeln!(page, "As AWS answers: `{}`.\n", table.shape);
        page.push_str("| property | when it is changed |\n|---|---|\n");
        for property in table.watched {
            page.push_str(&row(&[property.name], &words(property)));
        }
        if !table.identity.is_empty() {
            page.push_str(&row(table.identity, "identifies it, and cannot be changed"));
        }
        for (names, why) in table.reasons() {
            let names: Vec<&str> = names.split(", ").collect();
            page.push_str(&row(&names, &format!("not watched: {why}")));
        }
    }
    page
}

fn row(names: &[&str], words: &str) -> String {
    format!("| `{}` | {words} |\n", names.join("`, `"))
}

const HEAD: &str = "# What an audit watches

Generated from the tables beside the components by `BLESS=1 cargo test -p baseline --test contract`; do not edit it.

Every property of every resource that tenantry makes for a tenant, as AWS's own model has it. *Put back*: a finding, which the
next repair clears. *A finding for a person*: the cause is somebody else's, so nothing is changed. For what
is not watched, the reason is given.

What a tenant adds of its own is left alone: subnets, groups, endpoints, routes to its own gateways, connections and machines, also in
our VPC and tables. A resource without our tags that is where one of ours must be is named, and parks the tenant (`name-taken`).

A resource of ours is known by its tags, and by the id that the ledger recorded while it carried them: one whose tag says another
tenant's is a critical finding, and gets its tag back.

Resource policies of CloudWatch Logs are not looked at. They let services of AWS put log events (PutResourcePolicy), and tenants need them
for that, as for the query logs of Route 53. None of them can delete or change a record; what they can let in is said in docs/security.md.
";

fn words(property: &Property) -> String {
    let found = match property.found_as {
        "" => String::new(),
        found => format!(" (`{found}`)"),
    };
    match property.watch {
        Watch::Restored => format!("put back{found}"),
        Watch::Reported => format!("a finding for a person{found}"),
    }
}
