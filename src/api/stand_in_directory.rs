//! The stand-in of the national directory over HTTP, for the demonstration and for tests.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use percent_encoding::percent_decode_str;

use super::extract::QueryPairs;
use crate::annuaire::{Pace, Reply, StandIn};

/// Requests in a second that the national directory takes of one application.
const REQUESTS_PER_SECOND: u32 = 17;

struct Served {
    directory: StandIn,
    base: String,
    api_key: Option<String>,
    pace: Mutex<Pace>,
}

/// The directory's routes, for a server that others reach at `origin`. With a key, questions without
/// it are refused with 401; those beyond the pace of the national directory with 429.
pub fn stand_in_directory_router(
    directory: StandIn,
    origin: &str,
    api_key: Option<String>,
) -> Router {
    let served = Served {
        directory,
        base: format!("{origin}/fhir/v2"),
        api_key,
        pace: Mutex::new(Pace::per_second(REQUESTS_PER_SECOND)),
    };
    Router::new().fallback(answer).with_state(Arc::new(served))
}

async fn answer(
    State(served): State<Arc<Served>>,
    QueryPairs(pairs): QueryPairs,
    request: Request,
) -> Response {
    let offered = request.headers().get("esante-api-key");
    let is_known = served
        .api_key
        .as_deref()
        .is_none_or(|key| offered.is_some_and(|offered| offered.as_bytes() == key.as_bytes()));
    if !is_known {
        return (StatusCode::UNAUTHORIZED, "Unauthorized").into_response();
    }
    if served.is_too_soon() {
        let wait = [(header::RETRY_AFTER, HeaderValue::from_static("1"))];
        return (StatusCode::TOO_MANY_REQUESTS, wait).into_response();
    }
    let path = percent_decode_str(request.uri().path()).decode_utf8_lossy();
    let Some(path) = path.strip_prefix("/fhir/v2/") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Reply { status, body } = served.directory.answer(&served.base, path, &pairs);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let media_type = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/fhir+json;charset=UTF-8"),
    )];
    (status, media_type, body.to_string()).into_response()
}

impl Served {
    /// Refuses what comes more than a second ahead of the pace.
    fn is_too_soon(&self) -> bool {
        let mut pace = self
            .pace
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        pace.is_beyond(std::time::Instant::now(), std::time::Duration::from_secs(1))
    }
}
