//! What arrives is read and checked, and the document made of it, before anything is stored.

use super::{
    AcceptError, Context, ReportFormat, WritingError, patient_delivery::may_go_to_professionals,
    write_document,
};
use crate::{
    cda::{self, Document},
    finding::{self, Bilingual, Finding},
    mssante::{
        visibility::Marks,
        xdm::{self, Action, Archive, ArchivedDocument},
    },
    rcp,
};

/// A report that passed every check, and the document that carries it.
pub struct Prepared {
    /// The CDA document: made here, or the bytes as they came.
    pub cda: Vec<u8>,
    /// What it says.
    pub document: Document,
    /// What is worth knowing.
    pub warnings: Vec<Finding>,
    /// Media type of what arrived.
    pub media_type: &'static str,
    /// What is asked to be done with it.
    pub action: Action,
    /// From whom it is hidden.
    pub marks: Marks,
}

/// Reads and checks a report, and makes its CDA document, without storing anything.
///
/// # Errors
/// [`AcceptError::Unreadable`] or [`AcceptError::Invalid`], with every fault at once.
pub fn prepare(context: &Context, bytes: &[u8]) -> Result<Prepared, AcceptError> {
    match ReportFormat::of(bytes) {
        Some(ReportFormat::Archive) => prepare_archive(context, bytes),
        Some(ReportFormat::Fiche) => prepare_fiche(context, bytes),
        Some(ReportFormat::Document) => prepare_cda(context, bytes),
        None => Err(AcceptError::Unreadable(vec![Finding::error(
            "P-FMT-1",
            "",
            Bilingual::new(
                "Le contenu n'est ni une fiche RCP en JSON, ni un document CDA en XML, ni une archive XDM.",
                "The content is neither a fiche RCP in JSON, nor a CDA document in XML, nor an XDM archive.",
            ),
            Bilingual::new(
                "Envoyez un objet JSON, un document XML dont la racine est ClinicalDocument, en UTF-8, ou IHE_XDM.zip.",
                "Send a JSON object, an XML document whose root is ClinicalDocument, in UTF-8, or IHE_XDM.zip.",
            ),
        )])),
    }
}

fn prepare_fiche(context: &Context, bytes: &[u8]) -> Result<Prepared, AcceptError> {
    let report = rcp::fiche::read(bytes).map_err(AcceptError::Unreadable)?;
    let terminology = context.terminology.load();
    let mut warnings = rcp::rules::check(&report, &terminology, context.region.environment);
    if !finding::accepts(&warnings) {
        return Err(AcceptError::Invalid(warnings));
    }
    warnings.extend(cda::losses(&report, context.reports.volet));
    let written = write_document(&report, &terminology, &context.reports)
        .map_err(|error| AcceptError::Invalid(vec![unwritable(&error)]))?;
    Ok(Prepared {
        cda: written.cda,
        document: written.document,
        warnings,
        media_type: ReportFormat::Fiche.media_type(),
        action: Action::Create,
        marks: Marks::default(),
    })
}

/// A fiche that passed the rules and cannot be written all the same.
fn unwritable(error: &WritingError) -> Finding {
    Finding::error(
        "P-CDA-1",
        "",
        Bilingual::new(
            "La fiche ne peut pas devenir un document CDA.",
            error.to_string(),
        ),
        Bilingual::new(
            "Corrigez le champ nommé et renvoyez la fiche.",
            "Mend the field named and send the fiche again.",
        ),
    )
}

fn prepare_cda(context: &Context, bytes: &[u8]) -> Result<Prepared, AcceptError> {
    let terminology = context.terminology.load();
    let (document, warnings) =
        cda::read_and_validate(bytes, &terminology, context.region.environment)
            .map_err(|error| AcceptError::Unreadable(vec![error.finding()]))?;
    if !finding::accepts(&warnings) {
        return Err(AcceptError::Invalid(warnings));
    }
    Ok(Prepared {
        cda: bytes.to_vec(),
        document,
        warnings,
        media_type: ReportFormat::Document.media_type(),
        action: Action::Create,
        marks: Marks::default(),
    })
}

/// The one document of an archive, byte for byte, with what the archive asks to do with it.
fn prepare_archive(context: &Context, bytes: &[u8]) -> Result<Prepared, AcceptError> {
    let archive = xdm::open(bytes, &context.archives)
        .map_err(|error| AcceptError::Unreadable(vec![error.finding()]))?;
    let Archive {
        documents,
        findings,
    } = archive;
    if !finding::accepts(&findings) {
        return Err(AcceptError::Invalid(findings));
    }
    let Ok([document]) = <[ArchivedDocument; 1]>::try_from(documents) else {
        return Err(AcceptError::Invalid(vec![not_one_document()]));
    };
    let mut prepared = prepare_cda(context, &document.cda)?;
    prepared.warnings.splice(0..0, findings);
    prepared.media_type = ReportFormat::Archive.media_type();
    prepared.action = document.action;
    prepared.marks = document.marks;
    if !may_go_to_professionals(context, prepared.marks) {
        return Err(AcceptError::Invalid(vec![outside_matrix()]));
    }
    Ok(prepared)
}

/// **Source:** ANS, volet *Transmission d'un document CDA en HL7 V2*, rules of MSSanté: any other
/// combination is an error that the sender is told.
fn outside_matrix() -> Finding {
    Finding::error(
        "P-VIS-1",
        "METADATA.XML/confidentialityCode",
        Bilingual::new(
            "Cette combinaison de visibilité ne permet pas l'envoi à un professionnel.",
            "This combination of visibility does not allow sending to a professional.",
        ),
        Bilingual::new(
            "Lever le masquage aux professionnels ou aux représentants légaux, ou ne pas demander l'envoi.",
            "Lift what hides it from professionals or representatives, or do not ask for the sending.",
        ),
    )
}

fn not_one_document() -> Finding {
    Finding::error(
        "P-XDM-2",
        "METADATA.XML",
        Bilingual::new(
            "L'archive porte plusieurs documents.",
            "The archive carries several documents.",
        ),
        Bilingual::new(
            "Envoyez une archive par compte rendu.",
            "Send one archive for each report.",
        ),
    )
}
