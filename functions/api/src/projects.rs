//! Projects of a tenant.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;
use tenancy::{
    Slug, TenantId,
    access::{NewProject, Project, ProjectChange},
};

use crate::{
    App, answer,
    body::{JsonBody, NoBody},
    bounded,
    call::Call,
    query::{PathWithin, Query, TenantPath},
    refusal::Refusal,
    views,
};

/// `GET /v1/tenants/{id}/projects`
pub async fn list(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    mut query: Query,
) -> Result<Response, Refusal> {
    let (limit, cursor) = query.page();
    query.done()?;
    let tenant = app.tenant_id(&key).await?;
    let mut fit = bounded::Fit::new(limit);
    loop {
        let page = app.ledger.projects(&tenant, fit.limit, cursor.as_deref());
        let page = views::page(page.await?, |project| project);
        if let Some(answer) = fit.answer(&page) {
            return Ok(answer);
        }
    }
}

/// `POST /v1/tenants/{id}/projects`
pub async fn create(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    call: Call,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let request = call.request(&body);
    if let Some(again) = answer::kept(&app, &request, StatusCode::CREATED).await? {
        return Ok(again);
    }
    let wanted = NewProject::read(&body).map_err(Refusal::invalid)?;
    let tenant = app.tenant_id(&key).await?;
    let project = Project {
        slug: wanted.slug,
        name: wanted.name,
        budget_share_percent: wanted.budget_share_percent,
        created_by: call.actor.clone(),
        created_at: call.at,
        updated_at: call.at,
    };
    app.ledger
        .create_project(&tenant, &project, &request)
        .await?;
    Ok(created(&tenant, project))
}

fn created(tenant: &TenantId, project: Project) -> Response {
    let location = format!("/v1/tenants/{tenant}/projects/{}", project.slug);
    let mut response = (StatusCode::CREATED, Json(project)).into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// `GET /v1/tenants/{id}/projects/{slug}`
pub async fn show(
    State(app): State<App>,
    PathWithin(key, slug): PathWithin<Slug>,
    query: Query,
) -> Result<Json<Project>, Refusal> {
    query.done()?;
    let tenant = app.tenant_id(&key).await?;
    Ok(Json(app.ledger.project(&tenant, &slug).await?))
}

/// `PATCH /v1/tenants/{id}/projects/{slug}`
pub async fn change(
    State(app): State<App>,
    PathWithin(key, slug): PathWithin<Slug>,
    call: Call,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let request = call.request(&body);
    if let Some(again) = answer::kept(&app, &request, StatusCode::OK).await? {
        return Ok(again);
    }
    let change = ProjectChange::read(&body).map_err(Refusal::invalid)?;
    let tenant = app.tenant_id(&key).await?;
    let changed = app
        .ledger
        .change_project(&tenant, &slug, &change, &request)
        .await?;
    Ok(Json(changed).into_response())
}

/// `DELETE /v1/tenants/{id}/projects/{slug}`
pub async fn delete(
    State(app): State<App>,
    PathWithin(key, slug): PathWithin<Slug>,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let request = call.request(&Value::Null);
    if let Some(again) = answer::kept(&app, &request, StatusCode::OK).await? {
        return Ok(again);
    }
    let tenant = app.tenant_id(&key).await?;
    let deleted = app.ledger.delete_project(&tenant, &slug, &request).await?;
    Ok(Json(deleted).into_response())
}
