//! What the header of a document says, in a few labelled lines.

use crate::cda::{Author, Document, Header, Organization, Participant, Person, Timestamp};

/// A label and what stands beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub label: String,
    pub value: String,
}

/// The header of a document for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Summary {
    /// Title of the document.
    pub title: String,
    /// Who it is about, on one line: repeated on every page.
    pub patient: String,
    /// Which document and which meeting, on one line: repeated on every page.
    pub subject: String,
    /// Whom and what it is about: shown before the sections.
    pub head: Vec<Line>,
    /// Who made it, took part, keeps it: shown after the sections, under [`ABOUT`].
    pub about: Vec<Line>,
}

/// Heading of what a document says of itself.
pub(super) const ABOUT: &str = "Participants et document";

/// Reads the header of that document.
pub(super) fn summary(document: &Document) -> Summary {
    let header = &document.header;
    Summary {
        title: title(header),
        patient: patient(header),
        subject: match meeting(header) {
            Some(meeting) => format!("{} - {meeting}", title(header)),
            None => title(header),
        },
        head: labelled([
            ("Patient", Some(patient(header))),
            ("INS", ins(header)),
            ("Réunion", meeting(header)),
            ("Document", kind_and_day(header)),
            ("Auteur", header.authors.first().map(author_line)),
            ("Version", version(header)),
        ]),
        about: about(header),
    }
}

fn labelled<const N: usize>(lines: [(&str, Option<String>); N]) -> Vec<Line> {
    lines
        .into_iter()
        .filter_map(|(label, value)| {
            let value = value.filter(|value| !value.is_empty())?;
            let label = label.to_owned();
            Some(Line { label, value })
        })
        .collect()
}

/// Everybody that the header names, by what they did, and who keeps the document.
fn about(header: &Header) -> Vec<Line> {
    let mut lines: Vec<Line> = header
        .authors
        .iter()
        .map(|author| Line {
            label: "Auteur".to_owned(),
            value: author_line(author),
        })
        .collect();
    let authenticator = header.legal_authenticator.as_ref();
    lines.extend(labelled([(
        "Responsable",
        authenticator.map(|authenticator| person_line(&authenticator.person)),
    )]));
    lines.extend(header.participants.iter().filter_map(participant_line));
    lines.extend(labelled([
        ("Conservé par", header.custodian.name.clone()),
        ("Identifiant du document", Some(identifier(header))),
    ]));
    lines
}

/// Type of the document, and when it was made.
fn kind_and_day(header: &Header) -> Option<String> {
    let made = header.effective_time.as_ref().and_then(instant);
    match (header.code.display.as_deref(), made) {
        (Some(kind), Some(made)) => Some(format!("{kind}, établi le {made}")),
        (Some(kind), None) => Some(kind.to_owned()),
        (None, made) => made.map(|made| format!("établi le {made}")),
    }
}

fn version(header: &Header) -> Option<String> {
    let version = header.version?;
    Some(match header.replaces() {
        Some(_) => format!("{version}, annule et remplace la version précédente"),
        None => version.to_string(),
    })
}

fn identifier(header: &Header) -> String {
    match &header.id.extension {
        Some(extension) => format!("{} {extension}", header.id.root),
        None => header.id.root.clone(),
    }
}

fn title(header: &Header) -> String {
    header
        .title
        .clone()
        .or_else(|| header.code.display.clone())
        .unwrap_or_else(|| "Document médical".to_owned())
}

/// Birth name, first given name, name in use, sex, birth.
fn patient(header: &Header) -> String {
    let patient = &header.patient;
    let mut text = [
        patient.birth_family().or_else(|| patient.used_family()),
        patient
            .first_birth_given()
            .or_else(|| patient.used_given())
            .or_else(|| patient.birth_givens()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(" ");
    if let (Some(used), Some(birth)) = (patient.used_family(), patient.birth_family())
        && used != birth
    {
        text.push_str(&format!(" (nom utilisé : {used})"));
    }
    let is_female = patient.sex.code.as_deref() == Some("F");
    if let Some(birth) = patient.birth_time.as_ref().and_then(day) {
        text.push_str(if is_female {
            ", née le "
        } else {
            ", né(e) le "
        });
        text.push_str(&birth);
    }
    match patient.sex.code.as_deref() {
        Some("F") => text.push_str(", sexe féminin"),
        Some("M") => text.push_str(", sexe masculin"),
        _ => {}
    }
    text
}

fn ins(header: &Header) -> Option<String> {
    header.patient.ins()?.extension.clone()
}

/// Name of the board, and when it met.
fn meeting(header: &Header) -> Option<String> {
    let encounter = header.encounter.as_ref()?;
    let when = encounter.low.as_ref().and_then(instant);
    match (encounter.facility_name.as_deref(), when) {
        (Some(name), Some(when)) => Some(format!("{name}, le {when}")),
        (Some(name), None) => Some(name.to_owned()),
        (None, Some(when)) => Some(format!("le {when}")),
        (None, None) => None,
    }
}

fn author_line(author: &Author) -> String {
    let mut text = person_line(&author.person);
    if let Some(function) = author.function.display.as_deref() {
        text.push_str(&format!(" ({function})"));
    }
    text
}

/// Function and name; nothing when the document names nobody.
fn participant_line(participant: &Participant) -> Option<Line> {
    let value = person_line(&participant.person);
    let function = &participant.function;
    let label = function
        .display
        .as_deref()
        .or(function.original_text.as_deref())
        .unwrap_or("Participant")
        .to_owned();
    (!value.is_empty()).then_some(Line { label, value })
}

fn person_line(person: &Person) -> String {
    let name = &person.name;
    let mut text = [
        name.suffix.as_deref(),
        name.given.as_deref(),
        name.family.as_deref(),
        person.device.as_deref(),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(" ");
    let place = person
        .organization
        .as_ref()
        .and_then(|organization: &Organization| organization.name.as_deref());
    for detail in [person.speciality.display.as_deref(), place]
        .into_iter()
        .flatten()
    {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(detail);
    }
    text
}

fn day(timestamp: &Timestamp) -> Option<String> {
    let date = timestamp.date()?;
    Some(format!(
        "{:02}/{:02}/{:04}",
        date.day(),
        u8::from(date.month()),
        date.year()
    ))
}

/// Day, and hour when it is said.
fn instant(timestamp: &Timestamp) -> Option<String> {
    let day = day(timestamp)?;
    Some(match timestamp.time() {
        Some(time) => format!("{day} à {:02}h{:02}", time.hour(), time.minute()),
        None => day,
    })
}
