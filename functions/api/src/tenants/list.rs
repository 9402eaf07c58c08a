//! Listing tenants.

use axum::{extract::State, response::Response};
use tenancy::{BlueprintRef, GroupName, Phase, Slug, validate};
use tenantry_aws::ledger::TenantFilter;

use crate::{
    App,
    authorization::{Permitted, Visible},
    bounded,
    call::now,
    query::Query,
    refusal::Refusal,
    views,
};

/// `GET /v1/tenants`
pub async fn list(
    State(app): State<App>,
    permitted: Permitted,
    mut query: Query,
) -> Result<Response, Refusal> {
    let filter = filter(&mut query);
    let (limit, cursor) = query.page();
    query.done()?;
    let mut fit = bounded::Fit::new(limit);
    let visible = app.visible_for("getTenant", &permitted, now()).await?;
    loop {
        let (ledger, cursor) = (&app.ledger, cursor.as_deref());
        let page = async {
            match &visible {
                Visible::All => ledger.list_tenants(&filter, fit.limit, cursor).await,
                Visible::These(ids) => {
                    ledger
                        .list_these_tenants(ids, &filter, fit.limit, cursor)
                        .await
                }
            }
        };
        let view = |tenant| views::listed(tenant, &app.deployment);
        let page = views::page(page.await?, view);
        if let Some(answer) = fit.answer(&page) {
            return Ok(answer);
        }
    }
}

fn filter(query: &mut Query) -> TenantFilter {
    TenantFilter {
        phase: query.word("phase", &Phase::ALL.map(|phase| (phase.as_str(), phase))),
        blueprint: query.take(
            "blueprint",
            "a blueprint's name, such as `standard`, or name and version, such as `standard@1.0.0`",
            |text| text.parse::<BlueprintRef>().ok(),
        ),
        tag: query.take("tag", "key, `=` and value, such as `team=core`", |text| {
            validate::tag("tag", text).ok()
        }),
        slug: query.take("slug", Slug::ALLOWED, |text| text.parse().ok()),
        group: query.take("group", GroupName::ALLOWED, |text| text.parse().ok()),
    }
}
