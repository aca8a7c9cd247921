//! Checks a finished document, whoever made it.

use time::{Date, Month};

use crate::{
    config::{Environment, Volet},
    finding::{Bilingual, Finding},
    terminology::Terminology,
};

use super::{
    document::Document,
    enclosed,
    error::ReadError,
    read,
    rule_path::ElementIndex,
    templates::FRCP_MODEL,
    tree::{Element, Tree},
};

/// Largest number of findings reported for one document.
const MAX_FINDINGS: usize = 500;

/// Every finding on a document that claims to be a report of a meeting.
///
/// Errors are what the national kit refuses and what makes a report unsafe to pass on; the rest,
/// which documents in the field often break, are warnings. Rules `X…` are those of the schema of
/// CDA, `F…`, `I…`, `M…`, `A…` and `N…` those of the national kit, `R-…` and `V25-…` ours. Places are `XPath`s without prefixes; no finding
/// repeats a value of the document.
///
/// **Source:** ANS, CI-SIS *structuration minimale* and volet CANCER-FRCP 2022.01.
///
/// `environment` says which identities are right: those of real patients, or those of tests.
#[must_use]
pub fn validate(bytes: &[u8], terminology: &Terminology, environment: Environment) -> Vec<Finding> {
    match Tree::parse(bytes) {
        Ok(tree) if tree.root().is("ClinicalDocument") => {
            check(tree.root(), terminology, environment)
        }
        Ok(tree) => vec![ReadError::of_root(tree.root()).finding()],
        Err(error) => vec![error.finding()],
    }
}

/// Reads a document and checks it, in one parse: what it says, and what [`validate`] finds.
///
/// # Errors
/// [`ReadError`] when it cannot be read.
pub fn read_and_validate(
    bytes: &[u8],
    terminology: &Terminology,
    environment: Environment,
) -> Result<(Document, Vec<Finding>), ReadError> {
    let tree = Tree::parse(bytes)?;
    let document = read::document(tree.root())?;
    Ok((document, check(tree.root(), terminology, environment)))
}

/// The version that `templateId` of the volet gives.
fn declared_volet(root: Element<'_>) -> Option<Volet> {
    let model = root
        .all("templateId")
        .find(|id| id.attribute("root") == Some(FRCP_MODEL))?;
    let version = model.attribute("extension")?;
    Volet::ALL
        .into_iter()
        .find(|volet| volet.version() == version)
}

/// The day of the document, when its calendar has it.
fn day_of(root: Element<'_>) -> Option<Date> {
    let value = root.first("effectiveTime")?.attribute("value")?;
    let number = |from: usize, to: usize| -> Option<u16> { value.get(from..to)?.parse().ok() };
    let month = Month::try_from(u8::try_from(number(4, 6)?).ok()?).ok()?;
    let day = u8::try_from(number(6, 8)?).ok()?;
    Date::from_calendar_date(i32::from(number(0, 4)?), month, day).ok()
}

fn check(root: Element<'_>, terminology: &Terminology, environment: Environment) -> Vec<Finding> {
    let mut checker = Checker {
        root,
        terminology,
        environment,
        volet: declared_volet(root),
        index: ElementIndex::of(root),
        document_day: day_of(root),
        findings: Vec::new(),
    };
    checker.structure();
    checker.header_table();
    checker.rules();
    checker.document();
    checker.identities();
    checker.dates();
    checker.tumours();
    checker.codes();
    checker.section_order();
    checker.narrative();
    checker.findings.extend(enclosed::check(root));
    checker.findings
}

/// The document under check, and what was found so far.
pub(super) struct Checker<'t> {
    pub(super) root: Element<'t>,
    pub(super) terminology: &'t Terminology,
    pub(super) environment: Environment,
    /// The version of the volet that the document declares, when we know it.
    pub(super) volet: Option<Volet>,
    /// Its elements by their names.
    pub(super) index: ElementIndex<'t>,
    /// The day on which the document says that it was made.
    pub(super) document_day: Option<Date>,
    findings: Vec<Finding>,
}

/// The same text in French, then in English.
pub(super) type Texts = [&'static str; 2];

impl<'t> Checker<'t> {
    pub(super) fn error(
        &mut self,
        rule: &'static str,
        at: Element<'_>,
        message: Texts,
        cure: Texts,
    ) {
        self.push(at, || {
            Finding::error(rule, at.place(), bilingual(message), bilingual(cure))
        });
    }

    pub(super) fn warning(
        &mut self,
        rule: &'static str,
        at: Element<'_>,
        message: Texts,
        cure: Texts,
    ) {
        self.push(at, || {
            Finding::warning(rule, at.place(), bilingual(message), bilingual(cure))
        });
    }

    /// An error whose texts name an element or an attribute.
    pub(super) fn refuse(
        &mut self,
        rule: &'static str,
        at: Element<'_>,
        message: Bilingual,
        cure: Bilingual,
    ) {
        self.push(at, || Finding::error(rule, at.place(), message, cure));
    }

    /// Something that is not there: `child` of `parent`.
    pub(super) fn missing(
        &mut self,
        rule: &'static str,
        parent: Element<'_>,
        child: &str,
        cure: Texts,
    ) {
        self.push(parent, || {
            let place = format!("{}/{child}", parent.place());
            let message = Bilingual::new(
                "Cet élément obligatoire manque.",
                "This mandatory element is missing.",
            );
            Finding::error(rule, place, message, bilingual(cure))
        });
    }

    /// Keeps a finding, unless enough was found: naming a place costs time, and a hostile document has
    /// many.
    pub(super) fn push(&mut self, at: Element<'_>, finding: impl FnOnce() -> Finding) {
        if self.findings.len() < MAX_FINDINGS {
            let (line, column) = at.line_and_column();
            self.findings.push(finding().at(line, column));
        }
    }

    /// True when the set holds the code of that element under its system.
    pub(super) fn holds(&self, value_set: &str, coded: Element<'t>) -> bool {
        let code = coded.attribute("code").unwrap_or_default();
        let system = coded.attribute("codeSystem").unwrap_or_default();
        self.terminology
            .value_set(value_set)
            .is_some_and(|set| set.contains(system, code))
    }
}

fn bilingual([fr, en]: Texts) -> Bilingual {
    Bilingual::new(fr, en)
}
