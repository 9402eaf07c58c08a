//! Posture for people.

use api_types::{
    ControlPostureView, PageView, PostureCounts, PostureSummaryView, PostureView, RepairsView,
};
use tenancy::ControlState;

use super::{
    finding::severity_in_words,
    style::{Style, Styles, style_of_severity},
    table::{Cell, KeyValues, Table},
    time::moment,
};

/// All tenants, the worst score first, and what they come to together.
pub fn list(page: &PageView<PostureSummaryView>, styles: Styles) -> String {
    if page.items.is_empty() {
        return "no tenants\n".into();
    }
    let mut all: Vec<&PostureSummaryView> = page.items.iter().collect();
    let score = |view: &PostureSummaryView| view.last.as_ref().and_then(|last| last.counts.score);
    all.sort_by_key(|view| (score(view).unwrap_or(u8::MAX), view.slug.clone()));
    let mut table = Table::new(&[
        "TENANT",
        "SCORE",
        "CRITICAL",
        "HIGH",
        "MEDIUM",
        "LOW",
        "SUPPRESSED",
        "CHANGED",
    ]);
    for view in &all {
        let counts = view.last.as_ref().map(|last| last.counts);
        let counts = counts.unwrap_or_default();
        let changed = view.last.as_ref().map(|last| moment(last.at));
        let open = &counts.open;
        table.row([
            view.slug.as_str().into(),
            score_in_words(counts.score).into(),
            open.critical.to_string().into(),
            open.high.to_string().into(),
            open.medium.to_string().into(),
            open.low.to_string().into(),
            counts.suppressed.to_string().into(),
            changed
                .unwrap_or_else(|| "not audited yet".to_owned())
                .into(),
        ]);
    }
    table.render(styles) + &together(&all, styles)
}

fn together(all: &[&PostureSummaryView], styles: Styles) -> String {
    let scores = all
        .iter()
        .filter_map(|view| view.last.as_ref()?.counts.score);
    let (sum, scored) = scores.fold((0_u64, 0_u64), |(sum, count), score| {
        (sum + u64::from(score), count + 1)
    });
    let (count, seconds) = all.iter().fold((0_u64, 0_u64), |(count, seconds), view| {
        let mean = view.repairs.mean_seconds.unwrap_or_default();
        let own = mean.saturating_mul(view.repairs.count);
        (count + view.repairs.count, seconds.saturating_add(own))
    });
    let mut lines = KeyValues::default();
    let mean = sum.checked_div(scored);
    let mean = mean.map_or("none yet".to_owned(), |mean| format!("{mean} %"));
    lines.add("mean score", mean);
    let repairs = RepairsView {
        count,
        mean_seconds: seconds.checked_div(count),
    };
    lines.add("mean time to repair", repair_in_words(repairs));
    lines.render(styles)
}

/// A tenant.
pub fn render(view: &PostureView, all_controls: bool, styles: Styles) -> String {
    let counts = &view.counts;
    let mut lines = KeyValues::default();
    lines.add("tenant", format!("{} ({})", view.slug, view.tenant_id));
    lines.add("score", score_in_words(counts.score));
    lines.add("open findings", open_in_words(counts));
    lines.add("controls", controls_in_words(counts));
    if let Some(at) = view.at {
        lines.add("changed", moment(at));
    }
    if let Some(at) = view.audited_at {
        lines.add("audited", moment(at));
        lines.add("mean time to repair", repair_in_words(view.repairs));
    }
    let mut table = Table::new(&[
        "CONTROL",
        "STATE",
        "SEVERITY",
        "WHAT",
        "OPEN",
        "SUPPRESSED",
        "SINCE",
    ]);
    let is_shown = |control: &&ControlPostureView| {
        let quiet = [ControlState::Passed, ControlState::NotApplicable];
        all_controls || !quiet.contains(&control.state)
    };
    let shown: Vec<&ControlPostureView> = view.controls.iter().filter(is_shown).collect();
    for control in &shown {
        table.row(row(control));
    }
    let mut text = lines.render(styles);
    if !shown.is_empty() {
        text += "\n";
        text += &table.render(styles);
    }
    text
}

fn row(control: &ControlPostureView) -> [Cell; 7] {
    let about = control.about.as_ref();
    let severity = about.map(|about| about.severity);
    let title = about.map_or("", |about| about.title.as_str());
    let what = match &control.why {
        Some(why) => format!("{title}: {why}"),
        None => title.to_owned(),
    };
    let style = severity.filter(|_| control.open > 0).map(style_of_severity);
    [
        control.control.as_str().into(),
        Cell::styled(style.unwrap_or(Style::Plain), control.state.as_str()),
        severity.map_or("", severity_in_words).into(),
        what.into(),
        control.open.to_string().into(),
        control.suppressed.to_string().into(),
        control.since.map(moment).unwrap_or_default().into(),
    ]
}

/// A score in words.
pub fn score_in_words(score: Option<u8>) -> String {
    score.map_or("–".to_owned(), |score| format!("{score} %"))
}

fn open_in_words(counts: &PostureCounts) -> String {
    let open = &counts.open;
    format!(
        "{} critical, {} high, {} medium, {} low; {} suppressed",
        open.critical, open.high, open.medium, open.low, counts.suppressed
    )
}

fn controls_in_words(counts: &PostureCounts) -> String {
    format!(
        "{} passed, {} failed, {} not applicable, {} not verifiable",
        counts.passed, counts.failed, counts.not_applicable, counts.not_verifiable
    )
}

fn repair_in_words(repairs: RepairsView) -> String {
    let Some(seconds) = repairs.mean_seconds else {
        return "nothing was repaired yet".to_owned();
    };
    let time = match seconds {
        0..3600 => format!("{} min", seconds.div_ceil(60)),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    };
    format!("{time}, over {} findings", repairs.count)
}
