//! The way of a code from one vocabulary to another, every loss declared.
//!
//! A region's word goes to the pivot, a pivot code to the national lists, and each back again; the
//! ways between other vocabularies are made of those legs. No leg is skipped in silence: what a
//! code does not become is a [`Gap`], what holds only under a condition is kept apart.

use super::{
    CodeSystem, ConceptMap, Direction, Equivalence, Gap, Mapping, Match, Question, QuestionError,
    REGIONAL_VOCABULARY, Terminology, Translation, Validity,
};

/// What a vocabulary is, on the way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Region,
    Pivot,
    National,
}

impl Terminology {
    /// What a code becomes in another vocabulary, over as many legs as it takes.
    ///
    /// # Errors
    /// [`QuestionError`] when the code or the vocabulary is unknown, or when no way leads there.
    pub fn translate<'t>(
        &'t self,
        question: Question<'_>,
    ) -> Result<Translation<'t>, QuestionError> {
        let source = self.asked(question.system, question.code)?;
        let target = question
            .target_system
            .map(|name| {
                let known = self.code_system(name);
                known.ok_or_else(|| QuestionError::UnknownSystem(name.to_owned()))
            })
            .transpose()?;
        let legs = if stage(source) == Stage::Pivot {
            vec![self.code_in(source, question.code)]
        } else {
            self.inward(source, question.code)
        };
        let pivots: Vec<&str> = legs.iter().map(|leg| leg.code).collect();
        let found = match target {
            None if stage(source) == Stage::Pivot => {
                self.onward(legs, |map| map.source_system() == super::SOS_PIVOT)
            }
            None => legs,
            Some(target) if stage(target) == Stage::Pivot => legs,
            Some(target) => {
                let touches = |map: &ConceptMap| {
                    map.target_system() == target.url() || map.source_system() == target.url()
                };
                if !self.concept_maps().any(touches) {
                    return Err(QuestionError::NoWay {
                        system: source.url().to_owned(),
                        target: target.url().to_owned(),
                    });
                }
                self.onward(legs, touches)
            }
        };
        Ok(settle(found, question, || {
            self.gap(source, question.code, &pivots, target)
        }))
    }

    /// What one map says of a code, forward or in reverse.
    ///
    /// # Errors
    /// [`QuestionError`] when the map or the code is unknown, or the map does not start there.
    pub fn translate_by<'t>(
        &'t self,
        map: &str,
        direction: Direction,
        question: Question<'_>,
    ) -> Result<Translation<'t>, QuestionError> {
        let known = self.concept_map(map);
        let map = known.ok_or_else(|| QuestionError::UnknownMap(map.to_owned()))?;
        let source = self.asked(question.system, question.code)?;
        let start = match direction {
            Direction::Forward => map.source_system(),
            Direction::Reverse => map.target_system(),
        };
        if start != source.url() {
            return Err(QuestionError::OtherSource {
                map: map.id().to_owned(),
                system: source.url().to_owned(),
            });
        }
        let found = match direction {
            Direction::Forward => {
                let rows = map.of_source(question.code);
                rows.filter_map(|row| self.forward(map, row)).collect()
            }
            Direction::Reverse => {
                let rows = map.of_target(question.code);
                rows.filter_map(|row| self.backward(map, row)).collect()
            }
        };
        let end = self.code_system(match direction {
            Direction::Forward => map.target_system(),
            Direction::Reverse => map.source_system(),
        });
        Ok(settle(found, question, || {
            self.gap(source, question.code, &[], end)
        }))
    }

    fn asked(&self, system: &str, code: &str) -> Result<&CodeSystem, QuestionError> {
        let source = self
            .code_system(system)
            .ok_or_else(|| QuestionError::UnknownSystem(system.to_owned()))?;
        if source.find(code).is_none() {
            return Err(QuestionError::UnknownCode {
                system: source.url().to_owned(),
                code: code.to_owned(),
            });
        }
        Ok(source)
    }

    /// The code itself, as the start of a way.
    fn code_in<'t>(&'t self, system: &'t CodeSystem, code: &str) -> Match<'t> {
        let concept = system.find(code);
        Match {
            system: system.url(),
            code: concept.map_or("", |concept| concept.code.as_str()),
            display: concept.map_or("", |concept| concept.display.as_str()),
            equivalence: Equivalence::Equal,
            reasons: Vec::new(),
            map: "",
            via: None,
            depends_on: Vec::new(),
            products: &[],
            validity: Validity::default(),
        }
    }

    fn inward<'t>(&'t self, source: &CodeSystem, code: &str) -> Vec<Match<'t>> {
        if stage(source) == Stage::Region {
            return self
                .concept_maps()
                .filter(|map| map.source_system() == source.url())
                .flat_map(|map| map.of_source(code).map(move |row| (map, row)))
                .filter_map(|(map, row)| self.forward(map, row))
                .collect();
        }
        self.concept_maps()
            .filter(|map| map.target_system() == source.url())
            .flat_map(|map| map.of_target(code).map(move |row| (map, row)))
            .filter_map(|(map, row)| self.backward(map, row))
            .collect()
    }

    /// The second leg: each pivot code on to what the wanted maps say of it.
    fn onward<'t>(
        &'t self,
        starts: Vec<Match<'t>>,
        is_wanted: impl Fn(&ConceptMap) -> bool,
    ) -> Vec<Match<'t>> {
        let mut found = Vec::new();
        for start in starts {
            for map in self.concept_maps().filter(|map| is_wanted(map)) {
                let ends = if map.source_system() == super::SOS_PIVOT {
                    let rows = map.of_source(start.code);
                    rows.filter_map(|row| self.forward(map, row)).collect()
                } else {
                    self.words_for(map, start.code)
                };
                found.extend(ends.into_iter().map(|end| join(&start, end)));
            }
        }
        found
    }

    /// The words of a region for a pivot code: its own, else those of the category above it.
    fn words_for<'t>(&'t self, map: &'t ConceptMap, code: &str) -> Vec<Match<'t>> {
        let own: Vec<Match<'t>> = map
            .of_target(code)
            .filter_map(|row| self.backward(map, row))
            .collect();
        if !own.is_empty() {
            return own;
        }
        let above = self.code_system(super::SOS_PIVOT);
        let Some(parent) = above.and_then(|pivot| pivot.parent(code)) else {
            return own;
        };
        map.of_target(&parent.code)
            .filter_map(|row| self.backward(map, row))
            .map(|mut word| {
                word.equivalence = Equivalence::Wider.then(word.equivalence);
                word.reasons.insert(0, &parent.display);
                word
            })
            .collect()
    }

    fn forward<'t>(&'t self, map: &'t ConceptMap, row: &'t Mapping) -> Option<Match<'t>> {
        let target = row.target.as_ref()?;
        Some(Match {
            system: map.target_system(),
            code: &target.code,
            display: &target.display,
            equivalence: row.equivalence,
            reasons: vec![&row.reason],
            map: map.id(),
            via: None,
            depends_on: row.depends_on.iter().map(String::as_str).collect(),
            products: &row.products,
            validity: target.validity,
        })
    }

    fn backward<'t>(&'t self, map: &'t ConceptMap, row: &'t Mapping) -> Option<Match<'t>> {
        let source = self.code_system(map.source_system())?.find(&row.source)?;
        Some(Match {
            system: map.source_system(),
            code: &source.code,
            display: &source.display,
            equivalence: row.equivalence.reversed(),
            reasons: vec![&row.reason],
            map: map.id(),
            via: None,
            depends_on: row.depends_on.iter().map(String::as_str).collect(),
            products: &[],
            validity: Validity::default(),
        })
    }

    /// Why there is nothing: a row that says so, of the code or of a pivot code on its way; else
    /// the maps that do say something of it.
    fn gap<'t>(
        &'t self,
        source: &CodeSystem,
        code: &str,
        pivots: &[&str],
        target: Option<&CodeSystem>,
    ) -> Gap<'t> {
        let from = |system: &str| {
            let system = system.to_owned();
            self.concept_maps()
                .filter(move |map| map.source_system() == system)
        };
        let unmatched = from(source.url())
            .flat_map(|map| map.of_source(code))
            .chain(
                pivots
                    .iter()
                    .flat_map(|pivot| from(super::SOS_PIVOT).flat_map(|map| map.of_source(pivot))),
            )
            .find(|row| row.target.is_none());
        if let Some(row) = unmatched {
            return Gap::Unmatched {
                reason: &row.reason,
            };
        }
        let target = target.map(CodeSystem::url);
        let elsewhere = from(source.url())
            .filter(|map| Some(map.target_system()) != target)
            .filter(|map| map.of_source(code).next().is_some())
            .map(ConceptMap::id)
            .collect();
        Gap::NoRow { elsewhere }
    }
}

/// Keeps apart what depends on more than is said, puts the closest first, each code once, and says
/// why there is nothing.
fn settle<'t>(
    mut found: Vec<Match<'t>>,
    question: Question<'_>,
    gap: impl FnOnce() -> Gap<'t>,
) -> Translation<'t> {
    found.sort_by_key(|one| {
        (
            !one.validity.is_in_force(question.day),
            one.equivalence.rank(),
        )
    });
    let mut translation = Translation::default();
    for one in found.into_iter().filter(|one| one.equivalence.is_match()) {
        let holds = one
            .depends_on
            .iter()
            .all(|needed| question.said.contains(needed));
        let kept = if holds {
            &mut translation.matches
        } else {
            &mut translation.conditional
        };
        let is_known = kept
            .iter()
            .any(|known| known.system == one.system && known.code == one.code);
        if !is_known {
            kept.push(one);
        }
    }
    if translation.matches.is_empty() && translation.conditional.is_empty() {
        translation.gap = Some(gap());
    }
    translation
}

fn stage(system: &CodeSystem) -> Stage {
    if system.url() == super::SOS_PIVOT {
        Stage::Pivot
    } else if system.url().starts_with(REGIONAL_VOCABULARY) {
        Stage::Region
    } else {
        Stage::National
    }
}

/// Two legs made one way.
fn join<'t>(start: &Match<'t>, end: Match<'t>) -> Match<'t> {
    if start.map.is_empty() {
        return end;
    }
    let mut reasons = start.reasons.clone();
    reasons.extend(&end.reasons);
    let mut depends_on = start.depends_on.clone();
    depends_on.extend(&end.depends_on);
    Match {
        equivalence: start.equivalence.then(end.equivalence),
        reasons,
        depends_on,
        via: Some(start.code),
        ..end
    }
}

#[cfg(test)]
#[path = "translation_tests.rs"]
mod tests;
