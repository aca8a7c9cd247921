//! `CodeSystem/$subsumes`: how two codes of a hierarchy stand to each other.
//!
//! **Source:** FHIR R4, `OperationDefinition/CodeSystem-subsumes`.

use super::{
    Failure, FailureReason, Parameters,
    answer_writer::AnswerWriter,
    code_problems::unknown_code,
    known::Known,
    problem::{missing, unsupported},
};
use crate::{finding::Bilingual, terminology::CodeSystem};

/// Answers `$subsumes`.
///
/// # Errors
/// [`Failure`] when a code is not known, or the hierarchy is not.
pub(super) fn subsumes<'a>(
    known: &Known<'a>,
    parameters: &Parameters,
    instance: Option<&'a CodeSystem>,
) -> Result<Vec<u8>, Failure> {
    let of_coding = |name: &str, key: &str| parameters.complex(name)?[key].as_str();
    let code = |plain: &'static str, coding: &'static str| {
        let code = parameters.text(plain).or_else(|| of_coding(coding, "code"));
        code.ok_or_else(|| {
            missing(
                plain,
                "Donnez codeA, codeB et system, ou codingA et codingB.",
                "Give codeA, codeB and system, or codingA and codingB.",
            )
        })
    };
    let (a, b) = (code("codeA", "codingA")?, code("codeB", "codingB")?);
    let system = match instance {
        Some(system) => system,
        None => asked_system(known, parameters)?,
    };
    let mut found = Vec::new();
    for (place, code) in [("codeA", a), ("codeB", b)] {
        match system.find(code) {
            Some(concept) => found.push(concept.code.as_str()),
            None => {
                let problem = unknown_code(known, place, system, code);
                return Err(Failure::one(FailureReason::Unknown, problem));
            }
        }
    }
    let outcome = match found.as_slice() {
        [a, b] if a == b => "equivalent",
        [a, b] if system.is_below(b, a) => "subsumes",
        [a, b] if system.is_below(a, b) => "subsumed-by",
        _ if system.version().is_empty() && !system.is_complete() => {
            return Err(no_hierarchy(system));
        }
        _ => "not-subsumed",
    };
    let mut answer = AnswerWriter::new();
    answer.value("outcome", "valueCode", outcome);
    Ok(answer.finish())
}

/// The one system of both codes.
fn asked_system<'a>(known: &Known<'a>, parameters: &Parameters) -> Result<&'a CodeSystem, Failure> {
    let of_coding = |name: &str, key: &str| parameters.complex(name)?[key].as_str();
    let (system_a, system_b) = (
        of_coding("codingA", "system"),
        of_coding("codingB", "system"),
    );
    if let (Some(a), Some(b)) = (system_a, system_b)
        && a != b
    {
        return Err(unsupported(
            "codingB.system",
            Bilingual::new(
                "Les deux codes sont de systèmes différents.",
                "The two codes are of different systems.",
            ),
            Bilingual::new(
                "Traduisez d'abord l'un dans le système de l'autre : ConceptMap/$translate.",
                "Translate one into the system of the other first: ConceptMap/$translate.",
            ),
        ));
    }
    let url = parameters.text("system").or(system_a).or(system_b);
    let url = url.ok_or_else(|| {
        missing(
            "system",
            "Donnez le système des codes (system).",
            "Give the system of the codes (system).",
        )
    })?;
    let version = parameters
        .text("version")
        .or_else(|| of_coding("codingA", "version"));
    known.get_system(parameters.place("system"), url, version)
}

/// Of a system that is known by the codes of value sets alone, nothing says what stands above what.
fn no_hierarchy(system: &CodeSystem) -> Failure {
    let url = system.url();
    unsupported(
        "system",
        Bilingual::new(
            format!(
                "La hiérarchie de {url} n'est pas connue ici : seuls quelques-uns de ses codes le sont."
            ),
            format!("The hierarchy of {url} is not known here: some of its codes are, no more."),
        ),
        Bilingual::new(
            "Posez la question à un serveur qui porte ce système en entier.",
            "Ask a server that carries the whole of this system.",
        ),
    )
}
