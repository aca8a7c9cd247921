//! `CodeSystem/$lookup`: what is known of a code.
//!
//! **Source:** FHIR R4, `OperationDefinition/CodeSystem-lookup`.

use super::{
    Failure, FailureReason, Parameters,
    answer_writer::AnswerWriter,
    code_problems::unknown_code,
    known::{Known, fhir_version},
    languages,
    members::Member,
    problem::missing,
    resources::system_properties,
};
use crate::terminology::CodeSystem;

/// Answers `$lookup`.
///
/// # Errors
/// [`Failure`] when the system or the code is not known.
pub(super) fn lookup<'a>(
    known: &Known<'a>,
    parameters: &Parameters,
    instance: Option<&'a CodeSystem>,
) -> Result<Vec<u8>, Failure> {
    let coding = parameters.complex("coding");
    let of_coding = |key: &str| coding.and_then(|coding| coding[key].as_str());
    let code = parameters.text("code").or_else(|| of_coding("code"));
    let code = code.ok_or_else(|| {
        missing(
            "code",
            "Donnez code et system, ou coding.",
            "Give code and system, or coding.",
        )
    })?;
    let system = match instance {
        Some(system) => system,
        None => {
            let url = parameters.text("system").or_else(|| of_coding("system"));
            let url = url.ok_or_else(|| {
                missing(
                    "system",
                    "Donnez le système du code (system).",
                    "Give the system of the code (system).",
                )
            })?;
            let version = parameters.text("version").or_else(|| of_coding("version"));
            known.get_system(parameters.place("system"), url, version)?
        }
    };
    let concept = system.find(code);
    let member = concept.and_then(|concept| Member::on(known, system, concept));
    let member = member.ok_or_else(|| {
        let place = if coding.is_some() { "coding" } else { "code" };
        let problem = unknown_code(known, place, system, code);
        Failure::one(FailureReason::Unknown, problem)
    })?;
    let mut answer = AnswerWriter::new();
    write(known, parameters, &member, &mut answer);
    Ok(answer.finish())
}

fn write(
    known: &Known<'_>,
    parameters: &Parameters,
    member: &Member<'_>,
    answer: &mut AnswerWriter,
) {
    let (system, concept) = (member.system, member.concept);
    let details = system.details(&concept.code);
    answer.value("name", "valueString", system.name());
    answer.text("version", "valueString", fhir_version(system.version()));
    let language = parameters.text("displayLanguage");
    let display = languages::display(member, language);
    answer.value(
        "display",
        "valueString",
        if display.is_empty() {
            concept.code.as_str()
        } else {
            display
        },
    );
    answer.value("code", "valueCode", &concept.code);
    answer.value("system", "valueUri", system.url());
    answer.value(
        "abstract",
        "valueBoolean",
        &details.is_some_and(|details| details.is_abstract),
    );
    if let Some(definition) = details.and_then(|details| details.definition.as_ref()) {
        answer.value("definition", "valueString", definition);
    }
    for designation in languages::all_designations(member) {
        answer.parts("designation", |parts| {
            if let Some(language) = &designation.language {
                parts.value("language", "valueCode", language);
            }
            if let Some(purpose) = &designation.purpose {
                parts.value("use", "valueCoding", purpose);
            }
            parts.value("value", "valueString", &designation.value);
        });
    }
    write_properties(known, parameters, member, answer);
}

fn write_properties(
    known: &Known<'_>,
    parameters: &Parameters,
    member: &Member<'_>,
    answer: &mut AnswerWriter,
) {
    let (system, code) = (member.system, member.concept.code.as_str());
    let asked: Vec<&str> = parameters.texts("property").collect();
    let is_asked =
        |name: &str| asked.is_empty() || asked.iter().any(|one| *one == name || *one == "*");
    let details = system.details(code);
    let own = details.into_iter().flat_map(|details| &details.properties);
    let own: Vec<_> = own.filter(|property| is_asked(&property.code)).collect();
    for property in &own {
        answer.parts("property", |parts| {
            parts.value("code", "valueCode", &property.code);
            parts.value("value", &property.element, &property.value);
        });
    }
    for property in system_properties(system, code, known.day) {
        let is_told = own.iter().any(|told| told.code == property.code);
        let is_other = matches!(property.code, "inactive" | "parent");
        if is_told || is_other || !is_asked(property.code) {
            continue;
        }
        answer.parts("property", |parts| {
            parts.value("code", "valueCode", property.code);
            if let Some(value) = &property.value_code {
                parts.value("value", "valueCode", value);
            }
            if let Some(value) = &property.value_date {
                parts.value("value", "valueDateTime", value);
            }
        });
    }
    if is_asked("inactive") && !own.iter().any(|told| told.code == "inactive") {
        answer.parts("property", |parts| {
            parts.value("code", "valueCode", "inactive");
            parts.value("value", "valueBoolean", &member.is_inactive);
        });
    }
    let near = [
        (
            "parent",
            system.parent(code).into_iter().collect::<Vec<_>>(),
        ),
        ("child", system.children(code).collect()),
    ];
    for (name, concepts) in near {
        for concept in concepts.into_iter().filter(|_| is_asked(name)) {
            answer.parts("property", |parts| {
                parts.value("code", "valueCode", name);
                parts.value("value", "valueCode", &concept.code);
                parts.text("description", "valueString", &concept.display);
            });
        }
    }
}
