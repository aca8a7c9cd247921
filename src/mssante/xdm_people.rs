//! Persons, structures and the patient as the metadata of an archive write them (types of `HL7v2`).
//!
//! **Source:** IHE ITI TF-3, 4.2.3.1 (CX, XCN, XON); ANS, CI-SIS, *Service de partage*.

use crate::cda::{Code, Organization, PROFESSIONAL_ROOT, Patient, Person, STRUCTURE_ROOT};

/// A professional as `XCN`, or a piece of software; none when it has neither name nor identifier.
pub(super) fn person(person: &Person) -> Option<String> {
    if let Some(software) = &person.device {
        let id = person.ids.first()?;
        return Some(format!(
            "{}^{}^^^^^^^&{}&ISO^U^^^RI",
            component(id.extension.as_deref().unwrap_or_default()),
            component(software),
            id.root
        ));
    }
    let (id, root) = match person.id_nat() {
        Some(id) => (id, PROFESSIONAL_ROOT),
        None => {
            let id = person.ids.first()?;
            (id.extension.as_deref()?, id.root.as_str())
        }
    };
    // An identifier made of two others, joined by a slash, is one that an establishment gives.
    let kind = if id.contains('/') { "EI" } else { "IDNPS" };
    Some(format!(
        "{}^{}^{}^^^^^^&{root}&ISO^D^^^{kind}",
        component(id),
        component(person.name.family.as_deref().unwrap_or_default()),
        component(person.name.given.as_deref().unwrap_or_default()),
    ))
}

/// A structure as `XON`; none when it has no name.
pub(super) fn structure(organization: &Organization) -> Option<String> {
    let name = component(organization.name.as_deref()?);
    Some(match organization.id_nat() {
        Some(id) => format!("{name}^^^^^&{STRUCTURE_ROOT}&ISO^IDNST^^^{}", component(id)),
        None => name,
    })
}

/// A profession or speciality: code, label, OID of the system.
pub(super) fn specialty(code: &Code) -> Option<String> {
    Some(format!(
        "{}^{}^{}",
        component(code.code.as_deref()?),
        component(code.display.as_deref().unwrap_or_default()),
        code.system.as_deref().unwrap_or_default()
    ))
}

/// The traits of the patient, one text for each field of `PID`.
pub(super) fn patient_info(patient: &Patient) -> Vec<String> {
    let mut info = Vec::with_capacity(5);
    let text = |value: Option<&str>| component(value.unwrap_or_default());
    info.push(format!(
        "PID-5|{}^{}^{}^^^^L",
        text(patient.birth_family()),
        text(patient.first_birth_given()),
        text(patient.birth_givens()),
    ));
    if let Some(family) = patient.used_family() {
        info.push(format!(
            "PID-5|{}^{}^^^^^D",
            component(family),
            text(patient.used_given()),
        ));
    }
    if let Some(birth) = &patient.birth_time {
        let day = birth.0.get(..8).unwrap_or(&birth.0);
        info.push(format!("PID-7|{}", component(day)));
    }
    info.push(format!(
        "PID-8|{}",
        match patient.sex.code.as_deref() {
            Some("F") => "F",
            Some("M") => "M",
            _ => "U",
        }
    ));
    if let Some(place) = patient.birth_place_insee.as_deref() {
        info.push(format!("PID-11|^^^^^^BDL^^{}", component(place)));
    }
    info
}

/// A text inside an `HL7v2` value: its separators are escaped, its line breaks dropped.
///
/// **Source:** HL7 v2.5, 2.7.
fn component(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\E\\"),
            '^' => escaped.push_str("\\S\\"),
            '&' => escaped.push_str("\\T\\"),
            '~' => escaped.push_str("\\R\\"),
            '|' => escaped.push_str("\\F\\"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_inside_a_value_are_escaped() {
        assert_eq!(component("CH & Cie^1|\\"), "CH \\T\\ Cie\\S\\1\\F\\\\E\\");
    }

    #[test]
    fn software_is_told_from_people() {
        let software = Person {
            device: Some("DCC".to_owned()),
            ids: vec![crate::cda::Id {
                root: "1.2.3".to_owned(),
                extension: Some("7".to_owned()),
            }],
            ..Person::default()
        };
        assert_eq!(
            person(&software).as_deref(),
            Some("7^DCC^^^^^^^&1.2.3&ISO^U^^^RI")
        );
        assert_eq!(person(&Person::default()), None);
    }
}
