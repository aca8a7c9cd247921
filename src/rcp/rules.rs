//! What a report must satisfy beyond its structure.
//!
//! Rule identifiers `R-…` are of the gateway; `F…`, `N…` name the rules of the national kit that
//! a document made from the report would break.
//!
//! **Source:** ANS, CI-SIS *structuration minimale* and volet CANCER-FRCP 2022.01; Référentiel INS.

use crate::{
    config::Environment,
    finding::{Bilingual, Finding},
    terminology::Terminology,
};

use super::report::RcpReport;

/// Every finding on a report: errors forbid to write it as a document, warnings do not.
///
/// `environment` says whether the identities must be real or must not be. No finding repeats a
/// value of the report.
#[must_use]
pub fn check(
    report: &RcpReport,
    terminology: &Terminology,
    environment: Environment,
) -> Vec<Finding> {
    let mut rules = Rules {
        report,
        terminology,
        environment,
        findings: Vec::new(),
    };
    rules.document();
    rules.patient();
    rules.professionals();
    rules.codes();
    rules.content();
    rules.state();
    rules.dates();
    rules.findings
}

/// The report under check, and what was found so far.
pub(super) struct Rules<'a> {
    pub(super) report: &'a RcpReport,
    pub(super) terminology: &'a Terminology,
    pub(super) environment: Environment,
    findings: Vec<Finding>,
}

/// The same text in French, then in English.
pub(super) type Texts = [&'static str; 2];

impl Rules<'_> {
    pub(super) fn error(
        &mut self,
        rule: &'static str,
        place: impl Into<String>,
        message: Texts,
        cure: Texts,
    ) {
        self.findings.push(Finding::error(
            rule,
            place,
            bilingual(message),
            bilingual(cure),
        ));
    }

    pub(super) fn warning(
        &mut self,
        rule: &'static str,
        place: impl Into<String>,
        message: Texts,
        cure: Texts,
    ) {
        self.findings.push(Finding::warning(
            rule,
            place,
            bilingual(message),
            bilingual(cure),
        ));
    }
}

fn bilingual([fr, en]: Texts) -> Bilingual {
    Bilingual::new(fr, en)
}
