//! Every route, with the right that it needs, and what surrounds each request.

use std::{any::Any, sync::Arc, time::Instant};

use axum::{
    Extension, Router,
    extract::{MatchedPath, Request, State},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use tower::{Layer, util::MapRequestLayer};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use crate::{
    api::{self, ApiError, Guard, Right, Secrets, answer_in_asked_language},
    flows::Context,
    web,
};

/// Every route of the service, which others reach under `public_url`. Addresses are put right before
/// a route is looked for.
pub fn router(context: Arc<Context>, secrets: Arc<Secrets>, public_url: &str) -> Router {
    let plain = MapRequestLayer::new(api::with_plain_operation);
    Router::new().fallback_service(plain.layer(routes(context, secrets, public_url)))
}

fn routes(context: Arc<Context>, secrets: Arc<Secrets>, public_url: &str) -> Router {
    let limit_bytes = context.max_body_bytes;
    let needs = |right| {
        let guard = Guard {
            right,
            secrets: Arc::clone(&secrets),
        };
        from_fn_with_state(guard, api::require)
    };
    let public = Router::new()
        .route("/health/live", get(api::live))
        .route("/health/ready", get(api::ready))
        .merge(web::assets_router())
        .merge(web::offers_router())
        .merge(web::space_login_router())
        .merge(web::space_router())
        .merge(web::space_structure_router())
        .merge(web::space_application_router())
        .merge(web::space_offer_router())
        .merge(web::space_files_router())
        .merge(web::offer_page_router())
        .merge(web::structure_page_router())
        .merge(web::selection_router())
        .merge(web::error_report_router())
        .merge(web::embed_router())
        .merge(web::directory_exports_router())
        .merge(web::sitemap_router())
        .merge(web::accessibility_router())
        .layer(Extension(web::PublicUrl(public_url.into())));
    let reports = api::reports_router().route_layer(needs(Right::Reports));
    let documents =
        api::documents_router(Arc::clone(&context), public_url).route_layer(needs(Right::Reports));
    let operations = Router::new()
        .route("/metrics", get(api::metrics))
        .merge(web::operations_router())
        .merge(web::report_page_router())
        .merge(web::quarantine_router())
        .merge(web::follow_up_router())
        .merge(web::follow_up_csv_router())
        .merge(web::work_item_router())
        .merge(web::coverage_router())
        .merge(web::directory_statistics_router())
        .merge(web::releases_router(context.max_release_bytes))
        .route_layer(needs(Right::Operations));
    let nominative = web::nominative_router().route_layer(needs(Right::Reports));
    public
        .merge(reports)
        .merge(nominative)
        .merge(operations)
        .with_state(Arc::clone(&context))
        .merge(documents)
        .merge(api::terminology_router(Arc::clone(&context), public_url))
        .merge(api::fhir_router(
            Arc::clone(&context),
            Arc::clone(&secrets),
            public_url,
        ))
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(from_fn(answer_in_asked_language))
        .layer(from_fn(move |request, next| {
            api::speak_every_format(limit_bytes, request, next)
        }))
        .layer(CatchPanicLayer::custom(tell_panic))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(context, observe))
}

/// A panic is a fault of ours: the caller is told so, and the next request is answered.
fn tell_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    tracing::error!(message, "a request met a panic");
    ApiError::Fault.into_response()
}

/// Counts and logs each request by the pattern of its route: an address may hold what was searched.
async fn observe(State(context): State<Arc<Context>>, request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let route = route.unwrap_or_else(|| "unmatched".to_owned());
    let response = next.run(request).await;
    let seconds = begin.elapsed().as_secs_f64();
    let status = response.status().as_u16();
    context.metrics.request(&route, status, seconds);
    tracing::info!(%method, route, status, duration_ms = seconds * 1000.0, "request answered");
    response
}
