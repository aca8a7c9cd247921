//! A fiche becomes a document, of the version of the volet that the settings want.

use crate::{
    cda::{self, Document, Target},
    config::{Reports, Volet},
    rcp::{PrivacyNotice, RcpReport},
    rendering,
    terminology::Terminology,
};

/// Why a fiche cannot become a document.
#[derive(Debug, thiserror::Error)]
pub enum WritingError {
    /// The report cannot be written.
    #[error(transparent)]
    Report(#[from] cda::WriteError),
    /// The document that was written cannot be read, so that no copy of it can be made.
    #[error("the document cannot be read back")]
    Unreadable(#[from] cda::ReadError),
    /// The copy as PDF cannot be made.
    #[error("the PDF cannot be made")]
    Pdf(#[from] rendering::RenderError),
}

/// A fiche as a document.
pub struct WrittenReport {
    /// The document, CDA R2 level 3.
    pub cda: Vec<u8>,
    /// What it says; without the section that shows its own copy as PDF, in 2025.01.
    pub document: Document,
}

/// Writes a fiche as CDA R2 level 3. A document of 2025.01 holds its own copy as PDF, made of the
/// same document without that copy. What was written is parsed once.
///
/// # Errors
/// [`WritingError`]; a fiche without findings of `rcp::rules` can be written.
pub fn write_document(
    report: &RcpReport,
    terminology: &Terminology,
    settings: &Reports,
) -> Result<WrittenReport, WritingError> {
    if settings.volet == Volet::Frcp2022 {
        let cda = cda::write(report, terminology, Target::Frcp2022)?;
        let document = cda::read(&cda)?;
        return Ok(WrittenReport { cda, document });
    }
    let said = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    let notice = PrivacyNotice {
        team_text: said(&settings.team_notice),
        reuse_text: said(&settings.reuse_notice),
    };
    let write = |pdf_copy| {
        let notice = &notice;
        cda::write(report, terminology, Target::Frcp2025 { notice, pdf_copy })
    };
    let document = cda::read(&write(None)?)?;
    let pdf = rendering::pdf(&document)?;
    let cda = write(Some(&pdf))?;
    Ok(WrittenReport { cda, document })
}
