//! What the header of a document says, in a few labelled lines.

use crate::cda::{Author, Document, Header, Organization, Participant, Person, Timestamp};

/// A label and what stands beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub label: &'static str,
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
    /// Everything else.
    pub lines: Vec<Line>,
}

/// Reads the header of that document.
pub(super) fn summary(document: &Document) -> Summary {
    let header = &document.header;
    let mut lines = Vec::new();
    let mut add = |label, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            lines.push(Line { label, value });
        }
    };
    add("Patient", Some(patient(header)));
    add("INS", ins(header));
    add("Réunion", meeting(header));
    add(
        "Document établi le",
        header.effective_time.as_ref().and_then(instant),
    );
    for author in &header.authors {
        add("Auteur", Some(author_line(author)));
    }
    add(
        "Responsable",
        header
            .legal_authenticator
            .as_ref()
            .map(|authenticator| person_line(&authenticator.person)),
    );
    for participant in &header.participants {
        add("Participant", participant_line(participant));
    }
    add("Conservé par", header.custodian.name.clone());
    add("Version", header.version.map(|version| version.to_string()));
    add(
        "Remplace",
        header
            .replaces()
            .map(|_| "ce document annule et remplace la version précédente".to_owned()),
    );
    Summary {
        title: title(header),
        patient: patient(header),
        subject: match meeting(header) {
            Some(meeting) => format!("{} - {meeting}", title(header)),
            None => title(header),
        },
        lines,
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
fn participant_line(participant: &Participant) -> Option<String> {
    let person = person_line(&participant.person);
    let function = participant
        .function
        .display
        .as_deref()
        .or(participant.function.original_text.as_deref());
    match (person.is_empty(), function) {
        (true, _) => None,
        (false, Some(function)) => Some(format!("{person} ({function})")),
        (false, None) => Some(person),
    }
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
