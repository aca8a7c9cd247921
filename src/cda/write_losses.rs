//! What a report says and no document of the volet can: told before it is written, never silent.

use crate::{
    config::Volet,
    finding::{Bilingual, Finding},
    rcp::{Organization, RcpReport},
};

/// What the document of a report, in that version of the volet, will not say, field by field: rule `R-VOL-1`.
///
/// **Source:** HL7 CDA R2 schema; ANS, volets CANCER-FRCP 2022.01 and 2025.01.
#[must_use]
pub fn losses(report: &RcpReport, volet: Volet) -> Vec<Finding> {
    let mut losses = Losses(Vec::new());
    losses.header(report);
    losses.body(report);
    if volet == Volet::Frcp2022 {
        losses.of_2022(report);
    }
    losses.0
}

struct Losses(Vec<Finding>);

impl Losses {
    fn header(&mut self, report: &RcpReport) {
        let custodian = &report.custodian;
        self.tell(custodian.telecoms.len() > 1, "custodian.telecoms");
        self.tell(custodian.addresses.len() > 1, "custodian.addresses");
        self.tell(custodian.sector.is_some(), "custodian.sector");
        for (rank, guardian) in report.patient.guardians.iter().enumerate() {
            if let Some(organization) = &guardian.organization {
                let place = format!("patient.guardians[{rank}].organization");
                self.beyond_name(organization, &place);
            }
        }
        let author = &report.people.author;
        let function_text = author.function.as_ref().and_then(|code| code.text.as_ref());
        self.tell(
            function_text.is_some() && author.comment.is_some(),
            "people.author.function.text",
        );
        self.facility(report);
    }

    /// All is said of the facility when its structure is lent to who held the meeting.
    fn facility(&mut self, report: &RcpReport) {
        let rcp = &report.rcp;
        let coordinator = &report.people.coordinator.professional;
        let performer = rcp.performer.as_ref().unwrap_or(coordinator);
        if performer.organization.is_none() {
            return;
        }
        let organization = &rcp.facility.organization;
        let place = "rcp.facility.organization";
        self.tell(
            !organization.telecoms.is_empty(),
            &format!("{place}.telecoms"),
        );
        self.tell(
            organization.addresses.len() > 1,
            &format!("{place}.addresses"),
        );
        self.tell(organization.sector.is_some(), &format!("{place}.sector"));
    }

    fn body(&mut self, report: &RcpReport) {
        let pathology = report.pathology_report.as_ref();
        let sampler = pathology.and_then(|source| source.sampler.as_ref());
        if let Some(organization) = sampler.and_then(|sampler| sampler.organization.as_ref()) {
            self.beyond_name(organization, "pathology_report.sampler.organization");
        }
        let priority = report.decision.refer_to_recours_rcp_priority.as_ref();
        let place = "decision.refer_to_recours_rcp_priority";
        if let Some(priority) = priority {
            let refers = report.decision.refer_to_recours_rcp;
            self.tell(!refers || priority.code.is_none(), place);
            self.tell(priority.text.is_some(), &format!("{place}.text"));
        }
    }

    /// What the volet of 2025 added.
    fn of_2022(&mut self, report: &RcpReport) {
        let status = report.functional_status.as_ref();
        let evaluations = status.map(|status| status.geriatric_evaluations.len());
        self.tell(
            evaluations.is_some_and(|count| count > 0),
            "functional_status.geriatric_evaluations",
        );
        self.tell(report.pregnancy.is_some(), "pregnancy");
        self.tell(!report.patient_wishes.is_empty(), "patient_wishes");
        self.tell(report.privacy_notice.is_some(), "privacy_notice");
    }

    /// Of some structures a document says identifier and name alone.
    fn beyond_name(&mut self, organization: &Organization, place: &str) {
        self.tell(
            !organization.telecoms.is_empty(),
            &format!("{place}.telecoms"),
        );
        self.tell(
            !organization.addresses.is_empty(),
            &format!("{place}.addresses"),
        );
        self.tell(organization.sector.is_some(), &format!("{place}.sector"));
    }

    fn tell(&mut self, is_lost: bool, place: &str) {
        if is_lost {
            self.0.push(Finding::warning(
                "R-VOL-1",
                place,
                Bilingual::new(
                    "Le document n'a pas de place pour ce champ : il n'y figurera pas en entier.",
                    "The document has no place for this field: it will not stand there in full.",
                ),
                Bilingual::new(
                    "Le retirer, ou le dire dans un commentaire s'il compte pour le lecteur.",
                    "Remove it, or say it in a comment if it matters to the reader.",
                ),
            ));
        }
    }
}
