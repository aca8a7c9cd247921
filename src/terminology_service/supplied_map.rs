//! Translation by a `ConceptMap` that came with the question.
//!
//! **Source:** FHIR R4, 4.10, `ConceptMap.group`, `unmapped` included.

use serde_json::Value;

use super::{
    Failure, FailureReason, Problem,
    answer_writer::{AnswerWriter, CodingOut},
    known::{Known, cut_version},
    problem::{shown, unknown_map},
    translate::Start,
};
use crate::{
    fhir::IssueCode,
    finding::Bilingual,
    terminology::{Direction, Equivalence},
};

/// One thing that a code becomes.
pub(super) struct SuppliedMatch<'a> {
    pub(super) system: &'a str,
    pub(super) code: &'a str,
    display: &'a str,
    pub(super) equivalence: Equivalence,
    comment: &'a str,
    /// URL of the map.
    map: &'a str,
    products: &'a [Value],
}

impl SuppliedMatch<'_> {
    /// Writes the parts of a match.
    pub(super) fn write(&self, parts: &mut AnswerWriter) {
        parts.value("equivalence", "valueCode", self.equivalence.as_str());
        let concept = CodingOut {
            system: self.system,
            version: "",
            code: self.code,
            display: self.display,
        };
        parts.value("concept", "valueCoding", &concept);
        for product in self.products {
            parts.parts("product", |parts| {
                parts.text("element", "valueUri", text(product, "property"));
                let concept = CodingOut {
                    system: text(product, "system"),
                    version: "",
                    code: text(product, "value"),
                    display: text(product, "display"),
                };
                parts.value("concept", "valueCoding", &concept);
            });
        }
        parts.text("source", "valueUri", self.map);
        parts.text("comment", "valueString", self.comment);
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// What the map says of a code, forward or in reverse; where it hands over to other maps
/// (`unmapped`), what they say.
///
/// # Errors
/// [`Failure`] when maps hand over in a circle, to one that is not known, or when an equivalence
/// is not one of R4.
pub(super) fn translate<'a>(
    known: &Known<'a>,
    map: &'a Value,
    direction: Direction,
    start: Start<'_>,
    said: &[&str],
) -> Result<Vec<SuppliedMatch<'a>>, Failure> {
    let mut matches = Vec::new();
    let mut path = Vec::new();
    follow(known, map, direction, start, said, &mut path, &mut matches)?;
    matches.sort_by_key(|one| one.equivalence.rank());
    Ok(matches)
}

fn follow<'a>(
    known: &Known<'a>,
    map: &'a Value,
    direction: Direction,
    start: Start<'_>,
    said: &[&str],
    path: &mut Vec<&'a str>,
    into: &mut Vec<SuppliedMatch<'a>>,
) -> Result<(), Failure> {
    let url = text(map, "url");
    if path.contains(&url) {
        return Err(circular(path, url));
    }
    path.push(url);
    for group in list(map, "group") {
        match direction {
            Direction::Forward if text(group, "source") == start.system => {
                let before = into.len();
                forward(url, group, start.code, said, into)?;
                if into.len() == before {
                    unmapped(known, url, group, start, said, path, into)?;
                }
            }
            Direction::Reverse if text(group, "target") == start.system => {
                reverse(url, group, start.code, into)?;
            }
            Direction::Forward | Direction::Reverse => {}
        }
    }
    path.pop();
    Ok(())
}

fn forward<'a>(
    url: &'a str,
    group: &'a Value,
    code: &str,
    said: &[&str],
    into: &mut Vec<SuppliedMatch<'a>>,
) -> Result<(), Failure> {
    let elements = list(group, "element").iter();
    for element in elements.filter(|element| text(element, "code") == code) {
        for target in list(element, "target") {
            let mut needed = list(target, "dependsOn").iter();
            if !needed.all(|one| said.contains(&text(one, "value"))) {
                continue;
            }
            into.push(SuppliedMatch {
                system: text(group, "target"),
                code: text(target, "code"),
                display: text(target, "display"),
                equivalence: equivalence(target)?,
                comment: text(target, "comment"),
                map: url,
                products: list(target, "product"),
            });
        }
    }
    Ok(())
}

fn reverse<'a>(
    url: &'a str,
    group: &'a Value,
    code: &str,
    into: &mut Vec<SuppliedMatch<'a>>,
) -> Result<(), Failure> {
    for element in list(group, "element") {
        let targets = list(element, "target").iter();
        for target in targets.filter(|target| text(target, "code") == code) {
            into.push(SuppliedMatch {
                system: text(group, "source"),
                code: text(element, "code"),
                display: text(element, "display"),
                equivalence: equivalence(target)?.reversed(),
                comment: text(target, "comment"),
                map: url,
                products: &[],
            });
        }
    }
    Ok(())
}

/// What is said of a code that no element of the group names.
fn unmapped<'a>(
    known: &Known<'a>,
    url: &'a str,
    group: &'a Value,
    start: Start<'_>,
    said: &[&str],
    path: &mut Vec<&'a str>,
    into: &mut Vec<SuppliedMatch<'a>>,
) -> Result<(), Failure> {
    let unmapped = &group["unmapped"];
    match text(unmapped, "mode") {
        "fixed" => into.push(SuppliedMatch {
            system: text(group, "target"),
            code: text(unmapped, "code"),
            display: text(unmapped, "display"),
            equivalence: Equivalence::RelatedTo,
            comment: "",
            map: url,
            products: &[],
        }),
        "other-map" => {
            let name = text(unmapped, "url");
            let (wanted, _) = cut_version(name);
            let mut supplied = known.supplied.maps().iter();
            let Some(next) = supplied.find(|map| text(map, "url") == wanted) else {
                let place = "ConceptMap.group.unmapped.url";
                let problem = unknown_map(place, name, &[]);
                return Err(Failure::one(FailureReason::Unprocessable, problem));
            };
            follow(known, next, Direction::Forward, start, said, path, into)?;
        }
        _ => {}
    }
    Ok(())
}

fn equivalence(target: &Value) -> Result<Equivalence, Failure> {
    let word = text(target, "equivalence");
    Equivalence::parse(word).ok_or_else(|| {
        let word = shown(word);
        Failure::one(
            FailureReason::Unprocessable,
            Problem::error(
                "TX-EQUIVALENCE",
                (IssueCode::Value, "invalid-data"),
                "ConceptMap.group.element.target.equivalence",
                Bilingual::new(
                    format!("« {word} » n'est pas une équivalence de FHIR R4."),
                    format!("'{word}' is not an equivalence of FHIR R4."),
                ),
                Bilingual::new(
                    "Attendu : equal, equivalent, wider, subsumes, narrower, specializes, inexact, relatedto, unmatched ou disjoint.",
                    "Expected: equal, equivalent, wider, subsumes, narrower, specializes, inexact, relatedto, unmatched or disjoint.",
                ),
            ),
        )
    })
}

fn circular(path: &[&str], url: &str) -> Failure {
    let start = path.iter().position(|one| *one == url).unwrap_or_default();
    let way: Vec<String> = path[start..].iter().map(|one| shown(one)).collect();
    let way = format!("{} → {}", way.join(" → "), shown(url));
    Failure::one(
        FailureReason::Unprocessable,
        Problem::error(
            "TX-CIRCULAR",
            (IssueCode::Processing, "invalid-data"),
            "ConceptMap.group.unmapped.url",
            Bilingual::new(
                format!("Les correspondances se renvoient l'une à l'autre en boucle : {way}."),
                format!("The concept maps hand over to each other in a circle: {way}."),
            ),
            Bilingual::new(
                "Retirez l'un de ces renvois (unmapped.mode = other-map).",
                "Take one of these hand-overs away (unmapped.mode = other-map).",
            ),
        ),
    )
}
