//! Why a patch is refused.

use crate::finding::{Bilingual, Finding, FindingKind};

fn refused(place: &str, fr: impl Into<String>, en: impl Into<String>) -> Box<Finding> {
    Box::new(Finding::error(
        "PATCH",
        place,
        Bilingual::new(fr, en),
        Bilingual::new(
            "Voir RFC 6902 pour application/json-patch+json, « FHIRPath Patch » de FHIR R4 pour application/fhir+json.",
            "See RFC 6902 for application/json-patch+json, \"FHIRPath Patch\" of FHIR R4 for application/fhir+json.",
        ),
    )
    .of_kind(FindingKind::Value))
}

pub(super) fn not_a_json_patch() -> Box<Finding> {
    refused("", "Ce n'est pas un JSON Patch.", "This is no JSON Patch.")
}

pub(super) fn not_parameters() -> Box<Finding> {
    refused(
        "",
        "Ce n'est pas une ressource Parameters qui porte des opérations.",
        "This is no Parameters resource that holds operations.",
    )
}

pub(super) fn too_many_operations(limit: usize) -> Box<Finding> {
    refused(
        "",
        format!("Le patch a plus de {limit} opérations."),
        format!("The patch has more than {limit} operations."),
    )
}

pub(super) fn failed_json_patch(path: &str) -> Box<Finding> {
    let is_plain = path.len() <= 200 && path.bytes().all(|byte| byte.is_ascii_graphic());
    refused(
        if is_plain { path } else { "?" },
        "Une opération ne peut être appliquée : son chemin ne mène nulle part, ou son test échoue.",
        "An operation cannot be carried out: its path leads nowhere, or its test fails.",
    )
}

pub(super) fn identity_changed() -> Box<Finding> {
    refused(
        "",
        "Un patch ne change ni resourceType ni id.",
        "A patch changes neither resourceType nor id.",
    )
}

pub(super) fn unknown_operation(place: &str) -> Box<Finding> {
    refused(
        place,
        "Opération inconnue ; attendu add, insert, delete, replace ou move.",
        "Unknown operation; expected add, insert, delete, replace or move.",
    )
}

pub(super) fn bad_path(place: &str) -> Box<Finding> {
    refused(
        place,
        "Le chemin manque, n'est pas compris, ou ne désigne rien qui puisse changer ainsi.",
        "The path is missing, is not understood, or names nothing that can change so.",
    )
}

pub(super) fn no_value(place: &str) -> Box<Finding> {
    refused(place, "La valeur manque.", "The value is missing.")
}

pub(super) fn no_name(place: &str) -> Box<Finding> {
    refused(
        place,
        "Le nom de l'élément manque.",
        "The name of the element is missing.",
    )
}

pub(super) fn already_there(place: &str) -> Box<Finding> {
    refused(
        place,
        "L'élément est déjà là et ne se répète pas ; prenez replace.",
        "The element is there already and does not repeat; take replace.",
    )
}

pub(super) fn out_of_range(place: &str) -> Box<Finding> {
    refused(
        place,
        "Le rang est hors de la liste.",
        "The rank is outside the list.",
    )
}

pub(super) fn not_one_element(place: &str, count: usize) -> Box<Finding> {
    refused(
        place,
        format!("Le chemin trouve {count} éléments ; il en faut un."),
        format!("The path finds {count} elements; one is needed."),
    )
}
