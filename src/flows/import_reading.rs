//! What a record of an import becomes: a row of the form, or a FHIR resource.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;
use sha2::{Digest, Sha256};
use time::Date;

use super::{
    Context,
    import_batch::Work,
    import_findings::{other_words, repeated_offer, unknown_type, unmapped_word},
    import_report::NotComingBack,
};
use crate::{
    annuaire::read_physician,
    config::Region,
    directory::{
        Mapped, MappingLoss, OfferFormRow, OfferRules, has_pivot, map_offer, offer_resources,
        round_trip,
    },
    fhir::{Origin, ResourceType, check_profile, element, read_json},
    finding::{Finding, accepts},
    terminology::Terminology,
};

/// Hash of a resource, to tell whether two rows say the same.
type Fingerprint = [u8; 32];

/// What a record becomes.
pub(super) struct Made {
    pub work: Work,
    /// Warnings.
    pub findings: Vec<Finding>,
    /// What the national codes of its offer do not say.
    pub losses: Vec<MappingLoss>,
    /// What would not come back of its offer from its national codes alone.
    pub not_coming_back: Option<NotComingBack>,
}

/// Reads records with the lists of the whole import: a switch in the midst of it is followed
/// afterwards, by a pass over the offers.
pub(super) struct RecordReader<'a> {
    pub terminology: Arc<Terminology>,
    /// Which lists these are; those before when they are being switched, never those after.
    pub edition: Arc<String>,
    region: &'a Region,
    today: Date,
    max_document_bytes: usize,
    /// Structures, places and offers of the file so far: what was said first, and on which line.
    first_words: HashMap<String, (Fingerprint, u64)>,
}

impl<'a> RecordReader<'a> {
    pub(super) fn new(ctx: &'a Context, max_document_bytes: usize) -> Self {
        let edition = ctx.terminology.edition();
        Self {
            terminology: ctx.terminology.load(),
            edition,
            region: &ctx.region,
            today: ctx.clock.now().date(),
            max_document_bytes,
            first_words: HashMap::new(),
        }
    }

    /// Another file begins: its rows may say again what those of others said.
    pub(super) fn begin_file(&mut self) {
        self.first_words.clear();
    }

    /// What a row becomes, or why it is refused.
    pub(super) fn read_row(&mut self, row: &OfferFormRow) -> Result<Made, Vec<Finding>> {
        let form = row.form.as_ref().map_err(Clone::clone)?;
        let rules = OfferRules {
            terminology: &self.terminology,
            region: self.region,
            today: self.today,
        };
        let mut resources = offer_resources(form, row.line, rules)?;
        let id = element::text(&resources.healthcare_service, "id").unwrap_or_default();
        if let Some((_, line)) = self.first_words.get(id) {
            return Err(vec![repeated_offer(row.line, *line)]);
        }
        self.first_words
            .insert(id.to_owned(), (Fingerprint::default(), row.line));
        let mut works = Vec::with_capacity(3);
        for (kind, resource) in [
            (ResourceType::Organization, resources.organization),
            (ResourceType::Location, resources.location),
        ] {
            let id = element::text(&resource, "id").unwrap_or_default();
            let words: Fingerprint = Sha256::digest(resource.to_string()).into();
            match self.first_words.get(id) {
                Some((first, line)) if *first != words => {
                    resources.findings.push(other_words(row.line, *line, kind));
                }
                Some(_) => {}
                None => {
                    self.first_words.insert(id.to_owned(), (words, row.line));
                    works.push((kind, resource));
                }
            }
        }
        let not_coming_back = self.way_back(&resources.healthcare_service);
        works.push((
            ResourceType::HealthcareService,
            resources.healthcare_service,
        ));
        Ok(Made {
            work: Work::Resources(works),
            findings: resources.findings,
            losses: resources.losses,
            not_coming_back,
        })
    }

    /// What a FHIR resource becomes, or why it is refused.
    pub(super) fn read_resource(&self, bytes: &[u8]) -> Result<Made, Vec<Finding>> {
        let mut resource = read_json(bytes, self.max_document_bytes)?;
        let name = element::text(&resource, "resourceType").unwrap_or_default();
        if name == "Practitioner" {
            return Ok(Made {
                work: Work::Physician(read_physician(&resource)?),
                findings: Vec::new(),
                losses: Vec::new(),
                not_coming_back: None,
            });
        }
        let kind = match ResourceType::parse(name) {
            None
            | Some(
                ResourceType::Practitioner | ResourceType::PractitionerRole | ResourceType::List,
            ) => return Err(vec![unknown_type()]),
            Some(kind) => kind,
        };
        let is_offer = kind == ResourceType::HealthcareService;
        let mut mapped = Mapped::default();
        if is_offer {
            mapped = map_offer(&mut resource, &self.terminology, self.today);
        }
        let (terminology, today) = (&self.terminology, self.today);
        let mut findings = check_profile(kind, &resource, terminology, Origin::Imported, today);
        findings.extend(mapped.unmapped.iter().map(|_| unmapped_word()));
        if !accepts(&findings) {
            return Err(findings);
        }
        let not_coming_back = is_offer.then(|| self.way_back(&resource)).flatten();
        Ok(Made {
            work: Work::Resources(vec![(kind, resource)]),
            findings,
            losses: mapped.losses,
            not_coming_back,
        })
    }

    fn way_back(&self, offer: &Value) -> Option<NotComingBack> {
        NotComingBack::of(offer, &self.terminology)
    }
}

impl NotComingBack {
    /// What would not come back of an offer; nothing when all would, or when it has no pivot code.
    pub(super) fn of(offer: &Value, terminology: &Terminology) -> Option<Self> {
        let way_back = round_trip(offer, terminology);
        (has_pivot(offer) && !way_back.is_identity()).then(|| Self {
            offer: element::text(offer, "id").unwrap_or_default().to_owned(),
            way_back,
        })
    }
}
