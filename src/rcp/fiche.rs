//! A report as JSON: structure checked against the schema, all faults at once.
//!
//! The schema, `profiles/rcp-report.schema.json`, is the description of the format: each field
//! says where it goes in the document.

use std::sync::LazyLock;

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use serde_json::Value;

use crate::finding::{Bilingual, Finding};

use super::{
    date::{Moment, PartialDate, When},
    fiche_findings::{
        forbidden_character, malformed, misread, missing_field, repeated_field, too_large,
        unknown_field, wrong_type, wrong_value,
    },
    places::Places,
    report::RcpReport,
};

/// Largest JSON text of a report, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;
/// Largest number of findings reported for one text.
const MAX_FINDINGS: usize = 200;
/// Text of the schema (JSON Schema, draft 2020-12).
pub const SCHEMA: &str = include_str!("../../profiles/rcp-report.schema.json");

/// Fields where `null` is an answer, and not absence.
const NULLABLE: [&str; 16] = [
    "is_recours_rcp",
    "is_paediatric_rcp",
    "diagnostic_advice",
    "treatment_proposal",
    "recours",
    "paediatric",
    "from_screening",
    "present",
    "local",
    "regional",
    "distant",
    "complete",
    "clinical_trial",
    "parental_project",
    "answer",
    "diagnosis_date",
];

/// The schema, compiled once: a constant that takes too long to build for each report.
static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let schema: Value =
        serde_json::from_str(SCHEMA).expect("the schema is JSON, and a test reads it");
    jsonschema::draft202012::options()
        .with_format("partial-date", |text: &str| {
            text.parse::<PartialDate>().is_ok()
        })
        .with_format("moment", |text: &str| text.parse::<Moment>().is_ok())
        .with_format("date-or-moment", |text: &str| text.parse::<When>().is_ok())
        .should_validate_formats(true)
        .build(&schema)
        .expect("the schema compiles, and a test reads it")
});

/// Reads a report from JSON.
///
/// # Errors
/// Every fault of structure, with JSON path, line and column: `R-JSN-1` not JSON, `-2` unknown
/// field, `-3` missing field, `-4` wrong type, `-5` value outside what the field allows, `-6`
/// field given twice. What the values mean is checked by [`super::rules`].
pub fn read(bytes: &[u8]) -> Result<RcpReport, Vec<Finding>> {
    if bytes.len() > MAX_BYTES {
        return Err(vec![too_large()]);
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let text =
        std::str::from_utf8(bytes).map_err(|error| vec![not_utf8(bytes, error.valid_up_to())])?;
    let mut value: Value = serde_json::from_str(text).map_err(|error| vec![malformed(&error)])?;
    drop_nulls(&mut value);
    let errors: Vec<_> = VALIDATOR.iter_errors(&value).take(MAX_FINDINGS).collect();
    if !errors.is_empty() {
        let places = Places::of(text);
        let findings = errors
            .iter()
            .flat_map(|error| findings(error, text, &places));
        return Err(findings.collect());
    }
    let mut forbidden = Vec::new();
    find_forbidden(&value, &mut String::new(), &mut forbidden);
    if !forbidden.is_empty() {
        let places = Places::of(text);
        let findings = forbidden
            .iter()
            .take(MAX_FINDINGS)
            .map(|pointer| locate(forbidden_character(pointer), text, places.offset(pointer)));
        return Err(findings.collect());
    }
    serde_json::from_str(text).map_err(|error| {
        let places = Places::of(text);
        match places.repeated.as_slice() {
            [] => vec![misread(&error)],
            repeated => repeated
                .iter()
                .take(MAX_FINDINGS)
                .map(|(pointer, offset)| locate(repeated_field(pointer), text, *offset))
                .collect(),
        }
    })
}

/// Removes the fields whose `null` means that they are absent.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, member| !member.is_null() || NULLABLE.contains(&name.as_str()));
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Finds the texts with a character that no XML document may hold.
fn find_forbidden(value: &Value, pointer: &mut String, found: &mut Vec<String>) {
    let length = pointer.len();
    match value {
        Value::String(text) => {
            if text.contains(is_forbidden) {
                found.push(pointer.clone());
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                pointer.push('/');
                pointer.push_str(name);
                find_forbidden(member, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::Array(items) => {
            for (rank, item) in items.iter().enumerate() {
                pointer.push('/');
                pointer.push_str(&rank.to_string());
                find_forbidden(item, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// **Source:** XML 1.0, production `Char`.
fn is_forbidden(char: char) -> bool {
    let is_white = matches!(char, '\t' | '\n' | '\r');
    (char < ' ' && !is_white) || matches!(char, '\u{FFFE}' | '\u{FFFF}')
}

/// What one fault found by the schema says, one finding for each unknown field.
fn findings(error: &ValidationError<'_>, text: &str, places: &Places) -> Vec<Finding> {
    let pointer = error.instance_path().as_str();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| {
                let field = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                locate(unknown_field(&field), text, places.offset(&field))
            })
            .collect(),
        ValidationErrorKind::FalseSchema => {
            vec![locate(unknown_field(pointer), text, places.offset(pointer))]
        }
        ValidationErrorKind::Required { property } => {
            let field = format!("{pointer}/{}", property.as_str().unwrap_or_default());
            vec![locate(missing_field(&field), text, places.offset(pointer))]
        }
        ValidationErrorKind::Type { kind } => {
            vec![locate(
                wrong_type(pointer, kind),
                text,
                places.offset(pointer),
            )]
        }
        kind => vec![locate(
            wrong_value(pointer, kind),
            text,
            places.offset(pointer),
        )],
    }
}

fn locate(finding: Finding, text: &str, offset: usize) -> Finding {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.bytes().filter(|byte| *byte == b'\n').count() as u64 + 1;
    let last = before.rsplit('\n').next().unwrap_or_default();
    finding.at(line, last.chars().count() as u64 + 1)
}

fn not_utf8(bytes: &[u8], valid: usize) -> Finding {
    let before = bytes.get(..valid).unwrap_or_default();
    let before = std::str::from_utf8(before).unwrap_or_default();
    let finding = Finding::error(
        "R-JSN-1",
        "",
        Bilingual::new(
            "Les octets ne sont pas de l'UTF-8.",
            "The bytes are not UTF-8.",
        ),
        Bilingual::new(
            "Enregistrer la fiche en UTF-8.",
            "Save the report in UTF-8.",
        ),
    );
    locate(finding, before, before.len())
}
