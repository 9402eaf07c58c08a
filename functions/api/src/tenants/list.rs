//! Listing tenants.

use api_types::{PageView, TenantView};
use axum::{Json, extract::State};
use tenancy::{BlueprintRef, Phase, Slug};
use tenantry_aws::ledger::TenantFilter;

use crate::{App, query::Query, refusal::Refusal, views};

/// `GET /v1/tenants`
pub async fn list(
    State(app): State<App>,
    mut query: Query,
) -> Result<Json<PageView<TenantView>>, Refusal> {
    let filter = filter(&mut query);
    let (limit, cursor) = query.page();
    query.done()?;
    let page = app
        .ledger
        .list_tenants(&filter, limit, cursor.as_deref())
        .await?;
    Ok(Json(views::page(page, |tenant| {
        views::listed(tenant, &app.deployment)
    })))
}

fn filter(query: &mut Query) -> TenantFilter {
    TenantFilter {
        phase: query.word("phase", &Phase::ALL.map(|phase| (phase.as_str(), phase))),
        blueprint: query.take(
            "blueprint",
            "a blueprint's name, such as `standard`, or name and version, such as `standard@1.0.0`",
            |text| text.parse::<BlueprintRef>().ok(),
        ),
        tag: query.take("tag", "key and value, such as `team:core`", tag),
        slug: query.take("slug", Slug::ALLOWED, |text| text.parse().ok()),
    }
}

/// Keys may hold colons too: the first one parts key and value.
fn tag(text: &str) -> Option<(String, String)> {
    let (key, value) = text.split_once(':')?;
    let fits = (1..=64).contains(&key.len()) && value.len() <= 128;
    fits.then(|| (key.to_owned(), value.to_owned()))
}
