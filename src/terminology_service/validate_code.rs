//! `$validate-code`: whether a code is one of a code system, or of a value set, on a given day.
//!
//! **Source:** FHIR R4, `OperationDefinition/CodeSystem-validate-code` and
//! `OperationDefinition/ValueSet-validate-code`; the parameters `code`, `system`, `version`,
//! `inactive` and `issues` of the answer are those of the terminology ecosystem guide of HL7.

use super::{
    Failure, Parameters, Problem,
    answer_writer::AnswerWriter,
    asked_code::{Asked, asked_codes},
    code_problems::not_in_set,
    judgement::{Judged, in_set, in_system},
    known::{Known, SetRef, fhir_version},
    languages,
    members::Evaluation,
    problem::{missing, outcome},
};
use crate::{finding::Severity, terminology::CodeSystem};

/// What a code is judged within.
#[derive(Clone, Copy)]
enum Within<'a> {
    System(&'a CodeSystem),
    Set(SetRef<'a>),
}

/// Answers `CodeSystem/$validate-code`.
///
/// # Errors
/// [`Failure`] when the system is not known, or no code is given.
pub(super) fn validate_in_system<'a>(
    known: &Known<'a>,
    parameters: &Parameters,
    instance: Option<&'a CodeSystem>,
) -> Result<Vec<u8>, Failure> {
    let asked = asked_codes(parameters, "version")?;
    let system = match instance {
        Some(system) => system,
        None => asked_system(known, parameters, &asked)?,
    };
    respond(known, parameters, Within::System(system), &asked)
}

/// The system that a question is about: named, sent along, or that of its coding.
fn asked_system<'a>(
    known: &Known<'a>,
    parameters: &Parameters,
    asked: &[Asked<'_>],
) -> Result<&'a CodeSystem, Failure> {
    let sent = parameters.resources("codeSystem").next();
    let sent = sent.and_then(|(_, resource)| resource["url"].as_str());
    let of_coding = asked.iter().find_map(|one| one.system);
    let url = parameters.text("url").or(sent).or(of_coding);
    let url = url.ok_or_else(|| {
        missing(
            "url",
            "Donnez l'URL du système de codes (url).",
            "Give the URL of the code system (url).",
        )
    })?;
    let version = asked.iter().find_map(|one| one.version);
    known.get_system(parameters.place("url"), url, version)
}

/// Answers `ValueSet/$validate-code`.
///
/// # Errors
/// [`Failure`] when the set is not known or cannot be worked out, or no code is given.
pub(super) fn validate_in_set<'a>(
    known: &Known<'a>,
    parameters: &Parameters,
    instance: Option<SetRef<'a>>,
) -> Result<Vec<u8>, Failure> {
    let asked = asked_codes(parameters, "systemVersion")?;
    let set = known.asked_value_set(parameters, instance)?;
    respond(known, parameters, Within::Set(set), &asked)
}

fn respond<'a>(
    known: &Known<'a>,
    parameters: &Parameters,
    within: Within<'a>,
    asked: &[Asked<'_>],
) -> Result<Vec<u8>, Failure> {
    let mut evaluation = Evaluation::new(known);
    let judged = asked.iter().map(|one| match within {
        Within::System(system) => Ok(in_system(known, parameters, system, one)),
        Within::Set(set) => {
            in_set(&mut evaluation, known, parameters, set, one).or_else(Judged::of_unknown)
        }
    });
    let mut judged = judged.collect::<Result<Vec<_>, Failure>>()?;
    let chosen = judged.iter().position(|one| one.is_in).unwrap_or(0);
    let is_any_in = judged[chosen].is_in;
    let is_concept = parameters.complex("codeableConcept").is_some();
    let mut problems: Vec<Problem> = Vec::new();
    for one in &mut judged {
        for problem in one.problems.drain(..) {
            problems.push(match (is_concept, is_any_in && !one.is_in) {
                (true, is_beside) => of_coding(problem, is_beside),
                (false, _) => problem,
            });
        }
    }
    if let (true, false, Within::Set(set)) = (is_concept, is_any_in, within) {
        problems.insert(
            0,
            not_in_set(known, "CodeableConcept", set, &asked[chosen], None),
        );
    }
    let is_valid = is_any_in && !problems.iter().any(Problem::is_error);
    Ok(written(
        known,
        parameters,
        (&judged[chosen], &asked[chosen]),
        &problems,
        is_valid,
    ))
}

/// A problem of one coding of a concept: that it is not in the set is worth a remark, the concept
/// is what must be; beside a coding that fits, an unknown system is worth a warning.
fn of_coding(mut problem: Problem, is_beside: bool) -> Problem {
    match problem.finding.rule {
        "TX-NOT-IN-SET" => {
            problem.kind = "this-code-not-in-vs";
            problem.with_severity(Severity::Information)
        }
        "TX-NOT-FOUND" if is_beside => problem.with_severity(Severity::Warning),
        _ => problem,
    }
}

fn written(
    known: &Known<'_>,
    parameters: &Parameters,
    (judged, asked): (&Judged<'_>, &Asked<'_>),
    problems: &[Problem],
    is_valid: bool,
) -> Vec<u8> {
    let mut answer = AnswerWriter::new();
    answer.value("result", "valueBoolean", &is_valid);
    if !problems.is_empty() {
        let texts: Vec<String> = problems
            .iter()
            .map(|one| one.text(known.language))
            .collect();
        answer.value("message", "valueString", &texts.join(" "));
    }
    let concept = parameters.complex("codeableConcept");
    // Of a concept none of whose codings fits, none is told as the one that was found.
    if concept.is_none() || judged.is_in {
        tell_code(&mut answer, parameters, judged, asked);
    }
    if let Some(concept) = concept {
        answer.value("codeableConcept", "valueCodeableConcept", concept);
    }
    if !problems.is_empty() {
        answer.resource("issues", &outcome(problems, known.language));
    }
    answer.finish()
}

/// The code that was found, or else the one that was asked about.
fn tell_code(
    answer: &mut AnswerWriter,
    parameters: &Parameters,
    judged: &Judged<'_>,
    asked: &Asked<'_>,
) {
    if let Some(member) = &judged.member {
        let display = languages::display(member, parameters.text("displayLanguage"));
        answer.text("display", "valueString", display);
    }
    let code = judged
        .member
        .map_or(asked.code, |member| &member.concept.code);
    answer.value("code", "valueCode", code);
    match judged.system {
        Some(system) => {
            answer.value("system", "valueUri", system.url());
            answer.text("version", "valueString", fhir_version(system.version()));
        }
        None => answer.text("system", "valueUri", asked.system.unwrap_or_default()),
    }
    if judged.member.is_some_and(|member| member.is_inactive) {
        answer.value("inactive", "valueBoolean", &true);
    }
}
