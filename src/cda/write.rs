//! From report to document.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::{
    rcp::{Coded, RcpReport},
    terminology::Terminology,
};

use super::{codes::Term, volet::Target, xml::Xml};

/// Why a report cannot be written. A report without findings of `rcp::rules` can.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A code without system that its value set does not hold.
    #[error("a code has no system, and {value_set} does not hold it")]
    UnknownCode {
        /// Name of the value set.
        value_set: &'static str,
    },
    /// The terminology lacks a value set.
    #[error("the terminology has no value set {0}")]
    MissingValueSet(&'static str),
    /// Something that every document has.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A stage of performance outside 0 to 5.
    #[error("functional_status.oms.stage is not between 0 and 5")]
    OmsStage,
    /// A character that XML forbids.
    #[error("a text holds a control character")]
    IllegalCharacter,
    /// An entry points at a text that is not there, or two texts have one name.
    #[error("the text {0} is missing, or there twice")]
    Reference(String),
}

/// Writes a report as CDA R2 level 3, as that version of the volet CANCER-FRCP has it; what it
/// cannot say, [`super::losses`] tells.
///
/// The same report gives the same bytes.
///
/// # Errors
/// [`WriteError`] for a report that `rcp::rules` would have refused.
pub fn write(
    report: &RcpReport,
    terminology: &Terminology,
    target: Target<'_>,
) -> Result<Vec<u8>, WriteError> {
    let mut out = Out::new(report, terminology, target);
    out.document();
    match out.failure {
        Some(failure) => Err(failure),
        None => out.xml.finish().ok_or(WriteError::IllegalCharacter),
    }
}

/// A document being written. What goes wrong is kept, the first time, and told at the end.
pub(super) struct Out<'r> {
    pub(super) xml: Xml,
    pub(super) report: &'r RcpReport,
    terminology: &'r Terminology,
    pub(super) target: Target<'r>,
    namespace: Uuid,
    texts: BTreeSet<String>,
    failure: Option<WriteError>,
}

/// A code with its system and its label.
#[derive(Clone, Copy)]
pub(super) struct Resolved<'r> {
    pub(super) code: &'r str,
    pub(super) system: &'r str,
    pub(super) display: &'r str,
}

impl<'r> Out<'r> {
    fn new(report: &'r RcpReport, terminology: &'r Terminology, target: Target<'r>) -> Self {
        let id = &report.document.id;
        let name = format!(
            "{}^{}",
            id.root,
            id.extension.as_deref().unwrap_or_default()
        );
        Self {
            xml: Xml::new(),
            report,
            terminology,
            target,
            namespace: Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()),
            texts: BTreeSet::new(),
            failure: None,
        }
    }

    pub(super) fn fail(&mut self, failure: WriteError) {
        self.failure.get_or_insert(failure);
    }

    /// Identifier of that part of this document.
    pub(super) fn uuid(&self, part: &str) -> String {
        let uuid = Uuid::new_v5(&self.namespace, part.as_bytes());
        let mut buffer = Uuid::encode_buffer();
        uuid.hyphenated().encode_upper(&mut buffer).to_owned()
    }

    /// Notes that a text of that name stands in the document.
    pub(super) fn name_text(&mut self, name: &str) {
        if !self.texts.insert(name.to_owned()) {
            self.fail(WriteError::Reference(name.to_owned()));
        }
    }

    /// Points at the text of that name: `<reference value="#…"/>`.
    pub(super) fn reference(&mut self, name: &str) {
        if !self.texts.contains(name) {
            self.fail(WriteError::Reference(name.to_owned()));
        }
        self.xml
            .empty("reference", &[("value", &format!("#{name}"))]);
    }

    /// The label of a code that the volet fixes; the code itself if nothing gave it one, which a
    /// test excludes.
    pub(super) fn label_of(&self, term: Term) -> &'r str {
        let edition = self.target.volet().version();
        self.terminology
            .document_label(term.system, term.code, edition)
            .unwrap_or(term.code)
    }

    /// A code that the volet fixes, with its label.
    pub(super) fn fixed(&self, term: Term) -> Resolved<'r> {
        Resolved {
            code: term.code,
            system: term.system,
            display: self.label_of(term),
        }
    }

    /// The code with system and label; `None` when the value has no code.
    pub(super) fn resolve(
        &mut self,
        value_set: &'static str,
        coded: &'r Coded,
    ) -> Option<Resolved<'r>> {
        let code = coded.code.as_deref()?;
        let terminology = self.terminology;
        let Some(set) = terminology.value_set(value_set) else {
            self.fail(WriteError::MissingValueSet(value_set));
            return None;
        };
        let concept = match coded.system.as_deref() {
            Some(system) => set.find_in(system, code),
            None => set.find(code),
        };
        let system = coded
            .system
            .as_deref()
            .or(concept.map(|concept| concept.system.as_ref()));
        let Some(system) = system else {
            self.fail(WriteError::UnknownCode { value_set });
            return None;
        };
        Some(Resolved {
            code,
            system,
            display: coded
                .display
                .as_deref()
                .or(concept.map(|concept| concept.display.as_str()))
                .unwrap_or(code),
        })
    }

    /// What people read for a coded value: its label, and the text beside it.
    pub(super) fn label(&mut self, value_set: &'static str, coded: &'r Coded) -> String {
        let display = self.resolve(value_set, coded).map(|code| code.display);
        match (display, coded.text.as_deref()) {
            (Some(display), Some(text)) => format!("{display} ({text})"),
            (Some(only), None) | (None, Some(only)) => only.to_owned(),
            (None, None) => String::new(),
        }
    }
}
