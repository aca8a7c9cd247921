//! What an import says of a file or of a record, beyond what the directory and FHIR say.

use std::io;

use crate::{
    fhir::ResourceType,
    finding::{Bilingual, Finding},
};

/// The rules that refuse, for the journal: never what was written.
pub(super) fn rules_of(findings: &[Finding]) -> String {
    let mut rules: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules.join(" ")
}

pub(super) fn unopened(cause: &io::Error) -> Finding {
    Finding::error(
        "FILE-OPEN",
        "",
        Bilingual::new(
            format!("Le fichier n'a pas pu être lu ({cause})."),
            format!("The file could not be read ({cause})."),
        ),
        Bilingual::new(
            "Vérifiez le chemin et les droits de lecture.",
            "Check the path and the right to read it.",
        ),
    )
}

pub(super) fn unknown_format() -> Finding {
    Finding::error(
        "FILE-FORMAT",
        "",
        Bilingual::new(
            "Ce fichier n'est ni du CSV, ni du FHIR en JSON : il n'a pas été lu.",
            "This file is neither CSV nor FHIR in JSON: it was not read.",
        ),
        Bilingual::new(
            "Enregistrez un classeur en « CSV UTF-8 » ; docs/import.md décrit les formats lus.",
            "Save a workbook as \"CSV UTF-8\"; docs/import.md describes the formats that are read.",
        ),
    )
}

pub(super) fn unknown_type() -> Finding {
    Finding::error(
        "G2",
        "resourceType",
        Bilingual::new(
            "Ce type de ressource n'entre pas dans l'annuaire.",
            "This type of resource does not go into the directory.",
        ),
        Bilingual::new(
            "Types lus : Organization, Location, HealthcareService, Practitioner.",
            "Types that are read: Organization, Location, HealthcareService, Practitioner.",
        ),
    )
}

pub(super) fn repeated_offer(line: u64, first: u64) -> Finding {
    let finding = Finding::error(
        "CSV-REPEATED",
        "offre_identifiant",
        Bilingual::new(
            format!("Cet identifiant d'offre figure déjà à la ligne {first}."),
            format!("This offer number stands on line {first} already."),
        ),
        Bilingual::new(
            "Donnez à chaque offre son propre identifiant.",
            "Give each offer a number of its own.",
        ),
    );
    Finding {
        line: Some(line),
        ..finding
    }
}

pub(super) fn other_words(line: u64, first: u64, kind: ResourceType) -> Finding {
    let column = match kind {
        ResourceType::Organization => "structure_nom",
        ResourceType::Location
        | ResourceType::HealthcareService
        | ResourceType::Practitioner
        | ResourceType::PractitionerRole
        | ResourceType::List => "adresse",
    };
    let finding = Finding::warning(
        "CSV-OTHER-WORDS",
        column,
        Bilingual::new(
            format!(
                "La structure est décrite autrement à la ligne {first} : c'est celle-ci qui est gardée."
            ),
            format!("The structure is described otherwise on line {first}: that one is kept."),
        ),
        Bilingual::new(
            "Écrivez le nom, le type et l'adresse de la même façon sur toutes ses lignes.",
            "Write name, kind and address the same way on all its rows.",
        ),
    );
    Finding {
        line: Some(line),
        ..finding
    }
}

/// A word of a region that no row leads from: the offer is taken, and waits in the queue.
pub(super) fn unmapped_word() -> Finding {
    Finding::warning(
        "MAP-UNMAPPED",
        "HealthcareService.extension('regional-label')",
        Bilingual::new(
            "Ce mot de la région ne mène à aucun code du pivot.",
            "This word of the region leads to no code of the pivot.",
        ),
        Bilingual::new(
            "L'offre est prise ; ajoutez le mot à regions/RÉGION/to-pivot.csv : voir mapping coverage.",
            "The offer is taken; add the word to regions/REGION/to-pivot.csv: see mapping coverage.",
        ),
    )
}
