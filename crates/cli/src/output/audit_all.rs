//! Audits of all tenants for people.

use api_types::PostureView;

use super::{posture::score_in_words, style::Styles, table::Table};
use crate::commands::Audited;

/// What came of one, in a few words.
pub fn in_words(result: &Result<PostureView, String>) -> String {
    match result {
        Ok(posture) => {
            let open = posture.counts.open.total();
            let score = score_in_words(posture.counts.score);
            format!("score {score}, {open} open findings")
        }
        Err(error) => format!("failed: {error}"),
    }
}

/// All of them, the worst score first.
pub fn render(audited: &[Audited], styles: Styles) -> String {
    if audited.is_empty() {
        return "no tenants to audit\n".into();
    }
    let mut all: Vec<&Audited> = audited.iter().collect();
    let score = |one: &Audited| match &one.result {
        Ok(posture) => posture.counts.score.map_or(u16::MAX, u16::from),
        Err(_) => 0,
    };
    all.sort_by_key(|one| (score(one), one.slug.clone()));
    let mut table = Table::new(&["TENANT", "RESULT"]);
    for one in all {
        table.row([one.slug.as_str().into(), in_words(&one.result).into()]);
    }
    table.render(styles)
}
