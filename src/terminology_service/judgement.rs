//! Judging one code: whether it is known, in the set, in force, and rightly labelled.

use serde_json::Value;

use super::{
    Failure, FailureReason, Parameters, Problem,
    asked_code::{Asked, asked_version},
    code_problems::{
        ambiguous_system, heading, not_in_set, of_other_system, of_other_version, out_of_force,
        unknown_code, wrong_display,
    },
    known::{Known, SetRef, is_version, with_version},
    languages,
    members::{Evaluation, Member},
    problem::{missing, unknown_system},
};
use crate::{
    finding::Severity,
    terminology::{CodeSystem, Concept, Standing, fold},
};

/// What was found of one code.
pub(super) struct Judged<'a> {
    /// The code, when its system holds it.
    pub(super) member: Option<Member<'a>>,
    /// The system, when it is known.
    pub(super) system: Option<&'a CodeSystem>,
    /// True when it is one of those asked about.
    pub(super) is_in: bool,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Judged<'a> {
    /// Before anything is found.
    fn before(system: Option<&'a CodeSystem>) -> Self {
        Self {
            member: None,
            system,
            is_in: false,
            problems: Vec::new(),
        }
    }

    /// A set that names what is not known here holds no code that could be told: the answer is no,
    /// with the reason. **Errors:** any other failure.
    pub(super) fn of_unknown(failure: Failure) -> Result<Self, Failure> {
        if failure.reason != FailureReason::Unknown {
            return Err(failure);
        }
        Ok(Self {
            problems: failure.problems,
            ..Self::before(None)
        })
    }
}

/// Judges a code within its system.
pub(super) fn in_system<'a>(
    known: &Known<'a>,
    parameters: &Parameters,
    system: &'a CodeSystem,
    asked: &Asked<'_>,
) -> Judged<'a> {
    let mut judged = Judged::before(Some(system));
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

/// Judges a code within a set.
///
/// # Errors
/// [`Failure`] when the set cannot be worked out, or the code has no system.
pub(super) fn in_set<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    known: &Known<'a>,
    parameters: &Parameters,
    set: SetRef<'a>,
    asked: &Asked<'_>,
) -> Result<Judged<'a>, Failure> {
    let mut judged = Judged::before(None);
    let system = match asked.system {
        Some(url) => {
            let version = asked_version(parameters, url, asked.version);
            let system = known.system(url, version);
            let of_set = listed_version(evaluation, set, (url, asked.code), system)?;
            if let (Some(of_set), Some(version)) = (of_set, version)
                && !system.is_some_and(|system| std::ptr::eq(system, of_set))
            {
                let place = asked.place("version");
                judged
                    .problems
                    .push(of_other_version(&place, of_set, version));
            }
            if system.is_none() {
                if of_set.is_none() {
                    let place = asked.place("code");
                    judged
                        .problems
                        .push(not_in_set(known, &place, set, asked, None));
                }
                judged.problems.push(unknown_system(
                    &asked.place("system"),
                    &with_version(url, version),
                    &known.versions_of(url),
                ));
            }
            of_set.or(system)
        }
        None => inferred(evaluation, parameters, set, asked, &mut judged.problems)?,
    };
    judged.system = system;
    let Some(system) = system else {
        return Ok(judged);
    };
    let concept = system.find(asked.code);
    let (listed, reason) = listed_in(evaluation, set, (system, concept), asked.code)?;
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

/// The version of a system of which a composed set holds that code: the one that is asked for where
/// it does, else the first.
fn listed_version<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    set: SetRef<'a>,
    (url, code): (&str, &str),
    asked: Option<&'a CodeSystem>,
) -> Result<Option<&'a CodeSystem>, Failure> {
    let SetRef::Supplied(resource) = set else {
        return Ok(None);
    };
    let members = evaluation.members(set)?;
    let holding: Vec<&CodeSystem> = members
        .list
        .iter()
        .filter(|member| member.system.url() == url && member.concept.code == code)
        .map(|member| member.system)
        .collect();
    let is_asked = |system: &&&CodeSystem| asked.is_some_and(|asked| std::ptr::eq(asked, **system));
    let takes_any = |asked: &&CodeSystem| {
        !holding.is_empty() && takes_versions_like(resource, url, asked.version())
    };
    let found = holding.iter().find(is_asked).copied();
    Ok(found
        .or(asked.filter(takes_any))
        .or(holding.first().copied()))
}

/// True when a set takes every version of a system that is like this one: `1.x`.
fn takes_versions_like(set: &Value, url: &str, version: &str) -> bool {
    let includes = set["compose"]["include"].as_array().into_iter().flatten();
    includes
        .filter(|include| include["system"] == url)
        .filter_map(|include| include["version"].as_str())
        .any(|pattern| pattern != version && is_version(version, Some(pattern)))
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
    (system, concept): (&'a CodeSystem, &'a Concept),
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
        && !is_label(&member, given, parameters.text("displayLanguage"))
    {
        let mut problem = wrong_display(&asked.place("display"), &member, given);
        if parameters.flag("lenient-display-validation") == Some(true) {
            problem = problem.with_severity(Severity::Warning);
        }
        judged.problems.push(problem);
    }
}

/// True when `given` is a label of the code, in that language when one is named: case, accents and
/// punctuation aside.
fn is_label(member: &Member<'_>, given: &str, language: Option<&str>) -> bool {
    if given == member.display || given == member.concept.display {
        return true;
    }
    let folded = fold(given);
    let designations = languages::all_designations(member);
    let others = designations
        .iter()
        .filter(|designation| {
            let own = designation.language.as_deref().unwrap_or_default();
            language.is_none_or(|asked| languages::is_language(own, asked))
        })
        .map(|designation| designation.value.as_str());
    [member.display, &member.concept.display]
        .into_iter()
        .chain(others)
        .any(|label| fold(label) == folded)
}

/// The label of a code in a set that holds it; else why it does not, when a day is the reason.
fn listed_in<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    set: SetRef<'a>,
    (system, concept): (&'a CodeSystem, Option<&'a Concept>),
    code: &str,
) -> Result<(Option<&'a str>, Option<Standing>), Failure> {
    Ok(match set {
        SetRef::Held(held) => {
            let listed = held.find_in(system.url(), code);
            let standing = listed.map(|listed| listed.validity.on(evaluation.known().day));
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
            let is_it = |member: &&Member<'a>| {
                member.system.url() == system.url()
                    && concept.is_some_and(|concept| member.concept.code == concept.code)
            };
            let is_of_version = |member: &&Member<'a>| std::ptr::eq(member.system, system);
            let of_version = members.list.iter().filter(is_it).find(is_of_version);
            let found = of_version.or_else(|| members.list.iter().find(is_it));
            // The label of another version is not that of this one.
            let label = found.map(|member| match concept {
                Some(concept) if !is_of_version(&member) && member.listed.is_none() => {
                    concept.display.as_str()
                }
                _ => member.display,
            });
            (label, None)
        }
    })
}
