//! What an archive says of its document, gathered from the header before anything is written.
//!
//! **Source:** ANS, CI-SIS, *Service de partage* (sources of each value in the CDA header).

use sha1::{Digest, Sha1};
use time::{OffsetDateTime, UtcOffset};

use super::xdm::PackError;
use super::xdm_people::person;
use crate::cda::{
    Code, Document, Enclosed, FRCP_MODEL, Header, Id, LEVEL_1_MODEL, Patient, STRUCTURE_ROOT,
    Timestamp,
};
use crate::terminology::Terminology;

/// A code, its label and the OID of its system.
#[derive(Default)]
pub(super) struct Coded<'a> {
    /// The code.
    pub code: &'a str,
    /// Its label.
    pub label: &'a str,
    /// OID of its system.
    pub system: &'a str,
}

/// Type of the documents that are known.
const REPORT_OF_MEETING: &str = "34794-8";

/// Class and format of a model of document.
///
/// **Source:** ANS, tables `ASS_X04` (type to class) and `ASS_A11` (model to format).
const fn report_as(format_code: &'static str, format_system: &'static str) -> ClassAndFormat {
    ClassAndFormat {
        class_code: "10",
        class_system: "1.2.250.1.213.1.1.4.1",
        format_code,
        format_system,
    }
}

const STRUCTURED: ClassAndFormat =
    report_as("urn:asip:ci-sis:frcp:2011", "1.2.250.1.213.1.1.4.2.282");
const AROUND_PDF: ClassAndFormat =
    report_as("urn:ihe:iti:xds-sd:pdf:2008", "1.2.250.1.213.1.1.4.12");
const AROUND_TEXT: ClassAndFormat =
    report_as("urn:ihe:iti:xds-sd:text:2008", "1.2.250.1.213.1.1.4.12");

/// What the archive says, gathered before anything is written.
pub(super) struct Facts<'a> {
    /// Header that they were read in.
    pub header: &'a Header,
    /// Class of the document.
    pub class: Coded<'a>,
    /// Format of the document.
    pub format: Coded<'a>,
    /// `CX`.
    pub patient_id: String,
    /// When the document was made, UTC.
    pub created: String,
    /// When the act began, UTC.
    pub service_start: String,
    /// When the act ended, UTC.
    pub service_stop: Option<String>,
    /// When the archive was first meant to leave, UTC.
    pub submitted: String,
    /// Kind of establishment.
    pub facility: Coded<'a>,
    /// Setting of the care.
    pub practice: Coded<'a>,
    /// Confidentiality.
    pub confidentiality: Coded<'a>,
    /// Type of document.
    pub type_code: Coded<'a>,
    /// `XCN`.
    pub legal_authenticator: String,
    /// OID of the system that submits.
    pub source_id: String,
    /// SHA-1 of the document, upper case.
    pub hash: String,
    /// Bytes of the document.
    pub size: usize,
}

/// Gathers the facts. **Errors:** all that lacks, at once, or a model that is not known.
pub(super) fn gather<'a>(
    document: &'a Document,
    cda: &[u8],
    submitted_at: OffsetDateTime,
    terminology: &'a Terminology,
) -> Result<Facts<'a>, PackError> {
    let header = &document.header;
    let model = class_and_format(document).ok_or(PackError::UnknownModel)?;
    let act = header.acts.first();
    let mut missing = Vec::new();
    let mut lacks = |place| missing.push(place);
    let facts = Facts {
        header,
        class: labelled(model.class_system, model.class_code, terminology),
        format: labelled(model.format_system, model.format_code, terminology),
        type_code: need(coded(&header.code), "code", &mut lacks),
        patient_id: need(
            patient_id(&header.patient),
            "recordTarget/patientRole/id",
            &mut lacks,
        ),
        created: need(
            utc(header.effective_time.as_ref()),
            "effectiveTime",
            &mut lacks,
        ),
        service_start: need(
            act.and_then(|act| utc(act.low.as_ref())),
            "documentationOf/serviceEvent/effectiveTime/low",
            &mut lacks,
        ),
        service_stop: act.and_then(|act| utc(act.high.as_ref())),
        submitted: utc_digits(submitted_at),
        facility: need(facility(header), FACILITY_PLACE, &mut lacks),
        practice: need(practice(header), PRACTICE_PLACE, &mut lacks),
        confidentiality: need(
            coded(&header.confidentiality),
            "confidentialityCode",
            &mut lacks,
        ),
        legal_authenticator: need(
            authenticator(header),
            "legalAuthenticator/assignedEntity",
            &mut lacks,
        ),
        source_id: need(
            source_id(header),
            "custodian/assignedCustodian/representedCustodianOrganization/id",
            &mut lacks,
        ),
        hash: hex::encode_upper(Sha1::digest(cda)),
        size: cda.len(),
    };
    if header.authors.is_empty() {
        missing.push("author");
    }
    if missing.is_empty() {
        Ok(facts)
    } else {
        Err(PackError::Incomplete(missing))
    }
}

const FACILITY_PLACE: &str = "componentOf/encompassingEncounter/location/healthCareFacility/code";
const PRACTICE_PLACE: &str = "documentationOf/serviceEvent/performer/assignedEntity/\
                              representedOrganization/standardIndustryClassCode";

/// Class and format of a document: codes and OIDs of their systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassAndFormat {
    /// Class.
    pub class_code: &'static str,
    /// OID of the classes.
    pub class_system: &'static str,
    /// Format.
    pub format_code: &'static str,
    /// OID of the formats.
    pub format_system: &'static str,
}

impl ClassAndFormat {
    /// Both codes: OID of the system, code.
    pub fn codes(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        [
            (self.class_system, self.class_code),
            (self.format_system, self.format_code),
        ]
        .into_iter()
    }
}

/// Class and format of a document whose model is known.
#[must_use]
pub fn class_and_format(document: &Document) -> Option<ClassAndFormat> {
    let header = &document.header;
    if header.code.code.as_deref() != Some(REPORT_OF_MEETING) {
        return None;
    }
    if header.model_version(FRCP_MODEL).is_some() {
        return Some(STRUCTURED);
    }
    let encloses = header.model_version(LEVEL_1_MODEL).is_some();
    match &document.enclosed {
        Some(Enclosed::Pdf(_)) if encloses => Some(AROUND_PDF),
        Some(Enclosed::Text(_)) if encloses => Some(AROUND_TEXT),
        Some(_) | None => None,
    }
}

/// The codes that archives are written with, whatever the report says: OID of the system, code.
pub fn codes_of_archives() -> impl Iterator<Item = (&'static str, &'static str)> {
    let models = [STRUCTURED, AROUND_PDF, AROUND_TEXT].into_iter();
    models.flat_map(ClassAndFormat::codes)
}

/// A code with the label that the lists in use give it.
pub(super) fn labelled<'a>(
    system: &'static str,
    code: &'static str,
    terminology: &'a Terminology,
) -> Coded<'a> {
    let label = terminology.document_label(system, code, "");
    Coded {
        code,
        label: label.unwrap_or(code),
        system,
    }
}

/// Kind of establishment of the encounter.
pub(super) fn facility(header: &Header) -> Option<Coded<'_>> {
    coded(&header.encounter.as_ref()?.facility_type)
}

/// Setting of the care.
pub(super) fn practice(header: &Header) -> Option<Coded<'_>> {
    let performer = header.acts.first()?.performer.as_ref()?;
    coded(&performer.organization.as_ref()?.sector)
}

/// Who answers for the document, as `XCN`.
pub(super) fn authenticator(header: &Header) -> Option<String> {
    person(&header.legal_authenticator.as_ref()?.person)
}

fn source_id(header: &Header) -> Option<String> {
    let custodian = header.custodian.id_nat()?;
    Some(format!("{STRUCTURE_ROOT}.{custodian}"))
}

/// The value, or its default while noting what is missing.
fn need<T: Default>(
    value: Option<T>,
    place: &'static str,
    lacks: &mut impl FnMut(&'static str),
) -> T {
    value.unwrap_or_else(|| {
        lacks(place);
        T::default()
    })
}

/// The code when the document has one with its system.
pub(super) fn coded(code: &Code) -> Option<Coded<'_>> {
    Some(Coded {
        code: code.code.as_deref()?,
        label: code.display.as_deref().unwrap_or_default(),
        system: code.system.as_deref()?,
    })
}

/// The instant in UTC, without offset.
pub(super) fn utc(timestamp: Option<&Timestamp>) -> Option<String> {
    timestamp.and_then(Timestamp::utc_digits)
}

fn utc_digits(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// Identifier of a document: its root, with its extension when it has one.
pub(super) fn unique_id(id: &Id) -> String {
    match &id.extension {
        Some(extension) => format!("{}^{extension}", id.root),
        None => id.root.clone(),
    }
}

/// The INS as `CX`, else the identifier of the establishment.
fn patient_id(patient: &Patient) -> Option<String> {
    patient
        .ins()
        .and_then(|ins| cx(ins, "NH"))
        .or_else(|| patient.local_id().and_then(|id| cx(id, "PI")))
}

/// An identifier of the patient as `CX`; `kind` is `NH` for an INS, `PI` for another.
pub(super) fn cx(id: &Id, kind: &str) -> Option<String> {
    let extension = id.extension.as_deref()?;
    Some(format!("{extension}^^^&{}&ISO^{kind}", id.root))
}

/// Identifier and assigning authority of `id^^^&root&ISO^type`.
pub(super) fn cx_parts(value: &str) -> Option<(&str, &str)> {
    let mut components = value.split('^');
    let id = components.next()?;
    let authority = components.nth(2)?;
    let root = authority.split('&').nth(1)?;
    Some((id, root))
}
