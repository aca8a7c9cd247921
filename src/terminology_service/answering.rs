//! One question, from its parameters to the bytes of its answer.

use time::OffsetDateTime;

use super::{
    Failure, FailureReason, Operation, Parameters,
    expand::expand,
    known::{Known, SetRef, Supplied},
    lookup::lookup,
    problem::{Problem, unknown_map, unknown_system, unknown_value_set, unsupported},
    resources::id_of,
    subsumes::subsumes,
    translate::translate,
    validate_code::{validate_in_set, validate_in_system},
};
use crate::{
    fhir::Handling,
    finding::{Bilingual, Language},
    terminology::{CodeSystem, ConceptMap, ListKind, Terminology, ValueSet},
};

/// What surrounds the parameters of a question.
#[derive(Clone, Copy, Debug)]
pub struct Call<'c> {
    /// What is asked.
    pub operation: Operation,
    /// Id of the resource that it is asked of, when the address names one.
    pub instance: Option<&'c str>,
    /// The present instant: codes are judged on its day when no other is asked.
    pub now: OffsetDateTime,
    /// Language of messages.
    pub language: Language,
    /// What is done with parameters that nobody knows.
    pub handling: Handling,
}

/// Answers a question with the JSON of a `Parameters` or a `ValueSet`.
///
/// # Errors
/// [`Failure`] says everything that is wrong with the question.
pub fn answer(
    terminology: &Terminology,
    call: &Call<'_>,
    mut parameters: Parameters,
) -> Result<Vec<u8>, Failure> {
    parameters.check(call.operation.parameters(), call.handling)?;
    let supplied = Supplied::read(&parameters)?;
    let asked_day = parameters.day("date");
    let known = Known {
        terminology,
        supplied: &supplied,
        day: asked_day.unwrap_or_else(|| call.now.date()),
        is_day_asked: asked_day.is_some(),
        language: call.language,
    };
    if call.instance.is_some() && parameters.text("url").is_some() {
        return Err(named_twice());
    }
    match call.operation {
        Operation::Lookup => lookup(&known, &parameters, system_instance(terminology, call)?),
        Operation::Subsumes => subsumes(&known, &parameters, system_instance(terminology, call)?),
        Operation::ValidateInSystem => {
            validate_in_system(&known, &parameters, system_instance(terminology, call)?)
        }
        Operation::Expand => expand(&known, call, &parameters, set_instance(terminology, call)?),
        Operation::ValidateInSet => {
            validate_in_set(&known, &parameters, set_instance(terminology, call)?)
        }
        Operation::Translate => translate(&known, &parameters, map_instance(terminology, call)?),
    }
}

fn system_instance<'t>(
    terminology: &'t Terminology,
    call: &Call<'_>,
) -> Result<Option<&'t CodeSystem>, Failure> {
    let Some(id) = call.instance else {
        return Ok(None);
    };
    let system = find_system(terminology, id);
    let absent = || unknown(unknown_system("id", id, &[]));
    system.ok_or_else(absent).map(Some)
}

fn set_instance<'t>(
    terminology: &'t Terminology,
    call: &Call<'_>,
) -> Result<Option<SetRef<'t>>, Failure> {
    let Some(id) = call.instance else {
        return Ok(None);
    };
    let set = find_value_set(terminology, id);
    let absent = || unknown(unknown_value_set("id", id, &[]));
    set.map(SetRef::Held).ok_or_else(absent).map(Some)
}

fn map_instance<'t>(
    terminology: &'t Terminology,
    call: &Call<'_>,
) -> Result<Option<&'t ConceptMap>, Failure> {
    let Some(id) = call.instance else {
        return Ok(None);
    };
    let map = terminology.concept_map(id);
    let absent = || unknown(unknown_map("id", id, &[]));
    map.ok_or_else(absent).map(Some)
}

/// The code system of that id.
pub(super) fn find_system<'t>(terminology: &'t Terminology, id: &str) -> Option<&'t CodeSystem> {
    let mut systems = terminology
        .code_systems()
        .iter()
        .chain(terminology.earlier_code_systems());
    systems.find(|system| id_of(system.name()) == id)
}

/// The value set of that id.
pub(super) fn find_value_set<'t>(terminology: &'t Terminology, id: &str) -> Option<&'t ValueSet> {
    let mut earlier = terminology.earlier_value_sets().iter();
    terminology
        .value_set(id)
        .filter(|set| set.kind() == ListKind::ValueSet)
        .or_else(|| earlier.find(|set| id_of(set.name()) == id))
}

fn unknown(problem: Problem) -> Failure {
    Failure::one(FailureReason::Unknown, problem)
}

fn named_twice() -> Failure {
    unsupported(
        "url",
        Bilingual::new(
            "L'adresse nomme déjà la ressource ; url la nomme une seconde fois.",
            "The address names the resource already; url names it a second time.",
        ),
        Bilingual::new(
            "Retirez url, ou posez la question sans l'identifiant dans l'adresse.",
            "Take url away, or ask without the id in the address.",
        ),
    )
}
