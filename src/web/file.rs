//! A file that a page hands out.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

/// The bytes of a file, made for this question alone: never guessed at, never kept on the way.
/// `disposition` says whether it is shown or saved, and under which name.
///
/// **Source:** RFC 6266.
pub fn file_response(
    media_type: &'static str,
    disposition: &'static str,
    bytes: Vec<u8>,
) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static(disposition),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (headers, Body::from(bytes)).into_response()
}
