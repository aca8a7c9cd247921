//! FHIR R4 over HTTP: the history of a resource, of a type, of the directory.
//!
//! **Source:** FHIR R4, 3.1.0.12.

use axum::{extract::State, http::HeaderMap, response::Response};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, json};

use super::{
    ApiError,
    extract::{QueryPairs, ResourceAddress, accept_fhir_json},
    fhir::{FhirState, json_response},
    fhir_requests::reader_of,
};
use crate::{
    fhir::{BundleWriter, instants, public_json},
    finding::{Bilingual, Finding},
    storage::{HistoryPlace, HistoryQuery, HistoryRow, Reader},
};

/// Versions on a page, when nothing is asked.
const DEFAULT_COUNT: i64 = 50;
/// Versions on a page, at the most.
const MAX_COUNT: i64 = 200;

pub(super) async fn of_resource(
    State(state): State<FhirState>,
    address: ResourceAddress,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let query = HistoryQuery {
        kind: Some(address.kind),
        id: Some(address.id),
        ..HistoryQuery::default()
    };
    answer(&state, query, &pairs, &headers).await
}

pub(super) async fn of_type(
    State(state): State<FhirState>,
    address: ResourceAddress,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let query = HistoryQuery {
        kind: Some(address.kind),
        ..HistoryQuery::default()
    };
    answer(&state, query, &pairs, &headers).await
}

pub(super) async fn of_system(
    State(state): State<FhirState>,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer(&state, HistoryQuery::default(), &pairs, &headers).await
}

async fn answer(
    state: &FhirState,
    mut query: HistoryQuery,
    pairs: &[(String, String)],
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(headers, pairs)?;
    read_pairs(&mut query, pairs)?;
    let reader = reader_of(&state.secrets, headers);
    let storage = &state.context.storage;
    let page = query.count;
    query.count += 1;
    let mut rows = storage.history(&query, reader).await?;
    let total = storage.count_history(&query, reader).await?;
    if total == 0 && query.id.is_some() {
        return Err(ApiError::NotFound);
    }
    let has_more = rows.len() > usize::try_from(page).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(page).unwrap_or(usize::MAX));
    let base = address_of(state, &query);
    let mut links = vec![("self", url(&base, pairs, None))];
    if let Some(last) = rows.last().filter(|_| has_more) {
        links.push(("next", url(&base, pairs, Some(&token(&last.place)))));
    }
    let mut writer = BundleWriter::new("history", Some(total), &links);
    for row in &rows {
        push(state, &mut writer, row, reader);
    }
    Ok(json_response(writer.finish()))
}

fn push(state: &FhirState, writer: &mut BundleWriter, row: &HistoryRow, reader: Reader) {
    let HistoryPlace {
        kind,
        id,
        version,
        last_updated,
    } = &row.place;
    let path = if row.method == "POST" {
        kind.clone()
    } else {
        format!("{kind}/{id}")
    };
    let status = match row.method.as_str() {
        "POST" => "201 Created",
        "DELETE" => "204 No Content",
        _ => "200 OK",
    };
    let mut others = Map::new();
    others.insert(
        "request".to_owned(),
        json!({"method": row.method, "url": path}),
    );
    let response = json!({"status": status, "etag": format!("W/\"{version}\""),
        "lastModified": last_updated});
    others.insert("response".to_owned(), response);
    let url = format!("{}/{kind}/{id}", state.base_url);
    let json = match reader {
        Reader::Public => public_json(&row.json),
        Reader::Network => row.json.as_str().into(),
    };
    let resource = Some(json.as_ref()).filter(|json| !json.is_empty());
    writer.push(Some(&url), resource, others);
}

fn read_pairs(query: &mut HistoryQuery, pairs: &[(String, String)]) -> Result<(), ApiError> {
    query.count = DEFAULT_COUNT;
    let mut findings = Vec::new();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        let understood = match name.as_str() {
            "_count" => value.parse().ok().map(|count: i64| {
                query.count = count.clamp(1, MAX_COUNT);
            }),
            "_since" => instants(&format!("ge{value}")).map(|range| query.since = range.from),
            "_cursor" => place(value).map(|place| query.after = Some(place)),
            "_format" | "_pretty" | "_summary" | "_elements" => Some(()),
            _ => None,
        };
        if understood.is_none() {
            findings.push(unknown(name));
        }
    }
    if findings.is_empty() {
        Ok(())
    } else {
        Err(ApiError::UnsupportedQuery(findings))
    }
}

fn unknown(name: &str) -> Finding {
    let is_plain = name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_graphic());
    Finding::error(
        "HISTORY-PARAMETER",
        if is_plain { name } else { "?" },
        Bilingual::new(
            "Ce paramètre n'est pas connu d'un historique, ou sa valeur n'est pas lisible.",
            "This parameter is not known of a history, or its value cannot be read.",
        ),
        Bilingual::new(
            "Paramètres : _count, _since (un instant), et le lien next.",
            "Parameters: _count, _since (an instant), and the next link.",
        ),
    )
}

fn address_of(state: &FhirState, query: &HistoryQuery) -> String {
    let mut address = state.base_url.to_string();
    for part in [
        query.kind.map(crate::fhir::ResourceType::as_str),
        query.id.as_deref(),
    ]
    .into_iter()
    .flatten()
    {
        address.push('/');
        address.push_str(part);
    }
    address.push_str("/_history");
    address
}

fn url(base: &str, pairs: &[(String, String)], cursor: Option<&str>) -> String {
    let mut url = base.to_owned();
    let own = pairs
        .iter()
        .filter(|(name, value)| name != "_cursor" && !value.is_empty())
        .map(|(name, value)| (name.as_str(), value.as_str()));
    for (rank, (name, value)) in own
        .chain(cursor.map(|token| ("_cursor", token)))
        .enumerate()
    {
        url.push(if rank == 0 { '?' } else { '&' });
        url.push_str(name);
        url.push('=');
        url.extend(percent_encoding::utf8_percent_encode(
            value,
            percent_encoding::NON_ALPHANUMERIC,
        ));
    }
    url
}

/// A place as an opaque token, its form in front.
fn token(place: &HistoryPlace) -> String {
    let HistoryPlace {
        last_updated,
        kind,
        id,
        version,
    } = place;
    BASE64_URL_SAFE_NO_PAD.encode(format!("1|{last_updated}|{kind}|{id}|{version}"))
}

fn place(token: &str) -> Option<HistoryPlace> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let parts: Vec<&str> = text.split('|').collect();
    let ["1", last_updated, kind, id, version] = *parts.as_slice() else {
        return None;
    };
    Some(HistoryPlace {
        last_updated: last_updated.to_owned(),
        kind: kind.to_owned(),
        id: id.to_owned(),
        version: version.parse().ok()?,
    })
}
