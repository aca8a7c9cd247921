//! The form of an archive: its tree, its text files, its metadata as such, whatever the documents say.

use super::xdm_metadata::{ACTION_SLOT, HAS_MEMBER, scheme};
use super::xdm_open::Files;
use super::xdm_rules as rules;
use super::xdm_submission::{Object, Submission};
use crate::{finding::Finding, identifiers::Oid};

/// Checks the form of an archive whose metadata lie in `folder`.
pub(super) fn check(files: &Files, folder: &str, submission: &Submission) -> Vec<Finding> {
    let mut findings = Vec::new();
    check_tree(files, folder, submission, &mut findings);
    if files
        .get("README.TXT")
        .is_some_and(|text| !is_plain_text(text))
    {
        findings.push(rules::README.at("README.TXT"));
    }
    if files
        .get("INDEX.HTM")
        .is_some_and(|page| !is_quiet_page(page))
    {
        findings.push(rules::INDEX.at("INDEX.HTM"));
    }
    findings.extend(
        submission
            .misplaced
            .iter()
            .map(|place| rules::SCHEMA.at(place)),
    );
    findings.extend(
        submission
            .dangling
            .iter()
            .map(|place| rules::REFERENCE.at(place)),
    );
    check_associations(submission, &mut findings);
    check_set(&submission.set, &mut findings);
    for (index, entry) in submission.entries.iter().enumerate() {
        let place = format!("METADATA.XML/ExtrinsicObject[{}]", index + 1);
        check_entry(entry, &place, &mut findings);
    }
    findings
}

/// **Source:** IHE ITI TF-2, ITI-32 (ISO 9660 level 1 names).
fn check_tree(files: &Files, folder: &str, submission: &Submission, findings: &mut Vec<Finding>) {
    for name in ["INDEX.HTM", "README.TXT"] {
        if files.get(name).is_none() {
            findings.push(rules::TREE.at(name));
        }
    }
    let announced: Vec<String> = submission
        .entries
        .iter()
        .filter_map(|entry| entry.slot("URI"))
        .map(|uri| format!("{folder}{}", uri.to_ascii_uppercase()))
        .collect();
    for name in &files.names {
        let path = name.to_ascii_uppercase();
        let has_place = matches!(path.as_str(), "INDEX.HTM" | "README.TXT")
            || path.strip_prefix(folder) == Some("METADATA.XML")
            || announced.contains(&path);
        // A foreign name may say anything, even who the patient is: it is not repeated.
        if !has_place {
            findings.push(rules::TREE.at("IHE_XDM.zip"));
        }
        if !name.split('/').all(is_short_name) {
            findings.push(rules::NAMES.at("IHE_XDM.zip"));
        }
    }
}

fn is_short_name(step: &str) -> bool {
    let is_plain = |text: &str, most: usize| {
        (1..=most).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    match step.split_once('.') {
        Some((name, extension)) => is_plain(name, 8) && is_plain(extension, 3),
        None => is_plain(step, 8),
    }
}

fn is_plain_text(text: &[u8]) -> bool {
    text.is_ascii()
        && text
            .split_inclusive(|byte| *byte == b'\n')
            .all(|line| line.ends_with(b"\r\n"))
}

/// True for a page without script, that links to nothing outside.
fn is_quiet_page(page: &[u8]) -> bool {
    let text = String::from_utf8_lossy(page).to_ascii_lowercase();
    let links = [
        "href=\"http",
        "href='http",
        "src=\"http",
        "src='http",
        "javascript:",
        "<script",
    ];
    !links.iter().any(|link| text.contains(link))
}

fn check_associations(submission: &Submission, findings: &mut Vec<Finding>) {
    let place = "METADATA.XML/Association";
    let are_members = submission
        .associations
        .iter()
        .all(|tie| tie.kind == HAS_MEMBER && tie.status.as_deref() == Some("Original"));
    let each_is_tied = submission.entries.iter().all(|entry| {
        let ties = submission.associations.iter();
        ties.filter(|tie| tie.target == entry.id).count() == 1
    });
    if !are_members || !each_is_tied {
        findings.push(rules::ASSOCIATION.at(place));
    }
}

fn check_set(set: &Object, findings: &mut Vec<Finding>) {
    let place = "METADATA.XML/RegistryPackage";
    let mut lacks = |what: &str, is_there: bool| {
        if !is_there {
            findings.push(rules::MISSING.at(format!("{place}/{what}")));
        }
    };
    lacks("@id", set.id.starts_with("urn:uuid:"));
    lacks("Classification[SubmissionSet]", set.is_submission_set);
    lacks("author", set.coded(scheme::SET_AUTHOR).next().is_some());
    lacks("contentTypeCode", is_coded(set, scheme::SET_CONTENT_TYPE));
    lacks("patientId", set.identifier(scheme::SET_PATIENT).is_some());
    for (what, scheme) in [
        ("sourceId", scheme::SET_SOURCE),
        ("uniqueId", scheme::SET_UNIQUE_ID),
    ] {
        lacks(what, set.identifier(scheme).is_some_and(is_oid));
    }
    if !set.slot("submissionTime").is_some_and(is_utc) {
        findings.push(rules::TIME.at(format!("{place}/submissionTime")));
    }
}

fn check_entry(entry: &Object, place: &str, findings: &mut Vec<Finding>) {
    let mut lacks = |what: &str, is_there: bool| {
        if !is_there {
            findings.push(rules::MISSING.at(format!("{place}/{what}")));
        }
    };
    lacks("@id", entry.id.starts_with("urn:uuid:"));
    lacks("@mimeType", entry.mime_type.is_some());
    lacks(
        "@objectType",
        entry.object_type.as_deref() == Some(scheme::DOCUMENT),
    );
    lacks("title", entry.title.is_some());
    lacks("author", entry.coded(scheme::AUTHOR).next().is_some());
    for name in ["languageCode", "legalAuthenticator", "sourcePatientId"] {
        lacks(name, entry.slot(name).is_some());
    }
    for (what, scheme) in [
        ("classCode", scheme::CLASS),
        ("confidentialityCode", scheme::CONFIDENTIALITY),
        ("formatCode", scheme::FORMAT),
        ("healthcareFacilityTypeCode", scheme::FACILITY),
        ("practiceSettingCode", scheme::PRACTICE),
        ("typeCode", scheme::TYPE),
    ] {
        lacks(what, is_coded(entry, scheme));
    }
    let unique_id = entry.identifier(scheme::UNIQUE_ID);
    lacks("uniqueId", unique_id.is_some());
    if unique_id.is_some_and(|id| id.contains('^')) {
        findings.push(rules::ID_EXTENSION.at(format!("{place}/uniqueId")));
    }
    let hash = entry.slot("hash").unwrap_or_default();
    if hash.contains(|c: char| c.is_ascii_lowercase()) {
        findings.push(rules::HASH_CASE.at(format!("{place}/hash")));
    }
    if entry.slot_values(ACTION_SLOT).len() > 1 {
        findings.push(rules::ACTION.at(format!("{place}/{ACTION_SLOT}")));
    }
}

/// True when every value of that scheme has a code and the OID of its system.
fn is_coded(object: &Object, scheme: &str) -> bool {
    let mut values = object.coded(scheme).peekable();
    values.peek().is_some()
        && values.all(|value| !value.code.is_empty() && value.system.as_deref().is_some_and(is_oid))
}

fn is_oid(text: &str) -> bool {
    text.parse::<Oid>().is_ok()
}

/// An instant in UTC: fourteen digits, without offset.
fn is_utc(text: &str) -> bool {
    text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit())
}
