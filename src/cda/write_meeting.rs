//! The meeting, in the header: registration, acts, replaced version, encounter.
//!
//! **Source:** ANS, CI-SIS, volet CANCER-FRCP 2022.01.

use crate::rcp::{Coded, DEFAULT_ENCOUNTER, Organization, Professional, value_sets};

use super::{
    codes::{self, Term},
    header_people::STRUCTURE_ROOT,
    write::{Out, WriteError},
    write_datatypes::{Time, ts},
};

/// OID of the identifiers of regional cancer networks.
pub const RRC_ROOT: &str = "1.2.250.1.161.1.20.1.1";
/// OID of the identifiers of the bodies that manage meetings.
pub const MANAGER_ROOT: &str = "1.2.250.1.161.1.20.2.1";
/// OID of the identifiers of RCPs.
pub const RCP_ROOT: &str = "1.2.250.1.161.1.20.3.1";
/// OID of the identifiers of sessions.
pub const SESSION_ROOT: &str = "1.2.250.1.213.1.1.9";

const PATIENT_ABSENT: Term = Term {
    code: DEFAULT_ENCOUNTER,
    system: "2.16.840.1.113883.5.4",
};

impl<'r> Out<'r> {
    pub(super) fn registration(&mut self) {
        let Some(registration) = &self.report.rcp.registration else {
            return;
        };
        self.xml.open("inFulfillmentOf", &[]);
        self.xml.open("order", &[]);
        self.id("id", &registration.id, None);
        if let Some(comment) = &registration.comment {
            self.xml.open("code", &[("nullFlavor", "NA")]);
            self.xml.leaf("originalText", &[], comment);
            self.xml.close("code");
        }
        self.xml.close("order");
        self.xml.close("inFulfillmentOf");
    }

    /// `documentationOf`: the meeting first, then the topography.
    pub(super) fn acts(&mut self) {
        let rcp = &self.report.rcp;
        let name = format!("{} / {} / {}", rcp.rrc_name, rcp.manager_name, rcp.rcp_name);
        self.xml.open("documentationOf", &[]);
        self.xml.open("serviceEvent", &[("classCode", "ACT")]);
        self.term_with_text("code", &codes::RCP_ACT, Some(&name));
        self.effective_time(&Time::From(Some(ts(rcp.date))));
        self.performer();
        self.xml.close("serviceEvent");
        self.xml.close("documentationOf");
        let topography = match (&rcp.topography, self.report.tumours.first()) {
            (Some(topography), _) => topography,
            (None, Some(tumour)) => &tumour.topography,
            (None, None) => return self.fail(WriteError::Missing("tumours")),
        };
        self.xml.open("documentationOf", &[]);
        self.xml.open("serviceEvent", &[("classCode", "ACT")]);
        self.topography_act(topography);
        self.xml.close("serviceEvent");
        self.xml.close("documentationOf");
    }

    fn topography_act(&mut self, topography: &'r Coded) {
        if topography.code.is_some() {
            self.coded("code", value_sets::TUMOUR, topography);
        } else {
            self.term_with_text("code", &codes::TOPOGRAPHY, topography.text.as_deref());
        }
    }

    /// Who held the meeting; without structure of its own, that of the meeting.
    fn performer(&mut self) {
        let report = self.report;
        let professional: &'r Professional = report
            .rcp
            .performer
            .as_ref()
            .unwrap_or(&report.people.coordinator.professional);
        self.xml.open("performer", &[("typeCode", "PRF")]);
        if professional.organization.is_some() {
            self.assigned_in_header("assignedEntity", professional, "rcp.performer.id");
        } else {
            self.assigned_elsewhere(professional, &report.rcp.facility.organization);
        }
        self.xml.close("performer");
    }

    fn assigned_elsewhere(
        &mut self,
        professional: &'r Professional,
        organization: &'r Organization,
    ) {
        self.xml.open("assignedEntity", &[]);
        match &professional.id {
            Some(id) => self.professional_id(&id.id_nat()),
            None => self.fail(WriteError::Missing("rcp.performer.id")),
        }
        if let Some(profession) = &professional.profession {
            self.coded("code", value_sets::SPECIALITY, profession);
        }
        self.addresses(&professional.addresses);
        self.telecoms(&professional.telecoms);
        if let Some(name) = &professional.name {
            self.xml.open("assignedPerson", &[]);
            self.person_name(name);
            self.xml.close("assignedPerson");
        }
        self.organization("representedOrganization", organization);
        self.xml.close("assignedEntity");
    }

    pub(super) fn replaced(&mut self) {
        let Some(replaced) = &self.report.document.replaces else {
            return;
        };
        self.xml.open("relatedDocument", &[("typeCode", "RPLC")]);
        self.xml.open("parentDocument", &[]);
        self.id("id", &replaced.root, replaced.extension.as_deref());
        if let Some(version) = replaced.version {
            self.xml
                .empty("versionNumber", &[("value", &version.to_string())]);
        }
        self.xml.close("parentDocument");
        self.xml.close("relatedDocument");
    }

    /// `componentOf`: the meeting, where it took place.
    pub(super) fn encounter(&mut self) {
        let rcp = &self.report.rcp;
        self.xml.open("componentOf", &[]);
        self.xml.open("encompassingEncounter", &[]);
        self.id("id", RRC_ROOT, Some(&rcp.rrc_id));
        self.id("id", MANAGER_ROOT, Some(&rcp.manager_id));
        self.id("id", RCP_ROOT, Some(&rcp.rcp_id));
        if let Some(session) = &rcp.session_id {
            self.id("id", SESSION_ROOT, Some(session));
        }
        for id in &rcp.local_ids {
            self.instance_id("id", id);
        }
        match &rcp.encounter_type {
            Some(kind) => self.coded("code", value_sets::ENCOUNTER, kind),
            None => self.term("code", &PATIENT_ABSENT),
        }
        self.effective_time(&Time::From(Some(ts(rcp.date))));
        self.facility();
        self.xml.close("encompassingEncounter");
        self.xml.close("componentOf");
    }

    fn facility(&mut self) {
        let facility = &self.report.rcp.facility;
        self.xml.open("location", &[]);
        self.xml.open("healthCareFacility", &[]);
        if let Some(id) = &facility.organization.id {
            self.id("id", STRUCTURE_ROOT, Some(&id.id_nat()));
        }
        self.coded("code", value_sets::FACILITY, &facility.facility_type);
        self.xml.open("location", &[]);
        match &facility.organization.name {
            Some(name) => self.xml.leaf("name", &[], name),
            None => self.fail(WriteError::Missing("rcp.facility.organization.name")),
        }
        match facility.organization.addresses.first() {
            Some(address) => self.address(address),
            None => self.fail(WriteError::Missing("rcp.facility.organization.addresses")),
        }
        self.xml.close("location");
        self.xml.close("healthCareFacility");
        self.xml.close("location");
    }
}
