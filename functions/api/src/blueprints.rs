//! Blueprints: those of this build, and those that were published.

use api_types::{BlueprintView, PageView, ProblemKind};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;
use tenancy::{
    BlueprintRef, FieldError, PublishedBlueprint,
    blueprint::{
        Version,
        author::{self, Base},
        is_built_in,
    },
    cost::idle_cost,
    validate::quoted,
};
use tenantry_aws::ledger::{LedgerError, Published};

use crate::{
    App, answer,
    body::{JsonBody, NoBody},
    bounded,
    call::Call,
    query::{NamePath, Query},
    refusal::Refusal,
};

/// `GET /v1/blueprints`
pub async fn list(State(app): State<App>, mut query: Query) -> Result<Response, Refusal> {
    let (limit, cursor) = query.page();
    query.done()?;
    let after = cursor.as_deref().map(opened).transpose()?;
    let mut all: Vec<BlueprintView> = built_in(&app).collect();
    let published = app.ledger.published_blueprints().await?;
    all.extend(published.into_iter().map(BlueprintView::from));
    let place = |view: &BlueprintView| (view.blueprint.name.clone(), view.blueprint.version);
    all.sort_by_key(place);
    all.retain(|view| after.as_ref().is_none_or(|after| place(view) > *after));
    let mut fit = bounded::Fit::new(limit);
    loop {
        if let Some(answer) = fit.answer(&page(&all, fit.limit)) {
            return Ok(answer);
        }
    }
}

/// The first of these blueprints.
fn page(all: &[BlueprintView], limit: usize) -> PageView<BlueprintView> {
    let items: Vec<BlueprintView> = all.iter().take(limit).cloned().collect();
    let last = items.last().filter(|_| items.len() < all.len());
    let next =
        last.map(|view| BASE64URL_NOPAD.encode(view.blueprint.reference().to_string().as_bytes()));
    PageView {
        items,
        next_cursor: next,
    }
}

/// The blueprint behind which a page begins.
fn opened(cursor: &str) -> Result<(String, Version), Refusal> {
    let text = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok();
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
    let reference = text.and_then(|text| text.parse::<BlueprintRef>().ok());
    let place = reference.and_then(|reference| Some((reference.name, reference.version?)));
    place.ok_or_else(|| LedgerError::BadCursor.into())
}

/// What a tenant that chooses nothing costs in the home Region.
fn priced(app: &App, view: BlueprintView) -> BlueprintView {
    let home = &app.deployment.home_region;
    let spec = view.blueprint.by_default(home);
    BlueprintView {
        idle_cost: spec.map(|spec| idle_cost(&spec, &app.prices)),
        ..view
    }
}

fn built_in(app: &App) -> impl Iterator<Item = BlueprintView> {
    let all = app.deployment.catalog.all().iter();
    all.cloned().map(BlueprintView::from)
}

/// `GET /v1/blueprints/{name}`
pub async fn show(
    State(app): State<App>,
    NamePath(name): NamePath,
    query: Query,
) -> Result<Json<BlueprintView>, Refusal> {
    query.done()?;
    let absent = || Refusal::not_found(format!("there is no blueprint {}", quoted(&name)));
    let reference: BlueprintRef = name.parse().map_err(|_| absent())?;
    if is_built_in(&reference.name) {
        let found = app.deployment.catalog.find(&reference).cloned();
        let found = found.map(|found| Json(priced(&app, found.into())));
        return found.ok_or_else(absent);
    }
    let versions = app.ledger.published_versions(&reference.name).await?;
    let means = |one: &PublishedBlueprint| {
        reference
            .version
            .is_none_or(|version| version == one.blueprint.version)
    };
    let versions = versions.into_iter().filter(means);
    let newest = versions.max_by_key(|one| (one.retired.is_none(), one.blueprint.version));
    let newest = newest.map(|found| Json(priced(&app, found.into())));
    newest.ok_or_else(absent)
}

/// `POST /v1/blueprints`
pub async fn publish(
    State(app): State<App>,
    call: Call,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let request = call.request(&body);
    if let Some(earlier) = app.ledger.remembered_answer(&request).await? {
        return replayed(&app, first_status(&earlier), earlier);
    }
    let base = match author::extends(&body) {
        Some(reference) => app.blueprint_with_origin(&reference).await?,
        None => None,
    };
    let base = base.as_ref().map(|(blueprint, extends)| Base {
        blueprint,
        extends: extends.as_ref(),
    });
    let authored = author::check(&body, base).map_err(Refusal::invalid)?;
    let published = PublishedBlueprint {
        blueprint: authored.blueprint,
        extends: authored.extends,
        published_by: call.actor.clone(),
        published_at: call.at,
        retired: None,
    };
    let reference = published.blueprint.reference();
    match app.ledger.publish_blueprint(&published, &request).await? {
        Published::New => {
            tracing::info!(blueprint.reference = %reference, "a blueprint was published");
            Ok(answered(
                StatusCode::CREATED,
                priced(&app, published.into()),
            ))
        }
        Published::Already(_) => {
            let path = NamePath(reference.to_string());
            let present = show(State(app), path, Query::default()).await?;
            Ok(answered(StatusCode::OK, present.0))
        }
        Published::Other(before) => Err(exists(&reference, &before)),
    }
}

/// With which status a publication was answered first.
fn first_status(earlier: &Value) -> StatusCode {
    match earlier.get(Published::ALREADY) {
        Some(_) => StatusCode::OK,
        None => StatusCode::CREATED,
    }
}

fn exists(reference: &BlueprintRef, before: &PublishedBlueprint) -> Refusal {
    let (by, at) = (&before.published_by, before.published_at);
    let detail =
        format!("blueprint `{reference}` was published by {by} at {at} and says otherwise");
    let error = FieldError::new(
        "version",
        "was published with another content",
        "a version that was not published",
    );
    Refusal::new(ProblemKind::BLUEPRINT_EXISTS, detail)
        .with_errors(vec![error])
        .with_remedy("A published version never changes: publish this one under another version.")
}

/// `POST /v1/blueprints/{name}/retire`
pub async fn retire(
    State(app): State<App>,
    NamePath(name): NamePath,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let request = call.request(&Value::Null);
    if let Some(earlier) = app.ledger.remembered_answer(&request).await? {
        return replayed(&app, StatusCode::OK, earlier);
    }
    let absent = || Refusal::not_found(format!("there is no blueprint {}", quoted(&name)));
    let reference: BlueprintRef = name.parse().map_err(|_| absent())?;
    if is_built_in(&reference.name) {
        app.deployment.catalog.find(&reference).ok_or_else(absent)?;
        let detail = format!("blueprint `{reference}` is built in and cannot be retired");
        let remedy = "Nothing needs to be done: tenants keep the version they are pinned to. To offer another, publish a blueprint of your own.";
        return Err(Refusal::new(ProblemKind::CONFLICT, detail).with_remedy(remedy));
    }
    let Some(version) = reference.version else {
        let detail = format!("`{reference}` names no version");
        let allowed = "name and version, such as `gold@1.0.0`";
        return Err(Refusal::invalid(vec![FieldError::new(
            "name", detail, allowed,
        )]));
    };
    let retired = app
        .ledger
        .retire_blueprint(&reference.name, version, &request)
        .await?;
    tracing::info!(blueprint.reference = %reference, "a blueprint was retired");
    Ok(answered(StatusCode::OK, priced(&app, retired.into())))
}

fn answered(status: StatusCode, view: BlueprintView) -> Response {
    let location = format!("/v1/blueprints/{}", view.blueprint.reference());
    let mut response = (status, Json(view)).into_response();
    if status == StatusCode::CREATED
        && let Ok(location) = HeaderValue::from_str(&location)
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// The answer to an earlier request with the same key.
fn replayed(app: &App, status: StatusCode, earlier: Value) -> Result<Response, Refusal> {
    let earlier: PublishedBlueprint = serde_json::from_value(earlier).map_err(|error| {
        tracing::error!(error.detail = %error, "a remembered answer cannot be read");
        Refusal::new(ProblemKind::INTERNAL, "the earlier answer cannot be read")
    })?;
    let mut response = answered(status, priced(app, earlier.into()));
    answer::mark_replayed(&mut response);
    Ok(response)
}
