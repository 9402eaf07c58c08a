//! The posture of a tenant, and of all.

use std::collections::BTreeMap;

use api_types::{
    ControlPostureView, PostureCounts, PostureDayView, PostureSummaryView, PostureView, RepairsView,
};
use axum::{Json, extract::State, response::Response};
use baseline::{
    catalogue,
    posture::{day, open_by_control},
};
use jiff::{civil::Date, tz::TimeZone};
use tenancy::{
    ControlId, ControlState, Finding, FindingState, Timestamp,
    posture::{PostureDay, Repairs},
};
use tenantry_aws::ledger::{TenantFilter, TenantPosture};

use crate::{
    App,
    authorization::{Permitted, Visible},
    bounded,
    call::now,
    query::{Query, TenantPath},
    refusal::Refusal,
    views,
};

/// Days of the trend.
const TREND: usize = 90;

/// `GET /v1/tenants/{id}/posture`
pub async fn show(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    mut query: Query,
) -> Result<Json<PostureView>, Refusal> {
    let (at, on) = (now(), on(&mut query));
    query.done()?;
    let id = app.tenant_id(&key).await?;
    let Some(on) = on.filter(|on| *on < today(at)) else {
        let (posture, days) =
            futures::try_join!(app.ledger.posture(&id), app.ledger.posture_days(&id, TREND))?;
        let trend = days.iter().map(PostureDayView::of).collect();
        return Ok(Json(PostureView {
            trend,
            ..present(&posture, at)
        }));
    };
    let (tenant, day) =
        futures::try_join!(app.ledger.main_row(&id), app.ledger.posture_on(&id, on))?;
    let day = day.ok_or_else(|| {
        Refusal::not_found(format!("nothing is on record of the posture on {on}"))
    })?;
    let tenant = tenant.ok_or_else(|| crate::app::no_tenant(&key))?;
    Ok(Json(PostureView {
        tenant_id: id,
        slug: tenant.spec.slug,
        at: Some(day.at),
        audited_at: None,
        counts: PostureCounts::of(&day),
        controls: recorded(&day),
        repairs: RepairsView::default(),
        trend: Vec::new(),
    }))
}

fn on(query: &mut Query) -> Option<Date> {
    let latest = today(now());
    query.take(
        "on",
        "a day, today or before, such as `2026-11-26`",
        |text| {
            let day: Date = text.parse().ok()?;
            (day <= latest && day.to_string() == text).then_some(day)
        },
    )
}

fn today(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// The posture at this time: what is suppressed is what is so now.
pub(crate) fn present(posture: &TenantPosture, at: Timestamp) -> PostureView {
    let controls = posture.rows.controls();
    let open: Vec<&Finding> = posture
        .findings
        .iter()
        .filter(|finding| finding.state == FindingState::Open)
        .collect();
    let now = day(&controls, &open, &posture.rows.suppressions, at);
    let by_control = open_by_control(&open);
    let seen = |control: &ControlId| by_control.get(control).into_iter().flatten();
    let mut all: Vec<ControlPostureView> = controls
        .controls
        .iter()
        .map(|(id, record)| ControlPostureView {
            about: catalogue::find(id).cloned(),
            state: record.state,
            since: Some(record.since),
            first_seen: seen(id).map(|finding| finding.first_seen).min(),
            last_seen: seen(id).map(|finding| finding.last_seen).max(),
            open: now.failed.of(id),
            suppressed: now.suppressed.of(id),
            why: record.why.clone(),
            control: id.clone(),
        })
        .collect();
    all.sort_by_key(place);
    let tenant = &posture.tenant;
    PostureView {
        tenant_id: tenant.id.clone(),
        slug: tenant.spec.slug.clone(),
        at: controls.day.as_ref().map(|day| day.at),
        audited_at: tenant.audited_at,
        counts: PostureCounts::of(&now),
        controls: all,
        repairs: repairs(controls.repairs),
        trend: Vec::new(),
    }
}

/// Where a control is in a list: what failed first, and the worst of it; then what could not be verified.
fn place(view: &ControlPostureView) -> (u8, std::cmp::Reverse<u32>, ControlId) {
    let state = match view.state {
        ControlState::Failed => 0,
        ControlState::NotVerifiable | ControlState::Other(_) => 1,
        ControlState::Passed => 2,
        ControlState::NotApplicable => 3,
    };
    let severity = view.about.as_ref().map(|about| about.severity);
    let weight = severity.map_or(0, tenancy::posture::weight);
    (state, std::cmp::Reverse(weight), view.control.clone())
}

/// The controls that did not pass on a day.
fn recorded(day: &PostureDay) -> Vec<ControlPostureView> {
    let mut states: BTreeMap<&ControlId, ControlState> = BTreeMap::new();
    let of = |counts: &'_ tenancy::posture::Counts, state| -> Vec<(ControlId, ControlState)> {
        counts.0.keys().map(|id| (id.clone(), state)).collect()
    };
    let all = [
        of(&day.not_applicable, ControlState::NotApplicable),
        of(&day.not_verifiable, ControlState::NotVerifiable),
        of(&day.suppressed, ControlState::Failed),
        of(&day.failed, ControlState::Failed),
    ]
    .concat();
    states.extend(all.iter().map(|(id, state)| (id, *state)));
    let mut all: Vec<ControlPostureView> = states
        .into_iter()
        .map(|(id, state)| ControlPostureView {
            about: catalogue::find(id).cloned(),
            state,
            since: None,
            first_seen: None,
            last_seen: None,
            open: day.failed.of(id),
            suppressed: day.suppressed.of(id),
            why: None,
            control: id.clone(),
        })
        .collect();
    all.sort_by_key(place);
    all
}

fn repairs(repairs: Repairs) -> RepairsView {
    RepairsView {
        count: repairs.count,
        mean_seconds: repairs.mean_seconds(),
    }
}

/// `GET /v1/posture`
pub async fn list(
    State(app): State<App>,
    permitted: Permitted,
    mut query: Query,
) -> Result<Response, Refusal> {
    let (limit, cursor) = query.page();
    query.done()?;
    let visible = app.visible_for("getPosture", &permitted, now()).await?;
    let mut fit = bounded::Fit::new(limit);
    loop {
        let cursor = cursor.as_deref();
        let page = match &visible {
            Visible::All => app.ledger.all_tenants(fit.limit, cursor).await?,
            Visible::These(ids) => {
                let filter = TenantFilter::default();
                let page = app
                    .ledger
                    .list_these_tenants(ids, &filter, fit.limit, cursor);
                page.await?
            }
        };
        let ids: Vec<_> = page.items.iter().map(|tenant| tenant.id.clone()).collect();
        let mut controls = app.ledger.controls_of(&ids).await?.into_iter();
        let page = views::page(page, |tenant| {
            let controls = controls.next().flatten().unwrap_or_default();
            PostureSummaryView {
                tenant_id: tenant.id,
                slug: tenant.slug,
                last: controls.day.as_ref().map(PostureDayView::of),
                repairs: repairs(controls.repairs),
            }
        });
        if let Some(answer) = fit.answer(&page) {
            return Ok(answer);
        }
    }
}
