//! From a document back to the model: what it says, and what was not understood.

use std::collections::HashSet;

use serde_json::Value;
use time::OffsetDateTime;

use crate::{
    finding::{Bilingual, Finding},
    rcp::{Moment, PartialDate, RcpReport},
    terminology::Terminology,
};

use super::{
    error::ReadError,
    read,
    report_leftovers::leftovers,
    report_texts::Texts,
    templates::SectionKind,
    tree::{Element, Tree},
};

/// Largest number of findings reported for one document.
const MAX_FINDINGS: usize = 500;

/// Stands where an instant is not said.
pub(super) const NO_MOMENT: Moment = Moment(OffsetDateTime::UNIX_EPOCH);

/// Stands where a date is not said.
pub(super) fn no_date() -> PartialDate {
    NO_MOMENT.date()
}

/// A document in the words of the model.
#[derive(Debug)]
pub struct Reading {
    report: RcpReport,
    /// JSON pointers of the mandatory fields that the document does not say.
    unsaid: Vec<String>,
    /// What the model does not hold, and mandatory fields that the document does not say: rule,
    /// `XPath` or field, line.
    pub findings: Vec<Finding>,
}

impl Reading {
    /// The report, when the document says everything that a report must say.
    #[must_use]
    pub fn report(&self) -> Option<&RcpReport> {
        self.unsaid.is_empty().then_some(&self.report)
    }

    /// The report as JSON, without the fields that the document does not say: for a document
    /// without structured body, the header alone.
    #[must_use]
    pub fn fiche(&self) -> Value {
        let mut fiche = serde_json::to_value(&self.report).expect("a report is plain JSON");
        for pointer in &self.unsaid {
            remove(&mut fiche, pointer);
        }
        fiche
    }
}

/// Removes a field, and the object that held it when nothing else stands there.
fn remove(fiche: &mut Value, pointer: &str) {
    let Some((parent, field)) = pointer.rsplit_once('/') else {
        return;
    };
    if let Some(Value::Object(members)) = fiche.pointer_mut(parent) {
        members.shift_remove(field);
        if members.is_empty() {
            remove(fiche, parent);
        }
    }
}

/// Reads a document back into the model of reports: a CDA R2 of the volet CANCER-FRCP, whoever
/// made it. Fields that say no more than their default are left out, as
/// [`RcpReport::without_defaults`] does, and codes that their value set decides come without
/// system nor label.
///
/// Of a document without structured body (CI-SIS level 1), the header is read.
///
/// # Errors
/// [`ReadError`] when the bytes are not a clinical document with `id`, `code` and a patient.
///
/// **Source:** ANS, CI-SIS *structuration minimale* and volet CANCER-FRCP 2022.01.
pub fn read_report(bytes: &[u8], terminology: &Terminology) -> Result<Reading, ReadError> {
    let tree = Tree::parse(bytes)?;
    let root = tree.root();
    // Refuses what is no clinical document with the same words as the other reader.
    read::document(root)?;
    let mut reader = Reader {
        root,
        terminology,
        texts: Texts::of(root),
        understood: vec![false; root.tree_size()],
        taken: HashSet::new(),
        unsaid: Vec::new(),
        findings: Vec::new(),
    };
    let report = reader.report();
    leftovers(&mut reader);
    Ok(Reading {
        report: report.without_defaults(terminology),
        unsaid: reader.unsaid,
        findings: reader.findings,
    })
}

/// The document being read, and what was understood of it so far.
pub(super) struct Reader<'t> {
    pub(super) root: Element<'t>,
    pub(super) terminology: &'t Terminology,
    pub(super) texts: Texts<'t>,
    understood: Vec<bool>,
    /// Entries that a field was read from; one that only holds such an entry is not among them.
    taken: HashSet<usize>,
    unsaid: Vec<String>,
    findings: Vec<Finding>,
}

impl<'t> Reader<'t> {
    /// Notes that the element itself, not what it holds, was understood.
    pub(super) fn note(&mut self, element: Element<'t>) {
        if let Some(understood) = self.understood.get_mut(element.index()) {
            *understood = true;
        }
    }

    /// As [`Reader::note`], with everything that the element holds.
    pub(super) fn note_all(&mut self, element: Element<'t>) {
        self.note(element);
        for held in element.descendants() {
            self.note(held);
        }
    }

    /// Notes that a field is read from this entry.
    pub(super) fn take(&mut self, entry: Element<'t>) {
        self.note(entry);
        self.taken.insert(entry.index());
    }

    pub(super) fn is_taken(&self, entry: Element<'t>) -> bool {
        self.taken.contains(&entry.index())
    }

    pub(super) fn is_understood(&self, element: Element<'t>) -> bool {
        self.understood
            .get(element.index())
            .is_some_and(|understood| *understood)
    }

    /// First child of that name not understood yet, and now understood.
    pub(super) fn next(&mut self, parent: Element<'t>, name: &str) -> Option<Element<'t>> {
        let child = parent.all(name).find(|child| !self.is_understood(*child))?;
        self.note(child);
        Some(child)
    }

    /// First element at the end of that path, all its steps understood.
    pub(super) fn path(&mut self, from: Element<'t>, names: &[&str]) -> Option<Element<'t>> {
        let end = from.path(names)?;
        self.note_up(end, from);
        Some(end)
    }

    /// Notes an element, and those that hold it, up to `top`.
    pub(super) fn note_up(&mut self, element: Element<'t>, top: Element<'t>) {
        let mut at = Some(element);
        while let Some(element) = at.filter(|element| *element != top) {
            self.note(element);
            at = element.parent();
        }
    }

    /// The top section of that kind, by its national template, else by another of its templates,
    /// else by its code where no other kind has the same.
    pub(super) fn section(&mut self, kind: &SectionKind) -> Option<Element<'t>> {
        let body = self.path(self.root, &["component", "structuredBody"])?;
        let sections: Vec<_> = body
            .all("component")
            .filter_map(|component| component.first("section"))
            .filter(|section| !self.is_understood(*section) && kind.tells(*section))
            .collect();
        let declares = |section: &Element<'t>, template: &str| {
            section
                .all("templateId")
                .any(|id| id.attribute("root") == Some(template))
        };
        let by_template = kind.templates.iter().rev().find_map(|template| {
            sections
                .iter()
                .find(|section| declares(section, template))
                .copied()
        });
        let found = by_template.or_else(|| {
            sections
                .iter()
                .find(|section| !kind.shares_code() && kind.has_code_of(**section))
                .copied()
        })?;
        self.note_up(found, body);
        if let Some(code) = found.first("code") {
            self.note(code);
        }
        Some(found)
    }

    /// A mandatory field, by JSON pointer, that the document does not say.
    pub(super) fn unsaid(&mut self, pointer: impl Into<String>) {
        let pointer = pointer.into();
        let place = pointer.trim_start_matches('/').replace('/', ".");
        self.unsaid.push(pointer);
        self.push(Finding::warning(
            "R-RDG-2",
            place,
            Bilingual::new(
                "Le document ne dit pas ce champ obligatoire de la fiche.",
                "The document does not say this mandatory field of the report.",
            ),
            Bilingual::new(
                "Compléter la fiche, ou demander un document complet à l'émetteur.",
                "Fill in the report, or ask the sender for a complete document.",
            ),
        ));
    }

    /// What was told so far.
    pub(super) fn mark(&self) -> (usize, usize) {
        (self.unsaid.len(), self.findings.len())
    }

    /// Takes back what was told since that mark.
    pub(super) fn rewind(&mut self, (unsaid, findings): (usize, usize)) {
        self.unsaid.truncate(unsaid);
        self.findings.truncate(findings);
    }

    /// The value, or a stand-in that never leaves the reader, noted as unsaid.
    pub(super) fn or_unsaid<T>(&mut self, value: Option<T>, pointer: &str, stand_in: T) -> T {
        value.unwrap_or_else(|| {
            self.unsaid(pointer);
            stand_in
        })
    }

    /// An element that has no field in the model, or a value that the field cannot hold.
    pub(super) fn lost(&mut self, element: Element<'t>) {
        self.tell(
            element,
            "R-RDG-1",
            [
                "La fiche n'a pas de champ pour cela : seul le document le garde.",
                "The report has no field for this: the document alone keeps it.",
            ],
        );
    }

    /// A value that was read with something added to it, or taken from it.
    pub(super) fn adjusted(&mut self, element: Element<'t>, message: [&'static str; 2]) {
        self.tell(element, "R-RDG-3", message);
    }

    fn tell(&mut self, element: Element<'t>, rule: &'static str, [fr, en]: [&'static str; 2]) {
        if self.findings.len() >= MAX_FINDINGS {
            return;
        }
        let (line, column) = element.line_and_column();
        let finding = Finding::warning(
            rule,
            element.place(),
            Bilingual::new(fr, en),
            Bilingual::new(
                "Lire cette partie dans le document d'origine, qui est conservé.",
                "Read that part in the original document, which is kept.",
            ),
        );
        self.findings.push(finding.at(line, column));
    }

    fn push(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        }
    }
}
