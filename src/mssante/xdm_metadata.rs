//! `METADATA.XML`: what the archive says of its document, in `ebRIM`.
//!
//! **Source:** IHE ITI TF-3, 4.2 (document sharing metadata); OASIS `ebRIM` 3.0.

use std::fmt::Write as _;

use quick_xml::escape::escape;
use uuid::Uuid;

use super::visibility::MARKS_SYSTEM;
use super::xdm::{Action, PackError, Shipment};
use super::xdm_facts::{Coded, Facts, coded, cx, gather, labelled, unique_id};
use super::xdm_people::{patient_info, person, specialty, structure};
use crate::cda::{Author, Document, Header};

/// Name of the document in the archive.
pub(super) const DOCUMENT_NAME: &str = "DOC0001.XML";

/// Slot that asks to replace or to withdraw a document.
///
/// **Source:** ANS, CI-SIS, *Service d'échange*.
pub(super) const ACTION_SLOT: &str = "urn:action:extraMetadataSlot";

/// Tie between a submission and its document.
pub(super) const HAS_MEMBER: &str = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember";

/// Schemes that say what an identifier or a classification is about.
pub(super) mod scheme {
    /// Marks a package as a submission set.
    pub const SUBMISSION_SET: &str = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd";
    /// Author of the submission.
    pub const SET_AUTHOR: &str = "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d";
    /// Kind of submission.
    pub const SET_CONTENT_TYPE: &str = "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500";
    /// Patient of the submission.
    pub const SET_PATIENT: &str = "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446";
    /// System that submits.
    pub const SET_SOURCE: &str = "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832";
    /// Identifier of the submission.
    pub const SET_UNIQUE_ID: &str = "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8";
    /// A stable document.
    pub const DOCUMENT: &str = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1";
    /// Author of the document.
    pub const AUTHOR: &str = "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d";
    /// Class of the document.
    pub const CLASS: &str = "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a";
    /// Confidentiality of the document.
    pub const CONFIDENTIALITY: &str = "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f";
    /// Acts that the document reports.
    pub const EVENT: &str = "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4";
    /// Format of the document.
    pub const FORMAT: &str = "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d";
    /// Kind of establishment.
    pub const FACILITY: &str = "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1";
    /// Setting of the care.
    pub const PRACTICE: &str = "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead";
    /// Type of document.
    pub const TYPE: &str = "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983";
    /// Patient of the document.
    pub const PATIENT: &str = "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427";
    /// Identifier of the document.
    pub const UNIQUE_ID: &str = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab";
}

/// Describes that document. **Errors:** see [`PackError`].
pub(super) fn write(
    document: &Document,
    cda: &[u8],
    shipment: &Shipment<'_>,
) -> Result<String, PackError> {
    let header = &document.header;
    let facts = gather(document, cda, shipment.submitted_at, shipment.terminology)?;
    let derived = |kind: &str| {
        let name = match shipment.submission_id {
            Some(submission) => format!("{kind}|{submission}"),
            None => format!(
                "{kind}|{}|{}|{}",
                unique_id(&header.id),
                facts.hash,
                facts.submitted
            ),
        };
        Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
    };
    let mut rim = Rim::default();
    rim.text.push_str(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <lcm:SubmitObjectsRequest xmlns:lcm=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\" \
         xmlns:rim=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\">\n<rim:RegistryObjectList>\n",
    );
    let set = format!("urn:uuid:{}", derived("set"));
    let entry = format!("urn:uuid:{}", derived("entry"));
    let set_oid = match shipment.submission_id {
        Some(submission) => submission.to_owned(),
        None => format!("2.25.{}", derived("set-oid").as_u128()),
    };
    write_set(&mut rim, &facts, &set, &set_oid);
    write_entry(&mut rim, &facts, &entry, shipment);
    let _ = writeln!(
        rim.text,
        "<rim:Association id=\"as01\" associationType=\"{HAS_MEMBER}\" \
         sourceObject=\"{set}\" targetObject=\"{entry}\">"
    );
    rim.slot("SubmissionSetStatus", &["Original"]);
    rim.text
        .push_str("</rim:Association>\n</rim:RegistryObjectList>\n</lcm:SubmitObjectsRequest>\n");
    Ok(rim.text)
}

fn write_set(rim: &mut Rim, facts: &Facts<'_>, id: &str, oid: &str) {
    let _ = writeln!(
        rim.text,
        "<rim:RegistryPackage id=\"{id}\" \
         status=\"urn:oasis:names:tc:ebxml-regrep:StatusType:Approved\">"
    );
    rim.slot("submissionTime", &[&facts.submitted]);
    rim.name(title(facts.header));
    for author in &facts.header.authors {
        rim.author(scheme::SET_AUTHOR, id, author);
    }
    rim.classification(scheme::SET_CONTENT_TYPE, id, &facts.facility);
    let node = rim.next_id("cl");
    let _ = writeln!(
        rim.text,
        "<rim:Classification id=\"{node}\" classifiedObject=\"{id}\" classificationNode=\"{}\"/>",
        scheme::SUBMISSION_SET
    );
    for (scheme, name, value) in [
        (
            scheme::SET_PATIENT,
            "XDSSubmissionSet.patientId",
            facts.patient_id.as_str(),
        ),
        (
            scheme::SET_SOURCE,
            "XDSSubmissionSet.sourceId",
            &facts.source_id,
        ),
        (scheme::SET_UNIQUE_ID, "XDSSubmissionSet.uniqueId", oid),
    ] {
        rim.external_identifier(scheme, id, name, value);
    }
    rim.text.push_str("</rim:RegistryPackage>\n");
}

fn write_entry(rim: &mut Rim, facts: &Facts<'_>, id: &str, shipment: &Shipment<'_>) {
    let header = facts.header;
    let _ = writeln!(
        rim.text,
        "<rim:ExtrinsicObject id=\"{id}\" mimeType=\"text/xml\" objectType=\"{}\" \
         status=\"urn:oasis:names:tc:ebxml-regrep:StatusType:Approved\">",
        scheme::DOCUMENT
    );
    write_entry_slots(rim, facts, shipment.action);
    rim.name(title(header));
    for author in &header.authors {
        rim.author(scheme::AUTHOR, id, author);
    }
    rim.classification(scheme::CLASS, id, &facts.class);
    rim.classification(scheme::CONFIDENTIALITY, id, &facts.confidentiality);
    for code in shipment.marks.codes() {
        let mark = labelled(MARKS_SYSTEM, code, shipment.terminology);
        rim.classification(scheme::CONFIDENTIALITY, id, &mark);
    }
    for code in header.acts.iter().filter_map(|act| coded(&act.code)) {
        rim.classification(scheme::EVENT, id, &code);
    }
    rim.classification(scheme::FORMAT, id, &facts.format);
    rim.classification(scheme::FACILITY, id, &facts.facility);
    rim.classification(scheme::PRACTICE, id, &facts.practice);
    rim.classification(scheme::TYPE, id, &facts.type_code);
    rim.external_identifier(
        scheme::PATIENT,
        id,
        "XDSDocumentEntry.patientId",
        &facts.patient_id,
    );
    rim.external_identifier(
        scheme::UNIQUE_ID,
        id,
        "XDSDocumentEntry.uniqueId",
        &unique_id(&header.id),
    );
    rim.text.push_str("</rim:ExtrinsicObject>\n");
}

fn write_entry_slots(rim: &mut Rim, facts: &Facts<'_>, action: Action) {
    let patient = &facts.header.patient;
    rim.slot("creationTime", &[&facts.created]);
    rim.slot("hash", &[&facts.hash]);
    rim.slot(
        "languageCode",
        &[facts.header.language.as_deref().unwrap_or("fr-FR")],
    );
    rim.slot("legalAuthenticator", &[&facts.legal_authenticator]);
    rim.slot("serviceStartTime", &[&facts.service_start]);
    if let Some(stop) = &facts.service_stop {
        rim.slot("serviceStopTime", &[stop]);
    }
    rim.slot("size", &[&facts.size.to_string()]);
    let source_patient_id = patient
        .local_id()
        .and_then(|id| cx(id, "PI"))
        .unwrap_or_else(|| facts.patient_id.clone());
    rim.slot("sourcePatientId", &[&source_patient_id]);
    let info = patient_info(patient);
    let info: Vec<&str> = info.iter().map(String::as_str).collect();
    rim.slot("sourcePatientInfo", &info);
    rim.slot("URI", &[DOCUMENT_NAME]);
    match action {
        Action::Create => {}
        Action::Replace => rim.slot(ACTION_SLOT, &["C"]),
        Action::Delete => rim.slot(ACTION_SLOT, &["D"]),
    }
}

fn title(header: &Header) -> &str {
    header
        .title
        .as_deref()
        .or(header.code.display.as_deref())
        .unwrap_or_default()
}

/// `ebRIM` under construction: the elements that every object is made of, in schema order.
#[derive(Default)]
struct Rim {
    text: String,
    last_id: u32,
}

impl Rim {
    fn next_id(&mut self, prefix: &str) -> String {
        self.last_id += 1;
        format!("{prefix}{:02}", self.last_id)
    }

    fn slot(&mut self, name: &str, values: &[&str]) {
        let _ = write!(self.text, "<rim:Slot name=\"{name}\"><rim:ValueList>");
        for value in values {
            let _ = write!(self.text, "<rim:Value>{}</rim:Value>", escape(*value));
        }
        self.text.push_str("</rim:ValueList></rim:Slot>\n");
    }

    fn name(&mut self, value: &str) {
        let _ = writeln!(
            self.text,
            "<rim:Name><rim:LocalizedString value=\"{}\"/></rim:Name>",
            escape(value)
        );
    }

    fn classification(&mut self, scheme: &str, object: &str, coded: &Coded<'_>) {
        self.open_classification(scheme, object, coded.code);
        self.slot("codingScheme", &[coded.system]);
        self.name(coded.label);
        self.text.push_str("</rim:Classification>\n");
    }

    fn author(&mut self, scheme: &str, object: &str, author: &Author) {
        self.open_classification(scheme, object, "");
        if let Some(structure) = author.person.organization.as_ref().and_then(structure) {
            self.slot("authorInstitution", &[&structure]);
        }
        if let Some(person) = person(&author.person) {
            self.slot("authorPerson", &[&person]);
        }
        if let Some(function) = author.function.display.as_deref() {
            self.slot("authorRole", &[function]);
        }
        if let Some(specialty) = specialty(&author.person.speciality) {
            self.slot("authorSpecialty", &[&specialty]);
        }
        self.text.push_str("</rim:Classification>\n");
    }

    fn open_classification(&mut self, scheme: &str, object: &str, code: &str) {
        let id = self.next_id("cl");
        let _ = writeln!(
            self.text,
            "<rim:Classification id=\"{id}\" classificationScheme=\"{scheme}\" \
             classifiedObject=\"{object}\" nodeRepresentation=\"{}\">",
            escape(code)
        );
    }

    fn external_identifier(&mut self, scheme: &str, object: &str, name: &str, value: &str) {
        let id = self.next_id("ei");
        let _ = writeln!(
            self.text,
            "<rim:ExternalIdentifier id=\"{id}\" registryObject=\"{object}\" \
             identificationScheme=\"{scheme}\" value=\"{}\">",
            escape(value)
        );
        self.name(name);
        self.text.push_str("</rim:ExternalIdentifier>\n");
    }
}
