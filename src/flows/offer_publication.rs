//! The offer journey: from the files of a network to what the public finds.
//!
//! Structures come before places, and places before offers, whatever their order in the files: an
//! offer is kept only when what it refers to is. Each record is journaled in the transaction of
//! what is made of it; a refused one is journaled too, and written to a file of its own.

use std::{
    collections::HashMap,
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    Context,
    governance_publication::take_over_structures,
    import_batch::{Batch, Record, Work},
    import_findings::{
        other_words, repeated_offer, rules_of, unknown_format, unknown_type, unmapped_word,
        unopened,
    },
    import_options::{ImportError, ImportOptions, ImportProgress},
    import_refusals::Refusals,
    import_report::{ImportRemark, ImportReport},
    import_source::{Format, JsonRecord, JsonRecords, detect, files_of, guess_type},
    resource_index::index_resources,
};
use crate::{
    annuaire::read_physician,
    directory::{
        Mapped, MappingLoss, OfferFormReader, OfferFormRow, OfferRules, has_pivot, map_offer,
        offer_resources, round_trip,
    },
    fhir::{Origin, ResourceType, check_profile, element, read_json},
    finding::{Finding, accepts},
    terminology::Terminology,
};

/// Media type of a row of the form.
const CSV: &str = "text/csv";
/// Media type of a FHIR resource.
const FHIR_JSON: &str = "application/fhir+json";

/// Takes in the offers, structures, places and physicians of files and folders: NDJSON, Bundles,
/// single resources and the documented CSV, told apart by content.
///
/// A file that cannot be read, or a record that is refused, harms no other; both are in the report.
///
/// # Errors
/// [`ImportError`]; batches committed before stay.
pub async fn import(
    ctx: &Context,
    paths: &[PathBuf],
    options: &ImportOptions,
    on_progress: &mut (dyn FnMut(ImportProgress) + Send),
) -> Result<ImportReport, ImportError> {
    let files = files_of(paths).map_err(|(path, cause)| ImportError::Unlisted { path, cause })?;
    index_resources(ctx).await?;
    let total_bytes = files.iter().filter_map(|file| size_of(file)).sum();
    let mut import = Import {
        ctx,
        terminology: ctx.terminology.load(),
        options,
        report: ImportReport::default(),
        batch: Batch::default(),
        first_words: HashMap::new(),
        progress: ImportProgress {
            total_bytes,
            ..ImportProgress::default()
        },
        on_progress,
    };
    let mut json_files = Vec::new();
    for path in &files {
        match detect(path, options.limits) {
            Ok(Some(Format::Csv)) => import.csv_file(path).await?,
            Ok(Some(format)) => match JsonRecords::open(path, format, options.limits) {
                Ok(records) => json_files.push(JsonFile {
                    path,
                    records,
                    refusals: Refusals::new(path, options.refusals_folder.as_deref()),
                }),
                Err(cause) => import.unreadable(path, vec![unopened(&cause)]),
            },
            Ok(None) => import.unreadable(path, vec![unknown_format()]),
            Err(cause) => import.unreadable(path, vec![unopened(&cause)]),
        }
    }
    for phase in [Phase::Structures, Phase::Others, Phase::Offers] {
        for file in &mut json_files {
            import.json_file(file, phase).await?;
        }
    }
    for file in json_files {
        import.keep_refusals(file.refusals)?;
    }
    let report = import.report;
    take_over_structures(ctx).await?;
    Ok(report)
}

/// Order of reading: what is referred to comes first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Structures,
    Others,
    Offers,
}

impl Phase {
    fn of(record: &JsonRecord) -> Self {
        match guess_type(&record.bytes).and_then(ResourceType::parse) {
            Some(ResourceType::Organization) => Self::Structures,
            Some(ResourceType::HealthcareService) => Self::Offers,
            Some(
                ResourceType::Location
                | ResourceType::Practitioner
                | ResourceType::PractitionerRole,
            )
            | None => Self::Others,
        }
    }
}

/// Hash of a resource, to tell whether two rows say the same.
type Fingerprint = [u8; 32];

struct JsonFile<'a> {
    path: &'a Path,
    records: JsonRecords,
    refusals: Refusals,
}

struct Import<'a> {
    ctx: &'a Context,
    /// The lists of the whole import: a switch in the midst of it changes nothing here.
    terminology: Arc<Terminology>,
    options: &'a ImportOptions,
    report: ImportReport,
    batch: Batch,
    /// Structures, places and offers of the file so far: what was said first, and on which line.
    first_words: HashMap<String, (Fingerprint, u64)>,
    progress: ImportProgress,
    on_progress: &'a mut (dyn FnMut(ImportProgress) + Send),
}

impl Import<'_> {
    async fn csv_file(&mut self, path: &Path) -> Result<(), ImportError> {
        let mut refusals = Refusals::new(path, self.options.refusals_folder.as_deref());
        let file = match File::open(path) {
            Ok(file) => file,
            Err(cause) => {
                self.unreadable(path, vec![unopened(&cause)]);
                return Ok(());
            }
        };
        let reader = match OfferFormReader::open(file, self.options.limits.max_line_bytes) {
            Ok(reader) => reader,
            Err(findings) => {
                self.unreadable(path, findings);
                return Ok(());
            }
        };
        if !reader.header_findings().is_empty() {
            self.report.warn(ImportRemark {
                file: path.to_owned(),
                place: 1,
                findings: reader.header_findings().to_vec(),
            });
        }
        self.first_words.clear();
        let header = reader.header().clone();
        let header_texts = reader.header_texts();
        for row in reader {
            let bytes = csv_bytes(&[&header, &row.cells]);
            self.advance(bytes.len());
            match self.read_row(path, &row) {
                Ok(work) => self.batch.push(Record {
                    file: path.to_owned(),
                    place: row.line,
                    media_type: CSV,
                    bytes,
                    work,
                }),
                Err(findings) => {
                    refusals
                        .add_row(&header_texts, &row.texts(), &findings)
                        .map_err(ImportError::Refusals)?;
                    self.refuse(path, row.line, CSV, bytes, findings);
                }
            }
            self.write_when_full(None).await?;
        }
        self.write(None).await?;
        self.keep_refusals(refusals)
    }

    /// What a row becomes, or why it is refused.
    fn read_row(&mut self, path: &Path, row: &OfferFormRow) -> Result<Work, Vec<Finding>> {
        let form = row.form.as_ref().map_err(Clone::clone)?;
        let rules = OfferRules {
            terminology: &self.terminology,
            region: &self.ctx.region,
            today: self.ctx.clock.now().date(),
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
        self.tell_losses(&resources.losses);
        self.tell_way_back(&resources.healthcare_service);
        works.push((
            ResourceType::HealthcareService,
            resources.healthcare_service,
        ));
        self.warn(path, row.line, resources.findings);
        Ok(Work::Resources(works))
    }

    async fn json_file(
        &mut self,
        file: &mut JsonFile<'_>,
        phase: Phase,
    ) -> Result<(), ImportError> {
        if let Err(cause) = file.records.rewind() {
            self.unreadable(file.path, vec![unopened(&cause)]);
            return Ok(());
        }
        loop {
            let record = match file.records.next() {
                Ok(Some(record)) => record,
                Ok(None) => break,
                Err(cause) => {
                    self.unreadable(file.path, vec![unopened(&cause)]);
                    break;
                }
            };
            if Phase::of(&record) != phase {
                continue;
            }
            self.advance(record.bytes.len());
            let JsonRecord {
                place,
                bytes,
                fault,
            } = record;
            let read = match fault {
                Some(findings) => Err(findings),
                None => self.read_resource(file.path, place, &bytes),
            };
            match read {
                Ok(work) => self.batch.push(Record {
                    file: file.path.to_owned(),
                    place,
                    media_type: FHIR_JSON,
                    bytes,
                    work,
                }),
                Err(findings) => {
                    file.refusals
                        .add_line(place, &bytes, &findings)
                        .map_err(ImportError::Refusals)?;
                    self.refuse(file.path, place, FHIR_JSON, bytes, findings);
                }
            }
            self.write_when_full(Some(&mut file.refusals)).await?;
        }
        self.write(Some(&mut file.refusals)).await
    }

    /// What a FHIR resource becomes, or why it is refused.
    fn read_resource(
        &mut self,
        path: &Path,
        place: u64,
        bytes: &[u8],
    ) -> Result<Work, Vec<Finding>> {
        let mut resource = read_json(bytes, self.options.limits.max_document_bytes)?;
        let name = element::text(&resource, "resourceType").unwrap_or_default();
        if name == "Practitioner" {
            return read_physician(&resource).map(Work::Physician);
        }
        let kind = match ResourceType::parse(name) {
            None | Some(ResourceType::Practitioner | ResourceType::PractitionerRole) => {
                return Err(vec![unknown_type()]);
            }
            Some(kind) => kind,
        };
        let mut mapped = Mapped::default();
        if kind == ResourceType::HealthcareService {
            mapped = map_offer(&mut resource, &self.terminology);
        }
        let mut findings = check_profile(kind, &resource, &self.terminology, Origin::Imported);
        findings.extend(mapped.unmapped.iter().map(|_| unmapped_word()));
        if !accepts(&findings) {
            return Err(findings);
        }
        self.warn(path, place, findings);
        self.tell_losses(&mapped.losses);
        if kind == ResourceType::HealthcareService {
            self.tell_way_back(&resource);
        }
        Ok(Work::Resources(vec![(kind, resource)]))
    }

    fn tell_losses(&mut self, losses: &[MappingLoss]) {
        for loss in losses {
            *self.report.losses.entry(loss.clone()).or_default() += 1;
        }
    }

    fn tell_way_back(&mut self, offer: &Value) {
        if has_pivot(offer) && !round_trip(offer, &self.terminology).is_identity() {
            self.report.not_coming_back += 1;
        }
    }

    fn advance(&mut self, bytes: usize) {
        self.progress.records += 1;
        self.progress.bytes += bytes as u64;
        if self.progress.records.is_multiple_of(50) {
            (self.on_progress)(self.progress);
        }
    }

    fn warn(&mut self, path: &Path, place: u64, findings: Vec<Finding>) {
        if !findings.is_empty() {
            self.report.warn(ImportRemark {
                file: path.to_owned(),
                place,
                findings,
            });
        }
    }

    fn refuse(
        &mut self,
        path: &Path,
        place: u64,
        media_type: &'static str,
        bytes: Vec<u8>,
        findings: Vec<Finding>,
    ) {
        self.batch.push(Record {
            file: path.to_owned(),
            place,
            media_type,
            bytes,
            work: Work::Refused(rules_of(&findings)),
        });
        self.report.refuse(ImportRemark {
            file: path.to_owned(),
            place,
            findings,
        });
    }

    fn unreadable(&mut self, path: &Path, findings: Vec<Finding>) {
        self.report.unreadable.push(ImportRemark {
            file: path.to_owned(),
            place: 0,
            findings,
        });
    }

    async fn write_when_full(
        &mut self,
        refusals: Option<&mut Refusals>,
    ) -> Result<(), ImportError> {
        if self.batch.is_full() {
            self.write(refusals).await?;
        }
        Ok(())
    }

    /// Writes the batch in one transaction. What turns out to refer to nothing is refused there.
    async fn write(&mut self, mut refusals: Option<&mut Refusals>) -> Result<(), ImportError> {
        let dangling = self.batch.write(self.ctx, &mut self.report).await?;
        for (record, findings) in dangling {
            if let Some(refusals) = refusals.as_deref_mut() {
                refusals
                    .add_line(record.place, &record.bytes, &findings)
                    .map_err(ImportError::Refusals)?;
            }
            self.report.refuse(ImportRemark {
                file: record.file,
                place: record.place,
                findings,
            });
        }
        (self.on_progress)(self.progress);
        Ok(())
    }

    fn keep_refusals(&mut self, refusals: Refusals) -> Result<(), ImportError> {
        let path = refusals.finish().map_err(ImportError::Refusals)?;
        self.report.refused_files.extend(path);
        Ok(())
    }
}

fn size_of(path: &Path) -> Option<u64> {
    path.metadata().ok().map(|metadata| metadata.len())
}

fn csv_bytes(records: &[&csv::ByteRecord]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .delimiter(b';')
        .from_writer(Vec::new());
    for record in records {
        writer
            .write_byte_record(record)
            .expect("a vector takes every byte");
    }
    writer.into_inner().expect("a vector takes every byte")
}
