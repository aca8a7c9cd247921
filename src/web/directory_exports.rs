//! `/donnees`: the published offers as files, for secretaries, for software, for everybody.

use std::sync::Arc;

use askama::Template;
use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures_util::{Stream, stream};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{
    csv::{csv_answer, push_line},
    file::file_response,
    layout::Layout,
    offer_query::OfferQuery,
    page::public_page,
    public_url::PublicUrl,
};
use crate::{
    api::{ApiError, extract::QueryPairs},
    flows::{BundleReader, Context, Snapshot, find_offers, published_offers},
    offer_search::{OPEN_DATA_COLUMNS, open_data_line},
    rendering::spreadsheet,
    terminology::Terminology,
};

/// Offers written at once.
const BATCH: usize = 500;
/// Rows of a spreadsheet: it is made in memory.
const MOST_ROWS: usize = 20_000;
/// Under which the file may be used again.
const LICENCE: &str = "https://www.etalab.gouv.fr/licence-ouverte-open-licence";

/// The routes of the files.
pub fn directory_exports_router() -> Router<Arc<Context>> {
    Router::new()
        .route("/donnees", get(guide))
        .route("/donnees/offres.csv", get(search_csv))
        .route("/donnees/offres.ods", get(search_ods))
        .route("/donnees/soins-de-support.csv", get(open_csv))
        .route("/donnees/datapackage.json", get(package))
        .route("/donnees/offres.fhir.json", get(bundle))
}

#[derive(Template)]
#[template(path = "exports.html")]
struct ExportsPage {
    layout: Layout,
    url: String,
    count: u64,
}

/// `GET /donnees`
async fn guide(
    State(context): State<Arc<Context>>,
    Extension(url): Extension<PublicUrl>,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "offres");
    let snapshot = published_offers(&context).await?;
    public_page(&ExportsPage {
        layout,
        url: url.0.to_string(),
        count: snapshot.index.len(),
    })
}

/// `GET /donnees/offres.csv?…`: the offers of a search, whole, for a spreadsheet.
async fn search_csv(
    State(context): State<Arc<Context>>,
    QueryPairs(pairs): QueryPairs,
) -> Result<Response, ApiError> {
    let query = OfferQuery::read(&pairs).with(|_| {});
    let found = find_offers(&context, &query.wanted).await?;
    let rows = found.answer.rows_by_name(&found.snapshot.index);
    let terminology = context.terminology.load();
    let chunks = lines(found.snapshot, rows, terminology, Spreadsheet::Yes);
    Ok(csv_answer(
        "soins-de-support.csv",
        Body::from_stream(chunks),
    ))
}

/// `GET /donnees/offres.ods?…`: the same as a spreadsheet.
async fn search_ods(
    State(context): State<Arc<Context>>,
    uri: Uri,
    headers: HeaderMap,
    QueryPairs(pairs): QueryPairs,
) -> Result<Response, ApiError> {
    let layout = Layout::new(&uri, &headers, "offres");
    let query = OfferQuery::read(&pairs).with(|_| {});
    let found = find_offers(&context, &query.wanted).await?;
    let mut rows = found.answer.rows_by_name(&found.snapshot.index);
    rows.truncate(MOST_ROWS);
    let terminology = context.terminology.load();
    let name = layout.say("Soins de support", "Supportive care").to_owned();
    let made = spawn_blocking(move || {
        let index = &found.snapshot.index;
        let head = OPEN_DATA_COLUMNS
            .iter()
            .map(|column| column.name.to_owned());
        let lines = rows
            .iter()
            .map(|row| open_data_line(index.offer(*row), &terminology));
        spreadsheet(&name, std::iter::once(head.collect()).chain(lines))
    });
    let bytes = made.await.map_err(|_| ApiError::Fault)?.map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a spreadsheet could not be written"
        );
        ApiError::Fault
    })?;
    Ok(file_response(
        "application/vnd.oasis.opendocument.spreadsheet",
        "attachment; filename=\"soins-de-support.ods\"",
        bytes,
    ))
}

/// `GET /donnees/soins-de-support.csv`: every published offer, as open data: RFC 4180, UTF-8 without a
/// mark, commas.
async fn open_csv(State(context): State<Arc<Context>>) -> Result<Response, ApiError> {
    let snapshot = published_offers(&context).await?;
    let rows = snapshot.index.rows_by_name();
    let terminology = context.terminology.load();
    let chunks = lines(snapshot, rows, terminology, Spreadsheet::No);
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8; header=present"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"soins-de-support.csv\""),
        ),
        (
            header::LINK,
            HeaderValue::from_static(
                "<https://www.etalab.gouv.fr/licence-ouverte-open-licence>; rel=\"license\", \
                 </donnees/datapackage.json>; rel=\"describedby\"; type=\"application/json\"",
            ),
        ),
        (
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        ),
    ];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

/// Whether the lines are for a spreadsheet, which takes some texts for formulas.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spreadsheet {
    Yes,
    No,
}

/// The lines of these rows, some hundred at a time.
fn lines(
    snapshot: Arc<Snapshot>,
    rows: Vec<u32>,
    terminology: Arc<Terminology>,
    spreadsheet: Spreadsheet,
) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> + Send {
    let batches = rows.len().div_ceil(BATCH).max(1);
    stream::iter((0..batches).map(move |batch| {
        let mut text = String::new();
        if batch == 0 {
            let head: Vec<String> = OPEN_DATA_COLUMNS
                .iter()
                .map(|column| column.name.to_owned())
                .collect();
            // A mark without which spreadsheets read accents wrong.
            text.push_str(if spreadsheet == Spreadsheet::Yes {
                "\u{feff}"
            } else {
                ""
            });
            push(&mut text, &head, spreadsheet);
        }
        let index = &snapshot.index;
        for row in rows.iter().skip(batch * BATCH).take(BATCH) {
            let line = open_data_line(index.offer(*row), &terminology);
            push(&mut text, &line, spreadsheet);
        }
        Ok(Bytes::from(text))
    }))
}

fn push(text: &mut String, line: &[String], spreadsheet: Spreadsheet) {
    if spreadsheet == Spreadsheet::Yes {
        return push_line(text, line);
    }
    let quoted = line.iter().map(|cell| {
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.clone()
        }
    });
    text.push_str(&quoted.collect::<Vec<_>>().join(","));
    text.push_str("\r\n");
}

/// `GET /donnees/datapackage.json`: what the open file is, its licence and its columns.
///
/// **Source:** Data Package and Table Schema 1.0 (frictionlessdata.io).
async fn package(Extension(url): Extension<PublicUrl>) -> Response {
    let fields: Vec<Value> = OPEN_DATA_COLUMNS
        .iter()
        .map(|column| json!({"name": column.name, "type": column.kind, "description": column.meaning}))
        .collect();
    let package = json!({
        "profile": "tabular-data-package",
        "name": "soins-de-support",
        "title": "Soins oncologiques de support : offres publiées",
        "homepage": format!("{}/donnees", url.0),
        "licenses": [{"name": "etalab-2.0", "title": "Licence Ouverte 2.0 (Etalab)", "path": LICENCE}],
        "resources": [{
            "profile": "tabular-data-resource",
            "name": "offres",
            "path": format!("{}/donnees/soins-de-support.csv", url.0),
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "schema": {"fields": fields, "primaryKey": "offre_id"},
        }],
    });
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        ),
        (
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        ),
    ];
    (headers, package.to_string()).into_response()
}

/// `GET /donnees/offres.fhir.json`: every published offer with its structure and place, a FHIR Bundle.
async fn bundle(State(context): State<Arc<Context>>) -> Response {
    let reader = BundleReader::new(context);
    let chunks = stream::try_unfold(reader, |mut reader| async move {
        Ok::<_, crate::storage::StorageError>(reader.next().await?.map(|text| (text, reader)))
    });
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/fhir+json; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"offres.fhir.json\""),
        ),
    ];
    (headers, Body::from_stream(chunks)).into_response()
}
