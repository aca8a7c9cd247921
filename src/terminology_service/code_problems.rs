//! What may be wrong with a code, each with its cure.

use super::{
    Problem,
    asked_code::Asked,
    known::{Known, SetRef, fhir_version, with_version},
    languages,
    members::Member,
    problem::shown,
};
use crate::{
    fhir::IssueCode,
    finding::Bilingual,
    terminology::{CodeSystem, Concept, Standing},
};

/// Likeness from which another code or label is worth proposing.
const LIKENESS_WORTH_PROPOSING: f64 = 0.85;

/// A code that its system does not hold.
pub(super) fn unknown_code(
    known: &Known<'_>,
    place: &str,
    system: &CodeSystem,
    code: &str,
) -> Problem {
    let code = shown(code);
    let url = system.url();
    let cure = if let Some(later) = system.find(&code).and_then(|found| found.validity.from)
        && later > known.day
    {
        Bilingual::new(
            format!("Il entre en vigueur le {later}."),
            format!("It comes into force on {later}."),
        )
    } else if let Some(near) = nearest(system, &code) {
        Bilingual::new(
            format!("Le plus proche est « {} » ({}).", near.code, near.display),
            format!("The nearest is '{}' ({}).", near.code, near.display),
        )
    } else if system.is_complete() {
        Bilingual::new(
            "Cherchez le bon code par son libellé : ValueSet/$expand, paramètre filter.",
            "Look for the right code by its label: ValueSet/$expand, parameter filter.",
        )
    } else {
        Bilingual::new(
            "Ce système n'est porté ici qu'en partie : un code ancien ou étranger aux listes nationales peut y manquer.",
            "This system is carried here in part only: an old code, or one that no national list holds, may be missing.",
        )
    };
    Problem::error(
        "TX-UNKNOWN-CODE",
        (IssueCode::CodeInvalid, "invalid-code"),
        place,
        Bilingual::new(
            format!("« {code} » n'est pas un code de {url}."),
            format!("'{code}' is not a code of {url}."),
        ),
        cure,
    )
}

/// The code that a mistyped one stands for: the same but for its case or its leading zeros.
fn nearest<'s>(system: &'s CodeSystem, code: &str) -> Option<&'s Concept> {
    let plain = |code: &str| code.trim().trim_start_matches('0').to_lowercase();
    let wanted = plain(code);
    let mut concepts = system.concepts().iter();
    concepts.find(|concept| plain(&concept.code) == wanted)
}

/// A code that is not in the set, or no longer.
pub(super) fn not_in_set(
    known: &Known<'_>,
    place: &str,
    set: SetRef<'_>,
    asked: &Asked<'_>,
    standing: Option<Standing>,
) -> Problem {
    let code = shown(asked.code);
    let name = with_version(&set.url(), Some(set.version()));
    let (message, cure) = match standing {
        Some(Standing::Ended(since)) => {
            let (fr, en) = since.map_or((String::new(), String::new()), |day| {
                (format!(" depuis le {day}"), format!(" since {day}"))
            });
            (
                Bilingual::new(
                    format!("« {code} » est retiré du jeu de valeurs {name}{fr}."),
                    format!("'{code}' is withdrawn from the value set {name}{en}."),
                ),
                Bilingual::new(
                    "Choisissez un code en vigueur : ValueSet/$expand les donne.",
                    "Choose a code in force: ValueSet/$expand gives them.",
                ),
            )
        }
        Some(Standing::NotYet(day)) => (
            Bilingual::new(
                format!(
                    "« {code} » n'est pas encore dans le jeu de valeurs {name} le {}.",
                    known.day
                ),
                format!(
                    "'{code}' is not yet in the value set {name} on {}.",
                    known.day
                ),
            ),
            Bilingual::new(
                format!("Il l'est à partir du {day}."),
                format!("It is from {day} on."),
            ),
        ),
        Some(Standing::InForce) | None => (
            Bilingual::new(
                format!("« {code} » n'est pas dans le jeu de valeurs {name}."),
                format!("'{code}' is not in the value set {name}."),
            ),
            Bilingual::new(
                "ValueSet/$expand donne ceux qui y sont.",
                "ValueSet/$expand gives those that are.",
            ),
        ),
    };
    Problem::error(
        "TX-NOT-IN-SET",
        (IssueCode::CodeInvalid, "not-in-vs"),
        place,
        message,
        cure,
    )
}

/// A code whose system is not the one asked about.
pub(super) fn of_other_system(place: &str, given: &str, wanted: &str) -> Problem {
    let given = shown(given);
    Problem::error(
        "TX-OTHER-SYSTEM",
        (IssueCode::CodeInvalid, "invalid-code"),
        place,
        Bilingual::new(
            format!("Le code est du système {given}, non de {wanted}."),
            format!("The code is of the system {given}, not of {wanted}."),
        ),
        Bilingual::new(
            "Donnez l'URL du système du code, ou traduisez-le : ConceptMap/$translate.",
            "Give the URL of the code's own system, or translate it: ConceptMap/$translate.",
        ),
    )
}

/// A code of another version of its system than the set holds.
pub(super) fn of_other_version(place: &str, of_set: &CodeSystem, given: &str) -> Problem {
    let (given, version) = (shown(given), fhir_version(of_set.version()));
    Problem::error(
        "TX-OTHER-VERSION",
        (IssueCode::Invalid, "vs-invalid"),
        place,
        Bilingual::new(
            format!(
                "Le jeu de valeurs prend ce code dans la version {version} de son système, non {given}."
            ),
            format!(
                "The value set takes this code from version {version} of its system, not {given}."
            ),
        ),
        Bilingual::new(
            format!("Donnez la version {version}, ou aucune."),
            format!("Give version {version}, or none."),
        ),
    )
}

/// A code that is not in force on the day asked.
pub(super) fn out_of_force(
    known: &Known<'_>,
    place: &str,
    system: &CodeSystem,
    concept: &Concept,
    standing: Standing,
) -> Option<Problem> {
    let (code, day) = (&concept.code, known.day);
    let (message, cure) = match standing {
        Standing::InForce => return None,
        Standing::NotYet(from) => (
            Bilingual::new(
                format!("« {code} » n'est pas encore en vigueur le {day}."),
                format!("'{code}' is not yet in force on {day}."),
            ),
            Bilingual::new(
                format!("Il l'est à partir du {from}."),
                format!("It is from {from} on."),
            ),
        ),
        Standing::Ended(since) => {
            let (fr, en) = since.map_or((String::new(), String::new()), |since| {
                (format!(" depuis le {since}"), format!(" since {since}"))
            });
            (
                Bilingual::new(
                    format!("« {code} » n'est plus en vigueur{fr}."),
                    format!("'{code}' is no longer in force{en}."),
                ),
                successor(system, concept),
            )
        }
    };
    Some(Problem::error(
        "TX-NOT-IN-FORCE",
        (IssueCode::BusinessRule, "code-comment"),
        place,
        message,
        cure,
    ))
}

/// What to use instead of a code that has stopped: the code in force with the likest label.
fn successor(system: &CodeSystem, concept: &Concept) -> Bilingual {
    let label = crate::terminology::fold(&concept.display);
    let likeness =
        |other: &Concept| strsim::jaro_winkler(&label, &crate::terminology::fold(&other.display));
    let in_force = system.concepts().iter();
    let likest = in_force
        .filter(|other| !other.validity.has_end())
        .map(|other| (likeness(other), other))
        .filter(|(likeness, _)| *likeness >= LIKENESS_WORTH_PROPOSING)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    match likest {
        Some((_, other)) => Bilingual::new(
            format!(
                "Le libellé en vigueur le plus proche est celui de « {} » ({}).",
                other.code, other.display
            ),
            format!(
                "The nearest label in force is that of '{}' ({}).",
                other.code, other.display
            ),
        ),
        None => Bilingual::new(
            "Gardez-le dans les données anciennes ; pour les nouvelles, choisissez un code en vigueur.",
            "Keep it in old data; for new data choose a code in force.",
        ),
    }
}

/// A heading where a code is wanted.
pub(super) fn heading(place: &str, code: &str) -> Problem {
    Problem::error(
        "TX-ABSTRACT",
        (IssueCode::BusinessRule, "code-rule"),
        place,
        Bilingual::new(
            format!("« {code} » est un titre, qui ne se choisit pas."),
            format!("'{code}' is a heading, which is not to be chosen."),
        ),
        Bilingual::new("Choisissez un code au-dessous.", "Choose a code below it."),
    )
}

/// A label that is not one of the code.
pub(super) fn wrong_display(place: &str, member: &Member<'_>, given: &str) -> Problem {
    let (code, given) = (&member.concept.code, shown(given));
    let mut labels = vec![member.display.to_owned()];
    for designation in languages::all_designations(member) {
        if !labels.contains(&designation.value) {
            labels.push(designation.value);
        }
    }
    let (fr, en) = (labels.join(" », « "), labels.join("', '"));
    Problem::error(
        "TX-DISPLAY",
        (IssueCode::Invalid, "invalid-display"),
        place,
        Bilingual::new(
            format!("« {given} » n'est pas un libellé du code « {code} »."),
            format!("'{given}' is not a label of the code '{code}'."),
        ),
        Bilingual::new(format!("Attendu : « {fr} »."), format!("Expected: '{en}'.")),
    )
}

/// A code without a system that several systems of the set hold.
pub(super) fn ambiguous_system(place: &str, code: &str, systems: &[&CodeSystem]) -> Problem {
    let code = shown(code);
    let names = systems
        .iter()
        .map(|system| with_version(system.url(), Some(fhir_version(system.version()))));
    let names = names.collect::<Vec<_>>().join(", ");
    Problem::error(
        "TX-AMBIGUOUS",
        (IssueCode::CodeInvalid, "cannot-infer"),
        place,
        Bilingual::new(
            format!("« {code} » est un code de plusieurs systèmes du jeu de valeurs."),
            format!("'{code}' is a code of several systems of the value set."),
        ),
        Bilingual::new(
            format!("Donnez le sien (system) : {names}."),
            format!("Give its own (system): {names}."),
        ),
    )
}
