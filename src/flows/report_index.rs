//! What a report is searched by, taken from its document.

use super::{Context, progress::Progress};
use crate::{
    cda::{self, Act, Attending, Code, Document, Id, Timestamp},
    clock::instant_text,
    mssante::xdm,
    storage::{KeyKind, ReportIndex, ReportKey, StorageError},
};

/// Reports indexed in one transaction.
const BATCH: i64 = 200;

/// What that document is searched by.
pub(super) fn index_of(document: &Document) -> ReportIndex {
    let header = &document.header;
    let meeting = header.acts.first();
    let custodian = &header.custodian;
    let physician = match header.attending_physician() {
        Attending::Known(participant) => Some(&participant.person.name),
        Attending::None | Attending::Unknown | Attending::Absent => None,
    };
    let mut keys = Keys::default();
    keys.ids(KeyKind::Patient, &header.patient.ids);
    for author in &header.authors {
        keys.ids(KeyKind::Author, &author.person.ids);
    }
    keys.ids(KeyKind::Custodian, &header.custodian.ids);
    if let Some(encounter) = &header.encounter {
        keys.ids(KeyKind::Meeting, &encounter.ids);
        keys.code(KeyKind::Facility, &encounter.facility_type);
    }
    keys.code(KeyKind::Type, &header.code);
    keys.code(KeyKind::Confidentiality, &header.confidentiality);
    for act in &header.acts {
        keys.code(KeyKind::Event, &act.code);
    }
    let performer = meeting.and_then(|act| act.performer.as_ref()?.organization.as_ref());
    if let Some(organization) = performer {
        keys.code(KeyKind::Practice, &organization.sector);
    }
    if let Some(class) = xdm::class_and_format(document) {
        keys.push(KeyKind::Class, class.class_system, class.class_code);
        keys.push(KeyKind::Format, class.format_system, class.format_code);
    }
    ReportIndex {
        session_on: session_on(document),
        created_at: header.effective_time.as_ref().and_then(instant),
        period_start: meeting.and_then(|act| instant(act.low.as_ref()?)),
        period_end: meeting.and_then(|act| instant(act.high.as_ref()?)),
        hospital_key: custodian
            .ids
            .first()
            .and_then(|id| id.extension.clone())
            .or_else(|| custodian.name.clone()),
        hospital_name: custodian.name.clone(),
        physician_family: physician.and_then(|name| name.family.clone()),
        physician_given: physician.and_then(|name| name.given.clone()),
        keys: keys.0,
    }
}

/// When the board met: the time of the first act, as the document writes it.
pub(super) fn session_at(document: &Document) -> Option<&Timestamp> {
    let header = &document.header;
    let start = |act: &Act| act.low.is_some();
    let act = header.acts.first().filter(|act| start(act));
    act.and_then(|act| act.low.as_ref())
        .or(header.effective_time.as_ref())
}

fn session_on(document: &Document) -> Option<String> {
    let date = session_at(document)?.date()?;
    Some(format!(
        "{:04}-{:02}-{:02}",
        date.year(),
        u8::from(date.month()),
        date.day()
    ))
}

fn instant(timestamp: &Timestamp) -> Option<String> {
    timestamp.instant().map(instant_text)
}

#[derive(Default)]
struct Keys(Vec<ReportKey>);

impl Keys {
    fn push(&mut self, kind: KeyKind, system: &str, value: &str) {
        let key = ReportKey {
            kind,
            system: system.to_owned(),
            value: value.to_owned(),
        };
        if !self.0.contains(&key) {
            self.0.push(key);
        }
    }

    fn ids(&mut self, kind: KeyKind, ids: &[Id]) {
        for id in ids {
            if let Some(extension) = &id.extension {
                self.push(kind, &id.root, extension);
            }
        }
    }

    fn code(&mut self, kind: KeyKind, code: &Code) {
        if let Some(value) = &code.code {
            self.push(kind, code.system.as_deref().unwrap_or_default(), value);
        }
    }
}

/// Indexes the reports that came before reports were indexed. Returns how many those were.
///
/// # Errors
/// [`StorageError`]; what was indexed until then stays so.
pub async fn index_waiting_reports(context: &Context) -> Result<usize, StorageError> {
    let storage = &context.storage;
    let mut after = String::new();
    let mut progress = Progress::new("reports of an earlier release are made searchable", 0);
    loop {
        let waiting = storage.list_unindexed_reports(&after, BATCH).await?;
        let Some(last) = waiting.last() else {
            return Ok(progress.done);
        };
        after.clone_from(&last.id);
        let mut indexed = Vec::new();
        for report in &waiting {
            let cda = storage.find_content(&report.cda_sha256).await?;
            match cda.as_deref().map(cda::read) {
                Some(Ok(document)) => indexed.push((&report.id, index_of(&document))),
                Some(Err(_)) | None => {
                    tracing::error!(
                        report.id = report.id,
                        "the document of a report cannot be read: it cannot be searched"
                    );
                }
            }
        }
        let mut writing = storage.begin_large_write().await?;
        for (id, index) in &indexed {
            writing.index_report(id, index).await?;
        }
        writing.commit().await?;
        progress.advance(indexed.len());
    }
}
