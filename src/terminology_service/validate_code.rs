//! `$validate-code`: whether a code is one of a code system, or of a value set, on a given day.
//!
//! **Source:** FHIR R4, `OperationDefinition/CodeSystem-validate-code` and
//! `OperationDefinition/ValueSet-validate-code`; the parameters `code`, `system`, `version`,
//! `inactive` and `issues` of the answer are those of the terminology ecosystem guide of HL7.

use serde_json::Value;

use super::{
    Failure, Parameters, Problem,
    answer_writer::AnswerWriter,
    code_problems::{
        ambiguous_system, heading, not_in_set, of_other_system, out_of_force, wrong_display,
    },
    known::{Known, SetRef, cut_version, fhir_version, with_version},
    languages,
    members::{Evaluation, Member},
    problem::{missing, outcome, unknown_system},
};
use crate::{
    finding::Severity,
    terminology::{CodeSystem, Standing, fold},
};

pub(super) use super::code_problems::unknown_code;

/// A code to be judged, and where it stands in the question.
pub(super) struct Asked<'p> {
    pub(super) system: Option<&'p str>,
    pub(super) version: Option<&'p str>,
    pub(super) code: &'p str,
    display: Option<&'p str>,
    /// `Coding.`, `CodeableConcept.coding[0].`, or nothing.
    prefix: String,
}

/// What a code is judged within.
#[derive(Clone, Copy)]
enum Within<'a> {
    System(&'a CodeSystem),
    Set(SetRef<'a>),
}

/// What was found of one code.
struct Judged<'a> {
    /// The code, when its system holds it.
    member: Option<Member<'a>>,
    /// The system, when it is known.
    system: Option<&'a CodeSystem>,
    /// True when it is one of those asked about.
    is_in: bool,
    problems: Vec<Problem>,
}

impl Asked<'_> {
    /// Where a field of the code stands.
    pub(super) fn place(&self, field: &str) -> String {
        format!("{}{field}", self.prefix)
    }
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

/// The codes to judge: one, or those of a `CodeableConcept`.
fn asked_codes<'p>(parameters: &'p Parameters, version: &str) -> Result<Vec<Asked<'p>>, Failure> {
    fn coding(value: &Value, prefix: String) -> Option<Asked<'_>> {
        Some(Asked {
            system: value["system"].as_str(),
            version: value["version"].as_str(),
            code: value["code"].as_str()?,
            display: value["display"].as_str(),
            prefix,
        })
    }
    if let Some(code) = parameters.text("code") {
        return Ok(vec![Asked {
            system: parameters.text("system"),
            version: parameters.text(version),
            code,
            display: parameters.text("display"),
            prefix: String::new(),
        }]);
    }
    let mut asked = Vec::new();
    if let Some(one) = parameters.complex("coding") {
        asked.extend(coding(one, "Coding.".to_owned()));
    } else if let Some(concept) = parameters.complex("codeableConcept") {
        let codings = concept["coding"].as_array().into_iter().flatten();
        for (rank, one) in codings.enumerate() {
            asked.extend(coding(one, format!("CodeableConcept.coding[{rank}].")));
        }
    }
    if asked.is_empty() {
        return Err(missing(
            "code",
            "Donnez code, coding ou codeableConcept.",
            "Give code, coding or codeableConcept.",
        ));
    }
    Ok(asked)
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
        Within::Set(set) => in_set(&mut evaluation, known, parameters, set, one),
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
    if let Some(concept) = parameters.complex("codeableConcept") {
        answer.value("codeableConcept", "valueCodeableConcept", concept);
    }
    if !problems.is_empty() {
        answer.resource("issues", &outcome(problems, known.language));
    }
    answer.finish()
}

fn in_system<'a>(
    known: &Known<'a>,
    parameters: &Parameters,
    system: &'a CodeSystem,
    asked: &Asked<'_>,
) -> Judged<'a> {
    let mut judged = Judged {
        member: None,
        system: Some(system),
        is_in: false,
        problems: Vec::new(),
    };
    let named = asked.system.and_then(|name| known.system(name, None));
    if let Some(name) = asked.system
        && named.is_none_or(|named| named.url() != system.url())
    {
        judged
            .problems
            .push(of_other_system(&asked.place("system"), name, system.url()));
        return judged;
    }
    let Some(concept) = system.find(asked.code) else {
        let problem = unknown_code(known, &asked.place("code"), system, asked.code);
        judged.problems.push(problem);
        return judged;
    };
    judged.is_in = true;
    judge(
        known,
        parameters,
        (system, concept),
        concept.display.as_str(),
        asked,
        &mut judged,
    );
    judged
}

fn in_set<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    known: &Known<'a>,
    parameters: &Parameters,
    set: SetRef<'a>,
    asked: &Asked<'_>,
) -> Result<Judged<'a>, Failure> {
    let mut judged = Judged {
        member: None,
        system: None,
        is_in: false,
        problems: Vec::new(),
    };
    let system = match asked.system {
        Some(url) => {
            let version = asked_version(parameters, url, asked.version);
            let system = known.system(url, version);
            if system.is_none() {
                let place = asked.place("system");
                let versions = known.versions_of(url);
                judged
                    .problems
                    .push(not_in_set(known, &asked.place("code"), set, asked, None));
                judged.problems.push(unknown_system(
                    &place,
                    &with_version(url, version),
                    &versions,
                ));
                return Ok(judged);
            }
            system
        }
        None => inferred(evaluation, parameters, set, asked, &mut judged.problems)?,
    };
    judged.system = system;
    let Some(system) = system else {
        return Ok(judged);
    };
    let concept = system.find(asked.code);
    let (listed, reason) = match set {
        SetRef::Held(held) => {
            let listed = held.find_in(system.url(), asked.code);
            let standing = listed.map(|listed| listed.validity.on(known.day));
            match standing {
                Some(Standing::InForce) => (listed.map(|listed| listed.display.as_str()), None),
                other => (None, other),
            }
        }
        SetRef::All(all) => {
            let is_of_it = std::ptr::eq(all, system);
            (
                concept
                    .filter(|_| is_of_it)
                    .map(|concept| concept.display.as_str()),
                None,
            )
        }
        SetRef::Supplied(_) => {
            let members = evaluation.members(set)?;
            let mut all = members.list.iter();
            let found = all.find(|member| {
                member.system.url() == system.url()
                    && concept.is_some_and(|concept| member.concept.code == concept.code)
            });
            (found.map(|member| member.display), None)
        }
    };
    let place = asked.place("code");
    if listed.is_none() {
        judged
            .problems
            .push(not_in_set(known, &place, set, asked, reason));
    }
    let Some(concept) = concept else {
        judged
            .problems
            .push(unknown_code(known, &place, system, asked.code));
        return Ok(judged);
    };
    judged.is_in = listed.is_some();
    judge(
        known,
        parameters,
        (system, concept),
        listed.unwrap_or(&concept.display),
        asked,
        &mut judged,
    );
    Ok(judged)
}

/// The version of a system that the question wants.
fn asked_version<'p>(
    parameters: &'p Parameters,
    url: &str,
    own: Option<&'p str>,
) -> Option<&'p str> {
    let named = |name: &'static str| {
        let mut all = parameters.texts(name).map(cut_version);
        all.find(|(of, _)| *of == url)
            .and_then(|(_, version)| version)
    };
    named("force-system-version")
        .or(own)
        .or_else(|| named("check-system-version"))
        .or_else(|| named("system-version"))
}

/// The system of a code that comes without one: that of the only code of the set that reads so.
fn inferred<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    parameters: &Parameters,
    set: SetRef<'a>,
    asked: &Asked<'_>,
    problems: &mut Vec<Problem>,
) -> Result<Option<&'a CodeSystem>, Failure> {
    if parameters.flag("inferSystem") != Some(true) {
        return Err(missing(
            &asked.place("system"),
            "Donnez le système du code (system), ou inferSystem=true pour le chercher dans le jeu de valeurs.",
            "Give the system of the code (system), or inferSystem=true to look for it in the value set.",
        ));
    }
    let members = evaluation.members(set)?;
    let named = members.list.iter();
    let mut systems: Vec<&CodeSystem> = named
        .filter(|member| {
            member
                .system
                .find(asked.code)
                .is_some_and(|found| found.code == member.concept.code)
        })
        .map(|member| member.system)
        .collect();
    systems.dedup_by(|a, b| std::ptr::eq(*a, *b));
    match systems.as_slice() {
        [one] => return Ok(Some(one)),
        [] => problems.push(not_in_set(
            evaluation.known(),
            &asked.place("code"),
            set,
            asked,
            None,
        )),
        several => problems.push(ambiguous_system(&asked.place("code"), asked.code, several)),
    }
    Ok(None)
}

/// Day, heading and label of a code that its system holds.
fn judge<'a>(
    known: &Known<'a>,
    parameters: &Parameters,
    (system, concept): (&'a CodeSystem, &'a crate::terminology::Concept),
    display: &'a str,
    asked: &Asked<'_>,
    judged: &mut Judged<'a>,
) {
    let standing = concept.validity.on(known.day);
    let member = Member {
        system,
        concept,
        display,
        listed: None,
        is_inactive: matches!(standing, Standing::Ended(_)),
    };
    judged.member = Some(member);
    if parameters.flag("valueset-membership-only") == Some(true) {
        return;
    }
    let code_place = asked.place("code");
    if let Some(mut problem) = out_of_force(known, &code_place, system, concept, standing) {
        // A code that has stopped is still a code: without a day, that is a warning.
        let is_judged = known.is_day_asked
            || parameters.flag("activeOnly") == Some(true)
            || matches!(standing, Standing::NotYet(_));
        if !is_judged {
            problem = problem.with_severity(Severity::Warning);
        }
        judged.problems.push(problem);
    }
    let details = system.details(&concept.code);
    let is_heading = details.is_some_and(|details| details.is_abstract);
    if is_heading && parameters.flag("abstract") == Some(false) {
        judged.problems.push(heading(&code_place, &concept.code));
    }
    if let Some(given) = asked.display
        && !is_label(&member, given)
    {
        let mut problem = wrong_display(&asked.place("display"), &member, given);
        if parameters.flag("lenient-display-validation") == Some(true) {
            problem = problem.with_severity(Severity::Warning);
        }
        judged.problems.push(problem);
    }
}

/// True when `given` is a label of the code: case, accents and punctuation aside.
fn is_label(member: &Member<'_>, given: &str) -> bool {
    if given == member.display || given == member.concept.display {
        return true;
    }
    let folded = fold(given);
    let designations = languages::all_designations(member);
    let others = designations
        .iter()
        .map(|designation| designation.value.as_str());
    [member.display, &member.concept.display]
        .into_iter()
        .chain(others)
        .any(|label| fold(label) == folded)
}
