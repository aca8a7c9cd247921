//! A page as an answer, with the headers that keep it safe.

use askama::Template;
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::api::ApiError;

/// Nothing but what this server sends: no script, no frame, no other host.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// The page, written.
///
/// # Errors
/// [`ApiError::Fault`] when the template fails, which no value of ours makes it do.
pub fn html_page(template: &impl Template) -> Result<Response, ApiError> {
    let text = template.render().map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a page could not be written"
        );
        ApiError::Fault
    })?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(CONTENT_SECURITY_POLICY),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
        (header::VARY, HeaderValue::from_static("accept-language")),
    ];
    Ok((headers, text).into_response())
}
