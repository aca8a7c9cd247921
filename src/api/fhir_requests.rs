//! What a FHIR request says beside its address: who asks, what it carries, what it prefers.

use axum::{
    extract::Request,
    http::{HeaderMap, header},
};
use bytes::Bytes;
use serde_json::Value;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::{
    ApiError,
    access::{Right, Secrets, offered_secret},
    extract::read_body,
    fhir::{FhirState, HTTP_DATE},
    fhir_wire::{OriginalBody, UnreadableXml},
};
use crate::{
    fhir::read_json,
    flows::{SentBytes, keep_refused},
    storage::Reader,
};

/// What the answer to a write holds.
///
/// **Source:** FHIR R4, 3.1.0.1.8, `Prefer: return=…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The resource.
    Representation,
    /// Nothing.
    Minimal,
    /// What is worth knowing of the write.
    Outcome,
}

/// The body of a request, and how it came.
pub(super) struct ReadBody {
    /// The resource or patch.
    pub value: Value,
    /// The bytes as they came.
    pub bytes: Bytes,
    /// Their media type.
    pub media_type: String,
}

/// Who asks: the network when it shows the token of the offers, else anybody.
pub(super) fn reader_of(secrets: &Secrets, headers: &HeaderMap) -> Reader {
    let offered = offered_secret(headers);
    if offered.is_some() && secrets.opens(Right::Offers, offered.as_deref()) {
        Reader::Network
    } else {
        Reader::Public
    }
}

/// Refuses a caller who may not write.
pub(super) fn may_write(secrets: &Secrets, headers: &HeaderMap) -> Result<(), ApiError> {
    if secrets.opens(Right::Offers, offered_secret(headers).as_deref()) {
        Ok(())
    } else {
        Err(ApiError::Unauthenticated)
    }
}

/// Media type of the body, without its parameters, in small letters.
pub(super) fn media_type_of(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let bare = text.split(';').next().unwrap_or_default();
    bare.trim().to_ascii_lowercase()
}

/// Reads the JSON body of a request; what cannot be read is kept, when its sender may write.
pub(super) async fn read_resource(
    state: &FhirState,
    request: Request,
    media_types: &[&str],
) -> Result<ReadBody, ApiError> {
    let context = &state.context;
    let is_kept = may_write(&state.secrets, request.headers()).is_ok();
    let media_type = media_type_of(request.headers());
    if !media_types.contains(&media_type.as_str()) {
        return Err(ApiError::UnsupportedMediaType);
    }
    let (parts, body) = request.into_parts();
    let bytes = read_body(body, context.max_body_bytes).await?;
    let original = parts.extensions.get::<OriginalBody>().cloned();
    let read = match parts.extensions.get::<UnreadableXml>() {
        Some(UnreadableXml(findings)) => Err(findings.clone()),
        None => read_json(&bytes, context.max_body_bytes),
    };
    let (bytes, media_type) = match original {
        Some(original) => (original.bytes, original.media_type),
        None => (bytes, media_type),
    };
    match read {
        Ok(value) => Ok(ReadBody {
            value,
            bytes,
            media_type,
        }),
        Err(findings) if !is_kept => Err(ApiError::Malformed(findings)),
        Err(findings) => {
            let sent = SentBytes {
                bytes: &bytes,
                media_type: &media_type,
                base_url: "",
            };
            keep_refused(context, sent, &findings).await?;
            Err(ApiError::Malformed(findings))
        }
    }
}

/// `Prefer: return=…`; the resource when nothing is preferred.
pub(super) fn wanted(headers: &HeaderMap) -> Wanted {
    let preferences = headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']));
    for preference in preferences {
        match preference.trim().to_ascii_lowercase().as_str() {
            "return=minimal" => return Wanted::Minimal,
            "return=operationoutcome" => return Wanted::Outcome,
            "return=representation" => return Wanted::Representation,
            _ => {}
        }
    }
    Wanted::Representation
}

/// The version that `If-Match` asks for. What is no version matches none.
///
/// **Source:** FHIR R4, 3.1.0.5; RFC 9110, 13.1.1.
pub(super) fn version_of_tag(tag: &str) -> Option<i64> {
    let bare = tag.trim().trim_start_matches("W/").trim_matches('"');
    match bare {
        "*" => None,
        number => Some(number.parse().unwrap_or(-1)),
    }
}

/// True when `If-Modified-Since` names an instant after the last change, to the second.
pub(super) fn is_unmodified(headers: &HeaderMap, last_updated: &str) -> bool {
    let since = headers
        .get(header::IF_MODIFIED_SINCE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| PrimitiveDateTime::parse(text, HTTP_DATE).ok())
        .map(PrimitiveDateTime::assume_utc);
    let changed =
        OffsetDateTime::parse(last_updated, &time::format_description::well_known::Rfc3339).ok();
    match (since, changed) {
        (Some(since), Some(changed)) => changed.unix_timestamp() <= since.unix_timestamp(),
        _ => false,
    }
}
