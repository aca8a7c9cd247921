//! What is kept that holds a code which a release of national lists changes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Context, TablesError};
use crate::{
    cda::{coded_elements, codes_written},
    directory::codes_of_every_offer,
    fhir::{ResourceType, SearchIndex, element},
    mssante::xdm::{ClassAndFormat, class_and_format, codes_of_archives},
    storage::StorageError,
    terminology::{ListChange, Terminology},
};

/// Resources, or documents, read at once.
const PAGE: i64 = 200;
/// Offers named; all are counted.
const MAX_NAMED: usize = 1_000;
/// Reports named for each code; all are counted.
const MAX_REPORTS: usize = 100;

/// What is kept that holds a changed code.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Effects {
    /// Offers that hold one, the first thousand.
    pub offers: Vec<TouchedOffer>,
    /// How many offers do.
    pub offers_count: usize,
    /// How many resources of each other type do.
    pub others: BTreeMap<String, usize>,
    /// Searches that find something by one.
    pub searches: Vec<TouchedSearch>,
    /// The current reports that hold one, by code.
    pub documents: Vec<TouchedDocuments>,
    /// Changed codes that every offer or every document is written with.
    pub written_by_the_program: Vec<String>,
}

/// An offer that holds a changed code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchedOffer {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The codes, as `system|code`.
    pub codes: Vec<String>,
}

/// A search that finds something by a changed code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchedSearch {
    /// The search, as `HealthcareService?service-category=system|code`.
    pub search: String,
    /// How many it finds.
    pub found: usize,
}

/// Reports that hold a changed code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchedDocuments {
    /// The code, as `system|code`, the system an OID.
    pub code: String,
    /// How many reports hold it.
    pub reports: usize,
    /// Their ids, the first hundred.
    pub ids: Vec<String>,
}

impl TouchedDocuments {
    fn of(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            reports: 0,
            ids: Vec::new(),
        }
    }
}

/// Every name of the system of a changed code, to the code as it is shown.
struct Changed {
    codes: HashMap<(String, String), String>,
    oids: BTreeSet<String>,
}

impl Changed {
    fn of(terminology: &Terminology, lists: &[ListChange]) -> Self {
        let mut changed = Self {
            codes: HashMap::new(),
            oids: BTreeSet::new(),
        };
        for code in lists.iter().flat_map(|list| &list.codes) {
            let system = terminology.code_system(&code.system);
            let url = system.map_or(code.system.as_str(), |system| system.url());
            let shown = format!("{url}|{}", code.code);
            let mut names = vec![code.system.clone(), url.to_owned()];
            if let Some(oid) = system.and_then(|system| system.oid()) {
                names.push(oid.to_owned());
                names.push(format!("urn:oid:{oid}"));
            }
            changed
                .oids
                .extend(names.iter().filter(|name| !name.contains(':')).cloned());
            for name in names {
                changed
                    .codes
                    .insert((name, code.code.clone()), shown.clone());
            }
        }
        changed
    }

    fn find(&self, system: &str, code: &str) -> Option<&String> {
        self.codes.get(&(system.to_owned(), code.to_owned()))
    }
}

/// Goes through the directory and the reports.
pub(super) async fn effects(
    ctx: &Context,
    terminology: &Terminology,
    lists: &[ListChange],
) -> Result<Effects, TablesError> {
    let changed = Changed::of(terminology, lists);
    let mut effects = Effects::default();
    if changed.codes.is_empty() {
        return Ok(effects);
    }
    let mut searches = BTreeMap::new();
    for kind in ResourceType::ALL {
        resources(ctx, kind, &changed, &mut effects, &mut searches).await?;
    }
    effects.searches = searches
        .into_iter()
        .map(|(search, found)| TouchedSearch { search, found })
        .collect();
    effects.documents = documents(ctx, &changed).await?;
    let written = codes_of_every_offer()
        .chain(codes_written())
        .chain(codes_of_archives());
    effects.written_by_the_program = written
        .filter_map(|(system, code)| changed.find(system, code).cloned())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    Ok(effects)
}

async fn resources(
    ctx: &Context,
    kind: ResourceType,
    changed: &Changed,
    effects: &mut Effects,
    searches: &mut BTreeMap<String, usize>,
) -> Result<(), StorageError> {
    let mut after = String::new();
    loop {
        let page = ctx.storage.list_resources_after(kind, &after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        last.id.clone_into(&mut after);
        for stored in page {
            let resource: Value = serde_json::from_str(&stored.json)
                .expect("what is kept was written from a JSON value");
            let codes: BTreeSet<&String> = element::all_codings(&resource)
                .into_iter()
                .filter_map(|(system, code)| changed.find(system, code))
                .collect();
            if codes.is_empty() {
                continue;
            }
            let index = SearchIndex::of(kind, &resource);
            let tokens = index.tokens.iter().filter(|(name, ..)| !name.contains(':'));
            for (parameter, system, code) in tokens {
                if let Some(shown) = changed.find(system, code) {
                    let search = format!("{}?{parameter}={shown}", kind.as_str());
                    *searches.entry(search).or_default() += 1;
                }
            }
            if kind != ResourceType::HealthcareService {
                *effects.others.entry(kind.as_str().to_owned()).or_default() += 1;
                continue;
            }
            effects.offers_count += 1;
            if effects.offers.len() < MAX_NAMED {
                let name = element::text(&resource, "name").unwrap_or_default();
                effects.offers.push(TouchedOffer {
                    id: stored.id,
                    name: name.to_owned(),
                    codes: codes.into_iter().cloned().collect(),
                });
            }
        }
    }
}

async fn documents(
    ctx: &Context,
    changed: &Changed,
) -> Result<Vec<TouchedDocuments>, StorageError> {
    let mut touched: BTreeMap<String, TouchedDocuments> = BTreeMap::new();
    let touches_archives = codes_of_archives().any(|(a, b)| changed.find(a, b).is_some());
    let mut after = String::new();
    loop {
        let page = ctx.storage.list_documents_after(&after, PAGE / 4).await?;
        let Some((last, _)) = page.last() else {
            break;
        };
        last.clone_into(&mut after);
        for (id, bytes) in &page {
            let text = String::from_utf8_lossy(bytes);
            let mut codes = BTreeSet::new();
            // Most releases touch no document: reading it is spared then.
            if changed.oids.iter().any(|oid| text.contains(oid.as_str())) {
                codes = coded_elements(bytes).unwrap_or_default();
            }
            if touches_archives {
                let model = crate::cda::read(bytes).ok();
                let model = model.and_then(|document| class_and_format(&document));
                let of_archive = model.into_iter().flat_map(ClassAndFormat::codes);
                codes.extend(of_archive.map(|(a, b)| (a.to_owned(), b.to_owned())));
            }
            for (system, code) in codes {
                if changed.find(&system, &code).is_some() {
                    let code = format!("{system}|{code}");
                    let of_code = touched
                        .entry(code)
                        .or_insert_with_key(|code| TouchedDocuments::of(code));
                    of_code.reports += 1;
                    if of_code.ids.len() < MAX_REPORTS {
                        of_code.ids.push(id.clone());
                    }
                }
            }
        }
    }
    Ok(touched.into_values().collect())
}
