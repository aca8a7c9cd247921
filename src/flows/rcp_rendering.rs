//! One report, in the form that the reader asks for.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    cda::{self, Document, Enclosed},
    mssante::{visibility::Marks, xdm},
    rcp::Standing,
    rendering,
    sharing::{Replaced, SharedDocument, document_bundle},
    terminology::Terminology,
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
    /// The fiche RCP that the document says, in JSON.
    Fiche,
    /// FHIR: a `DocumentReference` and a `Binary` in a bundle.
    Fhir,
}

/// What a form says beside the document.
#[derive(Clone, Debug)]
pub struct Packing {
    /// Name of the mailbox or of the secretariat to call.
    pub label: String,
    /// Its telephone; empty for none.
    pub phone: String,
    /// When the report was first meant to leave: the same instant gives the same bytes.
    pub submitted_at: OffsetDateTime,
    /// Identifier of the archive, when it was fixed for a delivery.
    pub submission_id: Option<String>,
    /// True for the archive that asks to withdraw a document sent before.
    pub is_withdrawal: bool,
    /// From whom the report is hidden.
    pub marks: Marks,
    /// How the report is registered, when it is.
    pub registration: Option<Registration>,
}

/// How a report is registered here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Our identifier.
    pub id: String,
    /// What it is worth among its versions.
    pub standing: Standing,
    /// How often that changed, and once more.
    pub revision: i64,
    /// When it did last.
    pub changed_at: OffsetDateTime,
    /// Our identifier of the report that it replaces, when we hold it.
    pub replaced_id: Option<String>,
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
            Self::Fiche => "application/vnd.passerelle.fiche+json",
            Self::Fhir => "application/fhir+json; charset=utf-8",
        }
    }
}

/// The document `cda` in that form.
///
/// # Errors
/// [`RenderingError`].
pub fn render(
    cda: Vec<u8>,
    form: Form,
    packing: &Packing,
    terminology: &Terminology,
) -> Result<Vec<u8>, RenderingError> {
    if form == Form::Cda {
        return Ok(cda);
    }
    let document = cda::read(&cda).map_err(RenderingError::Unreadable)?;
    match form {
        Form::Cda => Ok(cda),
        Form::Pdf => pdf(&document),
        Form::Html => Ok(rendering::html(&document).into_bytes()),
        Form::Xdm => archive(&document, &cda, packing, terminology),
        Form::Fiche => {
            let reading =
                cda::read_report(&cda, terminology).map_err(RenderingError::Unreadable)?;
            Ok(format!("{:#}\n", reading.fiche()).into_bytes())
        }
        Form::Fhir => {
            let bundle = bundle(&document, &cda, packing, terminology);
            Ok(format!("{bundle:#}\n").into_bytes())
        }
    }
}

/// The readable copy of a document: of one that encloses a PDF, that PDF, byte for byte.
///
/// **Source:** ANS, Référentiel socle MSSanté #2, ECO.2.1.5.
///
/// # Errors
/// [`RenderingError::Pdf`].
pub(super) fn pdf(document: &Document) -> Result<Vec<u8>, RenderingError> {
    match &document.enclosed {
        Some(Enclosed::Pdf(pdf)) => Ok(pdf.clone()),
        Some(Enclosed::Text(_)) | None => rendering::pdf(document).map_err(RenderingError::Pdf),
    }
}

/// The archive of a document.
///
/// # Errors
/// [`RenderingError::Archive`].
pub(super) fn archive(
    document: &Document,
    cda: &[u8],
    packing: &Packing,
    terminology: &Terminology,
) -> Result<Vec<u8>, RenderingError> {
    let shipment = xdm::Shipment {
        contact: xdm::Contact {
            label: &packing.label,
            phone: &packing.phone,
        },
        submitted_at: packing.submitted_at,
        submission_id: packing.submission_id.as_deref(),
        action: packing.action(document),
        marks: packing.marks,
        terminology,
    };
    xdm::pack(document, cda, &shipment).map_err(RenderingError::Archive)
}

fn bundle(
    document: &Document,
    cda: &[u8],
    packing: &Packing,
    terminology: &Terminology,
) -> serde_json::Value {
    // A report that is registered nowhere is named after its document.
    let registration = packing.registration.clone().unwrap_or_else(|| {
        let name = document.header.id.to_string();
        Registration {
            id: Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string(),
            standing: Standing::Current,
            revision: 1,
            changed_at: packing.submitted_at,
            replaced_id: None,
        }
    });
    let shared = shared(document, cda, &registration, packing.submitted_at, "");
    document_bundle(&shared, terminology)
}

/// A registered document, to be shared under `url`.
pub(super) fn shared<'a>(
    document: &'a Document,
    cda: &'a [u8],
    registration: &'a Registration,
    recorded_at: OffsetDateTime,
    url: &'a str,
) -> SharedDocument<'a> {
    let parent = document.header.replaces();
    SharedDocument {
        id: &registration.id,
        document,
        cda,
        standing: registration.standing,
        revision: registration.revision,
        recorded_at,
        changed_at: registration.changed_at,
        replaced: parent.map(|parent| match &registration.replaced_id {
            Some(id) => Replaced::Held(id.clone()),
            None => Replaced::Elsewhere(parent.id.clone()),
        }),
        url,
    }
}
