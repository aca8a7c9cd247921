//! `ConceptMap/$translate`: what a code becomes in another vocabulary, and what is lost.
//!
//! **Source:** FHIR R4, `OperationDefinition/ConceptMap-translate`. Beside what R4 defines, each
//! match tells its reason (`comment`, as `ConceptMap.group.element.target.comment`), and what
//! would hold if more was said stands apart (`conditional`).

use super::{
    Failure, FailureReason, Parameters,
    known::{Known, cut_version, fhir_version},
    members::Evaluation,
    problem::{missing, unknown_map},
    supplied_map,
    translate_answer::{Found, written},
    translate_problems::{code_outside, question_failure},
};
use crate::{
    finding::Bilingual,
    terminology::{
        ConceptMap, Direction, FACET_PROPERTY, Question, QuestionError, SOS_PIVOT, Translation,
    },
};

/// A code to translate.
#[derive(Clone, Copy)]
pub(super) struct Start<'p> {
    pub(super) system: &'p str,
    pub(super) code: &'p str,
}

/// Where a translation is to lead, and by which way.
struct Wanted<'a, 'p> {
    map: Option<MapRef<'a>>,
    direction: Direction,
    target_systems: Vec<&'p str>,
    /// Facet values said beside the code.
    said: Vec<&'p str>,
}

#[derive(Clone, Copy)]
enum MapRef<'a> {
    Held(&'a ConceptMap),
    Supplied(&'a serde_json::Value),
}

/// Answers `$translate`.
///
/// # Errors
/// [`Failure`] when a vocabulary or a map is not known, or no map leads there.
pub(super) fn translate<'a>(
    known: &Known<'a>,
    parameters: &Parameters,
    instance: Option<&'a ConceptMap>,
) -> Result<Vec<u8>, Failure> {
    let starts = starts(known, parameters)?;
    let map = match instance {
        Some(map) => Some(MapRef::Held(map)),
        None => asked_map(known, parameters)?,
    };
    let is_reverse = parameters.flag("reverse") == Some(true);
    let target_set = parameters
        .text("target")
        .map(|name| known.get_value_set(parameters.place("target"), name, None))
        .transpose()?;
    let target = target_set
        .map(|set| Evaluation::new(known).members(set))
        .transpose()?;
    let mut wanted = Wanted {
        map,
        direction: if is_reverse {
            Direction::Reverse
        } else {
            Direction::Forward
        },
        target_systems: parameters.text("targetsystem").into_iter().collect(),
        said: said(known, parameters)?,
    };
    if let (Some(members), true) = (&target, wanted.target_systems.is_empty()) {
        wanted.target_systems = members
            .used_systems
            .iter()
            .map(|system| system.url())
            .collect();
    }
    let mut found = Found::default();
    for start in &starts {
        if let Some(remark) = outside_source(known, parameters, *start)? {
            found.remarks.push(remark);
            continue;
        }
        find(known, &wanted, *start, parameters, &mut found)?;
    }
    if let Some(members) = &target {
        let is_in = |system: &str, code: &str| {
            let mut all = members.list.iter();
            all.any(|member| member.system.url() == system && member.concept.code == code)
        };
        found.matches.retain(|one| is_in(one.system, one.code));
        found.conditional.retain(|one| is_in(one.system, one.code));
        found.supplied.retain(|one| is_in(one.system, one.code));
    }
    Ok(written(known, &starts, &found, is_reverse))
}

/// The codes to translate: one, or those of a `CodeableConcept`.
fn starts<'p>(known: &Known<'_>, parameters: &'p Parameters) -> Result<Vec<Start<'p>>, Failure> {
    let mut starts = Vec::new();
    let mut push = |system: Option<&'p str>, code: Option<&'p str>| {
        if let (Some(system), Some(code)) = (system, code) {
            starts.push(Start { system, code });
        }
    };
    if parameters.text("code").is_some() {
        push(parameters.text("system"), parameters.text("code"));
    } else if let Some(coding) = parameters.complex("coding") {
        push(coding["system"].as_str(), coding["code"].as_str());
    } else if let Some(concept) = parameters.complex("codeableConcept") {
        for coding in concept["coding"].as_array().into_iter().flatten() {
            push(coding["system"].as_str(), coding["code"].as_str());
        }
    }
    if starts.is_empty() {
        return Err(missing(
            "code",
            "Donnez code et system, ou coding, ou codeableConcept.",
            "Give code and system, or coding, or codeableConcept.",
        ));
    }
    if let (Some(version), [start]) = (parameters.text("version"), starts.as_slice()) {
        known.get_system(parameters.place("version"), start.system, Some(version))?;
    }
    Ok(starts)
}

fn asked_map<'a>(
    known: &Known<'a>,
    parameters: &Parameters,
) -> Result<Option<MapRef<'a>>, Failure> {
    let Some(name) = parameters.text("url") else {
        let sent = parameters.resources("conceptMap").next();
        let last = known.supplied.maps().last();
        return Ok(sent.and(last).map(MapRef::Supplied));
    };
    let (url, own_version) = cut_version(name);
    let version = parameters.text("conceptMapVersion").or(own_version);
    let is_version = |own: &str| version.is_none_or(|version| version == own);
    let mut supplied = known.supplied.maps().iter();
    let supplied = supplied
        .find(|map| map["url"] == url && is_version(map["version"].as_str().unwrap_or_default()));
    if let Some(map) = supplied {
        return Ok(Some(MapRef::Supplied(map)));
    }
    let held = known.terminology.concept_map(url);
    match held.filter(|map| is_version(fhir_version(map.version()))) {
        Some(map) => Ok(Some(MapRef::Held(map))),
        None => {
            let versions: Vec<&str> = held.map(|map| map.version()).into_iter().collect();
            let place = parameters.place("url");
            let problem = unknown_map(place, name, &versions);
            Err(Failure::one(FailureReason::Unknown, problem))
        }
    }
}

/// The facet values that stand beside the code: rows may depend on them.
fn said<'p>(known: &Known<'_>, parameters: &'p Parameters) -> Result<Vec<&'p str>, Failure> {
    let mut said = Vec::new();
    for (rank, parts) in parameters.parts("dependency").enumerate() {
        let element = parts.text("element").unwrap_or_default();
        let codings = parts.complex("concept").map(|concept| &concept["coding"]);
        let codings = codings
            .and_then(|codings| codings.as_array())
            .into_iter()
            .flatten();
        for coding in codings {
            let code = coding["code"].as_str().unwrap_or_default();
            let is_facet = element.starts_with(FACET_PROPERTY) || coding["system"] == SOS_PIVOT;
            if is_facet && known.terminology.facet(code).is_none() {
                return Err(super::translate_problems::unknown_facet(rank, code));
            }
            said.push(code);
        }
    }
    Ok(said)
}

/// Why a code is not one that the question allows: it is not in the set named as its source.
fn outside_source(
    known: &Known<'_>,
    parameters: &Parameters,
    start: Start<'_>,
) -> Result<Option<Bilingual>, Failure> {
    let Some(name) = parameters.text("source") else {
        return Ok(None);
    };
    let set = known.get_value_set(parameters.place("source"), name, None)?;
    let system = known.system(start.system, None);
    let members = Evaluation::new(known).members(set)?;
    let is_in = members.list.iter().any(|member| {
        member.concept.code == start.code
            && system.is_some_and(|system| system.url() == member.system.url())
    });
    Ok((!is_in).then(|| code_outside(start.code, name)))
}

fn find<'a>(
    known: &Known<'a>,
    wanted: &Wanted<'a, '_>,
    start: Start<'_>,
    parameters: &Parameters,
    found: &mut Found<'a>,
) -> Result<(), Failure> {
    if let Some(MapRef::Supplied(map)) = wanted.map {
        let matches = supplied_map::translate(known, map, wanted.direction, start, &wanted.said)?;
        let wants = |system: &str| {
            wanted.target_systems.is_empty() || wanted.target_systems.contains(&system)
        };
        found
            .supplied
            .extend(matches.into_iter().filter(|one| wants(one.system)));
        return Ok(());
    }
    let targets: Vec<Option<&str>> = match wanted.target_systems.as_slice() {
        [] => vec![None],
        systems => systems.iter().copied().map(Some).collect(),
    };
    let is_one_target = targets.len() == 1;
    for target in targets {
        match ask(known, wanted, start, target) {
            Ok(translation) => found.take(translation, start.code),
            Err(QuestionError::UnknownCode { system, code }) => {
                if let Some(system) = known.system(&system, None) {
                    let place = parameters.place("code");
                    let problem = super::code_problems::unknown_code(known, place, system, &code);
                    found.remarks.push(Bilingual::new(
                        problem.text(crate::finding::Language::French),
                        problem.text(crate::finding::Language::English),
                    ));
                }
            }
            // Of the systems of a value set, some may lead nowhere.
            Err(QuestionError::NoWay { .. }) if !is_one_target => {}
            Err(error) => return Err(question_failure(known, parameters, &error)),
        }
    }
    Ok(())
}

fn ask<'a>(
    known: &Known<'a>,
    wanted: &Wanted<'a, '_>,
    start: Start<'_>,
    target_system: Option<&str>,
) -> Result<Translation<'a>, QuestionError> {
    let terminology = known.terminology;
    let question = Question {
        system: start.system,
        code: start.code,
        target_system,
        said: &wanted.said,
        day: known.day,
    };
    if let Some(MapRef::Held(map)) = wanted.map {
        let mut translation = terminology.translate_by(map.id(), wanted.direction, question)?;
        if let Some(target) = target_system {
            let target = terminology.code_system(target).map(|system| system.url());
            translation.matches.retain(|one| Some(one.system) == target);
            translation
                .conditional
                .retain(|one| Some(one.system) == target);
        }
        return Ok(translation);
    }
    if wanted.direction == Direction::Forward || target_system.is_some() {
        return terminology.translate(question);
    }
    let system = terminology.code_system(start.system);
    let system = system.ok_or_else(|| QuestionError::UnknownSystem(start.system.to_owned()))?;
    let mut all = Translation::default();
    let maps = terminology.concept_maps();
    for map in maps.filter(|map| map.target_system() == system.url()) {
        let one = terminology.translate_by(map.id(), Direction::Reverse, question)?;
        all.matches.extend(one.matches);
        all.conditional.extend(one.conditional);
        all.gap = all.gap.or(one.gap);
    }
    Ok(all)
}
