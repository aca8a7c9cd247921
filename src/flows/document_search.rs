//! Reports searched as `DocumentReference`.

use super::{
    Context,
    document_sharing::{SharedResource, share},
    report_search::{DateAsked, next_cursor, read_cursor},
};
use crate::{
    fhir::{DOCUMENT_PARAMETERS, Handling},
    finding::{Bilingual, Finding},
    rcp::Standing,
    sharing::{identity_of_token, oid_of, professional, structure},
    storage::{KeyKind, ReportCondition, ReportDate, ReportSearch, StorageError},
    terminology::Terminology,
};

/// Documents in a page, unless another number is asked for.
const PAGE: i64 = 20;
/// Most documents in a page.
const MAX_PAGE: i64 = 100;
/// Parameters that say how to answer.
const ANSWERING: [&str; 4] = ["_format", "_pretty", "_total", "_summary"];

/// What is asked for, read and understood.
#[derive(Clone, Debug, Default)]
pub struct DocumentQuery {
    search: ReportSearch,
    /// The pairs that were understood, but those that name a patient and the place in the pages.
    pub understood: Vec<(String, String)>,
    /// True when a patient is named: no address may then repeat the query.
    pub names_patient: bool,
    /// What was left aside, when the caller allows it.
    pub warnings: Vec<Finding>,
}

/// A page of documents.
#[derive(Clone, Debug)]
pub struct DocumentPage {
    /// How many there are on all pages.
    pub total: i64,
    /// Those of this page, the latest first.
    pub documents: Vec<SharedResource>,
    /// Where the next page begins, when there may be one.
    pub cursor: Option<String>,
}

/// Where the parameters stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In the address, which logs and proxies keep.
    Address,
    /// In the body of `POST _search`.
    Body,
}

impl DocumentQuery {
    /// Reads the parameters of the address and those of a form.
    ///
    /// # Errors
    /// A finding for each parameter that is not known, that has a value that makes no sense, or that
    /// names a patient in an address.
    pub fn read(
        address: &[(String, String)],
        body: &[(String, String)],
        handling: Handling,
        terminology: &Terminology,
    ) -> Result<Self, Vec<Finding>> {
        let mut query = Self::default();
        query.search.limit = PAGE;
        let mut findings = Vec::new();
        let in_address = address.iter().map(|pair| (pair, Place::Address));
        let in_body = body.iter().map(|pair| (pair, Place::Body));
        for ((name, value), place) in in_address.chain(in_body) {
            if ANSWERING.contains(&name.as_str()) || value.is_empty() {
                continue;
            }
            match query.take(name, value, place, terminology) {
                Taken::Yes => {}
                Taken::Unknown(finding) if handling == Handling::Lenient => {
                    query.warnings.push(finding);
                }
                Taken::Unknown(finding) | Taken::Wrong(finding) => findings.push(finding),
            }
        }
        if findings.is_empty() {
            Ok(query)
        } else {
            Err(findings)
        }
    }

    fn take(&mut self, name: &str, value: &str, place: Place, terminology: &Terminology) -> Taken {
        let is_patient = matches!(
            name,
            "patient"
                | "patient.identifier"
                | "patient:identifier"
                | "subject"
                | "subject.identifier"
                | "subject:identifier"
        );
        if is_patient && place == Place::Address {
            return Taken::Wrong(patient_in_address(name));
        }
        let conditions = match name {
            "_count" => match value.parse() {
                Ok(count) if count > 0 => {
                    self.search.limit = MAX_PAGE.min(count);
                    Some(Vec::new())
                }
                Ok(_) | Err(_) => None,
            },
            "_cursor" => {
                self.search.after = read_cursor(value);
                if self.search.after.is_none() {
                    return Taken::Wrong(bad_value(name));
                }
                return Taken::Yes;
            }
            _ => match conditions(name, value, terminology) {
                Some(conditions) => conditions,
                None => return Taken::Unknown(unknown(name)),
            },
        };
        let Some(mut conditions) = conditions else {
            return Taken::Wrong(bad_value(name));
        };
        self.search.conditions.append(&mut conditions);
        if is_patient {
            self.names_patient = true;
        } else {
            self.understood.push((name.to_owned(), value.to_owned()));
        }
        Taken::Yes
    }
}

/// What became of a parameter.
enum Taken {
    Yes,
    Unknown(Finding),
    Wrong(Finding),
}

/// The conditions of a parameter: `None` when it is not known, `Some(None)` when its value makes no
/// sense.
fn conditions(
    name: &str,
    value: &str,
    terminology: &Terminology,
) -> Option<Option<Vec<ReportCondition>>> {
    let tokens = || value.split(',').map(Token::read);
    let coded = |kind| {
        let keys = tokens().map(|token| {
            let system = token.system.map(|system| oid_of(system, terminology));
            (system, token.value.map(str::to_owned))
        });
        Some(vec![ReportCondition::Key(kind, keys.collect())])
    };
    let named = |kind, name: fn(Option<&str>, &str) -> (Option<String>, String)| {
        let keys: Option<Vec<_>> = tokens()
            .map(|token| {
                let (system, value) = name(token.system, token.value?);
                Some((system, Some(value)))
            })
            .collect();
        keys.map(|keys| vec![ReportCondition::Key(kind, keys)])
    };
    let dated = |start, end| DateAsked::read(value).map(|asked| asked.conditions(start, end));
    Some(match name {
        "_id" => Some(vec![ReportCondition::Id(list(value))]),
        "identifier" => identities(value).map(|ids| vec![ReportCondition::DocumentId(ids)]),
        "relatesto:identifier" => identities(value).map(|ids| vec![ReportCondition::Replaces(ids)]),
        "status" => statuses(value),
        "type" => coded(KeyKind::Type),
        "category" => coded(KeyKind::Class),
        "format" => coded(KeyKind::Format),
        "facility" => coded(KeyKind::Facility),
        "setting" => coded(KeyKind::Practice),
        "event" => coded(KeyKind::Event),
        "security-label" => coded(KeyKind::Confidentiality),
        "author.identifier" | "author:identifier" => named(KeyKind::Author, professional),
        "custodian.identifier" | "custodian:identifier" => named(KeyKind::Custodian, structure),
        "patient" | "patient.identifier" | "patient:identifier" | "subject"
        | "subject.identifier" | "subject:identifier" => named(KeyKind::Patient, patient_key),
        "_lastUpdated" => dated(ReportDate::ChangedAt, ReportDate::ChangedAt),
        "date" => dated(ReportDate::ReceivedAt, ReportDate::ReceivedAt),
        "creation" => dated(ReportDate::CreatedAt, ReportDate::CreatedAt),
        "period" => dated(ReportDate::PeriodStart, ReportDate::PeriodEnd),
        "period-start" => dated(ReportDate::PeriodStart, ReportDate::PeriodStart),
        "period-end" => dated(ReportDate::PeriodEnd, ReportDate::PeriodEnd),
        _ => return None,
    })
}

/// A patient's token as documents write it: root and extension.
fn patient_key(system: Option<&str>, value: &str) -> (Option<String>, String) {
    let root = system.map(|system| system.strip_prefix("urn:oid:").unwrap_or(system).to_owned());
    (root, value.to_owned())
}

fn list(value: &str) -> Vec<String> {
    value
        .split(',')
        .map(|part| part.trim().to_owned())
        .collect()
}

fn identities(value: &str) -> Option<Vec<String>> {
    let mut ids = Vec::new();
    for token in value.split(',').map(Token::read) {
        ids.extend(identity_of_token(token.system, token.value?));
    }
    Some(ids)
}

fn statuses(value: &str) -> Option<Vec<ReportCondition>> {
    let standings: Option<Vec<Standing>> = value
        .split(',')
        .map(|word| match Token::read(word).value? {
            "current" => Some(Standing::Current),
            "superseded" => Some(Standing::Superseded),
            "entered-in-error" => Some(Standing::Cancelled),
            _ => None,
        })
        .collect();
    Some(vec![ReportCondition::Standing(standings?)])
}

/// `value`, `system|value`, `system|` or `|value`.
///
/// **Source:** FHIR R4, 3.1.1.4.10, token.
struct Token<'a> {
    system: Option<&'a str>,
    value: Option<&'a str>,
}

impl<'a> Token<'a> {
    fn read(text: &'a str) -> Self {
        let given = |text: &'a str| Some(text.trim()).filter(|text| !text.is_empty());
        match text.split_once('|') {
            Some((system, value)) => Self {
                system: given(system),
                value: given(value),
            },
            None => Self {
                system: None,
                value: given(text),
            },
        }
    }
}

/// Finds the documents of a page; `base_url` is that of the FHIR interface.
///
/// # Errors
/// [`StorageError`].
pub async fn search_documents(
    context: &Context,
    query: &DocumentQuery,
    base_url: &str,
) -> Result<DocumentPage, StorageError> {
    let storage = &context.storage;
    let total = storage
        .count_found_reports(&query.search.conditions)
        .await?;
    let found = storage.search_reports(&query.search).await?;
    let cursor = next_cursor(&found, query.search.limit);
    let mut documents = Vec::new();
    for report in found {
        documents.push(share(context, report.report, base_url).await?);
    }
    Ok(DocumentPage {
        total,
        documents,
        cursor,
    })
}

fn patient_in_address(name: &str) -> Finding {
    Finding::error(
        "P-QRY-3",
        name,
        Bilingual::new(
            "Une adresse ne doit pas nommer un patient : les journaux la conservent.",
            "An address must not name a patient: logs keep it.",
        ),
        Bilingual::new(
            "Envoyez ce paramètre dans le corps de POST DocumentReference/_search.",
            "Send this parameter in the body of POST DocumentReference/_search.",
        ),
    )
}

fn bad_value(name: &str) -> Finding {
    Finding::error(
        "P-QRY-2",
        name,
        Bilingual::new(
            "La valeur de ce paramètre n'a pas de sens.",
            "The value of this parameter makes no sense.",
        ),
        Bilingual::new(
            "Suivez le CapabilityStatement (GET metadata).",
            "Follow the CapabilityStatement (GET metadata).",
        ),
    )
}

fn unknown(name: &str) -> Finding {
    let is_word = name.len() <= 40
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte));
    let known: Vec<&str> = DOCUMENT_PARAMETERS.iter().map(|(name, ..)| *name).collect();
    let known = known.join(", ");
    Finding::error(
        "P-QRY-1",
        if is_word { name } else { "" },
        Bilingual::new(
            "Ce paramètre n'est pas connu.",
            "This parameter is not known.",
        ),
        Bilingual::new(
            format!("Paramètres connus : {known}."),
            format!("Known parameters: {known}."),
        ),
    )
}
