//! What travels on the wire of the FHIR interface: JSON or XML on either side, laid out or not, whole
//! or in part. Handlers know JSON alone.
//!
//! **Source:** FHIR R4, 3.1.0.1.10 (content types), 3.1.0.1.11 (`_format`, `_pretty`), 3.1.1.5.8
//! (`_summary`), 3.1.1.5.9 (`_elements`).

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::Value;

use super::{
    ApiError,
    extract::{pairs, read_body},
    fhir_format::{Wire, is_xml},
    fhir_requests::media_type_of,
};
use crate::fhir::{read_xml, write_xml};

/// Media type of XML answers.
const FHIR_XML: HeaderValue = HeaderValue::from_static("application/fhir+xml; charset=utf-8");

/// The body of a request as it came, when it was put into JSON for the handlers.
#[derive(Clone, Debug)]
pub struct OriginalBody {
    /// The bytes.
    pub bytes: Bytes,
    /// Their media type.
    pub media_type: String,
}

/// Middleware: puts XML into JSON before the handlers of `/fhir`, and their answers into what was
/// asked for. `limit_bytes`: largest body.
pub async fn speak_every_format(limit_bytes: usize, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path != "/fhir" && !path.starts_with("/fhir/") {
        return next.run(request).await;
    }
    // Documents are served as they are.
    if path.starts_with("/fhir/Binary") {
        return next.run(request).await;
    }
    let wire = Wire::of(request.headers(), &asked_form(request.uri()));
    let request = match to_json(request, &wire, limit_bytes).await {
        Ok(request) => request,
        Err(error) => return from_json(error.into_response(), &wire).await,
    };
    from_json(next.run(request).await, &wire).await
}

/// The parameters that say in which form to answer: each begins with `_`. The others, of which there
/// are many more, are decoded by their handler alone.
fn asked_form(uri: &Uri) -> Vec<(String, String)> {
    let query = uri.query().unwrap_or_default().split('&');
    let may_ask = |pair: &&str| pair.starts_with(['_', '%']);
    query
        .filter(may_ask)
        .filter_map(|pair| pairs(pair).ok())
        .flatten()
        .collect()
}

/// The request as the handlers read it.
async fn to_json(request: Request, wire: &Wire, limit_bytes: usize) -> Result<Request, ApiError> {
    let media_type = media_type_of(request.headers());
    let (mut parts, mut body) = request.into_parts();
    if is_xml(&media_type) {
        let bytes = read_body(body, limit_bytes).await?;
        match read_xml(&bytes) {
            Ok(resource) => body = Body::from(resource.to_string()),
            // The handler refuses it with the same findings, once it has kept it.
            Err(findings) => {
                body = Body::empty();
                parts.extensions.insert(UnreadableXml(findings));
            }
        }
        parts.headers.remove(header::CONTENT_LENGTH);
        let json = HeaderValue::from_static("application/fhir+json");
        parts.headers.insert(header::CONTENT_TYPE, json);
        parts.extensions.insert(OriginalBody { bytes, media_type });
    }
    if wire.is_xml {
        let json = HeaderValue::from_static("application/fhir+json");
        parts.headers.insert(header::ACCEPT, json);
        if let Some(query) = parts.uri.query() {
            let path = parts.uri.path();
            let uri = format!("{path}?{}", in_json(query));
            parts.uri = uri.parse::<Uri>().map_err(|_| ApiError::NotFound)?;
        }
    }
    Ok(Request::from_parts(parts, body))
}

/// Why a body in XML could not be put into JSON.
#[derive(Clone, Debug)]
pub struct UnreadableXml(pub Vec<crate::finding::Finding>);

/// The query, its `_format` changed to JSON.
fn in_json(query: &str) -> String {
    query
        .split('&')
        .map(|pair| {
            if pair.starts_with("_format=") {
                "_format=json"
            } else {
                pair
            }
        })
        .collect::<Vec<_>>()
        .join("&")
}

/// The answer as it was asked for.
async fn from_json(response: Response, wire: &Wire) -> Response {
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/fhir+json"));
    if !is_json || wire.is_plain() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else {
        return ApiError::Fault.into_response();
    };
    let Ok(mut resource) = serde_json::from_slice::<Value>(&bytes) else {
        return ApiError::Fault.into_response();
    };
    if parts.status == StatusCode::OK {
        wire.cut(&mut resource);
    }
    let text = if wire.is_xml {
        parts.headers.insert(header::CONTENT_TYPE, FHIR_XML);
        write_xml(&resource, wire.is_pretty)
    } else if wire.is_pretty {
        serde_json::to_string_pretty(&resource).unwrap_or_default()
    } else {
        resource.to_string()
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    let vary = HeaderValue::from_static("accept");
    parts.headers.append(header::VARY, vary);
    Response::from_parts(parts, Body::from(text))
}
