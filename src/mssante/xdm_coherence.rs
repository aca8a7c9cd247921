//! What the metadata say of a document against what the document says of itself.
//!
//! Its bytes, identity and patient are checked where it is opened; here is the rest.

use super::xdm_facts::{Coded, authenticator, class_and_format, coded, facility, practice, utc};
use super::xdm_metadata::scheme;
use super::xdm_people::patient_info;
use super::xdm_rules as rules;
use super::xdm_submission::Object;
use crate::{
    cda::{Document, Header},
    finding::Finding,
};

/// Adds what does not agree to `findings`.
pub(super) fn check(document: &Document, entry: &Object, place: &str, findings: &mut Vec<Finding>) {
    let header = &document.header;
    check_times(header, entry, place, findings);
    check_codes(document, entry, place, findings);
    check_traits(header, entry, place, findings);
    let mut find = |what: &str| findings.push(rules::LABEL.at(format!("{place}/{what}")));
    if differs(
        entry.title.as_deref(),
        header.title.as_deref().map(folded).as_deref(),
    ) {
        find("title");
    }
    if differs(entry.slot("languageCode"), header.language.as_deref()) {
        find("languageCode");
    }
    // The identifier tells the person; sources write names in several ways.
    let expected = authenticator(header);
    let id = |xcn: &str| xcn.split('^').next().unwrap_or_default().to_owned();
    if differs(
        entry.slot("legalAuthenticator").map(id).as_deref(),
        expected.as_deref().map(id).as_deref(),
    ) {
        find("legalAuthenticator");
    }
}

fn check_times(header: &Header, entry: &Object, place: &str, findings: &mut Vec<Finding>) {
    let act = header.acts.first();
    for (name, expected) in [
        ("creationTime", utc(header.effective_time.as_ref())),
        (
            "serviceStartTime",
            act.and_then(|act| utc(act.low.as_ref())),
        ),
        (
            "serviceStopTime",
            act.and_then(|act| utc(act.high.as_ref())),
        ),
    ] {
        if entry.slot(name) != expected.as_deref() {
            findings.push(rules::TIME.at(format!("{place}/{name}")));
        }
    }
}

fn check_codes(document: &Document, entry: &Object, place: &str, findings: &mut Vec<Finding>) {
    let header = &document.header;
    if !says(entry, scheme::TYPE, &coded(&header.code)) {
        findings.push(rules::TYPE.at(format!("{place}/typeCode")));
    }
    let model = class_and_format(document);
    let class = model.map(|model| Coded {
        code: model.class_code,
        label: "",
        system: model.class_system,
    });
    let format = model.map(|model| Coded {
        code: model.format_code,
        label: "",
        system: model.format_system,
    });
    for (what, scheme, expected) in [
        ("classCode", scheme::CLASS, class),
        ("formatCode", scheme::FORMAT, format),
        (
            "confidentialityCode",
            scheme::CONFIDENTIALITY,
            coded(&header.confidentiality),
        ),
        (
            "healthcareFacilityTypeCode",
            scheme::FACILITY,
            facility(header),
        ),
        ("practiceSettingCode", scheme::PRACTICE, practice(header)),
    ] {
        if !says(entry, scheme, &expected) {
            findings.push(rules::CODE.at(format!("{place}/{what}")));
        }
    }
}

/// True when one of the values of that scheme is the one expected, or nothing is known to expect.
fn says(entry: &Object, scheme: &str, expected: &Option<Coded<'_>>) -> bool {
    expected.as_ref().is_none_or(|expected| {
        entry.coded(scheme).any(|value| {
            value.code == expected.code && value.system.as_deref() == Some(expected.system)
        })
    })
}

/// The traits that identify the patient: birth name, birth date and sex.
fn check_traits(header: &Header, entry: &Object, place: &str, findings: &mut Vec<Finding>) {
    let said = entry.slot_values("sourcePatientInfo");
    let family = |value: &str| {
        value
            .split('^')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let agrees = patient_info(&header.patient)
        .iter()
        .filter(|expected| !expected.starts_with("PID-11"))
        .all(|expected| {
            let is_birth_name = expected.starts_with("PID-5") && expected.ends_with("^L");
            if expected.starts_with("PID-5") && !is_birth_name {
                return true;
            }
            said.iter().any(|value| {
                if is_birth_name {
                    value.ends_with("^L") && family(value) == family(expected)
                } else {
                    value.trim() == expected
                }
            })
        });
    if !agrees {
        findings.push(rules::TRAITS.at(format!("{place}/sourcePatientInfo")));
    }
}

/// True when both are known and not the same.
fn differs(said: Option<&str>, expected: Option<&str>) -> bool {
    matches!((said, expected), (Some(said), Some(expected)) if folded(said) != folded(expected))
}

/// Text with its blanks folded.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
