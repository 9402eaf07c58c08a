//! Projects for people.

use api_types::PageView;
use tenancy::access::Project;

use super::{
    style::Styles,
    table::{KeyValues, Table},
    time::moment,
};

/// The projects.
pub fn list(page: &PageView<Project>, styles: Styles) -> String {
    if page.items.is_empty() {
        return "no projects\n".into();
    }
    let mut table = Table::new(&["PROJECT", "NAME", "BUDGET SHARE", "CREATED"]);
    for project in &page.items {
        table.row([
            project.slug.as_str().into(),
            project.name.as_str().into(),
            share(project).into(),
            moment(project.created_at).into(),
        ]);
    }
    table.render(styles)
}

/// One project.
pub fn render(project: &Project, styles: Styles) -> String {
    let mut list = KeyValues::default();
    list.add("project", project.slug.as_str());
    list.add("name", project.name.as_str());
    list.add("budget share", share(project));
    list.add("created by", project.created_by.as_str());
    list.add("created", moment(project.created_at));
    list.add("changed", moment(project.updated_at));
    list.render(styles)
}

fn share(project: &Project) -> String {
    let share = project.budget_share_percent;
    share.map_or_else(|| "none".into(), |share| format!("{share} %"))
}
