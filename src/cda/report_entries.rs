//! Entries of the body, found by what they say rather than by how deep they stand.

use crate::rcp::{Coded, Tri};

use super::{
    codes::{self, Term},
    report_reading::Reader,
    tree::Element,
};

impl<'t> Reader<'t> {
    /// The next observation of that code within the element, however deep; its code and its text
    /// are understood, its date and its value are not yet.
    pub(super) fn observation(&mut self, within: Element<'t>, term: &Term) -> Option<Element<'t>> {
        self.coded_entry(within, "observation", term)
    }

    /// As [`Reader::observation`], for an entry of that name.
    pub(super) fn coded_entry(
        &mut self,
        within: Element<'t>,
        name: &str,
        term: &Term,
    ) -> Option<Element<'t>> {
        let entry = within
            .descendants()
            .find(|entry| entry.is(name) && !self.is_taken(*entry) && has_code(*entry, term))?;
        self.note_up(entry, within);
        self.take(entry);
        self.next(entry, "code");
        if let Some(text) = entry.first("text") {
            self.note_all(text);
        }
        Some(entry)
    }

    /// The answer of the observation of that code, yes, no or unknown; none when there is none.
    pub(super) fn answer(&mut self, within: Element<'t>, term: &Term) -> Option<Tri> {
        let observation = self.observation(within, term)?;
        self.ignore_time(observation);
        let value = self.next(observation, "value")?;
        Some(self.boolean(value))
    }

    /// The answer; unknown, with a note, when the document does not say it.
    pub(super) fn mandatory_answer(
        &mut self,
        within: Option<Element<'t>>,
        term: &Term,
        pointer: &str,
    ) -> Tri {
        let answer = within.and_then(|within| self.answer(within, term));
        self.or_unsaid(answer, pointer, Tri::Unknown)
    }

    /// The coded value of an observation.
    pub(super) fn coded_value(
        &mut self,
        observation: Element<'t>,
        value_set: &str,
    ) -> Option<Coded> {
        let value = self.next(observation, "value")?;
        self.pointing_code(value, value_set)
    }

    /// Words that the value of an observation points at, or holds.
    pub(super) fn text_value(&mut self, observation: Element<'t>) -> Option<String> {
        let value = self.next(observation, "value")?;
        self.original_text(value)
            .or_else(|| super::report_texts::words(value))
    }

    /// The code of a closed list in the value of an observation; none, with a note, for another.
    pub(super) fn listed_value<T: Copy>(
        &mut self,
        observation: Element<'t>,
        list: &[(&[Term], T)],
    ) -> Option<T> {
        let value = self.next(observation, "value")?;
        let code = value.attribute("code");
        let found = list
            .iter()
            .find(|(terms, _)| terms.iter().any(|term| code == Some(term.code)));
        if found.is_none() {
            self.lost(value);
        }
        // What it points at restates the label.
        if let Some(text) = value.first("originalText") {
            self.note_all(text);
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// Passes over a date that repeats that of the meeting, or says that there is none.
    pub(super) fn ignore_time(&mut self, entry: Element<'t>) {
        if let Some(time) = entry.first("effectiveTime") {
            self.note_all(time);
        }
    }

    /// Words of the next comment right below the entry, in whatever relation.
    pub(super) fn comment(&mut self, entry: Element<'t>) -> Option<String> {
        let act = entry
            .elements()
            .filter(|held| matches!(held.name(), "entryRelationship" | "component" | "entry"))
            .filter_map(|held| held.first("act"))
            .find(|act| !self.is_understood(*act) && has_code(*act, &codes::COMMENT))?;
        self.note_up(act, entry);
        self.next(act, "code");
        let (_, words) = self.entry_text(act);
        self.ignore_time(act);
        words
    }
}

/// True when the entry has that code, in that system.
pub(super) fn has_code(entry: Element<'_>, term: &Term) -> bool {
    entry.first("code").is_some_and(|code| {
        code.attribute("code") == Some(term.code)
            && code.attribute("codeSystem") == Some(term.system)
    })
}
