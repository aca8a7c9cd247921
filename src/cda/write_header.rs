//! The header of a report, in the order of the schema.
//!
//! **Source:** HL7 CDA R2; ANS, CI-SIS *structuration minimale* and volet CANCER-FRCP 2022.01.

use crate::rcp::{
    AttendingPhysician, Confidentiality, DEFAULT_LANGUAGE, Patient, Relative, RelativeRole, Sex,
    value_sets,
};

use super::{
    codes::{self, Term},
    templates::{CISIS_HEADER, FRCP_MODEL, HL7_FRANCE},
    tree::{HL7, SDTC, XSI},
    write::{Out, WriteError},
    write_datatypes::{ts_date, ts_when},
    write_people::Function,
};

const fn gender(code: &'static str) -> Term {
    Term {
        code,
        system: "2.16.840.1.113883.5.1",
    }
}

const fn confidentiality(code: &'static str) -> Term {
    Term {
        code,
        system: "2.16.840.1.113883.5.25",
    }
}

impl<'r> Out<'r> {
    /// The whole document.
    pub(super) fn document(&mut self) {
        let mut namespaces = vec![("xmlns", HL7), ("xmlns:xsi", XSI)];
        if self.report.patient.deceased.is_some() {
            namespaces.push(("xmlns:sdtc", SDTC));
        }
        self.xml.open("ClinicalDocument", &namespaces);
        self.identity();
        self.patient();
        self.author();
        let report = self.report;
        for relative in &report.relatives {
            self.relative(relative);
        }
        self.custodian();
        self.legal_authenticator();
        self.participants();
        self.registration();
        self.acts();
        self.replaced();
        self.encounter();
        self.body();
        self.xml.close("ClinicalDocument");
    }

    fn identity(&mut self) {
        let document = &self.report.document;
        self.xml.empty("realmCode", &[("code", "FR")]);
        self.id("typeId", "2.16.840.1.113883.1.3", Some("POCD_HD000040"));
        self.id("templateId", HL7_FRANCE, None);
        self.id("templateId", CISIS_HEADER, None);
        let version = self.target.volet().version();
        self.id("templateId", FRCP_MODEL, Some(version));
        self.instance_id("id", &document.id);
        self.term("code", &codes::DOCUMENT);
        let title = document
            .title
            .clone()
            .unwrap_or_else(|| self.report.default_title());
        self.xml.leaf("title", &[], &title);
        self.moment("effectiveTime", document.created_at);
        let confidentiality = match document.confidentiality {
            Confidentiality::N => confidentiality("N"),
            Confidentiality::R => confidentiality("R"),
            Confidentiality::V => confidentiality("V"),
        };
        self.term("confidentialityCode", &confidentiality);
        let language = document.language.as_deref().unwrap_or(DEFAULT_LANGUAGE);
        self.xml.empty("languageCode", &[("code", language)]);
        self.instance_id("setId", &document.set_id);
        let version = document.version.to_string();
        self.xml.empty("versionNumber", &[("value", &version)]);
    }

    fn patient(&mut self) {
        let patient = &self.report.patient;
        self.xml.open("recordTarget", &[]);
        self.xml.open("patientRole", &[]);
        if let Some(ins) = &patient.ins {
            match ins.authority() {
                Some(authority) => self.id("id", authority.oid(), Some(&ins.value)),
                None => self.fail(WriteError::Missing("patient.ins.environment")),
            }
        }
        for id in &patient.local_ids {
            self.instance_id("id", id);
        }
        self.addresses(&patient.addresses);
        self.telecoms(&patient.telecoms);
        self.xml.open("patient", &[("classCode", "PSN")]);
        self.patient_name(patient);
        let sex = match patient.sex {
            Sex::M => gender("M"),
            Sex::F => gender("F"),
            Sex::Unknown => gender("UN"),
        };
        self.term("administrativeGenderCode", &sex);
        self.xml
            .empty("birthTime", &[("value", &ts_date(patient.birth_date))]);
        if let Some(deceased) = &patient.deceased {
            let indicator = if deceased.indicator { "true" } else { "false" };
            self.xml.empty("sdtc:deceasedInd", &[("value", indicator)]);
            if let Some(date) = deceased.date {
                self.xml
                    .empty("sdtc:deceasedTime", &[("value", &ts_when(date))]);
            }
        }
        self.guardians(patient);
        self.birth_place(patient);
        self.xml.close("patient");
        self.xml.close("patientRole");
        self.xml.close("recordTarget");
    }

    fn patient_name(&mut self, patient: &Patient) {
        const BIRTH: &[(&str, &str)] = &[("qualifier", "BR")];
        const USED: &[(&str, &str)] = &[("qualifier", "CL")];
        let givens = patient.birth_given_names.join(" ");
        let parts = [
            ("family", BIRTH, patient.birth_family_name.as_deref()),
            (
                "given",
                &[],
                Some(givens.as_str()).filter(|givens| !givens.is_empty()),
            ),
            ("given", BIRTH, patient.first_birth_given_name.as_deref()),
            ("family", USED, patient.used_family_name.as_deref()),
            ("given", USED, patient.used_given_name.as_deref()),
        ];
        self.xml.open("name", &[]);
        for (part, qualifier, text) in parts {
            if let Some(text) = text {
                self.xml.leaf(part, qualifier, text);
            }
        }
        self.xml.close("name");
    }

    fn guardians(&mut self, patient: &Patient) {
        for guardian in &patient.guardians {
            self.xml.open("guardian", &[]);
            self.addresses(&guardian.addresses);
            self.telecoms(&guardian.telecoms);
            if let Some(name) = &guardian.person {
                self.xml.open("guardianPerson", &[]);
                self.person_name(name);
                self.xml.close("guardianPerson");
            } else if let Some(organization) = &guardian.organization {
                self.xml.open("guardianOrganization", &[]);
                self.organization_head(organization);
                self.xml.close("guardianOrganization");
            }
            self.xml.close("guardian");
        }
    }

    fn birth_place(&mut self, patient: &Patient) {
        let parts = [
            ("county", patient.birth_place_insee.as_deref()),
            ("city", patient.birth_place_city.as_deref()),
        ];
        if parts.iter().all(|(_, text)| text.is_none()) {
            return;
        }
        for element in ["birthplace", "place", "addr"] {
            self.xml.open(element, &[]);
        }
        for (part, text) in parts {
            if let Some(text) = text {
                self.xml.leaf(part, &[], text);
            }
        }
        for element in ["addr", "place", "birthplace"] {
            self.xml.close(element);
        }
    }

    fn author(&mut self) {
        let author = &self.report.people.author;
        self.xml.open("author", &[]);
        match (&author.function, &author.comment) {
            (Some(function), comment) => match self.resolve(value_sets::FUNCTION, function) {
                Some(code) => {
                    let attributes = self.code_attributes(&[], code);
                    self.xml.open("functionCode", &attributes);
                    if let Some(comment) = comment.as_deref().or(function.text.as_deref()) {
                        self.xml.leaf("originalText", &[], comment);
                    }
                    self.xml.close("functionCode");
                }
                None => self.fail(WriteError::Missing("people.author.function.code")),
            },
            (None, Some(comment)) => {
                self.term_with_text("functionCode", &codes::TEAM_MEMBER, Some(comment));
            }
            (None, None) => {}
        }
        self.moment("time", author.time);
        self.assigned_in_header("assignedAuthor", &author.professional, "people.author.id");
        self.xml.close("author");
    }

    fn relative(&mut self, relative: &'r Relative) {
        let class = match relative.role {
            RelativeRole::Emergency => "ECON",
            RelativeRole::Trusted => "NOK",
            RelativeRole::Informant => "CON",
            RelativeRole::Caregiver => "CAREGIVER",
            RelativeRole::HelpedPerson => "PAT",
        };
        self.xml.open("informant", &[]);
        self.xml.open("relatedEntity", &[("classCode", class)]);
        if let Some(kinship) = &relative.kinship {
            self.coded("code", value_sets::KINSHIP, kinship);
        }
        if relative.addresses.is_empty() {
            self.null("addr", "NAV");
        }
        self.addresses(&relative.addresses);
        self.telecoms(&relative.telecoms);
        self.xml.open("relatedPerson", &[]);
        self.person_name(&relative.name);
        self.xml.close("relatedPerson");
        self.xml.close("relatedEntity");
        self.xml.close("informant");
    }

    fn custodian(&mut self) {
        let custodian = &self.report.custodian;
        if custodian.id.is_none() {
            self.fail(WriteError::Missing("custodian.id"));
        }
        self.xml.open("custodian", &[]);
        self.xml.open("assignedCustodian", &[]);
        self.xml.open("representedCustodianOrganization", &[]);
        self.organization_head(custodian);
        self.telecoms(custodian.telecoms.get(..1).unwrap_or_default());
        self.addresses(custodian.addresses.get(..1).unwrap_or_default());
        self.xml.close("representedCustodianOrganization");
        self.xml.close("assignedCustodian");
        self.xml.close("custodian");
    }

    fn legal_authenticator(&mut self) {
        let authenticator = &self.report.people.legal_authenticator;
        self.xml.open("legalAuthenticator", &[]);
        self.moment("time", authenticator.time);
        self.xml.empty("signatureCode", &[("code", "S")]);
        self.assigned_in_header(
            "assignedEntity",
            &authenticator.professional,
            "people.legal_authenticator.id",
        );
        self.xml.close("legalAuthenticator");
    }

    fn participants(&mut self) {
        let people = &self.report.people;
        self.participant("RESP", &Function::None, &people.coordinator);
        if let Some(requester) = &people.requester {
            self.participant("REFB", &Function::None, requester);
        }
        if let Some(presenter) = &people.presenter {
            self.participant("PRF", &Function::None, presenter);
        }
        match &people.attending_physician {
            AttendingPhysician::Known(entry) => {
                self.participant("INF", &Function::Of(codes::ATTENDING), entry);
            }
            AttendingPhysician::None => self.absent_participant("INF", codes::ATTENDING, "NA"),
            AttendingPhysician::Unknown => self.absent_participant("INF", codes::ATTENDING, "UNK"),
        }
        for member in &people.quorum_members {
            self.participant("PRF", &Function::Of(codes::TEAM_MEMBER), member);
        }
        for attendee in &people.other_attendees {
            self.participant("PRF", &Function::Of(codes::CORRESPONDENT), attendee);
        }
        for correspondent in &people.correspondents {
            self.participant("CON", &Function::Of(codes::CORRESPONDENT), correspondent);
        }
    }
}
