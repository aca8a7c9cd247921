//! FHIR R4 over HTTP: `Organization/$everything`, and `HealthcareService/$changes`, which says what a
//! copy of the offer must take over since it was last brought up to date.
//!
//! **Source:** ANS, ROR guide 0.7.0, synchronisation; FHIR R4, 3.2.0, operations.

use axum::{Router, extract::State, http::HeaderMap, response::Response, routing::get};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, json};

use super::{
    ApiError,
    extract::{QueryPairs, ResourceAddress, accept_fhir_json},
    fhir::{FhirState, address, json_response, read_text, seen_by},
    fhir_requests::reader_of,
};
use crate::{
    fhir::{
        BundleWriter, DEFAULT_COUNT, EntryMode, MAX_COUNT, ResourceType, SearchsetWriter, instants,
    },
    finding::{Bilingual, Finding},
    flows::{MemberPlace, offer_changes, structure_members},
    storage::ChangedOffer,
};

/// The routes of the feeds.
pub(super) fn routes() -> Router<FhirState> {
    Router::new()
        .route("/{type}/{id}/$everything", get(everything))
        .route("/{type}/$changes", get(changes))
}

/// What the query of a feed says.
struct Feed {
    types: Vec<ResourceType>,
    since: Option<String>,
    count: usize,
    cursor: Vec<String>,
    /// The pairs, without the cursor.
    own: Vec<(String, String)>,
}

impl Feed {
    fn read(pairs: &[(String, String)], takes_types: bool) -> Result<Self, ApiError> {
        let mut feed = Self {
            types: Vec::new(),
            since: None,
            count: DEFAULT_COUNT,
            cursor: Vec::new(),
            own: Vec::new(),
        };
        let mut findings = Vec::new();
        for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
            if feed.take(name, value, takes_types).is_none() {
                findings.push(unknown(name, takes_types));
            }
            if name != "_cursor" {
                feed.own.push((name.clone(), value.clone()));
            }
        }
        if feed.types.is_empty() {
            feed.types = ResourceType::OF_OFFERS.to_vec();
        }
        if findings.is_empty() {
            Ok(feed)
        } else {
            Err(ApiError::UnsupportedQuery(findings))
        }
    }

    fn take(&mut self, name: &str, value: &str, takes_types: bool) -> Option<()> {
        match name {
            "_count" => self.count = value.parse::<usize>().ok()?.clamp(1, MAX_COUNT),
            "_since" => self.since = Some(instants(&format!("ge{value}"))?.from?),
            "_type" if takes_types => {
                for name in value.split(',') {
                    let kind = ResourceType::parse(name.trim())?;
                    ResourceType::OF_OFFERS.contains(&kind).then_some(())?;
                    self.types.push(kind);
                }
            }
            "_cursor" => {
                let bytes = BASE64_URL_SAFE_NO_PAD.decode(value).ok()?;
                let text = String::from_utf8(bytes).ok()?;
                let parts = text.strip_prefix("1|")?.split('|');
                self.cursor = parts.map(str::to_owned).collect();
                (self.cursor.len() == 2).then_some(())?;
            }
            "_format" | "_pretty" | "_summary" | "_elements" => {}
            _ => return None,
        }
        Some(())
    }

    /// The links of a page; `next` is where the following one goes on.
    fn links(&self, base: String, next: Option<[&str; 2]>) -> Vec<(&'static str, String)> {
        let mut links = vec![("self", address(base.clone(), &self.own, None))];
        if let Some([first, second]) = next {
            let token = BASE64_URL_SAFE_NO_PAD.encode(format!("1|{first}|{second}"));
            links.push(("next", address(base, &self.own, Some(&token))));
        }
        links
    }
}

async fn everything(
    State(state): State<FhirState>,
    asked: ResourceAddress,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(&headers, &pairs)?;
    if asked.kind != ResourceType::Organization {
        return Err(ApiError::NotFound);
    }
    let feed = Feed::read(&pairs, true)?;
    let reader = reader_of(&state.secrets, &headers);
    // Absent, deleted or not for this reader: told as a read would.
    read_text(&state, asked.kind, &asked.id, None, reader).await?;
    let after = match feed.cursor.as_slice() {
        [kind, id] => Some(MemberPlace {
            kind: ResourceType::parse(kind)
                .ok_or_else(|| ApiError::UnsupportedQuery(vec![unknown("_cursor", true)]))?,
            id: id.clone(),
        }),
        _ => None,
    };
    let page = structure_members(
        &state.context,
        &asked.id,
        (&feed.types, feed.since.as_deref()),
        (after.as_ref(), feed.count),
        reader,
    )
    .await?;
    let base = format!("{}/Organization/{}/$everything", state.base_url, asked.id);
    let next = page.next.as_ref();
    let next = next.map(|place| [place.kind.as_str(), place.id.as_str()]);
    let mut writer = SearchsetWriter::new(None, &feed.links(base, next));
    for resource in &page.resources {
        let (kind, id) = (resource.kind.as_str(), &resource.id);
        let url = format!("{}/{kind}/{id}", state.base_url);
        writer.push(
            Some(&url),
            &seen_by(reader, &resource.json),
            EntryMode::Match,
        );
    }
    Ok(json_response(writer.finish()))
}

async fn changes(
    State(state): State<FhirState>,
    asked: ResourceAddress,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(&headers, &pairs)?;
    if asked.kind != ResourceType::HealthcareService {
        return Err(ApiError::NotFound);
    }
    let feed = Feed::read(&pairs, false)?;
    let Some(since) = feed.since.as_deref() else {
        return Err(ApiError::UnsupportedQuery(vec![unknown("_since", false)]));
    };
    let reader = reader_of(&state.secrets, &headers);
    // The instant of the first page holds for all: what is written meanwhile comes the next time.
    let (until, after) = match feed.cursor.as_slice() {
        [until, after] => (until.clone(), after.as_str()),
        _ => {
            let last = state.context.storage.last_change().await?;
            (last.unwrap_or_else(|| since.to_owned()), "")
        }
    };
    let page = offer_changes(&state.context, since, (after, feed.count), reader).await?;
    let base = format!("{}/HealthcareService/$changes", state.base_url);
    let last = page.changes.last().filter(|_| page.has_more);
    let next = last.map(|last| [until.as_str(), last.id.as_str()]);
    let mut writer = BundleWriter::new("history", None, &feed.links(base, next));
    writer.stamp(&until);
    for ChangedOffer { id, offer } in &page.changes {
        let path = format!("HealthcareService/{id}");
        let (method, status) = match offer {
            Some(_) => ("PUT", "200 OK"),
            None => ("DELETE", "204 No Content"),
        };
        let mut response = json!({"status": status});
        if let Some(offer) = offer {
            response["etag"] = json!(format!("W/\"{}\"", offer.version));
            response["lastModified"] = json!(offer.last_updated);
        }
        let mut others = Map::new();
        others.insert("request".to_owned(), json!({"method": method, "url": path}));
        others.insert("response".to_owned(), response);
        let url = format!("{}/{path}", state.base_url);
        let json = offer.as_ref().map(|offer| seen_by(reader, &offer.json));
        writer.push(Some(&url), json.as_deref(), others);
    }
    Ok(json_response(writer.finish()))
}

fn unknown(name: &str, takes_types: bool) -> Finding {
    let is_plain = name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_graphic());
    let names = if takes_types {
        "_since, _type, _count"
    } else {
        "_since, _count"
    };
    Finding::error(
        "FEED-PARAMETER",
        if is_plain { name } else { "?" },
        Bilingual::new(
            "Ce paramètre manque, n'est pas connu ici, ou sa valeur n'est pas lisible.",
            "This parameter is missing, is not known here, or its value cannot be read.",
        ),
        Bilingual::new(
            format!("Paramètres : {names} (_since : un instant), et le lien next."),
            format!("Parameters: {names} (_since: an instant), and the next link."),
        ),
    )
}
