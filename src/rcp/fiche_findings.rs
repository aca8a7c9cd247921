//! What is said of each fault of structure, in two languages, never with a value.

use jsonschema::error::{TypeKind, ValidationErrorKind};

use crate::finding::{Bilingual, Finding};

use super::fiche::MAX_BYTES;

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

/// The text is larger than the limit.
pub(super) fn too_large() -> Finding {
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

/// The text is not JSON.
pub(super) fn malformed(error: &serde_json::Error) -> Finding {
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

/// The schema accepts what the types refuse.
pub(super) fn misread(error: &serde_json::Error) -> Finding {
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

/// A field given twice.
pub(super) fn repeated_field(pointer: &str) -> Finding {
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

/// A field that does not exist there.
pub(super) fn unknown_field(pointer: &str) -> Finding {
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

/// A text that no document can carry.
pub(super) fn forbidden_character(pointer: &str) -> Finding {
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

/// A mandatory field that is not there.
pub(super) fn missing_field(pointer: &str) -> Finding {
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

/// A value of another JSON type.
pub(super) fn wrong_type(pointer: &str, kind: &TypeKind) -> Finding {
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

/// A value outside what the field allows.
pub(super) fn wrong_value(pointer: &str, kind: &ValidationErrorKind) -> Finding {
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
