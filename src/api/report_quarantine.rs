//! `/rcp-reports/$refused`: what was refused, why, and the bytes as they came.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    ApiError,
    extract::{QueryPairs, ResourceId},
    report_views::{RefusalView, json},
};
use crate::flows::{Context, list_refusals};

#[derive(Serialize)]
struct RefusedView {
    refused: Vec<RefusalView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /rcp-reports/$refused`: the latest first.
pub(super) async fn list_refused(
    State(context): State<Arc<Context>>,
    QueryPairs(pairs): QueryPairs,
) -> Result<Response, ApiError> {
    let cursor = pairs.iter().find(|(name, _)| name == "cursor");
    let page = list_refusals(&context, cursor.map(|(_, token)| token.as_str())).await?;
    let next = page
        .cursor
        .map(|cursor| format!("/rcp-reports/$refused?cursor={cursor}"));
    let refused = page.refusals.into_iter().map(RefusalView::from).collect();
    Ok(json(&RefusedView { refused, next }))
}

/// `GET /rcp-reports/$refused/{id}`: the bytes that were refused, never to be shown by a browser.
pub(super) async fn show_refused(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
) -> Result<Response, ApiError> {
    let storage = &context.storage;
    let refusal = storage.find_refusal(&id).await?;
    let refusal = refusal.ok_or(ApiError::NotFound)?;
    let content = storage.find_content(&refusal.sha256).await?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"refused.bin\""),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Body::from(content.unwrap_or_default())).into_response())
}
