//! Writing what was found of a translation: matches, conditions, gaps, and what is lost in words.

use super::{
    answer_writer::{AnswerWriter, CodingOut},
    known::{Known, fhir_version},
    supplied_map::SuppliedMatch,
    translate::Start,
    translate_problems::{ambiguous, inexact, no_answer, unmatched},
};
use crate::{
    finding::Bilingual,
    terminology::{FACET_PROPERTY, Gap, Match, SOS_PIVOT, Translation},
};

/// Everything that was found.
#[derive(Default)]
pub(super) struct Found<'a> {
    pub(super) matches: Vec<Match<'a>>,
    pub(super) supplied: Vec<SuppliedMatch<'a>>,
    pub(super) conditional: Vec<Match<'a>>,
    /// Why there is nothing.
    pub(super) remarks: Vec<Bilingual>,
    pub(super) unmatched: Vec<&'a str>,
}

impl<'a> Found<'a> {
    /// Adds what was found of a code.
    pub(super) fn take(&mut self, translation: Translation<'a>, code: &str) {
        self.matches.extend(translation.matches);
        self.conditional.extend(translation.conditional);
        match translation.gap {
            Some(Gap::Unmatched { reason }) => self.unmatched.push(reason),
            Some(Gap::NoRow { elsewhere }) => self.remarks.push(no_answer(code, &elsewhere)),
            None => {}
        }
    }
}

/// The answer, as JSON.
pub(super) fn written(
    known: &Known<'_>,
    starts: &[Start<'_>],
    found: &Found<'_>,
    is_reverse: bool,
) -> Vec<u8> {
    let is_match =
        !found.matches.is_empty() || found.supplied.iter().any(|one| one.equivalence.is_match());
    let mut answer = AnswerWriter::new();
    answer.value("result", "valueBoolean", &is_match);
    let message = message(found, starts, is_match, is_reverse);
    if let Some(message) = message {
        answer.value("message", "valueString", message.get(known.language));
    }
    for one in &found.matches {
        answer.parts("match", |parts| write_match(known, one, parts));
    }
    for one in &found.supplied {
        answer.parts("match", |parts| one.write(parts));
    }
    if !is_match {
        for reason in &found.unmatched {
            answer.parts("match", |parts| {
                parts.value("equivalence", "valueCode", "unmatched");
                parts.value("comment", "valueString", reason);
            });
        }
    }
    for one in &found.conditional {
        answer.parts("conditional", |parts| {
            write_match(known, one, parts);
            for code in &one.depends_on {
                parts.parts("dependsOn", |parts| write_dependency(known, code, parts));
            }
        });
    }
    answer.finish()
}

/// What a person should know of the answer: why there is nothing, what is lost, what is ambiguous.
fn message(
    found: &Found<'_>,
    starts: &[Start<'_>],
    is_match: bool,
    is_reverse: bool,
) -> Option<Bilingual> {
    if !is_match {
        let reason = found.unmatched.first().map(|reason| unmatched(reason));
        let remark = reason.or_else(|| found.remarks.first().cloned());
        return Some(remark.unwrap_or_else(|| no_answer(starts[0].code, &[])));
    }
    let closest = found.matches.first()?;
    let as_close = |one: &&Match<'_>| one.equivalence.rank() == closest.equivalence.rank();
    let rivals = found.matches.iter().filter(as_close);
    let rivals = rivals.filter(|one| one.system == closest.system);
    let codes: Vec<&str> = rivals.map(|one| one.code).collect();
    if is_reverse && codes.len() > 1 {
        return Some(ambiguous(starts[0].code, &codes));
    }
    (!closest.equivalence.is_exact()).then(|| inexact(closest))
}

fn write_match(known: &Known<'_>, one: &Match<'_>, parts: &mut AnswerWriter) {
    let system = known.terminology.code_system(one.system);
    let version = system.map_or("", |system| fhir_version(system.version()));
    parts.value("equivalence", "valueCode", one.equivalence.as_str());
    let concept = CodingOut {
        system: one.system,
        version,
        code: one.code,
        display: one.display,
    };
    parts.value("concept", "valueCoding", &concept);
    for product in one.products {
        parts.parts("product", |parts| {
            parts.value("element", "valueUri", &product.system);
            let concept = CodingOut {
                system: &product.system,
                version: "",
                code: &product.code,
                display: &product.display,
            };
            parts.value("concept", "valueCoding", &concept);
        });
    }
    if let Some(map) = known.terminology.concept_map(one.map) {
        parts.value("source", "valueUri", &map.url());
    }
    parts.value("comment", "valueString", &one.reasons.join(" "));
    if !one.validity.is_in_force(known.day) {
        parts.value("inactive", "valueBoolean", &true);
    }
}

fn write_dependency(known: &Known<'_>, code: &str, parts: &mut AnswerWriter) {
    let facet = known.terminology.facet(code);
    let element = facet.map_or(String::new(), |facet| {
        format!("{FACET_PROPERTY}{}", facet.facet)
    });
    parts.text("element", "valueUri", &element);
    let concept = CodingOut {
        system: SOS_PIVOT,
        version: "",
        code,
        display: facet.map_or("", |facet| &facet.label),
    };
    parts.value("concept", "valueCoding", &concept);
}
