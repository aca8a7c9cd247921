//! A page as an answer, with the headers that keep it safe.

use askama::Template;
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::api::ApiError;

/// Nothing but what this server sends: no script, no frame, no other host.
const OWN_PAGES: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";
/// The same, with our own script.
const PUBLIC_PAGES: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The same, within pages of others.
const EMBEDDED_PAGES: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
     form-action 'self'; base-uri 'none'; frame-ancestors *";

/// The page, written: without a script.
///
/// # Errors
/// [`ApiError::Fault`] when the template fails, which no value of ours makes it do.
pub fn html_page(template: &impl Template) -> Result<Response, ApiError> {
    page(template, OWN_PAGES)
}

/// A page that the public sees: it may run our own script.
///
/// # Errors
/// As [`html_page`].
pub fn public_page(template: &impl Template) -> Result<Response, ApiError> {
    page(template, PUBLIC_PAGES)
}

/// A page that may be shown within those of others.
///
/// # Errors
/// As [`html_page`].
pub fn embedded_page(template: &impl Template) -> Result<Response, ApiError> {
    page(template, EMBEDDED_PAGES)
}

fn page(template: &impl Template, policy: &'static str) -> Result<Response, ApiError> {
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
            HeaderValue::from_static(policy),
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
