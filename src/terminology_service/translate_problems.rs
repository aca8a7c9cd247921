//! What may be wrong with a translation, and what is lost in it, said in words.

use super::{
    Failure, FailureReason, Parameters, Problem,
    known::Known,
    problem::{shown, unknown_map, unknown_system},
};
use crate::{
    fhir::IssueCode,
    finding::Bilingual,
    terminology::{Equivalence, Match, QuestionError},
};

/// Why a question cannot be asked.
pub(super) fn question_failure(
    known: &Known<'_>,
    parameters: &Parameters,
    error: &QuestionError,
) -> Failure {
    let unknown = |problem| Failure::one(FailureReason::Unknown, problem);
    match error {
        QuestionError::UnknownSystem(name) => {
            let is_target = parameters.text("targetsystem") == Some(name);
            let name_of_place = if is_target { "targetsystem" } else { "system" };
            let versions = known.versions_of(name);
            unknown(unknown_system(
                parameters.place(name_of_place),
                name,
                &versions,
            ))
        }
        QuestionError::UnknownMap(name) => unknown(unknown_map(parameters.place("url"), name, &[])),
        QuestionError::UnknownCode { system, code } => {
            unknown(code_unknown(parameters, system, code))
        }
        QuestionError::OtherSource { map, system } => {
            let held = known.terminology.concept_map(map);
            let ends = held.map_or(("", ""), |map| (map.source_system(), map.target_system()));
            unknown(Problem::error(
                "TX-OTHER-SOURCE",
                (IssueCode::Invalid, "invalid-data"),
                parameters.place("system"),
                Bilingual::new(
                    format!("La correspondance {map} ne part pas de {system}."),
                    format!("The concept map {map} does not lead from {system}."),
                ),
                Bilingual::new(
                    format!(
                        "Elle mène de {} à {} ; reverse=true la suit à l'envers.",
                        ends.0, ends.1
                    ),
                    format!(
                        "It leads from {} to {}; reverse=true follows it backwards.",
                        ends.0, ends.1
                    ),
                ),
            ))
        }
        QuestionError::NoWay { system, target } => unknown(Problem::error(
            "TX-NO-MAP",
            (IssueCode::NotFound, "not-found"),
            parameters.place("targetsystem"),
            Bilingual::new(
                format!("Aucune correspondance ne mène de {system} à {target}."),
                format!("No concept map leads from {system} to {target}."),
            ),
            Bilingual::new(
                "/fhir/ConceptMap donne celles qui existent.",
                "/fhir/ConceptMap lists those that exist.",
            ),
        )),
    }
}

fn code_unknown(parameters: &Parameters, system: &str, code: &str) -> Problem {
    let code = shown(code);
    Problem::error(
        "TX-UNKNOWN-CODE",
        (IssueCode::CodeInvalid, "invalid-code"),
        parameters.place("code"),
        Bilingual::new(
            format!("« {code} » n'est pas un code de {system}."),
            format!("'{code}' is not a code of {system}."),
        ),
        Bilingual::new(
            "Vérifiez le code : CodeSystem/$lookup.",
            "Check the code: CodeSystem/$lookup.",
        ),
    )
}

/// A dependency that names no value of a facet.
pub(super) fn unknown_facet(rank: usize, code: &str) -> Failure {
    let code = shown(code);
    Failure::one(
        FailureReason::Malformed,
        Problem::error(
            "TX-DEPENDENCY",
            (IssueCode::CodeInvalid, "invalid-code"),
            format!("dependency[{rank}].concept"),
            Bilingual::new(
                format!("« {code} » n'est pas la valeur d'une facette du pivot."),
                format!("'{code}' is not the value of a facet of the pivot."),
            ),
            Bilingual::new(
                "Les jeux de valeurs sos-pub, sos-age, sos-lieu, sos-pha, sos-acc, sos-par, sos-str et sos-int les donnent.",
                "The value sets sos-pub, sos-age, sos-lieu, sos-pha, sos-acc, sos-par, sos-str and sos-int list them.",
            ),
        ),
    )
}

/// The code is not in the set named as its source.
pub(super) fn code_outside(code: &str, set: &str) -> Bilingual {
    let [code, set] = [code, set].map(shown);
    Bilingual::new(
        format!(
            "« {code} » n'est pas dans le jeu de valeurs {set}, donné comme source. Retirez source, ou donnez un code qui y est."
        ),
        format!(
            "'{code}' is not in the value set {set}, given as source. Take source away, or give a code that is."
        ),
    )
}

/// No row says anything.
pub(super) fn no_answer(code: &str, elsewhere: &[&str]) -> Bilingual {
    let code = shown(code);
    if elsewhere.is_empty() {
        return Bilingual::new(
            format!(
                "Aucune ligne ne dit ce que « {code} » devient là. Elle est à écrire dans mappings/."
            ),
            format!("No row says what '{code}' becomes there. It is to be written in mappings/."),
        );
    }
    let elsewhere = elsewhere.join(", ");
    Bilingual::new(
        format!(
            "Aucune ligne ne dit ce que « {code} » devient là ; d'autres correspondances en disent quelque chose : {elsewhere}."
        ),
        format!(
            "No row says what '{code}' becomes there; other maps say something of it: {elsewhere}."
        ),
    )
}

/// A row says that nothing does.
pub(super) fn unmatched(reason: &str) -> Bilingual {
    Bilingual::new(
        format!("Rien ne dit la même chose : {reason}"),
        format!("Nothing says the same: {reason}"),
    )
}

/// Several codes lead to the one asked about.
pub(super) fn ambiguous(code: &str, codes: &[&str]) -> Bilingual {
    let (code, codes) = (shown(code), codes.join(", "));
    Bilingual::new(
        format!(
            "Plusieurs codes mènent à « {code} » aussi directement : {codes}. Choisissez d'après ce que dit l'offre ; aucun n'est le bon d'office."
        ),
        format!(
            "Several codes lead to '{code}' just as directly: {codes}. Choose by what the offer says; none is right by default."
        ),
    )
}

/// The closest is not the same.
pub(super) fn inexact(closest: &Match<'_>) -> Bilingual {
    let code = closest.code;
    let (fr, en) = match closest.equivalence {
        Equivalence::Wider | Equivalence::Subsumes => (
            "est plus large : une précision est perdue",
            "is wider: some precision is lost",
        ),
        Equivalence::Narrower | Equivalence::Specializes => (
            "est plus étroit : une partie n'est pas dite",
            "is narrower: a part is not said",
        ),
        Equivalence::Equal
        | Equivalence::Equivalent
        | Equivalence::Inexact
        | Equivalence::RelatedTo
        | Equivalence::Unmatched
        | Equivalence::Disjoint => (
            "ne recouvre qu'en partie ce qui est demandé",
            "overlaps what is asked for, no more",
        ),
    };
    Bilingual::new(
        format!("Aucune correspondance exacte : le plus proche, « {code} », {fr}."),
        format!("No exact match: the closest, '{code}', {en}."),
    )
}
