//! Checking the rows against each other: what one says must not deny what another says.

use std::collections::HashMap;

use super::{ConceptMap, Equivalence, FileFinding, Mapping, SOS_PIVOT, Terminology};
use crate::finding::{Bilingual, Finding};

/// Every finding on rows that do not go together.
pub(super) fn check(terminology: &Terminology) -> Vec<FileFinding> {
    let mut findings = nothing_and_something(terminology);
    for map in terminology.concept_maps() {
        findings.extend(two_equivalences(map));
        // The words of a region may be synonyms; the codes of the pivot may not.
        if map.source_system() == SOS_PIVOT {
            findings.extend(ambiguous_ways_back(map));
            findings.extend(against_the_category(map, terminology));
        }
    }
    findings
}

fn at(map: &ConceptMap, line: u64, finding: Finding) -> FileFinding {
    FileFinding {
        file: map.file().to_owned(),
        finding: Finding {
            line: Some(line),
            ..finding
        },
    }
}

/// A source that a row calls unmatched has no row with a target.
fn nothing_and_something(terminology: &Terminology) -> Vec<FileFinding> {
    let mut matched: HashMap<(&str, &str), u64> = HashMap::new();
    for map in terminology.concept_maps() {
        for row in map.rows().iter().filter(|row| row.target.is_some()) {
            matched.insert((map.file(), &row.source), row.line);
        }
    }
    let mut seen: HashMap<(&str, u64), ()> = HashMap::new();
    let mut findings = Vec::new();
    for map in terminology.concept_maps() {
        for row in map.rows().iter().filter(|row| row.target.is_none()) {
            let is_new = seen.insert((map.file(), row.line), ()).is_none();
            if let Some(other) = matched.get(&(map.file(), row.source.as_str()))
                && is_new
            {
                findings.push(at(
                    map,
                    row.line,
                    unmatched_and_matched(&row.source, *other),
                ));
            }
        }
    }
    findings
}

/// Two rows of the same source and target, under other conditions, agree.
fn two_equivalences(map: &ConceptMap) -> Vec<FileFinding> {
    let mut seen: HashMap<(&str, &str), &Mapping> = HashMap::new();
    let mut findings = Vec::new();
    for row in map.rows() {
        let Some(target) = &row.target else { continue };
        let first = seen.entry((&row.source, &target.code)).or_insert(row);
        if first.equivalence != row.equivalence && first.depends_on == row.depends_on {
            findings.push(at(map, row.line, contradiction(first, row)));
        }
    }
    findings
}

/// Two sources that are each the same as one target would be the same as each other.
fn ambiguous_ways_back(map: &ConceptMap) -> Vec<FileFinding> {
    let mut seen: HashMap<&str, &Mapping> = HashMap::new();
    let mut findings = Vec::new();
    for row in map.rows().iter().filter(|row| row.equivalence.is_exact()) {
        let Some(target) = &row.target else { continue };
        let first = seen.entry(&target.code).or_insert(row);
        if first.source != row.source {
            findings.push(at(map, row.line, ambiguous(&target.code, first, row)));
        }
    }
    findings
}

/// A care type is a part of its category: what a target is to the one binds what it is to the
/// other.
fn against_the_category(map: &ConceptMap, terminology: &Terminology) -> Vec<FileFinding> {
    let mut findings = Vec::new();
    for row in map.rows() {
        let Some(target) = &row.target else { continue };
        let Some(care) = terminology.care_type(&row.source) else {
            continue;
        };
        let above = map.of_source(&care.category).find(|above| {
            above
                .target
                .as_ref()
                .is_some_and(|known| known.code == target.code)
        });
        if let Some(above) = above
            && !go_together(above.equivalence, row.equivalence)
        {
            findings.push(at(map, row.line, contradiction(above, row)));
        }
    }
    findings
}

/// Whether a target may be `above` to a category and `below` to one of its care types. A target
/// that holds the whole category holds the care type, and more; one that the care type holds is a
/// part of the category.
fn go_together(above: Equivalence, below: Equivalence) -> bool {
    match (above.rank(), below.rank()) {
        // The category itself: the care type is a part of it, or all of it.
        (0, below) => below <= 1,
        // Broader than the category.
        (1, below) => below == 1,
        // The same as the care type, or a part of it.
        (above, 0 | 2) => above == 2,
        _ => true,
    }
}

fn unmatched_and_matched(source: &str, other: u64) -> Finding {
    Finding::error(
        "MAP-CONTRADICTION",
        "equivalence",
        Bilingual::new(
            format!("« {source} » est dit sans cible ici, et en a une à la ligne {other}."),
            format!("\"{source}\" is said to have no target here, and has one on line {other}."),
        ),
        Bilingual::new(
            "Supprimez l'une des deux lignes.",
            "Delete one of the two rows.",
        ),
    )
}

fn contradiction(first: &Mapping, row: &Mapping) -> Finding {
    let (one, other) = (first.equivalence.as_str(), row.equivalence.as_str());
    Finding::error(
        "MAP-CONTRADICTION",
        "equivalence",
        Bilingual::new(
            format!(
                "La même cible ne peut pas être « {other} » pour {} et « {one} » pour {} (ligne {}).",
                row.source, first.source, first.line
            ),
            format!(
                "The same target cannot be \"{other}\" for {} and \"{one}\" for {} (line {}).",
                row.source, first.source, first.line
            ),
        ),
        Bilingual::new(
            "Corrigez l'une des deux équivalences : le type de soin est une partie de sa catégorie.",
            "Mend one of the two equivalences: a care type is a part of its category.",
        ),
    )
}

fn ambiguous(target: &str, first: &Mapping, row: &Mapping) -> Finding {
    Finding::warning(
        "MAP-BACK",
        "equivalence",
        Bilingual::new(
            format!(
                "Le retour depuis {target} est ambigu : il équivaut à {} (ligne {}) et à {}.",
                first.source, first.line, row.source
            ),
            format!(
                "The way back from {target} is ambiguous: it is equivalent to {} (line {}) and to {}.",
                first.source, first.line, row.source
            ),
        ),
        Bilingual::new(
            "Si les deux disent la même chose, laissez ainsi ; sinon, corrigez l'une des deux.",
            "If both say the same, leave it; else mend one of the two.",
        ),
    )
}
