//! Blueprints for people.

use api_types::{BlueprintOrigin, BlueprintState, BlueprintView, PageView};
use serde::Deserialize;
use serde_json::Value;
use tenancy::{Blueprint, BlueprintRef};

use super::{
    cost,
    style::Styles,
    table::{KeyValues, Table},
    tenant::word,
    time::moment,
};

/// All blueprints.
pub fn list(page: &PageView<BlueprintView>, styles: Styles) -> String {
    let mut table = Table::new(&["BLUEPRINT", "VERSION", "ORIGIN", "STATE", "DESCRIPTION"]);
    for view in &page.items {
        let blueprint = &view.blueprint;
        table.row([
            blueprint.name.as_str().into(),
            blueprint.version.to_string().into(),
            word(&view.origin).into(),
            word(&view.state).into(),
            blueprint.description.as_str().into(),
        ]);
    }
    table.render(styles)
}

/// One blueprint: what it gives, and what a spec may choose.
pub fn render(view: &BlueprintView, styles: Styles) -> String {
    let mut list = head(&view.blueprint, view.extends.as_ref());
    let origin = match (view.origin, &view.published_by, view.published_at) {
        (BlueprintOrigin::Published, Some(by), Some(at)) => {
            format!("published {} by {by}", moment(at))
        }
        (origin, ..) => word(&origin),
    };
    list.add("origin", origin);
    let state = match (view.state, &view.retired) {
        (BlueprintState::Retired, Some(retired)) => {
            format!("retired {} by {}", moment(retired.at), retired.by)
        }
        (state, _) => word(&state),
    };
    list.add("state", state);
    let settings = settings(&view.blueprint, styles);
    let mut text = format!("{}\n{settings}", list.render(styles));
    if let Some(cost) = &view.idle_cost {
        text.push('\n');
        text.push_str(&cost::render(cost, styles));
    }
    text
}

fn head(blueprint: &Blueprint, extends: Option<&BlueprintRef>) -> KeyValues {
    let mut list = KeyValues::default();
    list.add("blueprint", blueprint.reference().to_string());
    list.add("description", blueprint.description.as_str());
    list.add_all("extends", extends.map(ToString::to_string));
    let regions = blueprint.open.max_regions.unwrap_or(1);
    list.add("regions", format!("1 to {regions}"));
    list
}

/// Every setting, by its name in a file, with what a spec may choose instead.
fn settings(blueprint: &Blueprint, styles: Styles) -> String {
    let open = serde_json::to_value(&blueprint.open).unwrap_or_default();
    let mut table = Table::new(&["SETTING", "VALUE", "OPEN TO A SPEC"]);
    let mut row = |name: &str, value: &Value| {
        let open = open.get(name).map(range).unwrap_or_default();
        table.row([name.into(), plain(value).into(), open.into()]);
    };
    let mut settings = serde_json::to_value(&blueprint.settings).unwrap_or_default();
    settings.sort_all_objects();
    for (name, value) in settings.as_object().into_iter().flatten() {
        match value {
            Value::Object(members) => {
                let inner = members.iter();
                inner.for_each(|(member, value)| row(&format!("{name}.{member}"), value));
            }
            value => row(name, value),
        }
    }
    table.render(styles)
}

/// What is open: two numbers are the least and the most, words are to choose from.
fn range(open: &Value) -> String {
    match open.as_array().map(Vec::as_slice) {
        Some([least, most]) if least.is_number() => format!("{least} to {most}"),
        Some(words) => words.iter().map(plain).collect::<Vec<_>>().join(", "),
        None => String::new(),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    }
}

/// A blueprint in a file that can be published.
#[derive(Debug, Deserialize)]
pub struct Valid {
    blueprint: Blueprint,
    extends: Option<BlueprintRef>,
}

/// What a valid file comes to.
pub fn valid(valid: &Valid, styles: Styles) -> String {
    let head = head(&valid.blueprint, valid.extends.as_ref()).render(styles);
    let settings = settings(&valid.blueprint, styles);
    format!("the blueprint is valid\n\n{head}\n{settings}")
}

/// Two blueprints, field by field.
#[derive(Debug, Deserialize)]
pub struct Diff {
    before: BlueprintRef,
    after: BlueprintRef,
    differences: Vec<Changed>,
}

#[derive(Debug, Deserialize)]
struct Changed {
    field: String,
    #[serde(default)]
    before: Value,
    #[serde(default)]
    after: Value,
}

/// What differs between two blueprints.
pub fn diff(diff: &Diff, styles: Styles) -> String {
    if diff.differences.is_empty() {
        return format!("`{}` and `{}` say the same\n", diff.before, diff.after);
    }
    let (before, after) = (diff.before.to_string(), diff.after.to_string());
    let mut table = Table::new(&["FIELD", &before, &after]);
    for changed in &diff.differences {
        table.row([
            changed.field.as_str().into(),
            plain(&changed.before).into(),
            plain(&changed.after).into(),
        ]);
    }
    table.render(styles)
}
