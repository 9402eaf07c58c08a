//! Changes of all tenants of a group for people.

use api_types::PreviewView;
use tenancy::Slug;

use super::{plan, style::Styles, table::Table};
use crate::commands::tenant::{Changed, Updated};

/// What would change in each.
pub fn previews(all: &[(Slug, PreviewView)], styles: Styles) -> String {
    let one = |(slug, view): &(Slug, PreviewView)| {
        let slug = styles.heading(slug.as_str());
        format!("{slug}: {}", plan::change(view, styles))
    };
    let all: Vec<String> = all.iter().map(one).collect();
    all.join("\n")
}

/// What came of one, in a few words.
pub fn in_words(result: &Result<Changed, String>) -> String {
    match result {
        Ok(changed) if changed.ended.is_some() => "updated".into(),
        Ok(changed) => match &changed.accepted.operation {
            Some(operation) => format!("operation {}", operation.id),
            None => "nothing changed".into(),
        },
        Err(error) => format!("failed: {error}"),
    }
}

/// What came of all of them.
pub fn render(done: &[Updated], styles: Styles) -> String {
    let mut table = Table::new(&["TENANT", "RESULT"]);
    for one in done {
        table.row([one.slug.as_str().into(), in_words(&one.result).into()]);
    }
    table.render(styles)
}
