//! `POST /rcp-reports`: a body becomes a report, or is refused and kept.

use std::sync::Arc;

use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;

use super::{
    ApiError,
    report_views::{json, view},
};
use crate::{
    finding::{Bilingual, Finding},
    flows::{Context, Handover, IdempotencyKey, accept, keep_oversized},
};

/// What is kept of a body that is too large.
const HEAD_BYTES: usize = 65_536;

/// `POST /rcp-reports`: 201 with a new report, 200 with one that had come before.
pub(super) async fn hand_in(
    State(context): State<Arc<Context>>,
    request: Request,
) -> Result<Response, ApiError> {
    let key = idempotency_key(request.headers())?;
    let bytes = take_body(&context, request).await?;
    let handover = Handover {
        bytes: &bytes,
        source: "http",
        key: key.as_ref(),
    };
    let accepted = accept(&context, handover).await?;
    let view = view(&context, &accepted.report_id, accepted.warnings).await?;
    let location = HeaderValue::try_from(format!("/rcp-reports/{}", accepted.report_id))
        .map_err(|_| ApiError::Fault)?;
    let status = if accepted.is_repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, [(header::LOCATION, location)], json(&view)).into_response())
}

/// The bytes of a body of a type that can be a report. Of one that is too large the beginning is
/// kept in quarantine.
pub(super) async fn take_body(context: &Context, request: Request) -> Result<Vec<u8>, ApiError> {
    refuse_foreign_type(request.headers())?;
    let limit_bytes = context.max_body_bytes;
    match read(request.into_body(), limit_bytes).await? {
        Read::Whole(bytes) => Ok(bytes),
        Read::Head(head) => {
            keep_oversized(context, &head, "http", limit_bytes).await?;
            Err(ApiError::TooLarge { limit_bytes })
        }
    }
}

/// What was read of a body.
enum Read {
    Whole(Vec<u8>),
    /// Its beginning: it is larger than the limit.
    Head(Vec<u8>),
}

/// Reads a body up to the limit; one that says that it is larger is not read further than what is
/// kept of it.
async fn read(body: Body, limit_bytes: usize) -> Result<Read, ApiError> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let enough = if announced > limit_bytes {
        HEAD_BYTES.min(limit_bytes)
    } else {
        limit_bytes
    };
    let mut bytes = Vec::with_capacity(announced.min(enough));
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| ApiError::Malformed(vec![broken_off()]))?;
        let room = enough - bytes.len();
        bytes.extend_from_slice(piece.get(..room).unwrap_or(&piece));
        if piece.len() > room {
            bytes.truncate(HEAD_BYTES);
            return Ok(Read::Head(bytes));
        }
    }
    if bytes.len() == enough && announced > limit_bytes {
        return Ok(Read::Head(bytes));
    }
    Ok(Read::Whole(bytes))
}

fn broken_off() -> Finding {
    Finding::error(
        "P-HTTP-1",
        "",
        Bilingual::new(
            "Le corps de la demande s'est interrompu.",
            "The body of the request broke off.",
        ),
        Bilingual::new("Renvoyez-le en entier.", "Send it whole again."),
    )
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, ApiError> {
    let mut keys = headers.get_all("idempotency-key").iter();
    let Some(value) = keys.next() else {
        return Ok(None);
    };
    // The draft writes a quoted string; most senders leave the quotes out.
    let key = value
        .to_str()
        .ok()
        .map(|text| text.trim().trim_matches('"'))
        .and_then(|text| text.parse().ok());
    match (key, keys.next()) {
        (Some(key), None) => Ok(Some(key)),
        _ => Err(ApiError::Malformed(vec![Finding::error(
            "P-KEY-2",
            "Idempotency-Key",
            Bilingual::new(
                "Cette clé n'est pas utilisable.",
                "This key cannot be used.",
            ),
            Bilingual::new(
                "Donnez une seule clé, de 1 à 255 caractères ASCII visibles.",
                "Give one key of 1 to 255 visible ASCII characters.",
            ),
        )])),
    }
}

/// The content decides what arrived; a type that can be neither JSON nor XML nor an archive is
/// refused unread, and so is a body that is compressed on its way.
fn refuse_foreign_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let is_encoded = headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if is_encoded {
        return Err(ApiError::UnsupportedMediaType);
    }
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
    let essence = text.split(';').next().unwrap_or_default().trim();
    let is_report = essence.ends_with("json")
        || essence.ends_with("xml")
        || matches!(
            essence,
            "application/zip" | "application/x-zip-compressed" | "application/octet-stream"
        );
    if is_report {
        Ok(())
    } else {
        Err(ApiError::UnsupportedMediaType)
    }
}
