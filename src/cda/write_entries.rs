//! Entries of the body: observations, comments, relations, values.
//!
//! **Source:** IHE PCC; ANS, CI-SIS, *modèles de contenus CDA*.

use crate::{
    config::Volet,
    rcp::{Coded, Tri},
};

use super::{
    codes::{self, Term},
    templates::{self, SectionKind},
    templates_2025::title_2025,
    write::Out,
    write_datatypes::Time,
};

/// What every observation starts with.
pub(super) struct Observation<'a> {
    /// Templates that it follows.
    pub(super) templates: &'a [&'a str],
    /// What is observed.
    pub(super) term: Term,
    /// Name of the text that it points at, and of itself with the code.
    pub(super) text: &'a str,
    /// When.
    pub(super) time: Time,
    /// Whether `negationInd="false"` is written.
    pub(super) states_negation: bool,
}

/// How one entry relates to the one that holds it.
#[derive(Clone, Copy)]
pub(super) enum Relation {
    /// A part.
    Component,
    /// About it.
    Subject,
    /// About it, `inversionInd="true"`.
    InvertedSubject,
    /// About it, `inversionInd="false"`.
    DirectSubject,
    /// Refers to it.
    Refers,
}

impl<'r> Out<'r> {
    /// A section in its `component`: head, narrative within `text`, then what `rest` writes.
    pub(super) fn section(
        &mut self,
        kind: &SectionKind,
        narrative: impl FnOnce(&mut Self),
        rest: impl FnOnce(&mut Self),
    ) {
        self.section_of(kind, kind.key, narrative, rest);
    }

    /// As [`Out::section`], for a kind that may come several times, told apart by `key`.
    pub(super) fn section_of(
        &mut self,
        kind: &SectionKind,
        key: &str,
        narrative: impl FnOnce(&mut Self),
        rest: impl FnOnce(&mut Self),
    ) {
        self.xml.open("component", &[]);
        self.xml.open("section", &[]);
        self.templates(kind.templates);
        self.own_id(&format!("section {key}"));
        let term = Term {
            code: kind.code,
            system: SectionKind::SYSTEM,
        };
        match &kind.translation {
            Some(translation) => {
                let attributes = self.term_attributes(&term);
                self.xml.open("code", &attributes);
                self.term("translation", translation);
                self.xml.close("code");
            }
            None => self.term("code", &term),
        }
        let title = match self.target.volet() {
            Volet::Frcp2022 => kind.title,
            Volet::Frcp2025 => title_2025(kind),
        };
        match title {
            Some(title) => self.xml.leaf("title", &[], title),
            None => self.null("title", "NA"),
        }
        self.xml.open_mixed("text", &[]);
        narrative(self);
        self.xml.close_mixed("text");
        rest(self);
        self.xml.close("section");
        self.xml.close("component");
    }

    pub(super) fn templates(&mut self, roots: &[&str]) {
        for root in roots {
            self.id("templateId", root, None);
        }
    }

    /// `id` made of this document's and of `part`.
    pub(super) fn own_id(&mut self, part: &str) {
        let uuid = self.uuid(part);
        self.id("id", &uuid, None);
    }

    pub(super) fn entry(&mut self, content: impl FnOnce(&mut Self)) {
        self.xml.open("entry", &[]);
        content(self);
        self.xml.close("entry");
    }

    pub(super) fn related(&mut self, relation: Relation, content: impl FnOnce(&mut Self)) {
        let attributes: &[(&str, &str)] = match relation {
            Relation::Component => &[("typeCode", "COMP")],
            Relation::Subject => &[("typeCode", "SUBJ")],
            Relation::InvertedSubject => &[("typeCode", "SUBJ"), ("inversionInd", "true")],
            Relation::DirectSubject => &[("typeCode", "SUBJ"), ("inversionInd", "false")],
            Relation::Refers => &[("typeCode", "REFR")],
        };
        self.xml.open("entryRelationship", attributes);
        content(self);
        self.xml.close("entryRelationship");
    }

    /// `text` of an entry: a pointer into the narrative.
    pub(super) fn text_reference(&mut self, text: &str) {
        self.pointer("text", text);
    }

    fn pointer(&mut self, element: &str, text: &str) {
        self.xml.open_mixed(element, &[]);
        self.reference(text);
        self.xml.close_mixed(element);
    }

    pub(super) fn original_text(&mut self, text: &str) {
        self.pointer("originalText", text);
    }

    /// An observation; `tail` writes its value and what follows.
    pub(super) fn observation(&mut self, head: &Observation<'_>, tail: impl FnOnce(&mut Self)) {
        let attributes = [
            ("classCode", "OBS"),
            ("moodCode", "EVN"),
            ("negationInd", "false"),
        ];
        let written = if head.states_negation { 3 } else { 2 };
        self.xml
            .open("observation", attributes.get(..written).unwrap_or_default());
        self.templates(head.templates);
        self.own_id(&format!("{} {}", head.term.code, head.text));
        self.term("code", &head.term);
        self.text_reference(head.text);
        self.xml.empty("statusCode", &[("code", "completed")]);
        self.effective_time(&head.time);
        tail(self);
        self.xml.close("observation");
    }

    /// A simple observation.
    pub(super) fn simple(
        &mut self,
        term: Term,
        text: &str,
        time: Time,
        tail: impl FnOnce(&mut Self),
    ) {
        let head = Observation {
            templates: templates::SIMPLE_OBSERVATION,
            term,
            text,
            time,
            states_negation: false,
        };
        self.observation(&head, tail);
    }

    /// A simple observation answered by yes, no or unknown.
    pub(super) fn answer(&mut self, term: Term, text: &str, time: Time, answer: Tri) {
        self.simple(term, text, time, |out| out.boolean(answer));
    }

    /// A comment, whose words stand in the text of that name.
    pub(super) fn comment(&mut self, text: &str) {
        self.dated_comment(text, None);
    }

    /// As [`Out::comment`], with the time of it when known.
    pub(super) fn dated_comment(&mut self, text: &str, time: Option<String>) {
        self.xml
            .open("act", &[("classCode", "ACT"), ("moodCode", "EVN")]);
        self.templates(templates::COMMENT);
        self.own_id(&format!("comment {text}"));
        self.term("code", &codes::COMMENT);
        self.text_reference(text);
        self.xml.empty("statusCode", &[("code", "completed")]);
        if let Some(time) = time {
            self.effective_time(&Time::At(time));
        }
        self.xml.close("act");
    }

    /// A comment below another entry, when there is one.
    pub(super) fn related_comment(
        &mut self,
        relation: Relation,
        comment: Option<&String>,
        text: &str,
    ) {
        if comment.is_some() {
            self.related(relation, |out| out.comment(text));
        }
    }

    /// `BL`.
    pub(super) fn boolean(&mut self, answer: Tri) {
        let value = match answer {
            Tri::Yes => ("value", "true"),
            Tri::No => ("value", "false"),
            Tri::Unknown => ("nullFlavor", "UNK"),
        };
        self.xml.empty("value", &[("xsi:type", "BL"), value]);
    }

    /// `CD` of a code that the volet fixes.
    pub(super) fn fixed_value(&mut self, term: &Term) {
        let attributes = [
            ("xsi:type", "CD"),
            ("code", term.code),
            ("codeSystem", term.system),
            ("displayName", self.label_of(*term)),
        ];
        self.xml.empty("value", &attributes);
    }

    /// `CD` of a code that the volet fixes, pointing at the text that says it.
    pub(super) fn pointing_term(&mut self, term: &Term, text: &str) {
        let mut attributes = vec![("xsi:type", "CD")];
        attributes.extend(self.term_attributes(term));
        self.xml.open("value", &attributes);
        self.original_text(text);
        self.xml.close("value");
    }

    /// `CD` without code, with the reason why.
    pub(super) fn null_value(&mut self, flavor: &str) {
        self.xml
            .empty("value", &[("xsi:type", "CD"), ("nullFlavor", flavor)]);
    }

    /// `CD` whose only content is a text of the narrative.
    pub(super) fn text_value(&mut self, text: &str) {
        self.xml.open("value", &[("xsi:type", "CD")]);
        self.original_text(text);
        self.xml.close("value");
    }

    /// `CD` of a value set, pointing at the text that says it.
    pub(super) fn coded_value(&mut self, value_set: &'static str, coded: &'r Coded, text: &str) {
        self.pointing_code(
            "value",
            &[("xsi:type", "CD")],
            value_set,
            coded,
            text,
            |_| {},
        );
    }

    /// A code of a value set, pointing at the text that says it; `nullFlavor` `OTH` when no code
    /// fits. `qualifiers` come last.
    pub(super) fn pointing_code(
        &mut self,
        element: &str,
        before: &[(&str, &str)],
        value_set: &'static str,
        coded: &'r Coded,
        text: &str,
        qualifiers: impl FnOnce(&mut Self),
    ) {
        match self.resolve(value_set, coded) {
            Some(code) => {
                let attributes = self.code_attributes(before, code);
                self.xml.open(element, &attributes);
            }
            None => {
                let mut attributes = before.to_vec();
                attributes.push(("nullFlavor", "OTH"));
                self.xml.open(element, &attributes);
            }
        }
        self.original_text(text);
        qualifiers(self);
        self.xml.close(element);
    }
}
