//! Is it alive, is it ready, what does it count.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::ApiError;
use crate::{clock::day_in_paris, flows::Context};

/// `GET /health/live`: the process answers.
pub async fn live() -> &'static str {
    "live\n"
}

/// `GET /health/ready`: the process can do its work, for its database answers.
pub async fn ready(State(context): State<Arc<Context>>) -> Response {
    match context.storage.ping().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "not ready: the database does not answer"
            );
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer\n",
            )
                .into_response()
        }
    }
}

/// `GET /metrics`: what operators watch.
///
/// # Errors
/// [`ApiError::Storage`].
pub async fn metrics(State(context): State<Arc<Context>>) -> Result<Response, ApiError> {
    let today = day_in_paris(context.clock.now());
    let text = context.metrics.text(&context.storage, today).await?;
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, content_type)], text).into_response())
}
