//! How findings are printed: one block a finding, the place first.

use std::path::Path;

use passerelle::finding::{Finding, Language, Severity};

/// Prints findings on standard error: `file:line:column: severity rule at place: message → cure`.
pub fn print_findings(file: &Path, findings: &[Finding], language: Language) {
    for finding in findings {
        let line = finding
            .line
            .map(|line| format!(":{line}"))
            .unwrap_or_default();
        let column = finding
            .column
            .map(|column| format!(":{column}"))
            .unwrap_or_default();
        let severity = match (finding.severity, language) {
            (Severity::Error, Language::French) => "erreur",
            (Severity::Error, Language::English) => "error",
            (Severity::Warning, Language::French) => "avertissement",
            (Severity::Warning, Language::English) => "warning",
            (Severity::Information, _) => "information",
        };
        eprintln!(
            "{}{line}{column}: {severity} {} [{}] {}\n    → {}",
            file.display(),
            finding.rule,
            finding.place,
            finding.message.get(language),
            finding.cure.get(language),
        );
    }
}
