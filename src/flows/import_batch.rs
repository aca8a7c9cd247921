//! Records written together: one transaction, journal and resources alike.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    path::PathBuf,
};

use serde_json::Value;
use time::Date;

use super::{
    Context,
    import_findings::rules_of,
    import_report::{ImportReport, ReturnedOffer},
    recipient_update::keep_physician,
};
use crate::{
    annuaire::Physician,
    directory::{divergences, has_pivot, keep_ours},
    fhir::{
        ResourceType,
        element::{children, reference, text},
        parse_reference,
    },
    finding::{Bilingual, Finding},
    governance::{Freshness, Listing, govern},
    storage::{Arrival, JournalOutcome, StorageError, WriteTransaction},
    terminology::Terminology,
};

/// Records of one transaction.
const BATCH: usize = 200;
/// Where the journal says that they came from.
const SOURCE: &str = "import";

/// One record and what is to be made of it.
pub(super) struct Record {
    pub file: PathBuf,
    /// Line or entry, from 1.
    pub place: u64,
    pub media_type: &'static str,
    /// As it came, for the journal.
    pub bytes: Vec<u8>,
    pub work: Work,
}

/// What is made of a record.
pub(super) enum Work {
    /// Resources, each after those that it refers to.
    Resources(Vec<(ResourceType, Value)>),
    /// A line of the physicians' mirror.
    Physician(Physician),
    /// Nothing, for these rules.
    Refused(String),
}

/// Records that wait for their transaction.
#[derive(Default)]
pub(super) struct Batch {
    records: Vec<Record>,
    /// Resources known to be kept: those of this import, and those looked up.
    known: HashSet<(ResourceType, String)>,
}

impl Batch {
    pub(super) fn push(&mut self, record: Record) {
        self.records.push(record);
    }

    pub(super) fn is_full(&self) -> bool {
        self.records.len() >= BATCH
    }

    /// Writes every record, made with the lists of that edition; those that refer to nothing come back,
    /// refused and journaled so.
    pub(super) async fn write(
        &mut self,
        ctx: &Context,
        (terminology, edition): (&Terminology, &str),
        report: &mut ImportReport,
    ) -> Result<Vec<(Record, Vec<Finding>)>, StorageError> {
        let mut dangling = Vec::new();
        if self.records.is_empty() {
            return Ok(dangling);
        }
        let mut writing = ctx.storage.begin_large_write().await?;
        writing.take_turn().await?;
        writing.note_offers_written(edition).await?;
        // The instant is taken in turn: versions are seen in the order of their instants.
        let at = ctx.now_text();
        let mut upserts = Vec::new();
        let mut physicians = 0;
        let today = ctx.clock.now().date();
        let mut returned = Vec::new();
        let hidden = self.hidden_owners(ctx, &mut writing).await?;
        for mut record in std::mem::take(&mut self.records) {
            let findings = self.missing_references(&mut writing, &record.work).await?;
            if !findings.is_empty() {
                record.work = Work::Refused(rules_of(&findings));
            }
            let journal_id = ctx.ids.next();
            let outcome = match &record.work {
                Work::Refused(rules) => JournalOutcome::Refused(rules),
                Work::Resources(_) | Work::Physician(_) => JournalOutcome::Accepted,
            };
            let arrival = Arrival {
                id: &journal_id,
                bytes: &record.bytes,
                source: SOURCE,
                media_type: record.media_type,
                received_at: &at,
            };
            writing.insert_arrival(arrival, outcome).await?;
            match &mut record.work {
                Work::Resources(resources) => {
                    for (kind, resource) in resources {
                        if *kind == ResourceType::HealthcareService && !has_pivot(resource) {
                            let kept = find_sent(&mut writing, resource).await?;
                            returned.extend(
                                kept.map(|kept| take_back(resource, &kept, terminology, today)),
                            );
                        }
                        if let Some(freshness) = hidden.get(owner_of(*kind, resource)) {
                            govern(resource, freshness);
                        }
                        let id = text(resource, "id").unwrap_or_default().to_owned();
                        let upsert = writing
                            .upsert_resource(*kind, &id, resource, &journal_id, &at)
                            .await?;
                        self.known.insert((*kind, id));
                        upserts.push((*kind, upsert));
                    }
                }
                Work::Physician(physician) => {
                    let file = record.file.file_name().unwrap_or_default();
                    let source = format!("{SOURCE} {}", file.to_string_lossy());
                    keep_physician(ctx, &mut writing, physician, &source).await?;
                    physicians += 1;
                }
                Work::Refused(_) => {}
            }
            if !findings.is_empty() {
                dangling.push((record, findings));
            }
        }
        writing.commit().await?;
        report.practitioners += physicians;
        report.returned += returned.len() as u64;
        let is_changed = |offer: &ReturnedOffer| !offer.divergences.is_empty();
        report
            .diverging
            .extend(returned.into_iter().filter(is_changed));
        for (kind, upsert) in upserts {
            match kind {
                ResourceType::Organization => report.structures.add(upsert),
                ResourceType::Location => report.places.add(upsert),
                ResourceType::HealthcareService => report.offers.add(upsert),
                // People are read as recipients; roles and lists are not imported.
                ResourceType::Practitioner
                | ResourceType::PractitionerRole
                | ResourceType::List => {}
            }
        }
        Ok(dangling)
    }

    /// The structures of these records that the governance keeps out of sight, with what it says of their
    /// offers: those do not come back by being imported again.
    async fn hidden_owners(
        &self,
        ctx: &Context,
        writing: &mut WriteTransaction,
    ) -> Result<HashMap<String, Freshness>, StorageError> {
        let owners: BTreeSet<String> = self
            .records
            .iter()
            .filter_map(|record| match &record.work {
                Work::Resources(resources) => Some(resources),
                Work::Physician(_) | Work::Refused(_) => None,
            })
            .flatten()
            .map(|(kind, resource)| owner_of(*kind, resource).to_owned())
            .filter(|owner| !owner.is_empty())
            .collect();
        let owners: Vec<String> = owners.into_iter().collect();
        let mut hidden = HashMap::new();
        for (owner, is_published) in writing.list_standings(&owners).await? {
            if !is_published {
                let listing = Listing::of_events(&owner, &writing.list_events(&owner).await?);
                let freshness = Freshness::of(&listing, &ctx.governance.calendar);
                hidden.insert(owner, freshness);
            }
        }
        Ok(hidden)
    }

    /// What an offer that came alone refers to, and that is not kept.
    async fn missing_references(
        &mut self,
        writing: &mut WriteTransaction,
        work: &Work,
    ) -> Result<Vec<Finding>, StorageError> {
        let Work::Resources(resources) = work else {
            return Ok(Vec::new());
        };
        let [(ResourceType::HealthcareService, offer)] = resources.as_slice() else {
            return Ok(Vec::new());
        };
        let owner = reference(offer, "providedBy").map(|found| ("providedBy", found));
        let places = children(offer, "location")
            .filter_map(|place| text(place, "reference"))
            .map(|found| ("location", found));
        let mut findings = Vec::new();
        for (child, found) in owner.into_iter().chain(places) {
            let Some((kind, id)) = parse_reference(found) else {
                continue;
            };
            let key = (kind, id.to_owned());
            if self.known.contains(&key) {
                continue;
            }
            if writing.has_resource(kind, id).await? {
                self.known.insert(key);
            } else {
                findings.push(dangling_reference(child));
            }
        }
        Ok(findings)
    }
}

/// Id of the structure of an offer; empty for what is none.
fn owner_of(kind: ResourceType, resource: &Value) -> &str {
    let owner = match kind {
        ResourceType::HealthcareService => reference(resource, "providedBy"),
        _ => None,
    };
    owner
        .and_then(parse_reference)
        .map_or("", |(_, owner)| owner)
}

/// The offer of ours that one without pivot code is: the one of its id, else of one of its
/// identifiers. It comes back from the register, which may give it another id.
async fn find_sent(
    writing: &mut WriteTransaction,
    returned: &Value,
) -> Result<Option<Value>, StorageError> {
    let kind = ResourceType::HealthcareService;
    let mut ids = vec![text(returned, "id").unwrap_or_default().to_owned()];
    for identifier in children(returned, "identifier") {
        if let (Some(system), Some(value)) = (text(identifier, "system"), text(identifier, "value"))
        {
            ids.extend(
                writing
                    .find_identified(kind, system, value, &ids[0])
                    .await?,
            );
        }
    }
    for id in ids {
        let kept = writing.find_current(kind, &id).await?;
        let kept = kept.and_then(|kept| kept.json).map(|json| {
            serde_json::from_str(&json).expect("what is kept was written from a JSON value")
        });
        if let Some(kept) = kept.filter(has_pivot) {
            return Ok(Some(kept));
        }
    }
    Ok(None)
}

/// Gives to an offer that comes back what is ours of the one that is kept, and says in what the
/// register changed it.
fn take_back(
    returned: &mut Value,
    kept: &Value,
    terminology: &Terminology,
    today: Date,
) -> ReturnedOffer {
    let divergences = divergences(returned, kept, terminology, today);
    returned["id"] = kept["id"].clone();
    keep_ours(returned, kept, terminology, today);
    ReturnedOffer {
        offer: text(kept, "id").unwrap_or_default().to_owned(),
        divergences,
    }
}

fn dangling_reference(child: &str) -> Finding {
    Finding::error(
        "G13",
        format!("HealthcareService.{child}.reference"),
        Bilingual::new(
            "La ressource citée n'est ni dans cet envoi ni dans l'annuaire.",
            "The resource referred to is neither in this delivery nor in the directory.",
        ),
        Bilingual::new(
            "Envoyez aussi la structure et le lieu de l'offre, ou corrigez la référence.",
            "Send the structure and the place of the offer too, or correct the reference.",
        ),
    )
}
