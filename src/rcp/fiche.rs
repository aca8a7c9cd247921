//! A report as JSON: structure checked against the schema, all faults at once.
//!
//! The schema, `profiles/rcp-report.schema.json`, is the description of the format: each field
//! says where it goes in the document.

use std::sync::LazyLock;

use jsonschema::{
    ValidationError, Validator,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::Value;

use crate::finding::{Bilingual, Finding};

use super::{
    date::{Moment, PartialDate, When},
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
const NULLABLE: [&str; 14] = [
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

/// `/tumours/0/tnm` as people write it: `tumours[0].tnm`. Names of fields are cut short: they come
/// from outside.
fn path(pointer: &str) -> String {
    let mut path = String::new();
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        if step.bytes().all(|byte| byte.is_ascii_digit()) {
            path.push('[');
            path.push_str(&step);
            path.push(']');
        } else {
            if !path.is_empty() {
                path.push('.');
            }
            path.extend(step.chars().filter(|char| !char.is_control()).take(60));
        }
    }
    path
}

fn too_large() -> Finding {
    Finding::error(
        "R-JSN-1",
        "",
        Bilingual::new(
            format!("La fiche dépasse la limite de {MAX_BYTES} octets."),
            format!("The report is larger than {MAX_BYTES} bytes."),
        ),
        Bilingual::new("Envoyer une fiche plus petite.", "Send a smaller report."),
    )
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

fn malformed(error: &serde_json::Error) -> Finding {
    Finding::error(
        "R-JSN-1",
        "",
        Bilingual::new("Le JSON est mal formé.", "The JSON is malformed."),
        Bilingual::new(
            "Corriger la syntaxe à cet endroit (virgule, guillemet, accolade).",
            "Mend the syntax at that place (comma, quote, brace).",
        ),
    )
    .at(error.line() as u64, error.column() as u64)
}

fn misread(error: &serde_json::Error) -> Finding {
    Finding::error(
        "R-JSN-5",
        "",
        Bilingual::new(
            "La valeur à cet endroit n'a pas la forme attendue.",
            "The value at that place does not have the expected form.",
        ),
        Bilingual::new(
            "Suivre le schéma rcp-report.schema.json.",
            "Follow the schema rcp-report.schema.json.",
        ),
    )
    .at(error.line() as u64, error.column() as u64)
}

fn repeated_field(pointer: &str) -> Finding {
    Finding::error(
        "R-JSN-6",
        path(pointer),
        Bilingual::new(
            "Ce champ est donné deux fois.",
            "This field is given twice.",
        ),
        Bilingual::new("N'en garder qu'un.", "Keep one of them."),
    )
}

fn unknown_field(pointer: &str) -> Finding {
    Finding::error(
        "R-JSN-2",
        path(pointer),
        Bilingual::new(
            "Ce champ n'existe pas à cet endroit.",
            "There is no such field at that place.",
        ),
        Bilingual::new(
            "Corriger son nom, ou le retirer.",
            "Mend its name, or remove it.",
        ),
    )
}

fn forbidden_character(pointer: &str) -> Finding {
    Finding::error(
        "R-JSN-5",
        path(pointer),
        Bilingual::new(
            "Ce texte contient un caractère de commande, qu'aucun document ne peut porter.",
            "This text holds a control character, which no document can carry.",
        ),
        Bilingual::new("Retirer ce caractère.", "Remove that character."),
    )
}

fn missing_field(pointer: &str) -> Finding {
    Finding::error(
        "R-JSN-3",
        path(pointer),
        Bilingual::new(
            "Ce champ obligatoire manque.",
            "This mandatory field is missing.",
        ),
        Bilingual::new("Le renseigner.", "Fill it in."),
    )
}

fn wrong_type(pointer: &str, kind: &TypeKind) -> Finding {
    let expected = match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(several) => several
            .iter()
            .map(|one| one.to_string())
            .collect::<Vec<_>>()
            .join(", "),
    };
    Finding::error(
        "R-JSN-4",
        path(pointer),
        Bilingual::new(
            "La valeur n'est pas du type attendu.",
            "The value is not of the expected type.",
        ),
        Bilingual::new(
            format!("Type JSON attendu : {expected}."),
            format!("Expected JSON type: {expected}."),
        ),
    )
}

fn wrong_value(pointer: &str, kind: &ValidationErrorKind) -> Finding {
    let (fr, en) = match kind {
        ValidationErrorKind::Enum { options } => (
            format!("Valeurs possibles : {options}."),
            format!("Possible values: {options}."),
        ),
        ValidationErrorKind::Format { format } => format_cure(format),
        ValidationErrorKind::MinItems { .. } => (
            "En donner au moins un.".to_owned(),
            "Give at least one.".to_owned(),
        ),
        ValidationErrorKind::MaxProperties { .. } => (
            "Avec not_applicable, ne rien donner d'autre.".to_owned(),
            "Beside not_applicable, give nothing else.".to_owned(),
        ),
        ValidationErrorKind::Minimum { limit } => (
            format!("Valeur minimale : {limit}."),
            format!("Smallest value: {limit}."),
        ),
        ValidationErrorKind::Maximum { limit } => (
            format!("Valeur maximale : {limit}."),
            format!("Largest value: {limit}."),
        ),
        ValidationErrorKind::Pattern { pattern } if pattern == r"\S" => (
            "Écrire un texte, ou retirer le champ.".to_owned(),
            "Write a text, or remove the field.".to_owned(),
        ),
        ValidationErrorKind::Pattern { pattern } => (
            format!("Forme attendue : {pattern}"),
            format!("Expected form: {pattern}"),
        ),
        _ => (
            "Suivre le schéma rcp-report.schema.json.".to_owned(),
            "Follow the schema rcp-report.schema.json.".to_owned(),
        ),
    };
    Finding::error(
        "R-JSN-5",
        path(pointer),
        Bilingual::new(
            "La valeur n'est pas de celles que ce champ permet.",
            "The value is not among those that this field allows.",
        ),
        Bilingual::new(fr, en),
    )
}

fn format_cure(format: &str) -> (String, String) {
    match format {
        "moment" => (
            "Écrire un instant avec son décalage : 2026-03-12T14:30:00+01:00.".to_owned(),
            "Write an instant with its offset: 2026-03-12T14:30:00+01:00.".to_owned(),
        ),
        _ => (
            "Écrire une date qui existe : AAAA, AAAA-MM ou AAAA-MM-JJ.".to_owned(),
            "Write a date that exists: YYYY, YYYY-MM or YYYY-MM-DD.".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINIMAL: &str = include_str!("../../tests/data/fiches/appareil-minimal.json");
    const COMPLETE: &str = include_str!("../../tests/data/fiches/appareil-complet.json");

    fn faults(text: &str) -> Vec<(&'static str, String)> {
        read(text.as_bytes())
            .expect_err("a faulty report")
            .into_iter()
            .map(|finding| (finding.rule, finding.place))
            .collect()
    }

    #[test]
    fn what_is_read_is_what_is_written() {
        for text in [MINIMAL, COMPLETE] {
            let report = read(text.as_bytes()).expect("a report");
            let again = serde_json::to_vec(&report).expect("JSON");
            assert!(read(&again) == Ok(report), "changed by a round trip");
        }
    }

    #[test]
    fn absent_null_and_empty_are_the_same() {
        let report = read(MINIMAL.as_bytes()).expect("a report");
        let mut value: Value = serde_json::from_str(MINIMAL).expect("JSON");
        value["patient_comment"] = Value::Null;
        value["history"] = Value::Array(Vec::new());
        value["relatives"] = Value::Null;
        value["document"]["title"] = Value::Null;
        assert!(
            read(value.to_string().as_bytes()) == Ok(report),
            "a difference"
        );
    }

    #[test]
    fn every_fault_is_told_at_once_with_its_place() {
        let text = MINIMAL
            .replace("\"version\": 1", "\"version\": \"1\"")
            .replace("\"sex\": \"F\"", "\"sex\": \"X\"")
            .replace("\"1968-05-14\"", "\"1968-02-30\"")
            .replace("\"complete\": true,", "\"complet\": true,");
        let faults = faults(&text);
        for expected in [
            ("R-JSN-4", "document.version"),
            ("R-JSN-5", "patient.sex"),
            ("R-JSN-5", "patient.birth_date"),
            ("R-JSN-2", "file_status.complet"),
            ("R-JSN-3", "file_status.complete"),
        ] {
            assert!(
                faults
                    .iter()
                    .any(|(rule, place)| (*rule, place.as_str()) == expected),
                "{expected:?} is not in {faults:?}"
            );
        }
        assert_eq!(faults.len(), 5, "{faults:?}");
    }

    #[test]
    fn lines_and_columns_point_at_the_value() {
        let text = MINIMAL.replace("\"sex\": \"F\"", "\"sex\": \"X\"");
        let findings = read(text.as_bytes()).expect_err("a fault");
        let line = text
            .lines()
            .position(|line| line.contains("\"sex\""))
            .expect("there")
            + 1;
        assert_eq!(findings[0].line, Some(line as u64));
        assert_eq!(findings[0].column, Some(12));
        let broken = "{\n  \"kind\": ,\n}";
        let findings = read(broken.as_bytes()).expect_err("malformed");
        assert_eq!(
            (findings[0].rule, findings[0].line, findings[0].column),
            ("R-JSN-1", Some(2), Some(11))
        );
    }

    #[test]
    fn what_no_document_can_carry_is_refused() {
        let control = MINIMAL.replace("Stratégie", "Strat\\u0001égie");
        assert_eq!(
            faults(&control),
            [("R-JSN-5", "reason.problem_text".to_owned())]
        );
        let blank = MINIMAL.replace("\"T1b\"", "\"T 1b\"");
        assert_eq!(faults(&blank), [("R-JSN-5", "tumours[0].tnm.t".to_owned())]);
    }

    #[test]
    fn a_field_given_twice_is_refused() {
        let text = MINIMAL.replace(
            "\"kind\": \"appareil_organes\",",
            "\"kind\": \"transversale\",\"kind\": \"appareil_organes\",",
        );
        assert_eq!(faults(&text), [("R-JSN-6", "kind".to_owned())]);
    }

    #[test]
    fn findings_never_repeat_a_value() {
        let text = MINIMAL
            .replace("\"sex\": \"F\"", "\"sex\": \"SECRET\"")
            .replace("1968-05-14", "SECRET");
        let findings = read(text.as_bytes()).expect_err("faults");
        assert!(!format!("{findings:?}").contains("SECRET"));
    }

    #[test]
    fn choices_are_checked_on_the_side_that_was_taken() {
        let physician = MINIMAL.replace(
            "\"attending_physician\": {",
            "\"attending_physician\": {\"nom\": 1,",
        );
        assert_eq!(
            faults(&physician),
            [("R-JSN-2", "people.attending_physician.nom".to_owned())]
        );
        let stage = MINIMAL.replace("\"edition\": \"8\",", "");
        assert_eq!(
            faults(&stage),
            [("R-JSN-3", "tumours[0].tnm.edition".to_owned())]
        );
        let title = COMPLETE.replace(
            "\"surgery_report\": {",
            "\"surgery_report\": {\"title\": \"x\",",
        );
        assert_eq!(
            faults(&title),
            [("R-JSN-2", "surgery_report.title".to_owned())]
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn no_change_of_a_report_makes_the_reader_panic(
            edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..3), 1..6),
        ) {
            let mut bytes = MINIMAL.as_bytes().to_vec();
            for (at, byte, kind) in edits {
                let at = at.index(bytes.len());
                match kind {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, byte),
                    _ => { bytes.remove(at); }
                }
            }
            let _ = read(&bytes);
        }
    }
}
