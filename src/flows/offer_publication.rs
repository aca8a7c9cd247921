//! The offer journey: from the files of a network to what the public finds.
//!
//! Structures come before places, and places before offers, whatever their order in the files: an
//! offer is kept only when what it refers to is. Each record is journaled in the transaction of
//! what is made of it; a refused one is journaled too, and written to a file of its own.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use super::{
    Context,
    governance_publication::take_over_structures,
    import_batch::{Batch, Record, Work},
    import_findings::{rules_of, unknown_format, unopened},
    import_options::{ImportError, ImportOptions, ImportProgress},
    import_reading::{Made, RecordReader},
    import_refusals::Refusals,
    import_report::{ImportRemark, ImportReport},
    import_source::{Format, JsonRecord, JsonRecords, detect, files_of, guess_type},
    resource_index::index_resources,
};
use crate::{directory::OfferFormReader, fhir::ResourceType, finding::Finding};

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
        reader: RecordReader::new(ctx, options.limits.max_document_bytes),
        options,
        report: ImportReport::default(),
        batch: Batch::default(),
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
                | ResourceType::PractitionerRole
                | ResourceType::List,
            )
            | None => Self::Others,
        }
    }
}

struct JsonFile<'a> {
    path: &'a Path,
    records: JsonRecords,
    refusals: Refusals,
}

struct Import<'a> {
    ctx: &'a Context,
    reader: RecordReader<'a>,
    options: &'a ImportOptions,
    report: ImportReport,
    batch: Batch,
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
        self.reader.begin_file();
        let header = reader.header().clone();
        let header_texts = reader.header_texts();
        for row in reader {
            let bytes = csv_bytes(&[&header, &row.cells]);
            self.advance(bytes.len());
            match self.reader.read_row(&row) {
                Ok(made) => {
                    let work = self.told(path, row.line, made);
                    self.batch.push(Record {
                        file: path.to_owned(),
                        place: row.line,
                        media_type: CSV,
                        bytes,
                        work,
                    });
                }
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
                None => self.reader.read_resource(&bytes),
            };
            match read {
                Ok(made) => {
                    let work = self.told(file.path, place, made);
                    self.batch.push(Record {
                        file: file.path.to_owned(),
                        place,
                        media_type: FHIR_JSON,
                        bytes,
                        work,
                    });
                }
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

    /// What is made of a record, its warnings and losses told.
    fn told(&mut self, path: &Path, place: u64, made: Made) -> Work {
        for loss in made.losses {
            *self.report.losses.entry(loss).or_default() += 1;
        }
        self.report.not_coming_back.extend(made.not_coming_back);
        self.warn(path, place, made.findings);
        made.work
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
        let lists = (&*self.reader.terminology, self.reader.edition.as_str());
        let dangling = self.batch.write(self.ctx, lists, &mut self.report).await?;
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
