//! One report, in the form that the reader asks for.

use time::OffsetDateTime;

use crate::{
    cda::{self, Document},
    mssante::xdm,
    rendering,
};

/// A form in which a report is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The CDA document itself, byte for byte.
    Cda,
    /// PDF/A, for people.
    Pdf,
    /// A page, for people.
    Html,
    /// The archive `IHE_XDM.zip`, for software.
    Xdm,
}

/// What the archive says beside the document.
#[derive(Clone, Debug)]
pub struct Packing {
    /// Name of the mailbox or of the secretariat to call.
    pub label: String,
    /// Its telephone; empty for none.
    pub phone: String,
    /// When the report was first meant to leave: the same instant gives the same bytes.
    pub submitted_at: OffsetDateTime,
    /// True for the archive that asks to withdraw a document sent before.
    pub is_withdrawal: bool,
}

/// Why a report cannot be shown in a form.
#[derive(Debug, thiserror::Error)]
pub enum RenderingError {
    /// The stored bytes are no longer a CDA document.
    #[error("the document cannot be read")]
    Unreadable(#[source] cda::ReadError),
    /// The PDF cannot be made.
    #[error("the PDF cannot be made")]
    Pdf(#[source] rendering::RenderError),
    /// The archive cannot be made.
    #[error("the archive cannot be made")]
    Archive(#[source] xdm::PackError),
}

impl Packing {
    /// What the archive asks to do with the document.
    #[must_use]
    pub fn action(&self, document: &Document) -> xdm::Action {
        if self.is_withdrawal {
            xdm::Action::Delete
        } else {
            xdm::first_action(document)
        }
    }
}

impl Form {
    /// Media type of what [`render`] makes.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Cda => "text/xml; charset=utf-8",
            Self::Pdf => "application/pdf",
            Self::Html => "text/html; charset=utf-8",
            Self::Xdm => "application/zip",
        }
    }
}

/// The document `cda` in that form.
///
/// # Errors
/// [`RenderingError`].
pub fn render(cda: Vec<u8>, form: Form, packing: &Packing) -> Result<Vec<u8>, RenderingError> {
    if form == Form::Cda {
        return Ok(cda);
    }
    let document = cda::read(&cda).map_err(RenderingError::Unreadable)?;
    render_document(&document, &cda, form, packing)
}

/// The same, of a document that was read before.
///
/// # Errors
/// [`RenderingError`].
pub fn render_document(
    document: &Document,
    cda: &[u8],
    form: Form,
    packing: &Packing,
) -> Result<Vec<u8>, RenderingError> {
    match form {
        Form::Cda => Ok(cda.to_vec()),
        Form::Pdf => rendering::pdf(document).map_err(RenderingError::Pdf),
        Form::Html => Ok(rendering::html(document).into_bytes()),
        Form::Xdm => {
            let contact = xdm::Contact {
                label: &packing.label,
                phone: &packing.phone,
            };
            let action = packing.action(document);
            xdm::pack(document, cda, &contact, packing.submitted_at, action)
                .map_err(RenderingError::Archive)
        }
    }
}
