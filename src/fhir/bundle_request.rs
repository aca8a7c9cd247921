//! A Bundle that asks: what each entry of a transaction or batch wants.
//!
//! **Source:** FHIR R4, 3.1.0.11.

use serde_json::Value;

use super::{
    ResourceType,
    element::{children, text},
    is_id,
};
use crate::finding::{Bilingual, Finding, FindingKind};

/// Most entries of a Bundle that asks.
pub const MAX_ENTRIES: usize = 5_000;

/// Whether the entries go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundleKind {
    /// All or none.
    Transaction,
    /// Each for itself.
    Batch,
}

/// What an entry does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// First of all.
    Delete,
    /// Then what is new.
    Post,
    /// Then what takes the place of something.
    Put,
    /// Then what changes a part.
    Patch,
    /// What is read, is read last.
    Get,
}

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestEntry {
    /// Its rank in the Bundle, from 0.
    pub rank: usize,
    /// What it does.
    pub verb: Verb,
    /// Type that it is about.
    pub kind: ResourceType,
    /// Id in the address.
    pub id: Option<String>,
    /// Version in the address.
    pub version: Option<i64>,
    /// Query of the address, encoded.
    pub query: Option<String>,
    /// The resource that comes.
    pub resource: Option<Value>,
    /// Address under which other entries name it.
    pub full_url: Option<String>,
    /// `ifMatch`
    pub if_match: Option<String>,
    /// `ifNoneMatch`
    pub if_none_match: Option<String>,
    /// `ifNoneExist`, an encoded query.
    pub if_none_exist: Option<String>,
}

/// Reads a Bundle whose entries ask. The entries of a transaction come in the order in which they are
/// carried out.
///
/// # Errors
/// Every entry that cannot be understood.
pub fn read_requests(
    bundle: &mut Value,
    base_url: &str,
) -> Result<(BundleKind, Vec<RequestEntry>), Vec<Finding>> {
    let kind = match (text(bundle, "resourceType"), text(bundle, "type")) {
        (Some("Bundle"), Some("transaction")) => BundleKind::Transaction,
        (Some("Bundle"), Some("batch")) => BundleKind::Batch,
        _ => return Err(vec![not_a_request()]),
    };
    let entries = match bundle.get_mut("entry") {
        Some(Value::Array(entries)) => std::mem::take(entries),
        Some(_) => return Err(vec![not_a_request()]),
        None => Vec::new(),
    };
    if entries.len() > MAX_ENTRIES {
        return Err(vec![too_many()]);
    }
    let mut read = Vec::with_capacity(entries.len());
    let mut findings = Vec::new();
    for (rank, entry) in entries.into_iter().enumerate() {
        match RequestEntry::read(rank, entry, base_url) {
            Ok(entry) => read.push(entry),
            Err(finding) => findings.push(*finding),
        }
    }
    let mut urls: Vec<&str> = read
        .iter()
        .filter_map(|entry| entry.full_url.as_deref())
        .collect();
    urls.sort_unstable();
    if kind == BundleKind::Transaction && urls.windows(2).any(|pair| pair[0] == pair[1]) {
        findings.push(repeated_url());
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    if kind == BundleKind::Transaction {
        read.sort_by_key(|entry| entry.verb);
    }
    Ok((kind, read))
}

impl RequestEntry {
    fn read(rank: usize, mut entry: Value, base_url: &str) -> Result<Self, Box<Finding>> {
        let resource = entry.get_mut("resource").map(Value::take);
        let bad = |name: &str| bad_entry(&format!("Bundle.entry[{rank}].request.{name}"));
        let request = entry.get("request").ok_or_else(|| bad("method"))?;
        let verb = match text(request, "method") {
            Some("DELETE") => Verb::Delete,
            Some("POST") => Verb::Post,
            Some("PUT") => Verb::Put,
            Some("PATCH") => Verb::Patch,
            Some("GET" | "HEAD") => Verb::Get,
            Some(_) | None => return Err(bad("method")),
        };
        let url = text(request, "url").ok_or_else(|| bad("url"))?;
        let url = url
            .strip_prefix(base_url)
            .unwrap_or(url)
            .trim_start_matches('/');
        let (path, query) = match url.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (url, None),
        };
        let segments: Vec<&str> = path.split('/').collect();
        let (kind, id, version) = match segments.as_slice() {
            [kind] => (*kind, None, None),
            [kind, "_search"] => (*kind, None, None),
            [kind, id] => (*kind, Some(*id), None),
            [kind, id, "_history", version] => (
                *kind,
                Some(*id),
                Some(version.parse().map_err(|_| bad("url"))?),
            ),
            _ => return Err(bad("url")),
        };
        let kind = ResourceType::parse(kind).ok_or_else(|| bad("url"))?;
        if id.is_some_and(|id| !is_id(id)) {
            return Err(bad("url"));
        }
        let needs_resource = matches!(verb, Verb::Post | Verb::Put | Verb::Patch);
        let has_address = match verb {
            Verb::Post => id.is_none() && query.is_none(),
            Verb::Put | Verb::Patch | Verb::Delete => id.is_some() != query.is_some(),
            Verb::Get => true,
        };
        if !has_address {
            return Err(bad("url"));
        }
        if needs_resource && resource.is_none() {
            return Err(bad_entry(&format!("Bundle.entry[{rank}].resource")));
        }
        let own = |name: &str| text(request, name).map(str::to_owned);
        Ok(Self {
            rank,
            verb,
            kind,
            id: id.map(str::to_owned),
            version,
            query,
            full_url: children(&entry, "fullUrl")
                .next()
                .and_then(Value::as_str)
                .map(str::to_owned),
            if_match: own("ifMatch"),
            if_none_match: own("ifNoneMatch"),
            if_none_exist: own("ifNoneExist"),
            resource,
        })
    }
}

fn not_a_request() -> Finding {
    Finding::error(
        "BUNDLE",
        "Bundle.type",
        Bilingual::new(
            "Un Bundle de type transaction ou batch est attendu ici.",
            "A Bundle of type transaction or batch is expected here.",
        ),
        Bilingual::new(
            "Pour une seule ressource, écrivez à l'adresse de son type.",
            "For a single resource, write to the address of its type.",
        ),
    )
    .of_kind(FindingKind::Structure)
}

fn too_many() -> Finding {
    Finding::error(
        "BUNDLE-SIZE",
        "Bundle.entry",
        Bilingual::new(
            format!("Le Bundle a plus de {MAX_ENTRIES} entrées."),
            format!("The Bundle has more than {MAX_ENTRIES} entries."),
        ),
        Bilingual::new(
            "Envoyez-en plusieurs, ou passez par « passerelle import ».",
            "Send several, or use \"passerelle import\".",
        ),
    )
}

fn repeated_url() -> Finding {
    Finding::error(
        "bdl-7",
        "Bundle.entry.fullUrl",
        Bilingual::new(
            "Deux entrées ont la même fullUrl.",
            "Two entries have the same fullUrl.",
        ),
        Bilingual::new("Donnez à chacune la sienne.", "Give each its own."),
    )
    .of_kind(FindingKind::Invariant)
}

fn bad_entry(place: &str) -> Box<Finding> {
    let finding = Finding::error(
        "BUNDLE-ENTRY",
        place,
        Bilingual::new(
            "Cette entrée ne dit pas ce qu'elle demande.",
            "This entry does not say what it asks.",
        ),
        Bilingual::new(
            "Attendu : request.method (GET, POST, PUT, PATCH, DELETE), request.url (Type, Type/id ou Type?critère) et, pour écrire, resource.",
            "Expected: request.method (GET, POST, PUT, PATCH, DELETE), request.url (Type, Type/id or Type?criterion) and, to write, resource.",
        ),
    )
    .of_kind(FindingKind::Structure);
    Box::new(finding)
}
