//! A fiche becomes a document, of the version of the volet that the settings want.

use crate::{
    cda::{self, Target},
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

/// Writes a fiche as CDA R2 level 3. A document of 2025.01 holds its own copy as PDF, made of the
/// same document without that copy.
///
/// # Errors
/// [`WritingError`]; a fiche without findings of `rcp::rules` can be written.
pub fn write_document(
    report: &RcpReport,
    terminology: &Terminology,
    settings: &Reports,
) -> Result<Vec<u8>, WritingError> {
    if settings.volet == Volet::Frcp2022 {
        return Ok(cda::write(report, terminology, Target::Frcp2022)?);
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
    let pdf = rendering::pdf(&cda::read(&write(None)?)?)?;
    Ok(write(Some(&pdf))?)
}
