//! `ValueSet/$expand`: the codes of a value set.
//!
//! **Source:** FHIR R4, `OperationDefinition/ValueSet-expand`.

use serde::Serialize;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::{
    Call, Failure, FailureReason, ParameterSpec, Parameters, Problem,
    known::{Known, SetRef, cut_version, fhir_version, is_version},
    members::{Evaluation, Member, Members, held_member},
    problem::{shown, unsupported},
    resources::SetHead,
};
use crate::{
    fhir::IssueCode,
    finding::Bilingual,
    terminology::{CodeSystem, fold},
};

/// Codes given at once, at the most: a longer set is read page by page.
const MAX_CODES: usize = 10_000;

#[derive(Serialize)]
struct Expanded<'a> {
    #[serde(flatten)]
    head: SetHead<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compose: Option<Value>,
    expansion: Expansion<'a>,
}

#[derive(Serialize)]
struct Expansion<'a> {
    identifier: String,
    timestamp: String,
    total: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parameter: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contains: Vec<Contains<'a>>,
}

#[derive(Serialize)]
struct Contains<'a> {
    system: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'a str,
    #[serde(rename = "abstract", skip_serializing_if = "is_false")]
    is_abstract: bool,
    #[serde(skip_serializing_if = "is_false")]
    inactive: bool,
    code: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    display: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    designation: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contains: Vec<Contains<'a>>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands a reference over"
)]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Answers `$expand`.
///
/// # Errors
/// [`Failure`] when the set is not known or cannot be worked out.
pub(super) fn expand(
    known: &Known<'_>,
    call: &Call<'_>,
    parameters: &Parameters,
    instance: Option<SetRef<'_>>,
) -> Result<Vec<u8>, Failure> {
    let set = known.asked_value_set(parameters, instance)?;
    let mut members = chosen(known, set, parameters)?;
    check_versions(&members, parameters)?;
    let excluded: Vec<&str> = parameters.texts("exclude-system").collect();
    let is_active_only = parameters.flag("activeOnly") == Some(true);
    let hides_headings = parameters.flag("excludeNotForUI") == Some(true);
    members.list.retain(|member| {
        !(is_active_only && member.is_inactive
            || hides_headings && is_abstract(member)
            || excluded.iter().any(|name| is_system(member, name)))
    });
    let total = members.list.len();
    let (offset, count) = (parameters.number("offset"), parameters.number("count"));
    if count.is_none() && total > MAX_CODES {
        return Err(too_many(total));
    }
    let start = offset.unwrap_or(0).min(total);
    let end = count.map_or(total, |count| start.saturating_add(count).min(total));
    let page = &members.list[start..end];
    let is_whole = offset.is_none() && count.is_none() && parameters.text("filter").is_none();
    let mut contains = if parameters.flag("excludeNested") == Some(false) && is_whole {
        nested(page, parameters)
    } else {
        page.iter()
            .map(|member| entry(member, parameters))
            .collect()
    };
    if !members.has_several_versions() {
        forget_versions(&mut contains);
    }
    let head = SetHead::of(set);
    let expanded = Expanded {
        compose: (parameters.flag("includeDefinition") == Some(true))
            .then(|| super::resources::compose(known.terminology, set, known.day)),
        expansion: Expansion {
            identifier: identifier(set, parameters, call),
            timestamp: call.now.format(&Rfc3339).unwrap_or_default(),
            total,
            offset: offset.or_else(|| count.map(|_| 0)),
            parameter: echo(parameters, call.operation.parameters(), &members),
            contains,
        },
        head,
    };
    Ok(serde_json::to_vec(&expanded).expect("memory takes every text"))
}

/// The codes of the set that the filter lets through.
fn chosen<'a>(
    known: &Known<'a>,
    set: SetRef<'a>,
    parameters: &Parameters,
) -> Result<Members<'a>, Failure> {
    let folded = fold(parameters.text("filter").unwrap_or_default());
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    if let (SetRef::Held(held), false) = (set, words.is_empty()) {
        // The labels of the lists in use are folded once, when they are read.
        let concepts = held.folded_concepts();
        let list = concepts
            .filter(|(concept, label)| is_found(&concept.code, label, &words))
            .filter_map(|(concept, _)| held_member(known, concept));
        let mut members = Members {
            list: list.collect(),
            ..Members::default()
        };
        members.note_systems();
        return Ok(members);
    }
    let all = Evaluation::asking(known, parameters).members(set)?;
    let list = all.list.iter();
    let list = list.filter(|member| {
        words.is_empty() || is_found(&member.concept.code, &fold(member.display), &words)
    });
    Ok(Members {
        list: list.copied().collect(),
        used_systems: all.used_systems.clone(),
        used_sets: all.used_sets.clone(),
    })
}

/// True when every word stands in the label or in the code.
fn is_found(code: &str, label: &str, words: &[&str]) -> bool {
    words.iter().all(|word| {
        label.contains(word)
            || code
                .get(..word.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(word))
    })
}

fn is_abstract(member: &Member<'_>) -> bool {
    let details = member.system.details(&member.concept.code);
    details.is_some_and(|details| details.is_abstract)
}

fn is_system(member: &Member<'_>, name: &str) -> bool {
    let (url, version) = cut_version(name);
    member.system.url() == url
        && version.is_none_or(|version| version == fhir_version(member.system.version()))
}

/// Takes the versions away, where each system has one alone.
fn forget_versions(contains: &mut [Contains<'_>]) {
    for one in contains {
        one.version = "";
        forget_versions(&mut one.contains);
    }
}

fn entry<'a>(member: &Member<'a>, parameters: &Parameters) -> Contains<'a> {
    Contains {
        system: member.system.url(),
        version: fhir_version(member.system.version()),
        is_abstract: is_abstract(member),
        inactive: member.is_inactive,
        code: &member.concept.code,
        display: super::languages::display(member, parameters.text("displayLanguage")),
        designation: super::languages::designations(member, parameters),
        contains: Vec::new(),
    }
}

/// The codes below those above them, where both are in the set.
fn nested<'a>(page: &[Member<'a>], parameters: &Parameters) -> Vec<Contains<'a>> {
    let is_in = |system: &str, code: &str| {
        let mut all = page.iter();
        all.any(|member| member.system.url() == system && member.concept.code == code)
    };
    let parent = |member: &Member<'a>| {
        if member.listed.is_some() {
            // A set that lists its codes one by one is flat.
            return None;
        }
        let parent = member.system.parent(&member.concept.code)?;
        is_in(member.system.url(), &parent.code).then_some(parent.code.as_str())
    };
    let parents: Vec<Option<&str>> = page.iter().map(parent).collect();
    below(page, &parents, None, parameters)
}

fn below<'a>(
    page: &[Member<'a>],
    parents: &[Option<&str>],
    above: Option<&Member<'a>>,
    parameters: &Parameters,
) -> Vec<Contains<'a>> {
    let is_here = |member: &Member<'a>, parent: &Option<&str>| match (above, parent) {
        (None, None) => true,
        (Some(above), Some(parent)) => {
            above.concept.code == *parent && above.system.url() == member.system.url()
        }
        _ => false,
    };
    let members = page.iter().zip(parents);
    members
        .filter(|(member, parent)| is_here(member, parent))
        .map(|(member, _)| Contains {
            contains: below(page, parents, Some(member), parameters),
            ..entry(member, parameters)
        })
        .collect()
}

/// What the expansion was asked for, and what it was made of.
fn echo(parameters: &Parameters, specs: &[ParameterSpec], members: &Members<'_>) -> Vec<Value> {
    const SAID_ELSEWHERE: [&str; 3] = ["url", "valueSetVersion", "tx-resource"];
    let asked = parameters.primitives().filter_map(|(name, element, text)| {
        let spec = specs.iter().find(|spec| spec.name == name)?;
        let element = match element {
            "" | "valueCanonical" | "valueUrl" => spec.kind.elements().first()?,
            other => other,
        };
        let value = match element {
            "valueBoolean" => Value::Bool(text == "true"),
            "valueInteger" => Value::from(text.parse::<u32>().ok()?),
            _ => Value::String(text),
        };
        (!SAID_ELSEWHERE.contains(&name)).then(|| parameter(name, element, value))
    });
    let systems = members
        .system_names()
        .map(|name| parameter("used-codesystem", "valueUri", Value::String(name)));
    let sets = members
        .used_sets
        .iter()
        .map(|name| parameter("used-valueset", "valueUri", Value::String(name.clone())));
    asked.chain(systems).chain(sets).collect()
}

fn parameter(name: &str, element: &str, value: Value) -> Value {
    let mut object = serde_json::Map::new();
    object.insert("name".to_owned(), Value::String(name.to_owned()));
    object.insert(element.to_owned(), value);
    Value::Object(object)
}

/// The same question on the same day has the same identifier.
fn identifier(set: SetRef<'_>, parameters: &Parameters, call: &Call<'_>) -> String {
    use std::fmt::Write;
    let mut text = format!("{} {}", set.canonical(), call.now.date());
    for (name, _, value) in parameters.primitives() {
        write!(text, " {name}={value}").expect("a String takes every text");
    }
    Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes())
        .urn()
        .to_string()
}

/// Refuses an expansion that was made of a version which the question excludes.
fn check_versions(members: &Members<'_>, parameters: &Parameters) -> Result<(), Failure> {
    for name in ["check-system-version", "force-system-version"] {
        for (url, version) in parameters.texts(name).map(cut_version) {
            let used = members.used_systems.iter();
            let mut used = used.filter(|system| system.url() == url);
            let is_other = |system: &&&CodeSystem| {
                let own = system.version();
                !is_version(own, version) && !is_version(fhir_version(own), version)
            };
            if let Some(other) = used.find(is_other) {
                let version = version.unwrap_or_default();
                return Err(other_version(parameters.place(name), other, version));
            }
        }
    }
    Ok(())
}

fn other_version(place: &str, used: &CodeSystem, wanted: &str) -> Failure {
    let (url, used, wanted) = (used.url(), fhir_version(used.version()), shown(wanted));
    let problem = Problem::error(
        "TX-VERSION",
        (IssueCode::Exception, "version-error"),
        place,
        Bilingual::new(
            format!("Le jeu de valeurs est fait de la version {used} de '{url}', non de {wanted}."),
            format!("The value set is made of version {used} of '{url}', not of {wanted}."),
        ),
        Bilingual::new(
            format!(
                "Demandez la version {used}, ou force-system-version pour un jeu que vous envoyez."
            ),
            format!("Ask for version {used}, or force-system-version for a set that you send."),
        ),
    );
    Failure::one(FailureReason::Unprocessable, problem)
}

fn too_many(total: usize) -> Failure {
    let mut failure = unsupported(
        "count",
        Bilingual::new(
            format!(
                "Le jeu de valeurs a {total} codes : plus de {MAX_CODES} ne sont pas donnés à la fois."
            ),
            format!(
                "The value set has {total} codes: more than {MAX_CODES} are not given at once."
            ),
        ),
        Bilingual::new(
            "Lisez-le par pages, avec offset et count, ou donnez un filter.",
            "Read it page by page, with offset and count, or give a filter.",
        ),
    );
    failure.reason = FailureReason::Unprocessable;
    for Problem { code, kind, .. } in &mut failure.problems {
        (*code, *kind) = (IssueCode::TooCostly, "too-costly");
    }
    failure
}
